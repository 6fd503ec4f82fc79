"""What the README says is what the program does."""

import re
import subprocess
from pathlib import Path

import pytest

from bench.analysis.results_table import result_rows
from bench.cli.results_table import markdown
from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.runs.plan import plan, usual_population
from bench.study.study import STUDIES
from bench.tables.add import add
from bench.tables.catalog import open_table

README = (PROJECT / "README.md").read_text()


def test_every_relative_link_and_example_path_exists() -> None:
    named = re.findall(r"`((?:bench|studies|tests|data|plots|results)/[\w./-]+)`", README)
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    missing = [name for name in named + links if not (PROJECT / name).exists() and "my_" not in name]
    assert not missing


def test_the_example_of_ones_own_sampler_is_the_tested_one() -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    tested = (PROJECT / "tests" / "cli" / "own_sampler.py").read_text()
    assert block.strip() == tested.split('"""\n', 1)[1].strip()


def test_every_command_that_the_readme_shows_exists() -> None:
    verbs = set(re.findall(r"supernet-bench (?:--plugin \S+ )?(\w+)", README))
    program = PROJECT / "bench" / "cli"
    known = {"check", "run", "plot", "plan", "score", "data", "list", "show", "table", "compare", "report", "predict"}
    assert verbs <= known
    assert all(any(f'"{verb}"' in path.read_text() for path in program.glob("*.py")) for verb in known)


@pytest.mark.slow
def test_the_printed_results_on_real_data_are_those_of_the_store(real_data: Path, tmp_path: Path) -> None:
    add([real_data / "nats_bench.csv"], tmp_path)
    study = STUDIES.get("best-recipe")
    table = open_table(study.truth, tmp_path)
    population = usual_population(table, find_preset("laptop"))
    rows = plan(study, find_preset("laptop"), None, PROJECT / "results")
    text = markdown(result_rows(rows, table, population), table.truth, "laptop", population.name)
    assert text.strip() in README


def test_no_tracked_file_is_larger_than_a_megabyte() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True).stdout
    large = [
        name
        for name in listed.decode().split("\0")
        if name and (PROJECT / name).exists() and (PROJECT / name).stat().st_size > 2**20
    ]
    assert not large
