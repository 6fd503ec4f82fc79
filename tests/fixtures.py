"""What tests share: one thread, the smallest recipe, the data, one run."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits
from typer.testing import CliRunner

from bench.cli import app
from bench.device.kernels import settle_kernels
from bench.files import file_sha256
from bench.optimize.updates import Update
from bench.places import PROJECT, data_folder
from bench.population import Population
from bench.predict.predictions import Predictions
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.registry import plugins_forgotten
from bench.rng import stream
from bench.runs.execute import execute
from bench.runs.plan import plan
from bench.runs.predictions_file import read_predictions, write_predictions
from bench.runs.scored_on import predicted_population
from bench.runs.store import Record, Run, write_record
from bench.sample.images.image_set import digits
from bench.slot import describe
from bench.spaces.nb101 import NB101
from bench.spaces.nb201 import NB201
from bench.study.study import STUDIES
from bench.tables.add import add
from bench.tables.catalog import open_table, table_path
from bench.tables.store import write_table
from bench.tables.table import Table
from bench.train.training import Training
from tests.few_resamples import at_most_fifty_resamples

settle_kernels()
torch.set_num_threads(1)
threadpool_limits(
    1
)  # tests run side by side: threads of NumPy's matrix products that wait for each other burn the cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # and so do those of commands that tests start


@pytest.fixture(scope="module")
def few_resamples():
    """For modules whose tests look at no interval over architectures."""
    with at_most_fifty_resamples():
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the published files are not in {folder}")
    return folder


@pytest.fixture(scope="session")
def with_darts(real_data, tmp_path_factory) -> Path:
    """Return a data folder with both tables of DARTS cells."""
    folder = tmp_path_factory.mktemp("data")
    add([real_data / f"darts_{name}.csv.gz" for name in ("swap1000", "yang214")], folder)
    return folder


@pytest.fixture(scope="session")
def with_track1(real_data, tmp_path_factory) -> Path:
    """Return a data folder with the competition's table."""
    folder = tmp_path_factory.mktemp("data")
    add([real_data / "cvpr2021_track1_gt_1000.json"], folder)
    return folder


@pytest.fixture(scope="session")
def with_nb101(tmp_path_factory) -> Path:
    """Return a data folder with a truth under the name of the NAS-Bench-101 studies'; its numbers are random."""
    name = "nb101/cifar10/valid/108ep@uniform@28963-of-423624"
    space = NB101()
    genes = np.unique(space.sample(stream(0, "tests/nb101"), 1_200), axis=0)
    accuracy = stream(1, "tests/nb101").normal(90, 2, size=(len(genes), 3)).astype(np.float32)
    table = Table(name=name, genes=genes, accuracy=accuracy, seeds=("0", "1", "2"), source="made by a test")
    folder = tmp_path_factory.mktemp("data")
    write_table(table, table_path(name, folder))
    return folder


@pytest.fixture
def no_plugins():
    """Begin with no plug-in, and forget, after the test, the files that it loaded."""
    with plugins_forgotten():
        yield


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory) -> Path:
    """Return `results`, the baseline at preset smoke, and `told`, what its run printed: to be read or copied.

    Seed 1 is trained in the process of the tests, seed 0 by a worker of `run --seeds 0-1`: once for all of xdist.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers, and of no other session
    folder = folder / "smoke_run"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "told").exists():
            results = folder / "results"
            [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (1,), results)
            execute(row.runs[0], Population("connected-500", NB201()), data_folder())
            words = ["run", "baseline", "--preset", "smoke", "--seeds", "0-1", "--results", str(results)]
            with at_most_fifty_resamples():
                ran = CliRunner().invoke(app, words, catch_exceptions=False)
            (folder / "told").write_text(ran.output)
    return folder


@pytest.fixture(scope="session")
def images():
    """Return the digits: 900 training and 897 test images, 8x8."""
    return digits()


@pytest.fixture(scope="session")
def recipe():
    """Return the smallest recipe: four updates of 64 images in an epoch."""
    return find_preset("smoke").fill(Recipe())


@pytest.fixture(scope="session")
def train(images):
    """Train `epochs` (of `of` in all) of the smallest recipe with some slots changed, and return the training."""

    def run(epochs=1, *, of=None, seed=0, **slots):
        filled = find_preset("smoke").fill(Recipe(epochs=of or max(epochs, 1), **slots))
        training = Training(filled, images, seed)
        for _ in range(epochs):
            training.train_epoch()
        return training

    return run


@pytest.fixture(scope="session")
def pretend():
    """Store a run whose predictions are a truth (the digits') with noise: `pretend(run, noise)` returns them.

    The first `diverged` of them are NaN. The run was made on a core or on the card `gpu`. If the update learns
    probabilities, minus the accuracy is the log-probability.
    """
    digits_table = open_table("nb201/digits/test/30ep", data_folder())

    def store(run: Run, noise: float, table: Table | None = None, *, diverged: int = 0, gpu: str = "") -> Predictions:
        table = table or digits_table
        inside = predicted_population(run.recipe.space, find_preset(run.preset), table).among(table.genes)
        rng = np.random.default_rng(run.seed)
        accuracy = 50 + (table.mean[inside] + noise * rng.normal(size=int(inside.sum()))) / 100
        accuracy[:diverged] = np.nan
        learns = type(run.recipe.update).log_probability is not Update.log_probability
        predictions = Predictions(
            genes=table.genes[inside],
            accuracy=accuracy.astype(np.float32),
            negative_cross_entropy=(accuracy / 100 - 3).astype(np.float32),
            images=128,
            split="digits/train, held out",
            log_probability=-accuracy.astype(np.float32) if learns else None,
        )
        run.folder.mkdir(parents=True)
        stored = run.folder / "predictions.h5"
        write_predictions(predictions, stored)
        record = Record(
            preset=run.preset,
            recipe_hash=run.hash,
            recipe=describe(run.recipe),
            seed=run.seed,
            images={"name": "digits", "sha256": "x", "held_out": 128, "predicted_on": predictions.split},
            predictions={"population": "all", "n": len(predictions.genes), "sha256": file_sha256(stored)},
            budget={"images_seen": 3840},
            seconds={"train": 1.0, "predict": 2.0},
            versions={},
            machine={"processor": "a processor"} | ({"gpu": gpu} if gpu else {}),
            commit=None,
            finished="2026-01-01T00:00:00+00:00",
        )
        write_record(run, record)
        return predictions

    return store


def part_of(run: Path, to: Path, *, seed: int, archs: int = 1_000) -> Path:
    """Copy a finished run to a folder, as one with a seed that predicted its first architectures alone."""
    shutil.copytree(run, to, ignore=shutil.ignore_patterns("search"))
    predictions, record = to / "predictions.h5", json.loads((to / "record.json").read_text())
    write_predictions(read_predictions(predictions).taken(np.arange(archs)), predictions)
    record["predictions"] |= {"n": archs, "sha256": file_sha256(predictions)}
    (to / "record.json").write_text(json.dumps(record | {"seed": seed}))
    return to
