from dataclasses import replace

import numpy as np
import pytest

from bench.errors import ComparisonError, UnknownName
from bench.places import data_folder
from bench.recipe.preset import PRESETS
from bench.runs.scored_on import (
    needed_table,
    needed_truth,
    others_of,
    predicted_population,
    truth_of,
    usual_population,
)
from bench.spaces.darts import Darts
from bench.study.study import STUDIES
from bench.tables.catalog import open_table
from bench.tables.table import Table
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


def test_a_table_that_is_still_to_be_built_is_missed_with_the_command_that_builds_it(tmp_path) -> None:
    how = r"table 'shufflenet-scales/cifar10/test/4ep' is not built: .* --found channel-search "
    with pytest.raises(UnknownName, match=how):
        needed_table(STUDIES.get("channel-search"), PRESETS["smoke"], tmp_path)
    with pytest.raises(UnknownName, match=r"unknown table 'macro/cifar10/test/50ep'"):
        needed_table(STUDIES.get("macro-baselines"), PRESETS["smoke"], tmp_path)
    built = needed_table(STUDIES.get("baseline"), PRESETS["smoke"], data_folder())
    assert built.name == "nb201/digits/test/30ep"


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


def cells(name: str, seed: int, count: int) -> Table:
    """Return a table of random DARTS cells."""
    genes = np.unique(Darts().sample(np.random.default_rng(seed), count), axis=0)
    return Table(
        name=name, genes=genes, accuracy=np.zeros((len(genes), 1), dtype=np.float32), seeds=("0",), source="drawn"
    )


def test_the_architectures_of_other_truths_are_predicted_too() -> None:
    laptop, truth, other = PRESETS["laptop"], cells("darts/a/test/1ep", 0, 60), cells("darts/b/test/1ep", 1, 30)
    shared = replace(other, genes=truth.genes[:30])
    asked = predicted_population(Darts(), laptop, truth, [other, shared]).archs()
    assert len(asked) == 90
    keys = Darts().keys(asked)
    assert np.isin(Darts().keys(truth.genes), keys).all()
    assert np.isin(Darts().keys(other.genes), keys).all()
    alone = predicted_population(Darts(), laptop, truth)
    np.testing.assert_array_equal(alone.archs(), truth.genes)


def test_other_truths_are_those_of_the_study_unless_few_architectures_are_predicted() -> None:
    study = STUDIES.get("darts-baselines")
    assert [str(other) for other in others_of(study, PRESETS["laptop"])] == ["darts/cifar10/test/600ep"]
    assert others_of(study, PRESETS["smoke"]) == (), "random-50 is drawn from the study's truth alone"
    assert others_of(replace(study, truth=None), PRESETS["laptop"]) == ()
    own = replace(PRESETS["laptop"], truth="darts/digits/test/1ep")
    assert others_of(study, own) == (), "on a preset's own images the study's truths say nothing"


def test_a_built_table_is_scored_on_what_supernets_predict_of_their_space() -> None:
    table = open_table("bits/cifar10/test/2ep", data_folder())
    population = usual_population(table, PRESETS["laptop"])
    drawn = int(population.among(table.genes).sum())
    assert 100 <= drawn < len(table.genes), "what searches found is no random draw"
    predicted = predicted_population(table.space, PRESETS["laptop"], table)
    assert (len(predicted.archs()), predicted.sha256) == (1_000, population.sha256)
    other = replace(table, name="bits/cifar10/test/9ep")
    assert usual_population(other, PRESETS["laptop"]).among(other.genes).all()
