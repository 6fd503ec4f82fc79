from dataclasses import replace

import pytest

from bench.errors import ComparisonError
from bench.places import data_folder
from bench.recipe.preset import PRESETS
from bench.runs.scored_on import needed_truth, truth_of, usual_population
from bench.study.study import STUDIES
from bench.tables.catalog import open_table
from bench.truth import Truth


def test_a_preset_with_images_of_its_own_brings_their_truth() -> None:
    study = STUDIES.get("baseline")
    assert str(truth_of(study, PRESETS["smoke"])) == "nb201/digits/test/30ep"
    assert truth_of(study, PRESETS["laptop"]) == study.truth == Truth.parse("nb201/cifar10/test/200ep")
    channels = STUDIES.get("channel-methods")
    assert truth_of(channels, PRESETS["smoke"]) == channels.truth, "the preset's own truth is of another space"


def test_a_study_without_a_truth_is_not_scored() -> None:
    study = replace(STUDIES.get("baseline"), truth=None)
    assert truth_of(study, PRESETS["smoke"]) is None
    with pytest.raises(ComparisonError, match="study 'baseline' names no truth, so its runs are not scored"):
        needed_truth(study, PRESETS["smoke"])
    assert needed_truth(STUDIES.get("baseline"), PRESETS["laptop"]) == STUDIES.get("baseline").truth


@pytest.mark.parametrize(
    ("preset", "archs", "name"),
    [("laptop", 1_000, "random-1000"), ("laptop", 999, "all"), ("smoke", 1_000, "connected-500")],
)
def test_tables_show_the_fixed_thousand_or_what_the_preset_predicts(preset, archs, name) -> None:
    whole = open_table("nb201/digits/test/30ep", data_folder())
    table = replace(whole, genes=whole.genes[:archs], accuracy=whole.accuracy[:archs])
    chosen = usual_population(table, PRESETS[preset])
    assert (chosen.name, chosen.space) == (name, table.space)
    assert len(chosen.pool) == archs
