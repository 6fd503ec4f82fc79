"""Runs on this machine: what is told before any of them is trained."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import DataError


def test_missing_images_are_told_before_anything_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.runs.local.run_all", lambda *_, **__: pytest.fail("a run was begun"))
    monkeypatch.setattr("bench.runs.scored_on.truth_of", lambda *_: None)  # else the missing table is told first
    words = ("run", "baseline", "--preset", "laptop", "--seeds", "77", "--results", tmp_path / "results")
    ran = CliRunner().invoke(app, [*map(str, words), "--data", str(tmp_path)])
    assert isinstance(ran.exception, DataError)
    assert f"the images of cifar10 are not in {tmp_path}; 'supernet-bench data fetch cifar10'" in str(ran.exception)
