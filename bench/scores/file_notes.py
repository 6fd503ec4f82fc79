"""What a file of predictions does not say by its scores: the mean of accuracies, their unit, and what is missing."""

import numpy as np

from bench.population import Population
from bench.scores.chance import CLASSES
from bench.scores.diverged import settled
from bench.scores.files.direction import ACCURACY_COLUMNS
from bench.scores.join import Joined
from bench.tables.frame import plain
from bench.tables.table import Table
from bench.tables.units import like_fractions


def accuracy_note(column: str, joined: Joined, table: Table, population: Population) -> str:
    """Return the mean of predictions that are accuracies beside chance, in percent; empty for other scores.

    Accuracies are those of a column of that name. Their mean is over the scored architectures, and is not given where
    they are or hold fractions.
    """
    inside = joined.present & population.among(table.genes)
    accuracies, classes = settled(joined.prediction[inside]), CLASSES.get(table.truth.dataset)
    if plain(column) not in ACCURACY_COLUMNS or not classes or not len(accuracies):
        return ""
    if not -1e-9 < accuracies.min() <= accuracies.max() <= 100:
        return ""
    if accuracies.max() <= 1:
        return f"{joined.name}: the accuracies are at most 1; write percent to see their mean beside chance"
    if doubted := int(np.count_nonzero(like_fractions(accuracies))):
        return (
            f"{joined.name}: {doubted:,} of {len(accuracies):,} accuracies look like fractions beside others of up to "
            f"{accuracies.max():g} and were ranked as they stand; write every accuracy in one unit"
        )
    mean, chance = float(accuracies.mean()), 100 / classes
    told = f"{joined.name}: mean accuracy {mean:.1f} - chance {chance:.3g} = {mean - chance:.1f} %"
    return f"{told}; its supernet is at chance or below" if mean <= chance else told


def missing_note(joined: Joined, table: Table, population: Population) -> str:
    """Return how many architectures of the population that the table knows are not predicted; empty if none."""
    inside = population.among(table.genes)
    missing, known = int(np.count_nonzero(inside & ~joined.present)), int(np.count_nonzero(inside))
    if not missing:
        return ""
    return f"{joined.name}: {missing:,} of {known:,} architectures of population '{population.name}' are missing"
