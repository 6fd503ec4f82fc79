import os
import pickle
import zipfile
from dataclasses import replace

import pytest
import torch

from bench.errors import StoreError
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.optimizers.sgd import SGD
from bench.sample.images.images import Images
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.supernets.norms.tracked import Tracked
from bench.train.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from tests.full_disk import no_file_above

SLOTS = {
    "same batch": {},
    "different batches": {
        "paths": StrictFair(same_batch=False, reduction="sum"),
        "images": Images(dataset="digits", train=80, held_out=8, batch=8),
    },
    "uniform, decay": {"paths": Uniform(), "optimizer": SGD(rate=0.05, weight_decay=5e-4, unsampled_params="decay")},
    "tracked": {"norm": Tracked(affine=True)},
    "averaged": {"averaging": ExponentialAveraging(decay=0.9), "norm": Tracked()},
}
IMAGES = Images(dataset="digits", train=32, held_out=8, batch=16)


def same(one, other):
    """Return whether two nested states hold the same bits."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return one == other


def assert_same_state(first, second):
    """Assert that two trainings hold the same bits: weights, optimizer, averaged weights, streams, log."""
    a, b = first.checkpoint(), second.checkpoint()
    assert same(a.supernet, b.supernet)
    assert same(a.slots, b.slots)
    assert (a.streams, a.epoch, a.updates, a.forward_passes) == (b.streams, b.epoch, b.updates, b.forward_passes)
    timeless = [[replace(line, seconds=0) for line in training.log] for training in (first, second)]
    assert timeless[0] == timeless[1]


@pytest.mark.parametrize("slots", SLOTS.values(), ids=SLOTS.keys())
def test_a_training_interrupted_after_any_epoch_ends_like_one_that_was_not(train, tmp_path, slots):
    slots = {"images": IMAGES, "of": 3} | slots
    whole = train(0, **slots)
    whole.run(lambda line: write_checkpoint(whole.checkpoint(), tmp_path / f"after-{line.epoch}"))
    for epoch in (1, 2, 3):
        resumed = train(0, **slots)
        resumed.restore(read_checkpoint(tmp_path / f"after-{epoch}", "cpu"))
        assert resumed.epoch == epoch
        resumed.run()
        assert_same_state(resumed, whole)


def test_what_is_read_is_what_was_written(train, tmp_path):
    training = train(averaging=ExponentialAveraging())
    write_checkpoint(training.checkpoint(), tmp_path / "checkpoint.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    found = read_checkpoint(tmp_path / "checkpoint.pt", "cpu")
    assert found.images_sha256 == training.images_sha256
    assert found.seconds == training.seconds


@pytest.fixture
def saved(train, tmp_path):
    path = tmp_path / "checkpoint.pt"
    write_checkpoint(train(images=IMAGES).checkpoint(), path)
    return path


@pytest.mark.parametrize("portion", [0, 0.001, 0.5, 0.999])
def test_a_truncated_checkpoint_is_named(saved, portion):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(portion * len(content))])
    with pytest.raises(
        StoreError, match=r"checkpoint\.pt is not a readable checkpoint \(.*delete it to train this run"
    ):
        read_checkpoint(saved, "cpu")


def test_a_single_flipped_bit_in_the_weights_is_noticed(saved):
    with zipfile.ZipFile(saved) as archive:
        weights = max(archive.infolist(), key=lambda info: info.file_size if "/data/" in info.filename else 0)
        with archive.open(weights) as file:
            inside = file.read()
    content = bytearray(saved.read_bytes())
    content[content.index(inside) + 5] ^= 1
    saved.write_bytes(content)
    with pytest.raises(StoreError, match=rf"Bad CRC-32|checksum of {weights.filename} is wrong"):
        read_checkpoint(saved, "cpu")


def test_a_checkpoint_with_other_fields_is_named(saved):
    torch.save({"epoch": 1}, saved)
    with pytest.raises(StoreError, match=r"is not a readable checkpoint \(.*missing"):
        read_checkpoint(saved, "cpu")


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def test_a_checkpoint_that_would_run_code_is_refused_and_nothing_runs(tmp_path):
    marker, path = tmp_path / "it-ran", tmp_path / "checkpoint.pt"
    torch.save({"epoch": Hostile(marker)}, path)
    with pytest.raises(StoreError, match=r"checkpoint\.pt is not a readable checkpoint \((.|\n)*posix\.mkdir"):
        read_checkpoint(path, "cpu")
    path.write_bytes(pickle.dumps(Hostile(marker)))
    with pytest.raises(StoreError, match=r"is not a readable checkpoint \(File is not a zip file\)"):
        read_checkpoint(path, "cpu")
    assert not marker.exists()


def test_a_checkpoint_that_cannot_be_written_keeps_the_last_one(saved, train):
    before = saved.read_bytes()

    told = r"cannot write .*checkpoint\.pt \(File too large\); free some space and run again: it continues"
    with no_file_above(len(before) // 2), pytest.raises(StoreError, match=told):
        write_checkpoint(train(0).checkpoint(), saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_every_field_of_a_checkpoint_is_stored(saved):
    content = torch.load(saved, weights_only=True)
    assert content.keys() == Checkpoint.__dataclass_fields__.keys()
