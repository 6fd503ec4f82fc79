"""The size of a supernet."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.slot import Slot


@dataclass(frozen=True, kw_only=True)
class Net(Slot):
    """Cells per stage, channels of the first stage, input side in pixels; None is left to the preset.

    `resolution` below the images' own side must divide it: images are averaged down.
    """

    cells: int | None = None
    width: int | None = None
    resolution: int | None = None

    def __post_init__(self) -> None:
        for name in ("cells", "width", "resolution"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise RecipeError(f"net.{name} is {value}; allowed: 1 or more, or None for the preset's")
