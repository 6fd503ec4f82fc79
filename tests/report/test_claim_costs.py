"""What the test of a claim would cost, in words."""

from functools import cache

import pytest

from bench.recipe.preset import find_preset
from bench.report.claim_costs import UNKNOWN, Costs
from bench.runs.plan import plan
from bench.runs.store import Run
from bench.study.claim import Compared, OfRow, Untested
from bench.study.study import STUDIES

ROW = Compared(study="path-sampling", row="uniform", effect="better", metric="kendall-tau-b")
LIKE = Untested(why="no row", like=OfRow(study="path-sampling", row="uniform"), times=20, seeds=2)


@pytest.fixture
def costs(tmp_path, pretend):
    """Return a function that stores seeds of row 'uniform', three seconds each, and gives the costs of claims."""

    def of(seeds, gpu=""):
        planned_of = cache(lambda name: plan(STUDIES.get(name), find_preset("smoke"), None, tmp_path))
        [planned] = [one for one in planned_of("path-sampling") if one.row.name == "uniform"]
        for run in planned.runs[:seeds]:
            pretend(run, 1.0, gpu=gpu)
        return Costs(lambda study: planned_of(study.name))

    return of


def test_a_run_that_many_rows_share_is_looked_at_once(costs, monkeypatch):
    found, looked = costs(1), []
    status = Run.status.fget
    monkeypatch.setattr(Run, "status", property(lambda run: (looked.append(run.folder), status(run))[1]))
    assert len(found.stored) == 1
    assert len(looked) == len(set(looked)) > 1000


def test_without_a_run_nothing_is_estimated(costs):
    found = costs(0)
    assert found.of_rows(ROW) == f"6 runs of study path-sampling: {UNKNOWN}"
    assert found.of_untested(LIKE) == UNKNOWN
    assert found.of_untested(Untested(why="no images", cost="much")) == "much"


@pytest.mark.parametrize(("gpu", "machine"), [("", "core"), ("a card", "a card")])
def test_minutes_are_those_of_the_machine_whose_times_are_stored(costs, gpu, machine):
    found = costs(3, gpu)
    assert found.of_rows(ROW).startswith("3 runs of study path-sampling: less than a minute of one " + machine)
    assert found.of_untested(LIKE) == f"about 2 minutes of one {machine}, from the time of row 'uniform'"
