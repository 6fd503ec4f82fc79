"""The truth of a study at a preset, and the populations on which its supernets are asked and scored."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bench.errors import ComparisonError, UnknownName
from bench.population import DRAWN, Population
from bench.recipe.preset import Preset
from bench.spaces import Space
from bench.study.study import Study
from bench.supernets import construct_of
from bench.tables.catalog import open_table, table_paths
from bench.tables.table import Table
from bench.truth import Truth
from bench.types import Genes

SAMPLE = "random-1000"
"""The population of tables and figures, if the truth has at least as many architectures."""


def truth_of(study: Study, preset: Preset) -> Truth | None:
    """Return the truth that a study is scored against: the preset's if it has one for the study's space.

    None for a study of a space without a table.
    """
    assert not isinstance(study.truth, str), "a study parses its truth"
    own = Truth.parse(preset.truth) if preset.truth else None
    return own if own and study.truth and own.space == study.truth.space else study.truth


def others_of(study: Study, preset: Preset) -> tuple[Truth, ...]:
    """Return the other truths whose architectures the study's supernets predict at a preset.

    None if the preset has images of its own, and none if its supernets predict a population of fixed size, which is
    drawn from the study's truth alone.
    """
    truth = truth_of(study, preset)
    if truth is None or truth != study.truth or preset.population_in(study.baseline.space) in DRAWN:
        return ()
    return tuple(other for other in study.others if isinstance(other, Truth))


def needed_truth(study: Study, preset: Preset) -> Truth:
    """Return the truth that a study is scored against; raises `ComparisonError` if there is none."""
    truth = truth_of(study, preset)
    if truth is None:
        raise ComparisonError(
            f"study '{study.name}' names no truth, so its runs are not scored; "
            "store one with 'supernet-bench data add' and name it in the study (truth=...)"
        )
    return truth


def stored_table(study: Study, preset: Preset, data: Path) -> Table | None:
    """Return the table that a study is scored against; None if it names none, or its own is still to be built.

    Raises `UnknownName` for any other table that is not stored.
    """
    truth = truth_of(study, preset)
    if truth is None or (study.built and str(truth) not in table_paths(data)):
        return None
    return open_table(truth, data)


def needed_table(study: Study, preset: Preset, data: Path) -> Table:
    """Return the table that a study is scored against.

    Raises `ComparisonError` if it names no truth, `UnknownName` if the table is not stored, with how it is had.
    """
    needed_truth(study, preset)
    table = stored_table(study, preset, data)
    if table is None:
        raise UnknownName(unscored(study, preset))
    return table


def unscored(study: Study, preset: Preset) -> str:
    """Return why a study without a table is not scored, and how its own is built if it has one."""
    truth = truth_of(study, preset)
    if truth is None:
        return f"study '{study.name}' names no truth: its predictions are stored but not scored"
    words = f"supernet-bench table build {truth} --{{}} --preset {preset.name} --seeds 0 --out FILE"
    if study.searches:
        how = (
            f"once the searches of '{study.name}' are stored, '{words.format(f'found {study.name}')}' trains what they "
            "found"
        )
    else:
        how = f"'{words.format('random 100')}' trains a hundred of the architectures that supernets predict"
    return f"table '{truth}' is not built: {how}, and 'supernet-bench data add FILE' stores it"


def usual_population(table: Table, preset: Preset) -> Population:
    """Return the population of a preset's tables and figures: `SAMPLE`, or all of a smaller table.

    Supernets that predict a population of fixed size are scored on it. `Population.of` gives that of a masked space.
    """
    predicted = preset.population_in(table.space)
    name = SAMPLE if len(table.genes) >= DRAWN[SAMPLE] else "all"
    return _population(predicted if predicted in DRAWN else name, table)


@lru_cache(maxsize=64)
def _population(name: str, table: Table) -> Population:
    return Population(name, table.space, _pool(name, table))


def _pool(name: str, table: Table) -> Genes | None:
    """Return the architectures of which a population consists, or from which it is drawn: those of the table.

    None, the whole space, for a fixed number of a space that cannot be listed, if `table build` trains the table: what
    is built later must not change what is predicted, and what searches found is no random draw.
    """
    built = table.name in construct_of(table.space).stand_alone
    return None if built and name in DRAWN and not table.space.listable else table.genes


def predicted_population(space: Space, preset: Preset, table: Table | None, others: Sequence[Table] = ()) -> Population:
    """Return the architectures of a space, possibly masked, that a supernet of the preset predicts.

    For a space that cannot be listed these are the architectures of the truth's table and of `others`, the tables of
    `others_of`, or `SAMPLE` without a table.
    """
    name = preset.population_in(space)
    if not space.listable and table is None and name not in DRAWN:
        name = SAMPLE
    if space.listable or table is None:
        return Population(name, space)
    if not others:
        return Population(name, space, _pool(name, table))
    return Population(name, space, np.unique(np.concatenate([t.genes for t in (table, *others)]), axis=0))
