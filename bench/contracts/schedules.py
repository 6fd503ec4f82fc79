"""Checks of every learning-rate schedule."""

import math
from typing import Any

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny
from bench.optimize.schedules import Schedule

SUITE = Suite("schedules")
SUITE.include(SETTINGS)


@SUITE.check
def a_factor_lies_between_zero_and_the_peak_and_reaches_it(kind: type[Schedule]) -> None:
    factors = [kind().factor(float(progress)) for progress in np.linspace(0, 1, 1001)]
    for progress, factor in zip(np.linspace(0, 1, 1001), factors, strict=True):
        if not _is_fraction(factor):
            raise broken(kind.factor, f"returned {factor!r} at progress {progress:g}; expected a number from 0 to 1")
    if max(factors) < 0.99:
        raise broken(kind.factor, f"is never above {max(factors):.3g}; expected 1 at its peak, as `rate` is the peak")


@SUITE.check
def a_path_never_steps_further_than_the_schedule_says(kind: type[Schedule]) -> None:
    for progress in np.linspace(0, 1, 11):
        for complexity in (0.0, 0.5, 1.0):
            factor = kind().path_factor(float(progress), complexity)
            if not _is_fraction(factor):
                raise broken(
                    kind.path_factor,
                    f"returned {factor!r} at progress {progress:g} for complexity {complexity:g}; "
                    "expected a number from 0 to 1",
                )


@SUITE.check
def equal_progress_gives_equal_factors(kind: type[Schedule]) -> None:
    one = kind()
    forth = [one.factor(step / 10) for step in range(11)]
    back = [one.factor(step / 10) for step in reversed(range(11))]
    if forth != back[::-1]:
        raise broken(kind.factor, "depends on earlier calls; it must depend only on the progress")


@SUITE.check
def a_killed_training_continues_bit_for_bit(kind: type[Schedule]) -> None:
    for schedule in variations(kind()):
        continues_bit_for_bit(in_tiny(schedule))


def _is_fraction(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and -1e-9 <= value <= 1 + 1e-9
    )
