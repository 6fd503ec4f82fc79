"""Verdicts and numbers in the words of the claims table."""

import pytest

from bench.report.claim_words import inside, interval_in_words, of_seeds, told_difference
from bench.report.claims_table import AGREES, CANNOT_TELL, DISAGREES
from bench.scores.difference import Difference
from bench.scores.interval import Value
from bench.scores.metrics import METRICS
from bench.study.claim import CLAIMS


def value(low: float, high: float) -> Value:
    return Value(value=(low + high) / 2, low=low, high=high, n=9, resampled="seeds")


def test_a_verdict_needs_the_whole_interval() -> None:
    assert inside(value(0.2, 0.4), low=0.2, high=0.4) == AGREES
    assert inside(value(0.1, 0.4), low=0.2) == CANNOT_TELL
    assert inside(value(0.1, 0.4), high=0.3) == CANNOT_TELL
    assert inside(value(0.1, 0.19), low=0.2) == DISAGREES
    assert inside(value(0.5, 0.6), high=0.4) == DISAGREES
    assert inside(value(float("nan"), float("nan")), low=0.2) == CANNOT_TELL


def test_an_interval_has_signs_and_its_seeds() -> None:
    assert interval_in_words(value(-0.001, 0.126)) == "[+0.00, +0.13]"
    assert of_seeds(value(-0.5, 0.25), 3) == "3 seeds, [-0.50, +0.25]"
    assert of_seeds(value(float("nan"), float("nan")), 1) == "1 seed, no interval"


@pytest.mark.parametrize(
    ("verdict", "low", "said"),
    [
        (CANNOT_TELL, -0.1, "n = 9, 3 seeds, [-0.10, +0.30], smallest detectable 0.29"),
        (CANNOT_TELL, float("nan"), "n = 9, 3 seeds, no interval"),
        (AGREES, -0.1, "n = 9, 3 seeds, [-0.10, +0.30]"),
    ],
)
def test_a_claim_that_cannot_be_judged_says_what_could_have_been_detected(verdict: str, low: float, said: str) -> None:
    difference = Difference(value=value(low, 0.3), metric=METRICS.get("kendall-tau-b"), first=0.5, second=0.4)
    assert told_difference(CLAIMS.all()[0], verdict, "tau", difference, 3).precision == said
