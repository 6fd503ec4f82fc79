"""One colour per heuristic through all figures."""

from dataclasses import replace

import pytest

from bench.figures.style import PALETTE
from bench.recipe.recipe import Recipe
from bench.study.colours import Heuristic, RowColours, heuristic_colours, heuristic_of
from bench.study.study import STUDIES, Row, Study

ALL = [STUDIES.get(name) for name in STUDIES.names()]


@pytest.fixture(scope="module")
def colours():
    """Return the colours of the rows of every study, by its name."""
    colours = RowColours(ALL)
    return {study.name: colours.of(study) for study in ALL}


def test_no_two_heuristics_of_a_figure_share_a_colour(colours) -> None:
    assert len(colours) == len(ALL)
    for study in ALL:
        found = colours[study.name]
        assert list(found) == [row.name for row in study.rows], study.name
        heuristics = {heuristic_of(row): found[row.name] for row in study.rows}
        if len(heuristics) <= len(PALETTE):
            assert len(set(heuristics.values())) == len(heuristics), study.name
        for panel in {panel for row in study.rows for panel in row.panels}:
            shown = [found[row.name] for row in study.rows if panel in row.panels or not row.panels]
            assert len(set(shown)) == len(shown), (study.name, panel)


def test_a_variation_keeps_its_colour_in_every_sub_space() -> None:
    found = RowColours(ALL).of(STUDIES.get("training-variations"))
    for variation in ("uniform", "free topology", "clipped at 5"):
        assert len({found[f"{space}{variation}"] for space in ("", "no Zero, ", "no Zero, no Pool, ")}) == 1
    assert len({found[name] for name in ("baseline", "no Zero", "no Zero, no Pool")}) == 3


def test_a_heuristic_has_one_colour_in_all_studies_and_the_baseline_the_first(colours) -> None:
    seen: dict[Heuristic, str] = {}
    for study in ALL:
        found = colours[study.name]
        for row in study.rows:
            assert seen.setdefault(heuristic_of(row), found[row.name]) == found[row.name]
    assert seen[heuristic_of(STUDIES.get("baseline").rows[0])] == PALETTE[0]


def test_what_is_ranked_by_and_sizes_tell_heuristics_apart() -> None:
    row = Row("one", Recipe())
    others = [
        replace(row, score="negative-cross-entropy"),
        replace(row, times={"epochs": 2}),
        Row("one", Recipe(clip=1.0)),
    ]
    assert len({heuristic_of(each) for each in (row, *others)}) == 4
    assert heuristic_of(replace(row, name="other", panels=("a",))) == heuristic_of(row)


def test_a_study_that_is_not_known_leaves_the_others_as_they_are() -> None:
    first = STUDIES.get("baseline").rows[0]
    own = Study(
        name="a", question="?", source="mine", truth="nb201/cifar10/test/200ep", baseline=first.recipe, seeds=(0,),
        rows=(first, Row("mine", replace(first.recipe, clip=0.123))),
    )  # fmt: skip
    found = RowColours(ALL).of(own)
    assert found[first.name] == PALETTE[0] != found["mine"]
    before, after = heuristic_colours(ALL), heuristic_colours([*ALL, own])
    assert {heuristic: after[heuristic] for heuristic in before} == before
