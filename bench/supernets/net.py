"""The size of a supernet, and what stands between its stages."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.slot import Slot

REDUCTIONS = ("residual", "pooled")
SHORTCUTS = ("where-needed", "always")


@dataclass(frozen=True, kw_only=True)
class Net(Slot):
    """Cells per stage, channels of the first stage, input side in pixels, reduction; None is left to the preset.

    `resolution` below the images' own side must divide it: images are averaged down. `reduction` is what halves
    the resolution between stages: "residual", the benchmark's own block of two 3x3 convolutions, or "pooled", its
    shortcut alone (2x2 average pool, 1x1 convolution, norm). With one cell per stage four convolutions of
    residual reductions outweigh the cells, and the cells can hardly be told apart; see the study `reduction`.
    Channel spaces have a `resolution` alone, as widths are the architecture's, and a `shortcut`: a 1x1 convolution
    with norm around a block "where-needed", that is where shapes differ (papers/neural-channel-search,
    section 2), or "always" (its code).
    """

    cells: int | None = None
    width: int | None = None
    resolution: int | None = None
    reduction: str | None = None
    shortcut: str = "where-needed"

    def __post_init__(self) -> None:
        for name in ("cells", "width", "resolution"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise RecipeError(f"net.{name} is {value}; allowed: 1 or more, or None for the preset's")
        if self.reduction is not None and self.reduction not in REDUCTIONS:
            raise RecipeError(
                f"net.reduction is '{self.reduction}'; allowed: {', '.join(REDUCTIONS)}, or None for the preset's"
            )
        if self.shortcut not in SHORTCUTS:
            raise RecipeError(f"net.shortcut is '{self.shortcut}'; allowed: {', '.join(SHORTCUTS)}")
