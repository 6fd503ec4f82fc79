"""Every study that searches does so by name at preset smoke; its tables stand beside those of its paper."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.drawing import Drawing
from bench.analysis.frames import Frames
from bench.cli.plot import draw_study
from bench.cli.search_study import search_study
from bench.costs import CostTable, write_costs
from bench.errors import RecipeError, StoreError, UnknownName
from bench.figures.look import Look
from bench.places import PROJECT, data_folder
from bench.population import Population, random_archs
from bench.recipe.preset import find_preset
from bench.runs.execute import execute
from bench.runs.plan import plan
from bench.runs.scored_on import stored_table, truth_of, unscored, usual_population
from bench.runs.search_plan import found_by_searches, plan_searches, with_found
from bench.spaces.nb201 import NB201
from bench.study.study import STUDIES
from bench.tables.catalog import open_table, table_path, table_paths
from bench.tables.store import write_table
from bench.tables.table import Table
from studies.bits_search import NETWORKS, TABLE_6, bitops
from studies.channel_search import TABLE_4
from studies.search_constraints import LATENCY
from studies.shufflenet_search import TABLE_3, everywhere

SEARCHING = [study for study in (STUDIES.get(name) for name in STUDIES.names()) if study.searches]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with made-up truths and latencies of the spaces whose tables are not embedded."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    genes = NB201().enumerate()
    columns = {name: np.linspace(1.0, 2.0 * limit, len(genes)) for name, limit in LATENCY.items()}
    costs = CostTable(name="hw", space="nb201", genes=genes, columns=columns, source="made up", source_sha256="0" * 64)
    write_costs(costs, folder / "costs" / "nb201" / "hw.h5")
    for study in SEARCHING:
        truth, space = truth_of(study, find_preset("smoke")), study.baseline.space
        if study.built or str(truth) in table_paths(folder):
            continue
        every = space.enumerate()
        accuracy = rng.uniform(10, 90, (len(every), 1)).astype(np.float32)
        about = {"source": "made up", "citation": "none", "source_sha256": "0" * 64}
        write_table(
            Table(name=str(truth), genes=every, accuracy=accuracy, seeds=("0",), **about),
            table_path(str(truth), folder),
        )
    return folder


def few(study):
    """Return a study with its first row, and searches that ask four architectures; none that asks all."""
    some = [replace(one, by=tuple(by for by in one.by if not by.asks_all)) for one in study.searches if asks_some(one)]
    return replace(study, rows=study.rows[:1], searches=tuple(replace(one, budget=4, seeds=(0,)) for one in some))


def asks_some(searching):
    return not all(by.asks_all for by in searching.by)


@pytest.mark.slow
@pytest.mark.parametrize("study", SEARCHING, ids=[study.name for study in SEARCHING])
def test_its_searches_run_at_preset_smoke(study, results, data, capsys):
    smoke = find_preset("smoke")
    cut = few(study)
    [[run]] = [planned.runs for planned in plan(cut, smoke, (0,), results)]
    assert execute(run, Population("random-50", run.recipe.space), data) in ("trained", "done before")
    search_study(cut, smoke, (0,), device="cpu", threads=1, results=results, data=data, as_json=True)
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    wanted = {(one.name, by.slot_name()) for one in cut.searches for by in one.by}
    assert {(line["search"], line["searcher"]) for line in told["found"]} >= wanted, printed.err


@pytest.fixture(scope="module")
def searched(results, data):
    """A search for blocks whose searches are stored, its row, and a table of random truths of what they found."""
    smoke, cut = find_preset("smoke"), few(STUDIES.get("shufflenet-search"))
    rows = plan(cut, smoke, (0,), results)
    execute(rows[0].runs[0], Population("random-50", rows[0].runs[0].recipe.space), data)
    search_study(cut, smoke, (0,), device="cpu", threads=1, results=results, data=data, as_json=True)
    space = cut.baseline.space
    genes = with_found(random_archs(space, 3), found_by_searches(cut, rows, data), space)
    genes = genes[np.argsort(space.keys(genes))]  # as in every table
    accuracy = np.linspace(50, 60, len(genes), dtype=np.float32)[:, None]
    about = {"source": "made up", "citation": "none", "source_sha256": "0" * 64}
    return cut, rows, Table(name=str(cut.truth), genes=genes, accuracy=accuracy, seeds=("0",), **about)


@pytest.mark.slow
def test_what_was_found_and_what_stands_beside_is_built_and_scored(searched, data):
    study, rows, table = searched
    planned = plan_searches(study.searches, rows, data).searches
    best = {one.problem.space.spell(best_of(one)) for one in planned}
    built = set(table.space.spell_all(table.genes))
    assert best | {everywhere(choice) for choice in range(4)} <= built
    assert len(built) <= len(best) + 4 + 3, "three random ones besides"
    lines = TABLE_3.numbers(Frames(study, rows, [table], data).found).set_index("label")
    assert lines["mean"].notna().all(), "every line of the table has an accuracy of ours"
    truth = dict(zip(table.space.spell_all(table.genes), table.mean, strict=True))
    assert lines.loc["all choice_7", "mean"] == pytest.approx(truth[everywhere(2)])
    assert lines.loc["all choice_7", "cost"] == 340_373_696
    [evolution] = [one for one in planned if one.searcher.slot_name() == "evolution"]
    assert lines.loc["evolution", "mean"] == pytest.approx(truth[table.space.spell(best_of(evolution))])
    assert lines.loc["evolution", "cost"] <= 330e6
    assert lines.loc["evolution", "networks"] == 1


def best_of(planned):
    result = planned.stored
    return tuple(result.asked.genes[result.best(planned.problem)].tolist())


@pytest.mark.slow
def test_at_preset_smoke_its_searches_are_few_and_short(searched, data):
    _, rows, _ = searched
    whole = STUDIES.get("shufflenet-search").searches
    assert max(len(one.seeds) for one in whole) == 5
    planned = plan_searches(whole, rows, data).searches
    assert {one.problem.budget for one in planned} == {1, 100}
    assert {one.seed for one in planned} == {0, 1}


@pytest.mark.slow
def test_its_figures_are_drawn_from_the_table_that_was_built(searched, data, tmp_path):
    study, rows, table = searched
    folder = tmp_path / "data"
    write_table(table, table_path(table.name, folder))
    lines = draw_study(Drawing(study, rows, find_preset("smoke"), folder), rows[0].runs[0].results, tmp_path, Look())
    drawn = {path.name for path in (tmp_path / study.name / "smoke").glob("*.csv")}
    assert drawn == {"table-3.csv", "search-over-evaluations.csv", "results.csv"}, lines


def test_a_study_whose_table_is_to_be_built_runs_without_it(tmp_path):
    study, smoke = STUDIES.get("channel-search"), find_preset("smoke")
    assert stored_table(study, smoke, tmp_path) is None
    how = "'supernet-bench table build shufflenet-scales/cifar10/test/4ep --found channel-search"
    assert how in unscored(study, smoke)
    with pytest.raises(UnknownName, match="unknown table 'shufflenet-scales/cifar10/test/4ep'"):
        stored_table(replace(study, built=False), smoke, tmp_path)
    with pytest.raises(RecipeError, match="is scored by a table that is built; name it"):
        replace(study, truth=None)
    assert "'supernet-bench table build shufflenet-scales/cifar10/test/4ep --random 100" in unscored(
        replace(study, searches=()), smoke
    )


def test_nothing_is_built_before_a_search_is_stored(tmp_path):
    study = STUDIES.get("shufflenet-search")
    rows = plan(study, find_preset("smoke"), (0,), tmp_path)
    with pytest.raises(StoreError, match="no search of study 'shufflenet-search' is stored; 'supernet-bench search"):
        found_by_searches(study, rows, tmp_path)
    baseline = STUDIES.get("baseline")
    with pytest.raises(RecipeError, match="study 'baseline' has no searches"):
        found_by_searches(baseline, plan(baseline, find_preset("smoke"), (0,), tmp_path), tmp_path)
    with pytest.raises(RecipeError, match="found architectures of another space than 'nb201'"):
        with_found(NB201().extremes(), [(0,) * 20], NB201())


def test_tables_of_single_path_one_shot_print_its_numbers():
    lines = [line for table in (TABLE_3, TABLE_4, TABLE_6) for line in table.numbers.keywords["lines"]]
    printed = {line.label: line.printed for line in lines}
    assert printed["all choice_x"] == 73.5
    assert printed["evolution"] == 74.3
    assert printed["block search + channel search"] == 74.7
    assert (printed["4W4A"], printed["evolution, 4W4A"]) == (69.3, 70.5)
    assert {name: round(bitops(arch), 4) for name, arch in NETWORKS.items()} == {"2W2A": 0.1504, "4W4A": 0.6016}


@pytest.mark.slow
def test_a_truth_of_nothing_that_supernets_predict_ranks_no_row_and_says_so(tmp_path):
    study, laptop, results = STUDIES.get("shufflenet-search"), find_preset("laptop"), PROJECT / "results"
    page = tmp_path / study.name / "laptop" / "results.md"

    def told(data):
        drawing = Drawing(study, plan(study, laptop, None, results), laptop, data)
        draw_study(drawing, results, tmp_path, Look(), names=["table-3"])
        return page.read_text()

    assert told(data_folder()) == (PROJECT / "plots" / study.name / "laptop" / "results.md").read_text()
    whole = open_table(study.truth, data_folder())
    found = ~usual_population(whole, laptop).among(whole.genes)
    alone = replace(whole, genes=whole.genes[found], accuracy=whole.accuracy[found])
    write_table(alone, table_path(whole.name, tmp_path / "data"))
    sentence = "Truth `shufflenet/cifar10/test/4ep` holds fewer than two of the architectures"
    assert told(tmp_path / "data").startswith(sentence)
