"""`search` on a stored run of `baseline`, against the embedded truth of the digits."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError
from bench.places import PROJECT, data_folder
from bench.recipe.preset import find_preset
from bench.runs.store import Run
from bench.study.named import find_row
from bench.tables.catalog import open_table

pytestmark = pytest.mark.usefixtures("no_plugins")
TRUTH = "nb201/digits/test/30ep"


def run_of(seed: int, results: Path) -> Run:
    _, row = find_row("baseline", beside="baseline")
    return Run(find_preset("laptop").fill(row.recipe, row.times), "laptop", seed, results)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli-search") / "results"
    for seed in (0, 1):
        run = run_of(seed, folder)
        run.folder.mkdir(parents=True)
        for name in ("record.json", "predictions.h5"):
            shutil.copy(run_of(seed, PROJECT / "results").folder / name, run.folder)
    return folder


@pytest.fixture
def call(results, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words, row="baseline"):
        told = ["search", row, *words, "--results", str(results), "--table", TRUTH]
        ran = CliRunner().invoke(app, told)
        if ran.exception:
            raise ran.exception
        return ran.stdout

    return run


def found(text):
    return {(one["searcher"], one["seed"], one["search_seed"]): one for one in json.loads(text)["searches"]}


@pytest.mark.slow
def test_what_exhaustive_search_finds_is_scored_by_the_truth(call, results):
    told = found(call("--by", "exhaustive", "--by", "random", "--seeds", "0", "--search-seeds", "0-1", "--json"))
    assert set(told) == {(name, 0, seed) for name in ("exhaustive", "random") for seed in (0, 1)}
    one, predictions = told["exhaustive", 0, 0], run_of(0, results).read().predictions
    table = open_table(TRUTH, data_folder())
    genes = np.array([table.space.parse(one["found"])], dtype=np.int8)
    [row], _ = table.rows(genes)
    assert one["predicted"] == predictions.accuracy.max()
    assert one["ties"] == 1
    assert one["accuracy"] == pytest.approx(table.mean[row])
    assert one["regret"] == pytest.approx(table.mean.max() - table.mean[row])
    assert one["rank"] == 1 + (table.mean > table.mean[row]).sum()
    assert (one["asked"], told["random", 0, 0]["asked"], one["n"]) == (15_625, 1_000, len(table.genes))
    assert one["answered_by"] == "stored predictions"
    assert one["hypervolume"] is None


@pytest.mark.slow
def test_a_constraint_holds_and_the_table_has_a_line_per_searcher_and_supernet(call):
    words = ("--by", "random", "--by", "evolution", "--budget", "60", "--max", "flops=60e6", "--search-seeds", "0-1")
    text = call(*words)
    assert "baseline at preset laptop: accuracy, flops at most 6e+07, budget 60; truth nb201/digits/test/30ep" in text
    named = [line.split()[:1] for line in text.splitlines()]
    assert [named.count([name]) for name in ("random", "evolution")] == [3, 3]
    assert "seed 1: asked: stored predictions, 500 images of cifar10/train, held out" in text
    assert "2 supernets" in text
    space = run_of(0, Path()).recipe.space
    for one in found(call(*words, "--json")).values():
        genes = np.array([space.parse(one["found"])], dtype=np.int8)
        assert space.costs(genes)["flops"] <= 60e6
        assert one["asked"] == 60


def test_the_interval_of_a_rank_ends_at_the_number_of_architectures(call):
    words = ("--by", "random", "--budget", "2", "--seeds", "0", "--search-seeds", "0-1")
    [n] = {one["n"] for one in found(call(*words, "--json")).values()}
    [line] = [line for line in call(*words).splitlines() if line.startswith(" random ")]
    assert re.fullmatch(rf"\d+ \[1,{n}\]", re.split(r"\s{2,}", line.strip())[6])


@pytest.mark.slow
def test_searches_that_find_the_same_have_no_interval(call):
    words = ("--by", "exhaustive", "--seeds", "0", "--search-seeds", "0-1")
    accuracies = {one["accuracy"] for one in found(call(*words, "--json")).values()}
    [line] = [line for line in call(*words).splitlines() if line.startswith(" exhaustive ")]
    assert re.split(r"\s{2,}", line.strip())[4] == f"{accuracies.pop():.4g}"
    assert not accuracies
    assert "[" not in line
    assert "(2 of 2)" in line


def test_the_interval_of_an_accuracy_ends_at_the_best_and_the_notes_say_what_is_meant(call):
    words = ("--by", "random", "--budget", "2", "--seeds", "0", "--search-seeds", "0-1")
    text = " ".join(call(*words).split())
    [line] = [line for line in call(*words).splitlines() if line.startswith(" random ")]
    high = float(re.split(r"\s{2,}", line.strip())[4].rstrip("]").rpartition(",")[2])
    assert high == pytest.approx(open_table(TRUTH, data_folder()).mean.max(), abs=0.005)
    assert "surpass random ↑" in text
    assert "beats random" not in text
    assert "surpass random: the computed probability that ten random ones of them are all truly worse" in text
    assert "scores are means over all that tie for the best score; 'found' names one of these" in text


def test_several_objectives_have_a_hypervolume(call):
    words = ("--by", "random", "--objective", "accuracy,flops", "--budget", "40", "--seeds", "0", "--search-seeds", "0")
    [one] = found(call(*words, "--json")).values()
    assert 0 < one["hypervolume"] < 1
    assert "hypervolume" in call(*words)


def test_a_run_is_named_by_its_folder(call, results):
    told = found(call("--by", "random", "--search-seeds", "3", "--json", row=str(run_of(1, results).folder)))
    assert set(told) == {("random", 1, 3)}


@pytest.mark.slow
def test_costs_that_were_added_are_constraints_and_listed(call, tmp_path, monkeypatch):
    space = run_of(0, Path()).recipe.space
    genes = space.enumerate()
    lines = [f"{''.join(map(str, row))},{sum(row)}" for row in genes.tolist()]
    (tmp_path / "sums.csv").write_text("\n".join(["code,total", *lines]))
    added = CliRunner().invoke(
        app, ["data", "add", str(tmp_path / "sums.csv"), "--costs", "nb201", "--data", str(tmp_path)]
    )
    assert added.output == "nb201/sums: 1 costs (total) of 15,625 of 15,625 architectures\n"
    listed = CliRunner().invoke(app, ["data", "list", "--data", str(tmp_path)]).output
    assert "costs for searches" in listed
    assert "total" in listed
    words = ("--by", "random", "--budget", "30", "--max", "total=4", "--min", "total=2", "--seeds", "0", "--json")
    for one in found(call(*words, "--data", str(tmp_path))).values():
        assert 2 <= sum(space.parse(one["found"])) <= 4
    with pytest.raises(BenchError, match=r"has total at most -1: of all 15,625, the smallest total is 0"):
        call("--max", "total=-1", "--data", str(tmp_path))


SEARCHER = '''
from dataclasses import dataclass

from bench.search.searchers import Searcher


@dataclass(frozen=True, kw_only=True)
class Lazy(Searcher):
    """Asks ten at random."""

    def search(self, problem, rng):
        yield problem.sample(rng, 10)
'''


def test_a_stored_search_is_shown_though_nobody_can_answer_any_more(call, results, monkeypatch):
    words = ("--by", "random", "--budget", "25", "--seeds", "0", "--search-seeds", "0-1", "--json")
    before = call(*words)
    monkeypatch.setattr("bench.runs.search.open_asked", None)
    assert call(*words) == before


def test_a_searcher_of_ones_own_is_named_by_its_file(call, tmp_path):
    (tmp_path / "lazy.py").write_text(SEARCHER)
    words = ("--by", str(tmp_path / "lazy.py"), "--by", "random", "--seeds", "0", "--search-seeds", "0", "--json")
    told = found(call(*words))
    assert (told["lazy", 0, 0]["asked"], told["lazy", 0, 0]["ended"]) == (10, "returned")
    assert told["random", 0, 0]["asked"] == 1000


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--by", "evolutoin"], "unknown searcher 'evolutoin'; did you mean 'evolution'?"),
        (["--max", "flop=3"], "unknown cost 'flop'; did you mean 'flops'"),
        (["--max", "flops"], "--max flops; allowed: COST=NUMBER"),
        (["--max", "flops=1"], r"'nb201' has flops at most 1: of all 15,625, the smallest flops is 7.78305e\+06"),
        (["--objective", "flops"], "objectives are flops; allowed: accuracy or"),
        (["--objective", "flops,accuracy"], "objectives are flops,accuracy; allowed: accuracy or .* first"),
        (["--objective", "accuracy,flops"], "'evolution' searches for one objective"),
        (["--seeds", "7"], "seed-7 is missing; a search needs a finished run"),
        (["--search-seeds", "x"], "seeds 'x'"),
        (["--preset", "paper"], "row 'baseline' has no finished run at preset paper"),
        (["--device", "tpu"], "--device tpu; allowed"),
    ],
)
def test_what_is_wrong_is_named(call, words, error):
    with pytest.raises(BenchError, match=error):
        call(*words)


def test_a_folder_without_a_run_a_file_without_a_searcher_and_other_seeds_are_named(call, tmp_path, results):
    with pytest.raises(BenchError, match="holds no finished run"):
        call(row=str(tmp_path))
    (tmp_path / "x.py").write_text("")
    with pytest.raises(BenchError, match=r"x\.py defines no searcher"):
        call("--by", str(tmp_path / "x.py"))
    with pytest.raises(BenchError, match="is the run of seed 1; leave out --seeds"):
        call("--seeds", "0", row=str(run_of(1, results).folder))


def test_a_truth_of_another_space_is_refused(results, tmp_path, real_data):
    from bench.tables.add import add

    add([real_data / "cvpr2021_track1_gt_1000.json"], tmp_path)
    words = ["search", "baseline", "--results", str(results), "--data", str(tmp_path)]
    ran = CliRunner().invoke(app, [*words, "--table", "track1/cifar100/test/stand-alone"])
    assert "is of another space than row 'baseline', nb201" in str(ran.exception)


def test_costs_take_no_name():
    ran = CliRunner().invoke(app, ["data", "add", "x.csv", "--costs", "nb201", "--name", "a"])
    assert "costs are called as their file" in str(ran.exception)


def test_without_a_truth_the_found_are_shown_alone(results, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    words = ["search", "baseline", "--by", "random", "--seeds", "0", "--search-seeds", "0"]
    ran = CliRunner().invoke(app, [*words, "--results", str(results), "--data", str(tmp_path)], catch_exceptions=False)
    assert "truth none" in ran.stdout
    assert "no truth is stored for this row" in ran.stdout
