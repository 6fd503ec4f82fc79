"""What every figure of a study is: numbers computed from a frame, and a drawing of exactly those numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


SPELLED = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}


def other_images(trained_on: str, truth: str) -> str:
    """Return what every title must say where supernets saw other images than the truth is of, else nothing.

    >>> other_images("cifar10", "track1/cifar100/test/stand-alone")
    'images: CIFAR-10, truth: CIFAR-100'
    >>> other_images("cifar10", "nb201/cifar10/test/200ep")
    ''
    """
    of_truth = truth.split("/")[1]
    if trained_on in ("", of_truth):
        return ""
    return f"images: {SPELLED.get(trained_on, trained_on)}, truth: {SPELLED.get(of_truth, of_truth)}"


@dataclass(frozen=True)
class Caption:
    """What stands over every figure: the truth in full, the preset, and the images predicted on.

    `trained_on` is the image set of the supernets; where the truth is of another, that comes first.
    """

    truth: str
    preset: str
    images: str
    trained_on: str = ""

    def __str__(self) -> str:
        other = f"{note} | " if (note := other_images(self.trained_on, self.truth)) else ""
        return f"{other}truth: {self.truth} | preset: {self.preset} | predicted on {self.images}"


@dataclass(frozen=True)
class Figure:
    """`numbers` reduces a predictions frame to what is drawn (stored as CSV); `draw` draws those numbers."""

    name: str
    about: str
    numbers: "Callable[[pd.DataFrame], pd.DataFrame]"
    draw: "Callable[[pd.DataFrame, Caption], Canvas]"
