"""A tiny run: preset smoke, scored against the embedded digits table."""

from pathlib import Path

import pytest

from bench.places import data_folder
from bench.predict.predictions import Predictions
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.store import Run

TRUTH = "nb201/digits/test/30ep"


@pytest.fixture
def data() -> Path:
    return data_folder()


@pytest.fixture
def smoke(tmp_path: Path) -> Run:
    """Return a run that no one has started."""
    return Run(PRESETS["smoke"].fill(Recipe(epochs=3)), "smoke", 0, tmp_path / "results")


@pytest.fixture
def finished(smoke: Run, pretend) -> tuple[Run, Predictions]:
    """Return a made-up finished run and its predictions."""
    return smoke, pretend(smoke, 1.0)
