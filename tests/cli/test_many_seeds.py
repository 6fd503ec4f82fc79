"""Seeds that are not stored cost no time: nothing is looked for or read for them."""

import os
import shutil

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.processes import parallel
from bench.runs import store


@pytest.fixture
def looks(monkeypatch, smoke_run, tmp_path):
    """Return the numbers of records read and of files looked for by `plot baseline` with some seeds."""
    counts, results = {}, shutil.copytree(smoke_run / "results", tmp_path / "results")

    def counted(name, function):
        def call(*args, **settings):
            counts[name] = counts.get(name, 0) + 1
            return function(*args, **settings)

        return call

    monkeypatch.setattr(store, "read_record", counted("records", store.read_record))
    monkeypatch.setattr(parallel, "cores", lambda: 1)  # no other process, whose looks are not counted
    monkeypatch.setattr(os, "stat", counted("stats", os.stat))

    def plotted(seeds):
        counts.clear()
        words = ["plot", "baseline", "--preset", "smoke", "--seeds", seeds]
        folders = ["--results", str(results), "--out", str(tmp_path / "plots")]
        ran = CliRunner().invoke(app, [*words, *folders], catch_exceptions=False)
        assert ran.exit_code == 0
        return counts.get("records", 0), counts["stats"]

    return plotted


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.slow
def test_a_thousand_seeds_of_which_two_are_stored_are_plotted_like_the_two(looks):
    looks("0-1")  # what is read once per process
    few = looks("0-1")
    assert few[1] > 0
    assert looks("0-999") == few
