"""Tables of published accuracies, read plainly from the files that lie beside the project."""

import csv
import json

import numpy as np
import pytest

from bench.spaces import SPACES
from bench.tables.table import Table
from bench.truth import Truth


def sorted_table(name, archs, accuracy, costs=None):
    """Return a table of the given strings and accuracies [arch, seed], rows sorted by genes."""
    space = SPACES.get(Truth.parse(name).space)()
    genes = space.parse_all(archs, "test")
    order = np.argsort(space.keys(genes))
    accuracy = np.asarray(accuracy, dtype=np.float32).reshape(len(archs), -1)
    return Table(
        name=name,
        genes=genes[order],
        accuracy=accuracy[order],
        seeds=tuple(str(seed) for seed in range(accuracy.shape[1])),
        costs={key: np.asarray(values, dtype=float)[order] for key, values in (costs or {}).items()},
        source="a test",
    )


@pytest.fixture(scope="session")
def make_table():
    return sorted_table


@pytest.fixture(scope="session")
def nb201_cifar10(real_data):
    with (real_data / "nats_bench.csv").open() as file:
        rows = list(csv.DictReader(file))
    accuracy = [float(row["CIFAR10TestAccuracy200Epochs"]) for row in rows]
    return sorted_table("nb201/cifar10/test/200ep", [row["ArchitectureString"] for row in rows], accuracy)


@pytest.fixture(scope="session")
def macro(real_data):
    entries = json.loads((real_data / "nas-bench-macro_cifar10.json").read_text())
    costs = {cost: [entry[cost] for entry in entries.values()] for cost in ("params", "flops")}
    accuracy = [entry["test_acc"] for entry in entries.values()]
    return sorted_table("macro/cifar10/test/50ep", list(entries), accuracy, costs)


@pytest.fixture(scope="session")
def track1(real_data):
    entries = json.loads((real_data / "cvpr2021_track1_gt_1000.json").read_text()).values()
    accuracy = [100 * entry["acc"] for entry in entries]
    return sorted_table("track1/cifar100/test/stand-alone", [entry["arch"] for entry in entries], accuracy)
