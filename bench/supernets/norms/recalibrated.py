"""Statistics re-estimated for every architecture before it is ranked."""

from dataclasses import dataclass

from bench.allowed import at_least
from bench.slot import setting
from bench.supernets.norms import Norm


@dataclass(frozen=True, kw_only=True)
class Recalibrated(Norm):
    """Training uses batch statistics; prediction uses each architecture's mean statistics on `images` training images.

    They are estimated from scratch for every architecture.
    Differs from the paper: the arithmetic mean over batches; single-path-one-shot's code takes an exponential average.
    Source: papers/single-path-one-shot, section 3.4.
    """

    images: int = setting(1024, at_least(2, "images"))

    @property
    def recalibration_images(self) -> int:
        return self.images
