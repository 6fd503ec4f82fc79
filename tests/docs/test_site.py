"""The site of docs/ is built without a warning and has a page per study."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.places import PROJECT
from bench.study.study import STUDIES


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(PROJECT / "docs")]
    ran = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, env=os.environ, timeout=900)
    assert (ran.returncode, ran.stderr) == (0, "")
    for name in STUDIES.names():
        assert (tmp_path / "generated" / f"study-{name}.html").exists()
    heuristics = (tmp_path / "generated" / "heuristics.html").read_text()
    assert "strict-fair" in heuristics
    assert 'href="study-path-sampling.html"' in heuristics
    concepts = (tmp_path / "concepts.html").read_text()
    assert 'href="generated/metrics.html"' in concepts
    assert 'href="generated/heuristics.html"' in concepts
    assert (tmp_path / "notebooks" / "score-my-predictions.html").exists()


def test_the_first_page_lists_every_version_the_newest_first(tmp_path: Path) -> None:
    for name in ("1.2.0", "1.10.0", "0.9", "_static"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
    (tmp_path / "1.11.0").mkdir()
    subprocess.run([sys.executable, str(PROJECT / "docs" / "versions.py"), str(tmp_path)], check=True)
    links = re.findall('href="([^"]*)"', (tmp_path / "index.html").read_text())
    assert links == ["1.10.0/index.html", "1.2.0/index.html", "0.9/index.html"]
