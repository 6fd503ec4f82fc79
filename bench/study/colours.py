"""One colour per heuristic in all figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.figures.style import PALETTE
from bench.study.study import Row, Study

Heuristic = tuple[str, str, str]


class RowColours:
    """The colour of every row of a study: the colour of its heuristic in all `known` studies.

    Studies of one row choose first, which gives the baseline the first colour; the others follow by name, and an
    unknown study comes last, so that a user's file does not change stored figures.
    """

    def __init__(self, known: Iterable[Study]) -> None:
        self._known = sorted(known, key=lambda each: (len(each.rows) > 1, each.name))
        self._colours = heuristic_colours(self._known)

    def of(self, study: Study) -> dict[str, str]:
        """Return the colours of a study's rows, by name."""
        known = any(each is study for each in self._known)
        colours = self._colours if known else heuristic_colours([*self._known, study])
        return {row.name: colours[heuristic_of(row)] for row in study.rows}


def heuristic_colours(studies: Sequence[Study]) -> dict[Heuristic, str]:
    """Return a colour per heuristic, earlier studies first, such that no two heuristics of a study share one.

    In a study with more heuristics than colours, no two of a panel share one.
    """
    beside: dict[Heuristic, set[Heuristic]] = defaultdict(set)
    for study in studies:
        whole = {heuristic_of(row) for row in study.rows}
        for group in [whole] if len(whole) <= len(PALETTE) else panels_of(study):
            for heuristic in group:
                beside[heuristic] |= group
    found: dict[Heuristic, str] = {}
    for study in studies:
        for place, row in enumerate(study.rows):
            heuristic = heuristic_of(row)
            if heuristic in found:
                continue
            near = [found[other] for other in beside[heuristic] if other in found]
            start = place % len(PALETTE)
            order = (*PALETTE[start:], *PALETTE[:start])
            found[heuristic] = min(order, key=near.count)
    return found


def panels_of(study: Study) -> list[set[Heuristic]]:
    """Return the heuristics of each panel; a row that names no panel is in all."""
    panels = dict.fromkeys(panel for row in study.rows for panel in row.panels)
    return [{heuristic_of(row) for row in study.rows if not row.panels or panel in row.panels} for panel in panels]


def heuristic_of(row: Row) -> Heuristic:
    """Return what identifies a row's heuristic at any preset: its recipe, its sizes, and its score.

    A row compared with another of its own sub-space counts as the same heuristic as in the whole space.
    """
    recipe = replace(row.recipe, space=type(row.recipe.space)()) if row.against else row.recipe
    return repr(recipe), repr(sorted(row.times.items())), row.score
