import os
import pickle
import zipfile
from dataclasses import replace

import pytest
import torch

from bench.errors import LONGEST, StoreError
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


QUICK = ("uniform, decay", "averaged")


@pytest.mark.parametrize(
    "slots",
    [pytest.param(SLOTS[name], id=name, marks=() if name in QUICK else pytest.mark.slow) for name in SLOTS],
)
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


@pytest.mark.quick_cases(0)
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
    with pytest.raises(StoreError, match=r"checkpoint\.pt is not a readable .*\(it asks to call 'posix\.mkdir', which"):
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


def test_a_training_that_continues_under_other_software_says_so_once_and_keeps_both(train, saved, monkeypatch):
    began = read_checkpoint(saved, "cpu").software
    assert [set(known) >= {"torch", "numpy", "supernet-bench", "commit"} for known in began] == [True]
    now = began[0] | {"torch": "9.9.9"}
    monkeypatch.setattr("bench.train.training.software", lambda: now)
    said, training = [], train(0, images=IMAGES, of=1)
    training.continue_from(saved, said.append)
    assert training.earlier == began
    [line] = said
    assert line.endswith(f"which may round differently: torch 9.9.9 instead of {began[0]['torch']}")
    assert read_checkpoint(saved, "cpu").software == [*began, now]
    training.continue_from(saved, said.append)
    assert (len(said), training.earlier) == (1, began)


def test_a_training_that_continues_under_the_same_software_says_nothing(train, saved):
    said, training = [], train(0, images=IMAGES, of=1)
    training.continue_from(saved, said.append)
    assert (said, training.earlier) == ([], [])


def test_a_checkpoint_without_versions_is_continued_and_is_said_to_be_older(train, saved):
    content = torch.load(saved, weights_only=True)
    torch.save({name: value for name, value in content.items() if name != "software"}, saved)
    said, training = [], train(0, images=IMAGES, of=1)
    training.continue_from(saved, said.append)
    assert "the one that began it, which stored no versions" in said[0]
    assert training.earlier == [{}]


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("epoch", "1"),
        ("seed", None),
        ("seconds", "x"),
        ("supernet", {"a": 1}),
        ("slots", []),
        ("log", [1]),
        ("software", [{"torch": 2}]),
        ("software", ["2.9"]),
        ("log", "x"),
    ],
)
def test_a_part_of_another_type_is_named(saved, part, value):
    torch.save(torch.load(saved, weights_only=True) | {part: value}, saved)
    with pytest.raises(StoreError, match=rf"is not a readable checkpoint \(its {part} "):
        read_checkpoint(saved, "cpu")


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("supernet", {}),
        ("slots", {}),
        ("streams", "[" * 100_000),
        ("streams", '{"paths": 1}'),
        ("streams", '{"unknown": {}}'),
        ("log", ["{}"]),
        ("log", ["no JSON"]),
    ],
)
def test_a_state_that_does_not_fit_is_named_in_one_line(train, saved, part, value):
    torch.save(torch.load(saved, weights_only=True) | {part: value}, saved)
    with pytest.raises(StoreError, match=r"is not a readable checkpoint \(.*\); delete it to train") as told:
        train(0, images=IMAGES, of=1).continue_from(saved)
    assert len(str(told.value)) <= LONGEST


def test_a_compressed_checkpoint_is_refused_before_it_expands(saved):
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10_000_000))
    with pytest.raises(StoreError, match=r"is not a readable .*\(it is compressed, which torch.save never does"):
        read_checkpoint(saved, "cpu")


def test_torchs_advice_to_load_unsafely_is_not_passed_on(saved):
    content = saved.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("data.pkl")]
        entries = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(saved, "w") as archive:
        for one, inside in entries.items():
            archive.writestr(one, b"\x80\x02\xff" + inside if one == name else inside)
    assert saved.read_bytes() != content
    with pytest.raises(StoreError, match=r"is not a readable checkpoint \(") as told:
        read_checkpoint(saved, "cpu")
    assert "weights_only" not in str(told.value)
    assert str(told.value).isprintable()
