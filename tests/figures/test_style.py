"""Figures look the same whatever a matplotlibrc says."""

import os
import subprocess
import sys

import matplotlib
import pytest

from bench.figures.style import plain_style
from bench.places import PROJECT, data_folder


@pytest.mark.slow
def test_inside_the_plain_style_a_users_settings_count_for_nothing():
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.facecolor": "black"}):
        with plain_style(salt="me"):
            inside = dict(matplotlib.rcParams)
        assert matplotlib.rcParams["lines.linewidth"] == 9
    assert inside["lines.linewidth"] == matplotlib.rcParamsDefault["lines.linewidth"]
    assert inside["axes.facecolor"] == "white"
    assert inside["svg.hashsalt"] == "me"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_matplotlibrc_in_the_current_folder_changes_no_figure(smoke_run, tmp_path):
    drawn = []
    for name, text in (("plain", None), ("mine", "lines.linewidth: 9\naxes.facecolor: black\nsavefig.dpi: 3\n")):
        folder = tmp_path / name
        folder.mkdir()
        if text:
            (folder / "matplotlibrc").write_text(text)
        words = ["plot", "baseline", "--preset", "smoke", "--results", str(smoke_run / "results"), "--out", "."]
        command = [sys.executable, "-m", "bench", *words, "--data", str(data_folder())]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        drawn.append({path.name: path.read_bytes() for path in (folder / "baseline" / "smoke").iterdir()})
    figures = {path for path in drawn[0] if path.endswith((".svg", ".png"))}
    assert {path.rsplit(".", 1)[1] for path in figures} == {"svg", "png"}
    assert len(figures) >= 4
    assert drawn[0] == drawn[1]
