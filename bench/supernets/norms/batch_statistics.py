"""Statistics of the current batch, in training and in prediction."""

from dataclasses import dataclass

from bench.supernets.norms import Norm


@dataclass(frozen=True, kw_only=True)
class BatchStatistics(Norm):
    """Every batch is normalized by its own mean and variance, so the prediction batch is part of the recipe.

    Source: the default of few-shot NAS, PA-DA and nas-landmarkreg (`wsbn_track_stat` False).
    """
