"""Changes to single operations of a supernet, which its stand-alone networks do not have."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.slot import Slot

KERNELS = ("own", "centre", "transformed-centre")


@dataclass(frozen=True, kw_only=True)
class Ops(Slot):
    """What the operations of a supernet have beyond those of the stand-alone networks; all combine freely.

    `linear_transformers` names the operations without weights that get a bare 1x1 convolution (no norm, no
    bias, no activation) in training and prediction; stand-alone networks and their costs lack it.
    Source: papers/single-path-ranking-correlations, section 4.2.
    `kernel_1x1` says where the 1x1 convolution takes its weights: its "own", the "centre" of the 3x3 kernel on its
    edge, or the "transformed-centre", times a learned factor (a once-for-all kernel transform for one pixel).
    Without an affine norm that factor changes nothing but the sign. Source: Cai et al., Once-for-all (2020).
    `path_dropout` drops, image by image, the result of an edge (never an identity) while training; the rate of
    a cell is this times the portion of cells up to it, the kept results are scaled up. `global_dropout` does so
    with the features before the classifier. Source: code base of How to train your supernet.
    """

    linear_transformers: tuple[str, ...] = ()
    kernel_1x1: str = "own"
    path_dropout: float = 0.0
    global_dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.kernel_1x1 not in KERNELS:
            raise RecipeError(f"ops.kernel_1x1 is '{self.kernel_1x1}'; allowed: {', '.join(KERNELS)}")
        for name in ("path_dropout", "global_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"ops.{name} is {getattr(self, name)}; allowed: 0 to below 1")
