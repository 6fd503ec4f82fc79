"""Every study runs at preset smoke, and says what its rows are and where they come from."""

import importlib
from dataclasses import replace

import pytest

from bench.errors import UnknownName
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.runs.execute import execute
from bench.runs.plan import plan
from bench.runs.scored_on import predicted_population, truth_of
from bench.study.study import STUDIES
from bench.tables.catalog import open_table
from studies.gradient_methods import PRINTED, beside
from studies.search_algorithms import UNIFORM

EVERY = pytest.mark.parametrize("study", [STUDIES.get(name) for name in STUDIES.names()], ids=STUDIES.names())

OF_SPACES = ("nb101-channels", "reduced-spaces", "channel-search")
"""Studies whose question is the space."""

WITH = {"track1": "with_track1", "darts": "with_darts", "nb101": "with_nb101"}
"""The fixture of a data folder with the tables of a space that are not embedded."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One folder for all studies: a recipe that several of them show is trained once."""
    return tmp_path_factory.mktemp("results")


@EVERY
def test_a_study_stands_in_the_file_of_its_name(study):
    module = importlib.import_module(f"studies.{study.name.replace('-', '_')}")
    assert module.STUDY is study


@EVERY
def test_every_row_says_where_it_comes_from(study):
    assert all(row.source for row in study.rows)
    assert study.rows[0].recipe == study.baseline, "the first row is what the others are compared with"


@EVERY
def test_the_rows_of_a_study_are_different_runs_or_different_scores(study):
    rows = [(planned.runs[0].hash, planned.row.score) for planned in plan(study, find_preset("laptop"), (0,), None)]
    assert len(set(rows)) == len(rows)


@pytest.mark.slow
@pytest.mark.timeout(2400)
@EVERY
def test_every_row_runs_at_preset_smoke(study, results, request):
    smoke = find_preset("smoke")
    truth = truth_of(study, smoke)
    table = None
    if truth and not (study.built or study.baseline.space.listable):  # those of the table are predicted
        table = open_table(truth, data_folder(request.getfixturevalue(WITH[truth.space])))
    for planned in plan(study, smoke, (0,), results):
        (run,) = planned.runs
        asked = predicted_population(run.recipe.space, smoke, table)
        assert execute(run, asked, data_folder()) in ("trained", "done before")
        assert run.status == "done"


def test_every_number_of_the_channel_paper_stands_beside_its_row():
    """papers/neural-channel-search, Tables 2 to 5, in the order of the rows; a figure's numbers are not printed."""
    printed = {
        "architecture-batch": [0.7718, *[None] * 40],
        "channel-sharing": [
            *(0.7718, 0.4306, 0.5137, 0.3760, 0.7899, 0.7829, 0.7823, 0.7895),
            *(0.4764, 0.4638, 0.2867, 0.7875, 0.7995, 0.7813),
        ],
        "channel-sampling": [0.7718, 0.7655, None],
        "distillation": [0.7718, 0.7657],
        "channel-methods": [0.7718, 0.7655, 0.7787, 0.7787, 0.8304, 0.8304],
    }
    studies = [STUDIES.get(name) for name in STUDIES.names()]
    own = {study.name for study in studies if study.rows[0].recipe.space.slot_name() == "track1"}
    assert {study.name for study in studies if any(row.published for row in study.rows)} & own == printed.keys()
    for name, numbers in printed.items():
        rows = STUDIES.get(name).rows
        assert [row.published for row in rows] == numbers
        for row in rows[1:]:
            if row.published and row.reported:
                assert row.reported.effect == ("better" if row.published > 0.7718 else "worse")


@pytest.mark.parametrize("preset", ["laptop", "paper"])
def test_rows_of_equal_passes_have_equal_passes_and_rows_of_equal_updates_equal_updates(preset):
    updates, passes = {}, {}
    for (row,) in ((planned,) for planned in plan(STUDIES.get("architecture-batch"), find_preset(preset), (0,), None)):
        recipe = row.runs[0].recipe
        paths = recipe.paths.per_update(recipe.space)
        batches = recipe.images.train // recipe.images.batch * recipe.images.fraction
        asked = paths - 1 if isinstance(recipe.loss, RunningTeacher) and not recipe.paths.same_batch else 0
        updates[row.row.name] = recipe.epochs * int((batches if recipe.paths.same_batch else batches / paths) + 1e-9)
        passes[row.row.name] = updates[row.row.name] * (paths + asked)
    for name in updates:
        if "equal updates" in name:
            assert updates[name] == pytest.approx(updates["1"], rel=0.06), name
        else:
            assert passes[name] == pytest.approx(passes["1"], rel=0.06), name


def test_a_row_is_set_against_a_row_of_its_study():
    study = STUDIES.get("baseline")
    with pytest.raises(UnknownName, match="unknown row 'basline'; did you mean 'baseline'"):
        replace(study, rows=(*study.rows, replace(study.rows[0], name="other", against="basline")))


@EVERY
def test_a_row_and_the_one_it_is_set_against_differ_in_their_space_only_where_that_is_the_question(study):
    """Where the question is the space, the sub-space and nothing else differs."""
    by_name = {row.name: row for row in study.rows}
    sets = [(row.recipe, by_name[row.against or study.rows[0].name].recipe) for row in study.rows if not row.reference]
    other = [(own, against) for own, against in sets if own.space != against.space]
    assert bool(other) == (study.name.startswith("masking") or study.name in OF_SPACES)
    for own, against in other:
        assert replace(own, space=against.space) == against


def test_every_number_of_the_stored_nb101_predictions_stands_beside_its_row():
    """Kendall's tau over the full space, recomputed from the predictions of Pourchot et al."""
    published = {
        "nb101-batch-norm": [0.398, 0.166, 0.436, None, None, None],
        "nb101-channels": [None] * 6,
        "nb101-kernel": [0.398, 0.454, 0.416, None],
        "nb101-sampling": [0.398, 0.422, None, None],
    }
    assert {name for name in STUDIES.names() if name.startswith("nb101")} == published.keys()
    for name, numbers in published.items():
        rows = STUDIES.get(name).rows
        assert [row.published for row in rows] == numbers
        for row in rows[1:]:
            if row.published:
                assert row.reported.effect == ("better" if row.published > 0.398 else "worse")


def test_the_cell_that_each_gradient_method_selects_is_compared_with_printed_ones():
    """The runs are those of the study of these methods, and the best of all cells is searched for."""
    study, methods = STUDIES.get("nb201-methods"), STUDIES.get("gradient-methods")
    by_probability = [row for row in methods.rows if row.score == "log-probability"]
    assert len(by_probability) == len([row for row in methods.rows if row.recipe.update != UNIFORM.update]) / 2
    assert [row for row in study.rows if row.score == "log-probability"] == by_probability
    assert any(searcher.asks_all for searching in study.searches for searcher in searching.by)


def test_every_printed_method_stands_beside_its_row_which_says_what_differs():
    rows = {row.name: row for row in STUDIES.get("nb201-methods").rows}
    [figure] = STUDIES.get("nb201-methods").figures
    printed = figure.numbers.keywords["printed"]
    assert list(printed.values()) == list(PRINTED.values())
    assert printed.keys() <= rows.keys()
    assert all("; differs: " in rows[name].source for name in printed)
    assert printed["DARTS-, log-probability"] == PRINTED["DARTS-"]
    assert beside().keys() <= {row.name for row in STUDIES.get("gradient-methods").rows}
