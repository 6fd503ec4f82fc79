"""What every figure of a study is: numbers computed from a frame, and a drawing of exactly those numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bench.scores.ceiling import CEILING_ROW
from bench.truth import Truth
from bench.types import Genes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

    from bench.scores.interval import Value


def supernets(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the lines of supernets alone, without the truth's ceiling."""
    return frame[frame.row != CEILING_ROW]


def of_row(row: object, seeds: "Sequence[Value]") -> "Value":
    """Return a row's score over its seeds; the ceiling's is the mean of its training seeds, without an interval.

    Those know different numbers of architectures, of which `n` is the least.
    """
    from bench.scores.interval import of_one_seed, over_seeds

    if row != CEILING_ROW:
        return over_seeds(seeds)
    mean = sum(seed.value for seed in seeds) / len(seeds)
    return replace(of_one_seed(mean, min(seed.n for seed in seeds)), seeds=len(seeds))


def arch_column(genes: Genes) -> np.ndarray:
    """Return each architecture as a frame holds it: its genes joined by "-", unique and readable in any space.

    >>> arch_column(np.array([[1, 3, 0], [0, 15, 2]], dtype=np.int8)).tolist()
    ['1-3-0', '0-15-2']
    """
    return np.array(["-".join(map(str, arch)) for arch in genes.tolist()], dtype=object)


def genes_of(archs: "pd.Series[str]") -> Genes:
    """Return the genes, [arch, decision], that a frame's column of architectures spells."""
    return np.array([arch.split("-") for arch in archs], dtype=np.int8)


DATASET_TITLES = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}
"""Image sets as titles write them; others keep their names."""


def other_images(trained_on: str, truth: Truth) -> str:
    """Return what every title must say where supernets saw other images than the truth is of, else nothing.

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
    """What stands over every figure: the truth in full, the preset, and the images predicted on.

    `trained_on` is the image set of the supernets; where the truth is of another, that comes first. `colours` holds
    those of the rows, by name: a heuristic keeps its own through all figures.
    """

    truth: Truth
    preset: str
    images: str
    trained_on: str = ""
    colours: "Mapping[str, str]" = field(default_factory=dict)

    def __str__(self) -> str:
        other = f"{note} | " if (note := other_images(self.trained_on, self.truth)) else ""
        return f"{other}truth: {self.truth} | preset: {self.preset} | predicted on {self.images}"


@dataclass(frozen=True)
class Figure:
    """`numbers` reduces a predictions frame to what is drawn (stored as CSV); `draw` draws those numbers.

    A figure without numbers, as no run of its rows is stored, is not drawn.

    `says`, where given, states the result in one sentence, in the place of the study's paired differences.
    """

    name: str
    about: str
    numbers: "Callable[[pd.DataFrame], pd.DataFrame]"
    draw: "Callable[[pd.DataFrame, Caption], Canvas]"
    says: "Callable[[pd.DataFrame], str] | None" = None
