"""Intervals from few resamples, for tests that look at none."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.scores.resampling.counts import bootstrap_counts


@contextmanager
def at_most_fifty_resamples() -> Iterator[None]:
    """Inside, an interval is drawn from fifty resamples instead of a thousand, which take a second for each table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.scores.interval.bootstrap_counts", lambda n, wanted: bootstrap_counts(n, min(wanted, 50)))
        yield
