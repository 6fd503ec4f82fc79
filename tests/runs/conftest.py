"""A tiny run: preset smoke."""

from pathlib import Path

import pytest

from bench.population import Population
from bench.predict.predictions import Predictions
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.store import Run
from bench.spaces.nb201 import NB201

TRUTH = "nb201/digits/test/30ep"
ASKED = Population("connected-500", NB201())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return an empty data folder: the digits need no file, and a run reads no truth."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def smoke(tmp_path: Path) -> Run:
    """Return a run that no one has started."""
    return Run(PRESETS["smoke"].fill(Recipe(epochs=3)), "smoke", 0, tmp_path / "results")


@pytest.fixture
def finished(smoke: Run, pretend) -> tuple[Run, Predictions]:
    """Return a made-up finished run and its predictions."""
    return smoke, pretend(smoke, 1.0)
