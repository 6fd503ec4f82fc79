"""Statistics re-estimated for every architecture before it is ranked."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.supernets.norms import Norm


@dataclass(frozen=True, kw_only=True)
class Recalibrated(Norm):
    """Training uses batch statistics; each architecture is ranked with the mean over `images` training images.

    The statistics start empty for every architecture and nothing leaks from one to the next.
    Differs from the paper: the plain mean over batches, where single-path-one-shot's code takes an
    exponential average. Source: papers/single-path-one-shot, section 3.4.
    """

    images: int = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.images < 2:
            raise RecipeError(f"recalibrated.images is {self.images}; allowed: 2 or more")

    @property
    def recalibration_images(self) -> int:
        return self.images
