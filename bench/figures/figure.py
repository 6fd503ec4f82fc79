"""A figure of a study: numbers computed from a data frame, and a drawing of exactly those numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bench.figures.style import SCREEN, Style
from bench.scores.ceiling import CEILING_ROW
from bench.truth import Truth, labelled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

    from bench.scores.interval import Value
    from bench.scores.metrics import Metric

NAMED = 4
"""Rows without a stored run that a note names; of more it tells the number."""


def of_row(row: object, seeds: "Sequence[Value]") -> "Value":
    """Return a row's score over its seeds; the ceiling's is the mean of its training seeds, without an interval.

    These may have different numbers of architectures; `n` is the smallest.
    """
    from bench.scores.interval import of_one_seed, over_seeds

    if row != CEILING_ROW:
        return over_seeds(seeds)
    mean = sum(seed.value for seed in seeds) / len(seeds)
    return replace(of_one_seed(mean, min(seed.n for seed in seeds)), seeds=len(seeds))


def score_of_row(row: object, runs: "Sequence[pd.DataFrame]", metric: "Metric") -> "Value":
    """Return a metric of a row over its runs, a frame per seed, with the interval of the results table.

    The interval is over architectures and seeds, or over architectures for a row with one seed. Metrics of the true top
    are computed on all predictions, the others on the sampled ones. The ceiling's is the mean of its training seeds,
    without an interval.
    """
    from bench.scores.interval import of_one_seed
    from bench.scores.prediction_frame import scored
    from bench.scores.seeds import intervals_over_seeds

    found = [scored(run) for run in runs]
    if row == CEILING_ROW:
        return of_row(row, [of_one_seed(one.value(metric), len(one.arrays(metric)[1])) for one in found])
    return intervals_over_seeds(found, [metric], name=str(row))[metric.name]


def with_interval(mean: float, low: float, high: float) -> str:
    """Return a mean with its interval for a sentence.

    >>> with_interval(93.354, 92.1, 94.0), with_interval(1.5, float("nan"), float("nan"))
    ('93.35 [92.10, 94.00]', '1.50')
    """
    return f"{mean:.2f}" if math.isnan(low) else f"{mean:.2f} [{low:.2f}, {high:.2f}]"


DATASET_TITLES = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imagenet16-120": "ImageNet16-120"}
"""Titles of image sets; others are shown by name."""


def other_images(trained_on: str, truth: Truth) -> str:
    """Return a note for titles if supernets were trained on other images than those of the truth, else "".

    >>> other_images("cifar10", Truth.parse("track1/cifar100/test/stand-alone"))
    'images: CIFAR-10, truth: CIFAR-100'
    >>> other_images("cifar10", Truth.parse("nb201/cifar10/test/200ep"))
    ''
    """
    if trained_on in ("", truth.dataset):
        return ""
    ours, theirs = (DATASET_TITLES.get(name, name) for name in (trained_on, truth.dataset))
    return f"images: {ours}, truth: {theirs}"


@dataclass(frozen=True)
class Caption:
    """The line above every figure: the full truth, the preset, and the images predicted on.

    `trained_on` is the image set of the supernets; if the truth is on another, a note comes first. `colours` maps the
    names of rows to colours: a heuristic has the same colour in all figures. `coverage` is "3 of 15,625" if the truth's
    table lacks architectures, `rows` "2 of 14 rows" if some of the study's are left out. `style` is that of the figure.
    A row has `seeds` seeds if all its runs are stored, 0 if that is not known; the rows `absent` have no stored run.
    """

    truth: Truth
    preset: str
    images: str
    trained_on: str = ""
    colours: "Mapping[str, str]" = field(default_factory=dict)
    coverage: str = ""
    rows: str = ""
    style: Style = SCREEN
    seeds: int = 0
    absent: tuple[str, ...] = ()

    def thin(self, row: object, seeds: int) -> str:
        """Return " (1 of 3 seeds)" for a row that lacks seeds, else ""; the ceiling's are the truth's.

        >>> caption = Caption(Truth.parse("nb201/cifar10/test/200ep"), "laptop", "500 images", seeds=3)
        >>> caption.thin("baseline", 1), caption.thin("baseline", 3)
        (' (1 of 3 seeds)', '')
        """
        return f" ({seeds} of {self.seeds} seeds)" if row != CEILING_ROW and seeds < self.seeds else ""

    @property
    def not_stored(self) -> str:
        """Return "; not stored: 'a', 'b'" for rows without a stored run, their number if they are many, "" for none."""
        if not self.absent:
            return ""
        names = ", ".join(map(repr, self.absent)) if len(self.absent) <= NAMED else f"{len(self.absent)} rows"
        return f"; not stored: {names}"

    @property
    def label(self) -> str:
        """Return the name of the truth, with its coverage."""
        return labelled(self.truth, self.coverage)

    def __str__(self) -> str:
        other = f"{note} | " if (note := other_images(self.trained_on, self.truth)) else ""
        some = f" | {self.rows}" if self.rows else ""
        return f"{other}truth: {self.label} | preset: {self.preset}{some} | predicted on {self.images}"


@dataclass(frozen=True)
class Figure:
    """`numbers` reduces a frame to the numbers drawn (stored as CSV); `draw` draws them.

    The frame holds the predictions of the study's runs, or, if `of` is "searches", its searches, if "learned", what
    their updates learned, if "costs", their time and memory, if "training", how they trained, if "followed", tau while
    they trained (bench/analysis/frame.py, search_frame.py, learned_frame.py, costs_frame.py, training_frame.py,
    followed_frame.py), if "truth", all architectures with their true accuracy, whatever the rows. A figure is not drawn
    if `numbers` is empty, because nothing of its rows is stored.

    `says`, if given, states the result in one sentence, which replaces the study's paired differences. `rows` names the
    rows that the figure shows of a whole study, empty for all; of a part that a user chose it shows all.
    """

    name: str
    about: str
    numbers: "Callable[[pd.DataFrame], pd.DataFrame]"
    draw: "Callable[[pd.DataFrame, Caption], Canvas]"
    says: "Callable[[pd.DataFrame], str] | None" = None
    of: str = "predictions"
    rows: tuple[str, ...] = ()
