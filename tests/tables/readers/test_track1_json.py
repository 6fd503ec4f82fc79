"""The published file of the CVPR 2021 competition, track 1."""

import json

import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import read_tables
from bench.tables.readers.track1_json import Track1Json

WIDTHS = "-".join(["4"] * 20)


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        path = tmp_path / "t.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        assert Track1Json().recognizes(path)
        return read_tables(path)[0]

    return write_and_read


def test_the_real_track_1_file_is_in_percent_with_its_known_mean_and_maximum(real_data):
    (table,) = read_tables(real_data / "cvpr2021_track1_gt_1000.json")
    assert (table.name, len(table.genes)) == ("track1/cifar100/test/stand-alone", 1000)
    assert round(float(table.mean.mean()), 2) == 56.70
    assert round(float(table.mean.max()), 2) == 67.45


def test_fractions_become_percent_of_one_unnamed_seed(read):
    table = read({"arch1": {"acc": 0.539, "arch": WIDTHS}, "arch2": {"arch": "8" + WIDTHS[1:], "acc": 0.54}})
    assert table.seeds == ("mean",)
    np.testing.assert_allclose(table.mean, [53.9, 54], rtol=1e-6)


def test_track_1_accuracies_in_percent_are_refused(read):
    with pytest.raises(DataError, match=r"key 'arch1': accuracy 5390 of seed mean is outside 0..100"):
        read({"arch1": {"acc": 53.9, "arch": WIDTHS}})


@pytest.mark.parametrize("missing", ["acc", "arch"])
def test_a_missing_part_names_the_key(read, missing):
    whole = {"acc": 0.5, "arch": WIDTHS}
    entry = {name: value for name, value in whole.items() if name != missing}
    with pytest.raises(DataError, match=rf"key 'arch2': no '{missing}'; it has {next(iter(entry))}; copy the file"):
        read({"arch1": whole, "arch2": entry})


def test_a_truncated_file_is_named(read):
    text = json.dumps({"arch1": {"acc": 0.5, "arch": WIDTHS}})
    with pytest.raises(DataError, match=r"t.json cannot be read as JSON \(truncated\?\): .*copy or write it again"):
        read(text[:-2])
