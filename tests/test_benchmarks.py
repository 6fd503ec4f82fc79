"""Every benchmark runs both ways and says by how much one is faster."""

import json
import subprocess
import sys

import pytest

from bench.places import PROJECT

PARTS = sorted(path.stem for path in (PROJECT / "benchmarks").glob("*.py") if "def main(" in path.read_text())
QUICKER = {"predict": ["--no-wide"]}


def test_make_bench_runs_every_benchmark() -> None:
    [line] = [line for line in (PROJECT / "Makefile").read_text().splitlines() if "-m benchmarks." in line]
    assert sorted(line.split(" in ")[1].split(";")[0].split()) == PARTS


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_a_benchmark_prints_one_object_with_both_ways_and_their_ratio(part, real_data) -> None:
    command = [sys.executable, "-m", f"benchmarks.{part}", "--json", *QUICKER.get(part, [])]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["plain"] > 0
    assert found["fast"] > 0
    better = max(found["fast"] / found["plain"], found["plain"] / found["fast"])
    assert found["ratio"] == pytest.approx(better, rel=0.01)
