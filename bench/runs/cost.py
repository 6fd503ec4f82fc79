"""The cost of a row's runs, and whether the minutes of two rows are comparable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.runs.store import Record

ELSEWHERE = "†"
"""Marks minutes on another processor."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Per seed: minutes for training and prediction, and images that training sent through sub-networks.

    `processors` names the processors used; minutes on different processors are not comparable. They are minutes of one
    core, or of the card `gpu` (or cards, joined by "or") if all runs were on one.
    """

    minutes: float
    images: float
    processors: tuple[str, ...]
    gpu: str = ""


def cost_of(records: Sequence[Record]) -> Cost:
    """Return the mean cost of a row's finished runs."""
    cards = {str(record.machine.get("gpu") or "") for record in records}
    return Cost(
        minutes=float(np.mean([sum(record.seconds.values()) for record in records])) / 60,
        images=float(np.mean([record.budget["images_seen"] for record in records])),
        processors=tuple(sorted({str(record.machine.get("gpu") or record.machine["processor"]) for record in records})),
        gpu=" or ".join(sorted(cards)) if "" not in cards else "",
    )


def unit_of(costs: Iterable[Cost | None]) -> str:
    """Return what the minutes of rows are of: of one core, of a card, or of both where rows differ.

    >>> slow = Cost(minutes=6.0, images=2e6, processors=("old",))
    >>> unit_of([slow, None])
    'minutes of one core'
    >>> unit_of([Cost(minutes=6.0, images=2e6, processors=("NVIDIA H100",), gpu="NVIDIA H100"), slow])
    'minutes of one core or one NVIDIA H100'
    """
    machines = sorted({cost.gpu for cost in costs if cost}) or [""]
    return f"minutes of {' or '.join(f'one {gpu}' if gpu else 'one core' for gpu in machines)}"


def elsewhere(cost: Cost | None, first: Cost | None) -> bool:
    """Return whether a row's minutes were measured on another processor than the `first` row's."""
    return cost is not None and first is not None and cost.processors != first.processors


def minutes_beside(cost: Cost | None, first: Cost | None) -> str:
    """Return a row's minutes as tables show them, marked if measured on another processor than the `first` row's."""
    if cost is None:
        return "-"
    return f"{tenths(cost.minutes)}{ELSEWHERE if elsewhere(cost, first) else ''}"


def tenths(minutes: float) -> str:
    """Return minutes with one decimal, and what that would show as zero as less than a tenth.

    >>> tenths(3.66), tenths(0.05), tenths(0.049)
    ('3.7', '0.1', '<0.1')
    """
    return f"{minutes:.1f}" if minutes >= 0.05 else "<0.1"


def cost_ratio(first: Cost | None, second: Cost | None) -> str:
    """Return the cost of the first in units of the second, in words; empty if one side has no cost.

    >>> slow = Cost(minutes=6.0, images=2e6, processors=("old",))
    >>> cost_ratio(Cost(minutes=3.0, images=1e6, processors=("new",)), slow)
    '0.50 times the training images (minutes of different processors)'
    >>> cost_ratio(Cost(minutes=3.0, images=1e6, processors=("old",)), slow)
    '0.50 times'
    >>> cost_ratio(slow, Cost(minutes=0.0, images=8e6, processors=("old",)))
    '0.25 times the training images (too short to time)'
    """
    if first is None or second is None:
        return ""
    if first.processors != second.processors:
        return f"{first.images / second.images:.2f} times the training images (minutes of different processors)"
    if not second.minutes:  # a record keeps tenths of a second
        return f"{first.images / second.images:.2f} times the training images (too short to time)"
    return f"{first.minutes / second.minutes:.2f} times"


def of_images(first: Cost, second: Cost) -> str:
    """Return the images that training sent through sub-networks, in words.

    >>> one = Cost(minutes=6.0, images=2e6, processors=("old",))
    >>> of_images(one, one), of_images(one, Cost(minutes=6.0, images=5e5, processors=("old",)))
    ('2,000,000 training images each', '2,000,000 against 500,000 training images')
    """
    if round(first.images) == round(second.images):
        return f"{first.images:,.0f} training images each"
    return f"{first.images:,.0f} against {second.images:,.0f} training images"
