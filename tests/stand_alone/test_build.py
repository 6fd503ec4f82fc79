import json
import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import DataError, StoreError, UnknownName
from bench.spaces.nb201 import NB201
from bench.stand_alone import build as building
from bench.stand_alone.build import build, neighbours
from bench.stand_alone.journal import Journal, Network, opened_journal
from bench.stand_alone.one_by_one import train_network
from bench.stand_alone.protocols import protocol
from bench.supernets.nb201 import NB201Net
from tests.full_disk import no_file_above

NAME = "nb201/digits/test/30ep"
SPACE = NB201()
CONV, POOL = (SPACE.spell(arch) for arch in ((0, 0, 0, 3, 0, 0), (0, 0, 0, 4, 0, 0)))
CONV_AND_DEAD_EDGES = SPACE.spell((0, 0, 0, 3, 2, 3))


@pytest.fixture
def quick(monkeypatch):
    """Return the protocol of the table at its smallest: two updates."""
    small = {"construct.width": 2, "images.train": 64, "images.batch": 32, "epochs": 1}
    monkeypatch.setattr(NB201Net, "stand_alone", {NAME: {**NB201Net.stand_alone[NAME], **small}})
    return protocol(NAME)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "building" / "journal.jsonl")


def table(journal, archs, seeds=(0, 1), **settings):
    return build(NAME, archs, seeds, journal, data=journal.path.parent, **({"workers": 1} | settings))


def test_a_table_holds_every_architecture_and_seed_and_says_how_it_was_made(quick, journal, images):
    found = table(journal, [POOL, CONV])
    assert (found.name, found.seeds) == (NAME, ("0", "1"))
    np.testing.assert_array_equal(found.genes, SPACE.parse_all([CONV, POOL], "here"))  # in the order of codes
    for row, arch in enumerate([CONV, POOL]):
        expected = [train_network(quick, arch, seed, images).accuracy for seed in (0, 1)]
        np.testing.assert_allclose(found.accuracy[row], expected, atol=0.2)  # rounding may turn an image of 897
    assert found.source == "trained by supernet-bench: test accuracy after the last of 1 epochs"
    assert found.source_sha256 == images.sha256


@pytest.mark.slow
def test_one_network_at_a_time_is_the_plain_reference(quick, journal, images):
    found = table(journal, [CONV], together=1)
    expected = [train_network(quick, CONV, seed, images).accuracy for seed in (0, 1)]
    np.testing.assert_array_equal(found.accuracy[0], np.float32(expected))


@pytest.mark.parametrize(("together", "way"), [(1, "train_network"), (2, "train_together")])
def test_both_ways_train_on_the_chosen_device(quick, journal, monkeypatch, together, way):
    devices = []

    def trained(recipe, archs, seed, images, device):
        devices.append(device)
        network = Network(CONV, seed, 50.0, 1.0)
        return network if way == "train_network" else [network]

    monkeypatch.setattr(building, way, trained)
    table(journal, [CONV], seeds=(0,), together=together, device="cuda:1")
    assert devices == ["cuda:1"]


def test_the_accuracy_counts_all_test_images(quick, images):
    network = train_network(quick, CONV, 0, images)
    right = network.accuracy * len(images.x_test) / 100
    assert right == pytest.approx(round(right), abs=1e-3)
    assert 0 < right < len(images.x_test)


@pytest.mark.slow
def test_equal_seeds_give_equal_networks_and_others_do_not(quick, images):
    first, again, other = (train_network(quick, CONV, seed, images).accuracy for seed in (0, 0, 1))
    assert first == again != other


def test_names_of_one_network_share_its_training(quick, journal):
    found = table(journal, [CONV, CONV_AND_DEAD_EDGES])
    assert list(journal.networks) == [(CONV, 0), (CONV, 1)]
    assert len(found.genes) == 2
    np.testing.assert_array_equal(found.accuracy[0], found.accuracy[1])


def test_what_the_journal_holds_is_not_trained_again(quick, journal):
    first, steps = table(journal, [CONV], seeds=(0,)), []
    again = table(Journal(journal.path), [CONV, POOL], seeds=(0,), progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]
    assert again.accuracy[0] == first.accuracy[0]


def test_a_build_that_stops_keeps_its_finished_chunks(quick, journal, monkeypatch):
    train, calls = building.train_together, []

    def stop_at_the_second(*arguments):
        calls.append(arguments)
        return train(*arguments) if len(calls) == 1 else 1 / 0

    monkeypatch.setattr(building, "train_together", stop_at_the_second)
    archs = [SPACE.spell((0, 0, 0, choice, 0, 0)) for choice in (1, 2, 3, 4)]
    with pytest.raises(ZeroDivisionError):
        table(journal, archs, seeds=(0,), together=2)
    assert list(Journal(journal.path).networks) == [(arch, 0) for arch in archs[:2]]
    monkeypatch.setattr(building, "train_together", train)
    steps = []
    table(Journal(journal.path), archs, seeds=(0,), together=2, progress=lambda *step: steps.append(step))
    assert steps == [(2, 4), (4, 4)]


@pytest.mark.slow
@given(st.lists(st.integers(0, SPACE.size - 1), unique=True, max_size=40), st.integers(1, 9))
def test_chunks_hold_every_architecture_once_in_the_order_of_genes(codes, together):
    genes = SPACE.enumerate()
    archs = [SPACE.spell(tuple(int(g) for g in genes[code])) for code in codes]
    chunks = neighbours(archs, SPACE, together)
    assert [arch for chunk in chunks for arch in chunk] == [arch for _, arch in sorted(zip(codes, archs, strict=True))]
    sizes = [len(chunk) for chunk in chunks]
    assert max(sizes, default=0) <= together
    assert max(sizes, default=0) - min(sizes, default=0) <= 1


def test_a_torn_last_line_is_dropped_and_trained_again(quick, journal):
    table(journal, [CONV, POOL], seeds=(0,))
    whole = journal.path.read_text()
    journal.path.write_text(whole[:-9])
    resumed, steps = Journal(journal.path), []
    assert len(resumed.networks) == 1
    assert journal.path.read_text() == whole[:-9], "another process may be writing"
    table(resumed, [CONV, POOL], seeds=(0,), progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]
    assert len(Journal(journal.path).networks) == 2


def test_a_partial_table_trains_nothing_and_leaves_what_is_missing_empty(quick, journal):
    journal.add(Network(CONV, 0, 50.0, 1.0))
    journal.add(Network(POOL, 1, 60.0, 1.0))
    found = table(journal, [POOL, CONV], partial=True)
    np.testing.assert_array_equal(found.accuracy, [[50, np.nan], [np.nan, 60]])
    assert len(journal.networks) == 2


def test_a_partial_table_leaves_out_what_has_no_seed_at_all(quick, journal):
    journal.add(Network(CONV, 0, 50.0, 1.0))
    found = table(journal, [POOL, CONV], partial=True)
    np.testing.assert_array_equal(found.genes, SPACE.parse_all([CONV], "here"))
    np.testing.assert_array_equal(found.accuracy, [[50, np.nan]])


def test_a_partial_table_of_nothing_is_refused(quick, journal):
    with pytest.raises(StoreError, match=r"journal.jsonl has none of these 2 architectures; run without --partial"):
        table(journal, [POOL, CONV], partial=True)


def test_a_whole_journal_is_opened_without_being_written(journal):
    journal.add(Network(CONV, 0, 50.0, 1.0))
    journal.path.chmod(0o400)
    before = journal.path.stat().st_mtime_ns
    assert Journal(journal.path).networks == {(CONV, 0): Network(CONV, 0, 50.0, 1.0)}
    assert journal.path.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", [b"{'", b'{"arch": "a"}', b"\xff\xfe", b"null"])
def test_a_damaged_line_in_the_middle_is_named(journal, damage):
    good = json.dumps(vars(Network(CONV, 0, 50.0, 1.0))).encode()
    journal.path.parent.mkdir()
    journal.path.write_bytes(good + b"\n" + damage + b"\n" + good + b"\n")
    with pytest.raises(StoreError, match=r"journal\.jsonl, line 2 is damaged \(.*delete the line"):
        Journal(journal.path)
    assert damage in journal.path.read_bytes(), "nothing is lost"


def test_a_full_disk_is_named_and_leaves_no_half_of_a_line(journal):
    journal.add(Network(CONV, 0, 50.0, 1.0))
    whole = journal.path.read_bytes()
    told = r"cannot write .*journal\.jsonl \(.*\); free some space and run again"
    with no_file_above(len(whole) + 20), pytest.raises(StoreError, match=told):
        journal.add(Network(POOL, 0, 50.0, 1.0))
    assert journal.path.read_bytes() == whole
    assert (POOL, 0) not in journal.networks
    journal.add(Network(POOL, 0, 60.0, 1.0))
    assert Journal(journal.path).networks == journal.networks


def test_a_journal_that_another_process_writes_is_left_to_it(journal):
    with opened_journal(journal.path, writing=True):
        told = rf"journal\.jsonl is written by process {os.getpid()} on .* since 2.*, which builds the same table; wait"
        with pytest.raises(StoreError, match=told), opened_journal(journal.path, writing=True):
            pass
        with opened_journal(journal.path, writing=False) as read:
            assert read.networks == {}
    assert not journal.path.with_suffix(".lock").exists()


def test_reading_a_journal_writes_nothing(journal):
    with opened_journal(journal.path, writing=False):
        pass
    assert not journal.path.parent.exists()


def test_building_leaves_the_number_of_threads_as_it_was(quick, journal, monkeypatch):
    monkeypatch.setattr(building, "train_together", lambda *_: 1 / 0)
    torch.set_num_threads(2)
    try:
        with pytest.raises(ZeroDivisionError):
            table(journal, [CONV])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_a_misspelt_architecture_is_named_by_its_place(quick, journal):
    with pytest.raises(DataError, match=r"architectures to build, entry 2: '\|none~0\|' has 1 nodes"):
        table(journal, [CONV, "|none~0|"])


def test_a_table_without_a_protocol_is_named():
    with pytest.raises(UnknownName, match="unknown table to build 'nb201/digits/test/3ep'; did you mean"):
        protocol("nb201/digits/test/3ep")
