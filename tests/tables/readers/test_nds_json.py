"""The DARTS files of NDS, in the form that its API reads."""

import json

import pytest

from bench.errors import DataError
from bench.spaces.darts import Darts
from bench.tables.add import add, read_tables
from bench.tables.readers.nds_json import NdsJson

PAIRS = [["sep_conv_3x3", 0], ["skip_connect", 1], ["dil_conv_5x5", 2], ["max_pool_3x3", 0]] * 2
CONCAT = [2, 3, 4, 5]


def entry(width=16, depth=8, errors=(60.0, 12.5), normal=PAIRS, **others):
    genotype = {"normal": normal, "normal_concat": CONCAT, "reduce": PAIRS, "reduce_concat": CONCAT} | others
    return {
        "params": 123456,
        "flops": 7890,
        "net": {"genotype": genotype, "width": width, "depth": depth},
        "optim": {"base_lr": 0.1, "wd": 5e-4, "max_ep": len(errors)},
        "rng_seed": 1,
        "min_test_top1": min(errors, default=0),
        "test_ep_top1": list(errors),
    }


def other(pairs):
    return [["avg_pool_3x3", 1], *pairs[1:]]


@pytest.fixture
def write(tmp_path):
    def written(content, name="DARTS.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return written


def test_every_width_depth_and_number_of_epochs_is_a_table_of_its_own(write):
    entries = [entry(), entry(32), entry(depth=20), entry(errors=(50.0,)), entry(normal=other(PAIRS))]
    path = write(entries)
    assert NdsJson().recognizes(path)
    found = {table.name: table.mean.tolist() for table in read_tables(path)}
    assert found == {
        "darts/cifar10/test/1ep-width-16-depth-8": [50.0],
        "darts/cifar10/test/2ep-width-16-depth-8": [87.5, 87.5],
        "darts/cifar10/test/2ep-width-16-depth-20": [87.5],
        "darts/cifar10/test/2ep-width-32-depth-8": [87.5],
    }


def test_the_accuracy_is_that_of_the_last_epoch_and_costs_are_the_entrys(write):
    (table,) = read_tables(write([entry(errors=(60.0, 10.0, 11.0))]))
    assert table.mean.tolist() == [89.0]
    assert {name: values.tolist() for name, values in table.costs.items()} == {"params": [123456], "flops": [7890]}
    assert Darts().spell(tuple(table.genes[0].tolist())).startswith("sep_conv_3x3@0 skip_connect@1 dil_conv_5x5@2 ")


def test_tables_are_stored_under_the_release_of_nds(write, tmp_path):
    (found,) = add([write([entry()])], tmp_path / "data")
    assert found.name == "darts/cifar10/test/2ep-width-16-depth-8@nds"


def without(name):
    changed = entry()
    del changed[name]
    return changed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            [entry(), entry(normal=[["conv", 0], *PAIRS[1:]])],
            r"entry 2: the normal cell's pair 1, 'conv@0': unknown op",
        ),
        (
            [entry(normal=[["none", 2], *PAIRS[1:]])],
            r"entry 1: the normal cell's pair 1, 'none@2': no input '2' at node 0",
        ),
        ([entry(normal=PAIRS[:7])], r"entry 1: the normal cell has 7 pairs op@input, expected 8"),
        ([entry(reduce_concat=[3, 4, 5])], r"entry 1: .*the reduction cell concatenates \[3,4,5\]"),
        ([entry(normal="x")], r"entry 1: .*the normal cell is"),
        ([entry(), without("test_ep_top1")], r"entry 2: no 'test_ep_top1'; this reader takes networks of"),
        (
            [entry() | {"net": {"block_type": "vanilla"}}],
            r"entry 1: no 'net.width'; this reader takes networks",
        ),
        ([3, entry()], r"entry 1: no 'net.width'"),
        ([entry(width="16")], r'entry 1: net.width is "16"; expected a whole number'),
        ([entry(errors=())], r"entry 1: test_ep_top1 is \[\]; expected the test error after each epoch"),
        ([entry(errors=(101.0,))], r"entry 1: test_ep_top1 is 101.0; expected errors in percent, 0 to 100"),
        (
            [entry(errors=(0.9, 0.12))],
            r"entry 1: test_ep_top1 of all networks of width 16 and depth 8 are at most 1",
        ),
        (
            [entry(), entry(errors=(50.0, 10.0))],
            r"entry 2: architecture '.*' has accuracy 90, but entry 1 gives it",
        ),
        ({"top": [entry()], "mid": []}, r"holds an object; expected a list of entries"),
    ],
)
def test_a_wrong_entry_is_named(write, content, message):
    with pytest.raises(DataError, match=message):
        read_tables(write(content))


def test_a_file_of_imagenet_is_refused(write):
    with pytest.raises(DataError, match=r"DARTS_in.json is named as networks trained on ImageNet"):
        read_tables(write([entry()], "DARTS_in.json"))


def test_a_truncated_file_is_named(write):
    with pytest.raises(DataError, match=r"DARTS.json cannot be read as JSON \(truncated\?\)"):
        read_tables(write(json.dumps([entry()])[:-3]))
