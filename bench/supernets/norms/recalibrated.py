"""Statistics re-estimated for every architecture before it is ranked."""

from dataclasses import dataclass

from bench.allowed import at_least
from bench.slot import setting
from bench.supernets.norms import Norm


@dataclass(frozen=True, kw_only=True)
class Recalibrated(Norm):
    """Training uses batch statistics; each architecture is ranked with the mean over `images` training images.

    The statistics start empty for every architecture and nothing leaks from one to the next.
    Differs from the paper: the plain mean over batches, where single-path-one-shot's code takes an
    exponential average. Source: papers/single-path-one-shot, section 3.4.
    """

    images: int = setting(1024, at_least(2, "images"))

    @property
    def recalibration_images(self) -> int:
        return self.images
