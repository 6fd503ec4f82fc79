"""The published file of NAS-Bench-Macro."""

import json

import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import read_tables
from bench.tables.readers.macro_json import MacroJson

MACRO = {"test_acc": [90.0, 91.0, 92.0], "mean_acc": 91.0, "params": 1000, "flops": 2000}


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        path = tmp_path / "t.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        assert MacroJson().recognizes(path)
        return read_tables(path)[0]

    return write_and_read


@pytest.mark.slow
def test_the_real_nas_bench_macro_file_has_its_known_optimum_and_costs(real_data):
    (table,) = read_tables(real_data / "nas-bench-macro_cifar10.json")
    best = int(table.mean.argmax())
    assert (table.name, len(table.genes), table.seeds) == ("macro/cifar10/test/50ep", 6561, ("0", "1", "2"))
    assert table.space.spell(tuple(table.genes[best].tolist())) == "22212202"
    assert round(float(table.mean[best]), 2) == 93.13
    published = json.loads((real_data / "nas-bench-macro_cifar10.json").read_bytes())["22212202"]
    assert (table.costs["params"][best], table.costs["flops"][best]) == (published["params"], published["flops"])
    assert "best epoch" in table.source


def test_macro_accuracies_keep_their_three_seeds(read):
    table = read({"00000000": MACRO})
    np.testing.assert_array_equal(table.accuracy, [[90, 91, 92]])


def test_costs_are_those_of_each_entry(read):
    table = read({"00000001": MACRO | {"params": 7, "flops": 8}, "00000000": MACRO})
    assert table.costs["params"].tolist() == [1000, 7]
    assert table.costs["flops"].tolist() == [2000, 8]


def test_a_repeated_key_is_not_overwritten_in_silence(read):
    entry = json.dumps(MACRO)
    with pytest.raises(DataError, match=r"architecture '00000000' has accuracy 1 / 91 / 92, but key '00000000' gives"):
        read(f'{{"00000000": {entry}, "00000000": {entry.replace("90.0", "1.0")}}}')


def test_a_missing_part_names_the_key(read):
    entry = {part: value for part, value in MACRO.items() if part != "flops"}
    with pytest.raises(DataError, match=r"key '00000001': no 'flops'; it has test_acc, mean_acc, params"):
        read({"00000000": MACRO, "00000001": entry})


def test_a_missing_seed_names_the_key(read):
    with pytest.raises(DataError, match=r"key '00000000': test_acc is \[90.0\], expected a list of 3 accuracies"):
        read({"00000000": MACRO | {"test_acc": [90.0]}})


@pytest.mark.parametrize("value", [91.0, None, {"0": 90.0}])
def test_seeds_that_are_no_list_name_the_key(read, value):
    with pytest.raises(DataError, match=r"key '00000000': test_acc is .*, expected a list of 3 accuracies; copy"):
        read({"00000000": MACRO | {"test_acc": value}})


@pytest.mark.parametrize("value", ["high", None, True])
def test_an_accuracy_that_is_no_number_names_the_key(read, value):
    with pytest.raises(DataError, match=rf"key '00000000': test_acc holds {json.dumps(value)}, not a number"):
        read({"00000000": MACRO | {"test_acc": [90.0, value, 91.0]}})


def test_a_cost_that_is_no_number_names_the_key(read):
    with pytest.raises(DataError, match=r"key '00000000': flops holds \"2 M\", not a number; copy the file again"):
        read({"00000000": MACRO | {"flops": "2 M"}})


def test_a_truncated_file_is_named(read):
    text = json.dumps({"00000000": MACRO})
    with pytest.raises(DataError, match=r"t.json cannot be read as JSON \(truncated\?\): .*copy or write it again"):
        read(text[:-2])
