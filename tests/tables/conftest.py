import bz2
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from bench.spaces import SPACES
from bench.tables.add import read_tables
from bench.tables.table import Table

CELLS = [
    "|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|",
    "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|",
    "|nor_conv_1x1~0|+|avg_pool_3x3~0|none~1|+|none~0|skip_connect~1|nor_conv_3x3~2|",
]


@pytest.fixture(scope="session")
def published(real_data: Path) -> dict[str, Table]:
    return {table.name: table for table in read_tables(real_data / "nats_bench.csv")}


@pytest.fixture(scope="session")
def sampled(real_data: Path) -> dict[str, Table]:
    return {table.name: table for table in read_tables(real_data / "nats-tss-sample")}


@pytest.fixture
def cells() -> list[str]:
    return list(CELLS)


@pytest.fixture
def small_table() -> Table:
    """Three architectures of NAS-Bench-Macro, two seeds, one of them absent once."""
    space = SPACES.get("macro")()
    return Table(
        name="macro/cifar10/test/50ep",
        genes=space.parse_all(["00000001", "00000010", "22212202"], "here"),
        accuracy=np.array([[50.0, 51.5], [60.25, np.nan], [93.0, 93.5]], dtype=np.float32),
        seeds=("0", "7"),
        costs={"params": np.array([1.0, 2.0, 3.0])},
        source="made by hand",
        citation="nobody, 2024",
        source_sha256="ab" * 32,
        merged=1,
    )


@pytest.fixture
def trial():
    """Return one training as both NAS-Bench-201 formats store it; `accuracy` is of the last epoch, earlier ones 1."""

    def make(dataset: str, epochs: int, accuracy: float, names: tuple[str, ...], params: float = 0.5) -> dict:
        return {
            "train_acc1es": {epoch: 1.0 for epoch in range(epochs - 1)} | {epochs - 1: accuracy},
            "params": np.float64(params),
            "flop": 12.5,
            "epochs": epochs,
            "eval_names": list(names),
            "eval_acc1es": OrderedDict({f"{name}@{epochs - 1}": np.float64(accuracy) for name in names}),
        }

    return make


@pytest.fixture
def write_nats():
    """Write a NATS folder: the list of cells, and entries {number: {budget: results}}."""

    def write(folder: Path, archs: list[str], entries: dict[int, object]) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps({"meta_archs": archs})))
        for number, entry in entries.items():
            (folder / f"{number:06d}.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps(entry, protocol=4)))
        return folder

    return write


class Hostile:
    """Makes a folder where it is unpickled by a reader that calls what it is told to."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


@pytest.fixture
def hostile(marker: Path) -> Hostile:
    return Hostile(marker)
