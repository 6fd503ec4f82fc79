"""The study of local sharing isolates what it asks about."""

from bench.recipe.preset import find_preset
from bench.slot import describe
from bench.study.study import STUDIES


def differing(one, other):
    return {name for name, value in one.items() if value != other[name]}


def test_the_learned_assignment_differs_from_its_reference_in_the_assignment_alone():
    study = STUDIES.get("local-sharing")
    rows = {row.name: row for row in study.rows}
    learned, laptop = rows["learned"], find_preset("laptop")
    own, reference = (describe(laptop.fill(row.recipe, row.times)) for row in (learned, rows[learned.against]))
    assert differing(own, reference) == {"update"}
    assert differing(own["update"], reference["update"]) == {"assignment"}


def test_rows_of_equal_passes_are_compared_with_one_copy():
    study = STUDIES.get("local-sharing")
    equal = [row for row in study.rows if "equal passes" in row.name]
    assert len(equal) == 2
    assert not any(row.against for row in equal)
