"""What every figure of a study is: numbers computed from a frame, and a drawing of exactly those numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


@dataclass(frozen=True)
class Caption:
    """What stands over every figure: the truth in full, the preset, and the images predicted on."""

    truth: str
    preset: str
    images: str

    def __str__(self) -> str:
        return f"truth: {self.truth} | preset: {self.preset} | predicted on {self.images}"


@dataclass(frozen=True)
class Figure:
    """`numbers` reduces a predictions frame to what is drawn (stored as CSV); `draw` draws those numbers."""

    name: str
    about: str
    numbers: "Callable[[pd.DataFrame], pd.DataFrame]"
    draw: "Callable[[pd.DataFrame, Caption], Canvas]"
