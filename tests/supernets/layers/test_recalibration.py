"""Recalibrating many architectures at once is recalibrating each on its own, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.rng import stream
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.layers.recalibration import Recalibration
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.track1 import Track1Net

CELLS = NB201Net(cells=2, width=2, resolution=8, reduction="residual")
CASES = {
    "cells": (NB201(), CELLS),
    "few-shot": (NB201(), replace(CELLS, split=0, split_after=0)),
    "channels, full": (Track1(), Track1Net(resolution=8)),
    "channels, own norms": (Track1(), Track1Net(resolution=8, norm="independent")),
}


def images(seed, count=4):
    return torch.from_numpy(stream(seed, "images").normal(size=(count, 3, 8, 8)).astype(np.float32))


def supernet(space, construct):
    norm = Recalibrated(images=8, affine=True)
    return build_supernet(construct, space, norm, channels=3, classes=10, seed=0).eval()


def neighbours(space):
    """Return architectures with common beginnings, each asked again after others."""
    genes = np.unique(space.canonical(space.sample(stream(0, "archs"), 12)), axis=0)
    archs = [tuple(int(gene) for gene in row) for row in genes]
    archs += [one for arch in archs[:2] for one in space.neighbours(arch)[-3:]]
    return [*sorted(archs), *archs[::-1]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case == "cells" else pytest.mark.slow) for case in CASES]
)
@torch.inference_mode()
def test_many_architectures_at_once_have_the_bits_of_each_alone(case):
    shared, plain = supernet(*CASES[case]), supernet(*CASES[case])
    batches, values = [images(1), images(2)], images(3)
    together = Recalibration(shared, values, batches)
    for arch in neighbours(CASES[case][0]):
        with recalibrated(plain, arch, batches):
            assert torch.equal(together.logits(arch), plain(values, arch)), arch


@torch.inference_mode()
def test_what_is_shared_is_not_run_again():
    shared = supernet(*CASES["channels, full"])
    runs = []
    shared.layers[0].register_forward_hook(lambda *_: runs.append(1))
    together = Recalibration(shared, images(3), [images(1), images(2)])
    for last in range(16):
        together.logits((3,) * 18 + (last,))
    assert len(runs) == 3, "the stem ran once on each of two calibration batches and on the images"


@pytest.mark.slow
def test_a_norm_that_runs_twice_is_recalibrated_the_plain_way():
    assert not supernet(NB201(), replace(CELLS, operations_on="node")).each_norm_once
    assert all(supernet(*case).each_norm_once for case in CASES.values())
