from bench.study.panels import in_panel
from bench.study.study import STUDIES


def test_a_panel_repeats_the_variations_in_its_own_sub_space_against_its_own_first_row():
    first, other = STUDIES.get("network-size").rows[:2]
    assert [(row.name, row.panels, row.against) for row in in_panel("whole", first, other, main=True)] == [
        (first.name, ("whole",), first.against),
        (other.name, ("whole",), other.against),
    ]
    own, varied = in_panel("part", first, other)
    assert (own.name, own.panels, own.reference) == ("part", ("part",), True)
    assert (varied.name, varied.panels, varied.against) == (f"part, {other.name}", ("part",), "part")
