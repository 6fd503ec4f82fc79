"""A study's own checks."""

from dataclasses import replace

import pytest

from bench.errors import RecipeError
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.study.study import STUDIES, Row
from bench.truth import Truth

BASELINE = STUDIES.get("baseline")


def test_a_truth_written_as_a_string_is_parsed():
    study = replace(BASELINE, truth="nb201/cifar100/test/12ep")
    assert study.truth == Truth("nb201", "cifar100", "test", "12ep")
    assert replace(study, truth=study.truth) == study


def test_a_space_without_a_table_has_no_truth():
    assert replace(BASELINE, truth=None).truth is None


def test_a_truth_that_is_none_names_the_study():
    with pytest.raises(RecipeError, match="study 'baseline': truth 'nb201/cifar10' must be space/dataset/split/budget"):
        replace(BASELINE, truth="nb201/cifar10")


def test_a_row_in_another_space_than_the_truth_is_refused():
    with pytest.raises(RecipeError, match=r"row 'baseline' is in space 'nb201', its truth is track1/.* or None"):
        replace(BASELINE, truth="track1/cifar100/test/stand-alone")


def test_other_truths_are_parsed_and_of_the_space_of_the_rows():
    study = STUDIES.get("darts-baselines")
    assert study.others == (Truth("darts", "cifar10", "test", "600ep"),)
    with pytest.raises(RecipeError, match=r"is in space 'darts', its truth is nb201/cifar10/test/200ep; name a truth"):
        replace(study, others=("nb201/cifar10/test/200ep",))
    with pytest.raises(RecipeError, match=r"study 'darts-baselines': truth 'darts' must be space/dataset/split/budget"):
        replace(study, others=("darts",))


@pytest.mark.parametrize("name", ["../../x", "a/b", ""])
def test_a_study_whose_name_is_a_path_is_refused(name):
    with pytest.raises(RecipeError, match=r"the study's name '.*' is not allowed"):
        replace(BASELINE, name=name)


def test_a_figure_whose_name_is_a_path_is_refused():
    with pytest.raises(RecipeError, match=r"the figure's name '\.\./x' is not allowed"):
        replace(BASELINE, figures=(replace(BASELINE.figures[0], name="../x"),))


def test_a_row_ranks_by_log_probability_only_if_its_update_learns_one():
    assert Row("darts", Recipe(update=DartsFirstOrder()), score="log-probability").score == "log-probability"
    with pytest.raises(RecipeError, match="score is 'log-probability', but update 'one-level' learns none; allowed: a"):
        Row("plain", Recipe(), score="log-probability")


def test_a_row_is_filled_once_at_each_preset_with_its_factors():
    row = Row("wide", Recipe(), times={"construct.width": 2})
    laptop, smoke = find_preset("laptop"), find_preset("smoke")
    filled = row.filled(laptop)
    assert filled == laptop.fill(row.recipe, row.times) != row.filled(smoke)
    assert row.filled(laptop) is filled
    assert row.filled(replace(laptop, epochs=1)).epochs == 1, "another preset of the same name"
    assert replace(row, times={}).filled(laptop) == laptop.fill(row.recipe)
    assert row == replace(row)
