"""Is a supernet more accurate than guessing?"""

from dataclasses import dataclass

import numpy as np

CLASSES = {"digits": 10, "cifar10": 10, "cifar100": 100, "imagenet16-120": 120}
"""Classes of image sets, for runs whose records do not say how many there are, and for truths."""


@dataclass(frozen=True, kw_only=True)
class SupernetAccuracy:
    """Mean accuracy of a supernet's sub-networks in percent, one for each seed, on `images` held-out images.

    The mean is over the architectures on which tau is computed. `classes` is None if their number is not known.
    """

    by_seed: tuple[float, ...]
    images: int
    classes: int | None

    @property
    def mean(self) -> float:
        """Return the mean over seeds, in percent."""
        return float(np.mean(self.by_seed))

    @property
    def chance(self) -> float | None:
        """Return the accuracy that guessing one of the classes has on average, in percent."""
        return None if self.classes is None else 100 / self.classes

    @property
    def most_by_chance(self) -> float:
        """Return the accuracy, in percent, that guessing does not exceed in 97.5 % of draws of the held-out images.

        The binomial quantile of one network: sub-networks share images and weights, so the mean over them may vary as
        much as one of them does. Infinity below zero if the number of classes is not known.
        """
        from scipy.stats import binom

        if self.classes is None:
            return -np.inf
        return 100 * float(binom.ppf(0.975, self.images, 1 / self.classes)) / self.images

    @property
    def guessing(self) -> int:
        """Return on how many seeds the supernet is at chance: its mean accuracy is not above `most_by_chance`."""
        return sum(accuracy <= self.most_by_chance for accuracy in self.by_seed)

    def spelled(self) -> str:
        """Return the mean, chance and their difference, in percent.

        >>> SupernetAccuracy(by_seed=(33.0, 35.5), images=500, classes=10).spelled()
        '34.2 - 10 = 24.2'
        """
        if self.chance is None:
            return f"{self.mean:.1f}"
        return f"{self.mean:.1f} - {_percent(self.chance)} = {self.mean - self.chance:.1f}"

    def verdict(self, name: str) -> str:
        """Return a sentence that says that the supernet `name` is at chance; empty if it is not.

        >>> print(SupernetAccuracy(by_seed=(9.5, 30.0), images=128, classes=10).verdict("it").replace("; ", "\\n"))
        'it' is at chance on 1 of 2 seeds: mean accuracy 9.5 %
        guessing one of 10 classes gives 10 %, and up to 15.6 % on 128 images
        """
        seeds = len(self.by_seed)
        if not self.guessing:
            return ""
        where = "" if self.guessing == seeds else f" on {self.guessing} of {seeds} seeds"
        low = np.mean([accuracy for accuracy in self.by_seed if accuracy <= self.most_by_chance])
        return (
            f"'{name}' is at chance{where}: mean accuracy {low:.1f} %; guessing one of {self.classes} classes gives "
            f"{_percent(self.chance or 0)} %, and up to {self.most_by_chance:.1f} % on {self.images:,} images"
        )


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
