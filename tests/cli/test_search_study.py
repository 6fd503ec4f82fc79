"""`search STUDY`, `plot` and `report` of a study that has searches, on a stored run of baseline."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError, StoreError
from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.runs.store import Run
from bench.spaces.nb201 import NB201
from bench.study.named import find_row
from studies.search_algorithms import ALL_3X3
from tests.fixtures import part_of

pytestmark = pytest.mark.usefixtures("no_plugins")
STUDY = """
from bench.figures.found import FOUND
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.search.problem import Constraint
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="searched",
    question="Does asking all find more than asking thirty?",
    source="none: a test",
    truth="nb201/digits/test/30ep",
    baseline=BASE,
    seeds=(0, 1),
    rows=(Row("baseline", BASE, "FairNAS"),),
    figures=(SEARCH_OVER_EVALUATIONS, FOUND),
    searches=(
        Searching(name="thirty", by=(Random(), Exhaustive()), budget=30, seeds=(0, 1)),
        Searching(name="fast", by=(Random(),), constraints=(Constraint(cost="latency", high=1.0),)),
    ),
)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("search-study") / "results"
    _, row = find_row("baseline", beside="baseline")
    recipe = find_preset("laptop").fill(row.recipe, row.times)
    stored, here = (Run(recipe, "laptop", 0, place) for place in (PROJECT / "results", folder))
    shutil.copytree(stored.folder, here.folder, ignore=shutil.ignore_patterns("search"))
    return folder


@pytest.fixture
def call(results, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    study = tmp_path / "searched.py"
    study.write_text(STUDY)

    def run(verb, *words, exit_code=0):
        ran = CliRunner().invoke(app, [verb, str(study), *words, "--results", str(results)])
        if ran.exit_code != exit_code:
            raise ran.exception
        return ran

    return run


@pytest.mark.slow
def test_the_searches_of_a_study_run_and_are_printed_then_read(call, results):
    first = call("search")
    assert "searched, thirty: budget 30; preset laptop" in first.stdout
    assert "baseline: 1 of 2 supernets are trained" in first.stderr
    assert "search 'fast': unknown cost 'latency'" in first.stderr
    files = {path.name: path.stat().st_mtime_ns for path in results.rglob("search/*")}
    assert len(files) == 2, "two of random; what asks all is not stored"
    told = json.loads(call("search", "--json").stdout)
    assert {path.name: path.stat().st_mtime_ns for path in results.rglob("search/*")} == files
    assert (told["study"], told["truth"]) == ("searched", "nb201/digits/test/30ep")
    found = {one["searcher"]: one for one in told["found"]}
    assert (found["random"]["searches"], found["exhaustive"]["searches"]) == (2, 1)
    assert found["random"]["low"] is None, "one supernet has no interval over supernets"
    by_csv = call("search", "--format", "csv")
    lines = list(csv.DictReader(io.StringIO(by_csv.stdout)))
    assert [float(line["mean"]) for line in lines] == pytest.approx([one["mean"] for one in told["found"]], rel=1e-5)
    assert lines[0]["low"] == ""
    assert "searched, thirty: budget 30; preset laptop" in by_csv.stderr
    head, ruled, *rows = call("search", "--format", "markdown").stdout.splitlines()
    assert head.startswith("| search | row | searcher | true accuracy ↑ |")
    assert set(ruled) == set("|- ")
    assert [row.split(" | ")[0] for row in rows] == ["| thirty"] * len(told["found"])


@pytest.mark.slow
def test_a_supernet_that_cannot_be_asked_costs_its_own_searches_alone(call, results):
    call("search")
    [run] = [path.parent for path in results.rglob("record.json")]
    other = part_of(run, run.with_name("seed-1"), seed=1)
    try:
        ran = call("search", "--seeds", "0-1", exit_code=1)
        assert f"{other} has no checkpoint.pt, and its predictions are 1,000 of 15,625 architectures" in ran.stderr
        assert " exhaustive " in ran.stdout
        assert not (other / "search").exists()
        with pytest.raises(StoreError, match="a search needs the weights"):
            call("search", "--seeds", "1")
    finally:
        shutil.rmtree(other)


@pytest.mark.parametrize(
    "words",
    [
        ("--max", "bitops=abc"),
        ("--min", "flops=1"),
        ("--budget", "1000"),
        ("--objective", "accuracy,flops"),
        ("--search-seeds", "0"),
    ],
)
def test_an_option_that_a_studys_searches_do_not_read_is_refused(call, words):
    told = rf"{words[0]}: the searches of study 'searched' .* add --by SEARCHER, or run 'supernet-bench .*searched:ROW'"
    with pytest.raises(BenchError, match=told):
        call("search", *words)


def test_the_row_that_is_searched_and_the_constraints_that_do_not_hold_are_told(call, tmp_path):
    path = tmp_path / "searched.py"
    other = 'Row("baseline", BASE, "FairNAS"), Row("other", BASE, "FairNAS")'
    path.write_text(STUDY.replace('Row("baseline", BASE, "FairNAS"),', f"{other},"))
    words = ("--by", "random", "--budget", "5", "--search-seeds", "0")
    ran = call("search", *words)
    told = (
        f"row 'other' is searched, one of 2 of study 'searched'; 'supernet-bench --plugin {path} search searched:ROW'"
    )
    unfolded = " ".join(ran.stderr.split())
    assert told.replace(" ", "") in unfolded.replace(" ", "")
    assert "those of the searches of study 'searched' (latency at most 1) do not hold here" in unfolded
    assert "do not hold here" not in call("search", *words, "--max", "flops=60e6").stderr


BESIDE = """
        Searching(
            name="small",
            by=(Random(),),
            budget=30,
            seeds=(0, 1),
            constraints=(Constraint(cost="flops", high=6e7),),
            beside={"largest": ALL_3X3, "smallest": "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
        ),
    ),
)
"""


def test_constrained_costs_are_a_column_and_what_misses_a_limit_is_marked(call, tmp_path):
    start = STUDY.partition("    searches=(")[0]
    (tmp_path / "searched.py").write_text(
        f"from studies.search_algorithms import ALL_3X3\n{start}    searches=({BESIDE}".replace(
            '"searched"', '"small-ones"'
        )
    )
    ran = call("search", "--format", "csv")
    space, lines = NB201(), {one["searcher"]: one for one in csv.DictReader(io.StringIO(ran.stdout))}
    largest = space.costs(np.array([space.parse(ALL_3X3)], dtype=np.int8))["flops"][0]
    assert float(lines["largest"]["cost/flops"]) == pytest.approx(largest, rel=1e-5)
    assert lines["largest"]["rank"] == ""
    assert float(lines["smallest"]["rank"]) > 1
    told = json.loads(call("search", "--json", "--by", "random", "--budget", "30", "--max", "flops=6e7",
                           "--search-seeds", "0-1").stdout)["searches"]  # fmt: skip
    found = np.array([space.parse(one["found"]) for one in told], dtype=np.int8)
    assert float(lines["random"]["cost/flops"]) == pytest.approx(space.costs(found)["flops"].mean(), rel=1e-5)
    shown = [
        [cell.strip() for cell in line.split("|")]
        for line in call("search", "--format", "markdown").stdout.splitlines()
    ]
    assert shown[0][-2] == "flops"
    marked = {line[3]: line[-2] for line in shown[2:]}
    assert {name for name, cost in marked.items() if cost.endswith(", above the limit")} == {"largest"}
    text = " ".join(call("search").stdout.split())
    assert "misses a limit has no rank" in text
    assert "measured fraction of random searches on the same supernet that find something truly worse, an equal" in text
    assert "over all that tie for the best score" in text


def test_by_names_other_searchers_than_the_studys(call):
    ran = call("search", "--by", "random", "--budget", "5", "--search-seeds", "0")
    assert "baseline at preset laptop: accuracy, budget 5" in ran.stdout
    words = ("--by", "random", "--budget", "5", "--search-seeds", "0")
    told = json.loads(call("search", *words, "--json").stdout)["searches"]
    (line,) = csv.DictReader(io.StringIO(call("search", *words, "--format", "csv").stdout))
    assert line["found"] == told[0]["found"]
    assert float(line["regret"]) == pytest.approx(told[0]["regret"], rel=1e-5)
    assert line["hypervolume"] == ""


@pytest.mark.slow
def test_the_figures_of_searches_are_drawn_with_the_others(call, tmp_path):
    call("search")
    ran = call("plot", "--out", str(tmp_path / "plots"))
    assert "searched: search 'fast': unknown cost 'latency'" in ran.stdout
    drawn = tmp_path / "plots" / "searched" / "laptop"
    assert {path.stem for path in drawn.glob("*.csv")} == {"search-over-evaluations", "found", "results"}


def test_without_a_run_it_says_how_to_make_one(call, tmp_path):
    with pytest.raises(StoreError, match="no finished run of study 'searched' at preset 'laptop' in "):
        call("search", "--seeds", "7")
