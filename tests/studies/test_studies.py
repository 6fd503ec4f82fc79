"""Every study runs at preset smoke, and says what its rows are and where they come from."""

import pytest

from bench.execute import execute
from bench.places import data_folder
from bench.plan import plan, truth_of
from bench.preset import find_preset
from bench.study import STUDIES

EVERY = pytest.mark.parametrize("study", [STUDIES.get(name) for name in STUDIES.names()], ids=STUDIES.names())
NAMED = {
    "masking", "linear-transformers", "topology-sharing", "path-sampling", "warm-up-and-clipping", "regularization",
    "network-size", "batch-norm", "learning-rate", "epochs", "weight-decay", "batch-size", "low-fidelity",
    "operation-placement", "ofa-kernel", "weight-sharing-batch-norm", "dropout", "averaging", "paths-per-update",
    "score-type", "few-shot", "best-recipe",
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One folder for all studies: a recipe that several of them show is trained once."""
    return tmp_path_factory.mktemp("results")


def test_every_experiment_of_the_papers_has_a_study_of_its_name():
    assert set(STUDIES.names()) >= NAMED


@EVERY
def test_every_row_says_where_it_comes_from(study):
    assert all(row.source for row in study.rows)
    assert study.rows[0].recipe == study.baseline, "the first row is what the others are compared with"


@EVERY
def test_the_rows_of_a_study_are_different_runs_or_different_scores(study):
    rows = [(planned.runs[0].hash, planned.row.score) for planned in plan(study, find_preset("laptop"), (0,), None)]
    assert len(set(rows)) == len(rows)


@pytest.mark.slow
@EVERY
def test_every_row_runs_at_preset_smoke(study, results):
    smoke = find_preset("smoke")
    table = truth_of(study, smoke)
    for planned in plan(study, smoke, (0,), results):
        (run,) = planned.runs
        assert execute(run, table, data_folder(None)) in ("trained", "done before")
        assert run.status == "done"
