"""The NAS-Bench-101 supernet: every sub-network is a plain network, and shares what its settings say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.rng import stream
from bench.slot import OPEN
from bench.spaces.nb101 import NB101
from bench.spaces.nb101.graphs import edges_of, genes_of, operations_of
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.layers.recalibration import Recalibration
from bench.supernets.nb101 import DYNAMIC, NB101Net
from bench.supernets.nb101.convolutions import averaging, widths_that_occur
from bench.supernets.nb101.network import max_pool
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.types import PerCell

SPACE = NB101()
AFFINE = BatchStatistics(affine=True)
PIXELS = torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
KERNELS = ("own", "centre", "transformed-centre")


def supernet(space=SPACE, norm=AFFINE, seed=0, **settings):
    sizes = {"cells": 2, "width": 6, "resolution": 8}
    built = build_supernet(NB101Net(**sizes, **settings), space, norm, channels=3, classes=10, seed=seed)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm" in name or "factor" in name:  # ones and zeros would hide which one was taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built


def archs(count, space=SPACE, seed=0):
    genes = np.concatenate([space.extremes(), space.sample(stream(seed, "archs"), count)])
    return [tuple(arch) for arch in np.unique(genes, axis=0).tolist()]


class PlainCell(nn.Module):
    """A cell of the benchmark, written from its rules without the supernet's layers; it takes its weights as given.

    `weight(part, vertex, width)` and `norm(part, vertex, width, inputs)` return those of a part: "input", "conv3x3",
    "conv1x1" or "output".
    """

    def __init__(self, text, channels, weight, norm):
        super().__init__()
        rows, _, names = text.partition(":")
        self.matrix = [[digit == "1" for digit in row] for row in rows.split("/")]
        self.names, self.channels, self.weight, self.norm = names.split("+"), channels, weight, norm
        self.last = len(self.matrix) - 1
        feeding = [v for v in range(1, self.last) if self.matrix[v][self.last]]
        self.widths = {}
        for vertex in range(self.last - 1, 0, -1):
            if vertex in feeding:
                place = feeding.index(vertex)
                self.widths[vertex] = channels // len(feeding) + (place < channels % len(feeding))
            else:
                self.widths[vertex] = max(self.widths[v] for v in range(1, self.last) if self.matrix[vertex][v])
        self.feeding = feeding

    def conv(self, x, part, vertex, width, inputs="all"):
        weight = self.weight(part, vertex, width)
        convolved = functional.conv2d(x, weight, padding=weight.shape[2] // 2)
        scale, shift = self.norm(part, vertex, width, inputs)
        return functional.relu(functional.batch_norm(convolved, None, None, scale, shift, True, 0.0, 1e-5))

    def forward(self, x):
        values = {}
        for vertex in range(1, self.last):
            width = self.widths[vertex]
            total = 0
            for source in range(1, vertex):
                if self.matrix[source][vertex]:
                    total = total + values[source][:, :width]
            if self.matrix[0][vertex]:
                total = total + self.conv(x, "input", vertex, width)
            name = self.names[vertex - 1]
            bits = sum(2**source for source in range(vertex) if self.matrix[source][vertex])
            pooled = name == "maxpool3x3"
            values[vertex] = (
                functional.max_pool2d(total, 3, 1, 1) if pooled else self.conv(total, name, vertex, width, str(bits))
            )
        parts = [values[vertex] for vertex in self.feeding]
        output = torch.cat(parts, dim=1) if parts else 0
        return output + self.conv(x, "output", None, self.channels) if self.matrix[0][self.last] else output


def stand_alone(shared, arch, channels="leading", kernel="own", per_inputs=False):
    """Return the logits of the plain network of an architecture with the weights that the definitions name."""

    def reduced(whole, width, both):
        if channels == "own":
            return whole[str(width)]
        (weight,) = whole.values()
        if channels != "interpolated":
            return weight[:width, :width] if both else weight[:width]
        for axis in range(1 + both):  # adaptive average pooling over the channels
            moved = weight.movedim(axis, -1)
            weight = functional.adaptive_avg_pool1d(moved.flatten(0, -2), width).unflatten(0, moved.shape[:-1])
            weight = weight.movedim(-1, axis)
        return weight

    def cell_of(cell, width_of_cell):
        def layer(part, vertex):
            if part == "output":
                return cell.projection
            if part == "input":
                return cell.projections[str(vertex)]
            return cell.operations[f"{vertex}/{1 if part == 'conv3x3' else 2}"]

        def weight(part, vertex, width):
            own = layer(part, vertex).weight
            if part == "output":
                return own.copies[str(width_of_cell)]
            if part == "conv1x1" and kernel != "own":
                whole = reduced(layer("conv3x3", vertex).weight.copies, width, both=True)
                return whole[:, :, 1:2, 1:2] * (own.factor if kernel == "transformed-centre" else 1)
            return reduced(own.copies, width, both=part != "input")

        def norm(part, vertex, width, inputs):
            norms = layer(part, vertex).norms
            name = inputs if per_inputs and part.startswith("conv") else "all"
            taken = norms[f"{name}/{width if channels == 'own' and part != 'output' else width_of_cell}"]
            return taken.weight[:width], taken.bias[:width]

        return PlainCell(SPACE.spell(arch), width_of_cell, weight, norm)

    x = functional.conv2d(PIXELS, shared.stem.weight, padding=1)
    x = functional.relu(
        functional.batch_norm(x, None, None, shared.stem_norm.weight, shared.stem_norm.bias, True, 0, 1e-5)
    )
    for number, cell in enumerate(shared.stacked):
        if number in (2, 4):
            x = functional.max_pool2d(x, 2)
        x = cell_of(cell, 6 << number // 2)(x)
    return shared.classifier(x.mean(dim=(2, 3)))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("channels", DYNAMIC)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_sub_network_is_the_plain_network_with_its_weights(channels, kernel):
    shared = supernet(channels=channels, kernel_1x1=kernel).eval()
    for arch in archs(4):
        expected = stand_alone(shared, arch, channels, kernel)
        torch.testing.assert_close(shared(PIXELS, arch), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_a_norm_per_set_of_inputs_is_that_of_the_edges_into_its_vertex():
    shared = supernet(norm=BatchStatistics(affine=True, per_inputs=True)).eval()
    for arch in archs(4):
        expected = stand_alone(shared, arch, per_inputs=True)
        torch.testing.assert_close(shared(PIXELS, arch), expected, rtol=1e-3, atol=1e-4)
    sets = {vertex: len(shared.stacked[0].operations[f"{vertex}/1"].norms) for vertex in range(1, 6)}
    assert sets == {vertex: 2**vertex - 1 for vertex in range(1, 6)}


@pytest.mark.slow
@pytest.mark.parametrize("mask", [("conv3x3",), ("conv1x1",), ("maxpool3x3",), ("conv3x3", "conv1x1")])
def test_a_mask_leaves_out_the_weights_of_its_operations(mask):
    space = NB101(mask=mask)
    shared = supernet(space).eval()
    kept = {int(name.partition("/")[2]) for name in shared.stacked[0].operations}
    assert kept == {place for place, name in ((1, "conv3x3"), (2, "conv1x1")) if name not in mask}
    for arch in archs(3, space):
        torch.testing.assert_close(shared(PIXELS, arch), stand_alone(shared, arch), rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("channels", ["window", "subset"])
def test_drawn_channels_are_a_part_of_the_weights_in_training_and_the_leading_ones_in_prediction(channels):
    shared = supernet(channels=channels)
    arch = SPACE.parse("01110/00001/00001/00001/00000:conv3x3+conv3x3+conv3x3")
    shared.rng = stream(0, "dropout")
    first, second = shared(PIXELS, arch), shared(PIXELS, arch)
    assert not torch.equal(first, second)
    shared.rng = stream(0, "dropout")
    assert torch.equal(shared(PIXELS, arch), first)
    weight = shared.stacked[0].operations["1/1"].weight
    cut, (whole,) = weight(2, stream(1, "dropout")), weight.copies.values()
    assert cut.shape == (2, 2, 3, 3)
    assert np.isin(cut.detach().numpy(), whole.detach().numpy()).all()
    shared.eval()
    torch.testing.assert_close(shared(PIXELS, arch), stand_alone(shared, arch), rtol=1e-3, atol=1e-4)


def test_a_window_is_contiguous_and_a_subset_ascends():
    whole = torch.arange(6.0).reshape(6, 1, 1, 1)
    for channels in ("window", "subset"):
        weight = supernet(channels=channels).stacked[0].projections["1"].weight
        with torch.no_grad():
            weight.copies["6"] = nn.Parameter(whole)
        seen = [weight(3, stream(seed, "test")).flatten().tolist() for seed in range(30)]
        assert all(row == sorted(set(row)) for row in seen)
        assert all(row[2] - row[0] == 2 for row in seen) == (channels == "window")


def test_averaging_is_adaptive_average_pooling():
    for whole, part in ((6, 2), (6, 3), (7, 3), (16, 6), (5, 4)):
        values = torch.randn(1, 1, whole, generator=torch.Generator().manual_seed(0))
        expected = functional.adaptive_avg_pool1d(values, part)[0, 0]
        torch.testing.assert_close(averaging(whole, part) @ values[0, 0], expected)


@pytest.mark.parametrize("channels", [4, 6, 16])
def test_the_widths_that_occur_are_those_of_the_cells(channels):
    from bench.spaces.nb101.cells import every_cell
    from bench.spaces.nb101.channels import vertex_widths

    genes = genes_of(every_cell().codes[::40])
    assert (operations_of(genes) > 0).any()
    found = np.unique(vertex_widths(edges_of(genes), channels)[:, 1:6])
    assert set(found.tolist()) - {0} == set(widths_that_occur(channels))


@pytest.mark.slow
def test_one_block_for_each_width_shares_nothing_between_widths():
    shared = supernet(channels="own")
    wide = SPACE.parse("010/001/000:conv3x3")
    narrow = SPACE.parse("0110/0001/0001/0000:conv3x3+conv3x3")
    shared(PIXELS, wide).sum().backward()
    touched = {name for name, weight in shared.named_parameters() if weight.grad is not None}
    shared.zero_grad()
    shared(PIXELS, narrow).sum().backward()
    again = {name for name, weight in shared.named_parameters() if weight.grad is not None}
    assert all("stem" in name or "classifier" in name for name in touched & again)


def test_the_maximum_of_shifted_rows_is_pytorchs_pooling():
    values = torch.rand(3, 5, 8, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(max_pool(values), functional.max_pool2d(values, 3, 1, 1))


@pytest.mark.slow
def test_consecutive_architectures_share_the_stem_and_equal_vertices_only():
    shared = supernet().eval()
    near = [arch for arch in archs(200) if arch[:8] == archs(200)[50][:8]]
    with torch.inference_mode():
        together = shared.on_images(PIXELS)
        for arch in [*archs(10), *near, *archs(3)]:
            assert torch.equal(together(arch), shared(PIXELS, arch))


@pytest.mark.slow
@pytest.mark.parametrize("channels", ["leading", "own"])
def test_recalibrated_statistics_are_shared_bit_for_bit(channels):
    shared = supernet(norm=Recalibrated(affine=True), channels=channels).eval()
    batches = [torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    chosen = archs(8)
    with torch.inference_mode():
        alone = []
        for arch in chosen:
            with recalibrated(shared, arch, batches):
                alone.append(shared(PIXELS, arch))
        together = Recalibration(shared, PIXELS, batches)
        for arch, expected in zip(chosen, alone, strict=True):
            assert torch.equal(together.logits(arch), expected)


def test_tracked_statistics_are_updated_by_every_path():
    shared = supernet(norm=Tracked(affine=True))
    arch = archs(2)[0]
    logits = shared.on_images(PIXELS)
    before = shared.stem_norm.running_mean.clone()
    logits(arch)
    once = shared.stem_norm.running_mean.clone()
    logits(arch)
    assert not torch.equal(before, once)
    assert not torch.equal(once, shared.stem_norm.running_mean)


def test_what_does_not_fit_is_refused():
    with pytest.raises(RecipeError, match=r"nb101-net\.width is 3; allowed: .*4"):
        NB101Net(width=3)
    with pytest.raises(RecipeError, match=r"resolution is 6; allowed: a multiple of 4, as two pools halve it"):
        build_supernet(NB101Net(cells=1, width=4, resolution=6), SPACE, AFFINE, channels=3, classes=10, seed=0)
    with pytest.raises(RecipeError, match=r"kernel_1x1 is 'centre', but conv3x3 is masked; allowed: own"):
        supernet(NB101(mask=("conv3x3",)), kernel_1x1="centre")
    with pytest.raises(RecipeError, match="takes one architecture, not cells that differ"):
        supernet()(PIXELS, PerCell((archs(1)[0],) * 6))
    assert replace(NB101Net(width=4), width=OPEN).width is OPEN
