"""A study's own checks."""

from dataclasses import replace

import pytest

from bench.errors import RecipeError
from bench.study.study import STUDIES
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
