"""Intervals from few resamples, for tests that look at none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.scores.once import forget
from bench.scores.resampling.counts import drawn_counts


@contextmanager
def at_most_fifty_resamples() -> Iterator[None]:
    """Inside, an interval is drawn from fifty resamples instead of a thousand, which take a second for each table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "bench.scores.interval.drawn_counts",
            lambda n, wanted, functions=None: drawn_counts(n, min(wanted, 50), functions),
        )
        patch.setattr("bench.scores.cache.FOLDER", Path(".cache") / "scores of fifty resamples")
        forget()
        yield
    forget()
