"""Two sides by name say which row they are, and which of its seeds are not stored."""

import numpy as np
import pytest

from bench.analysis.sides import compare_sides
from bench.api import load_table
from bench.errors import ComparisonError
from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.scores.metrics import METRICS
from bench.study.study import STUDIES


@pytest.mark.slow
def test_a_study_alone_names_the_row_that_is_taken_and_the_seeds_that_it_lacks(pretend, tmp_path) -> None:
    smoke = find_preset("smoke")
    first = plan(STUDIES.get("masking"), smoke, None, tmp_path)[0]
    for run in first.runs[:2]:
        pretend(run, 10.0)

    def told(name: str) -> list[str]:
        lines: list[str] = []
        compare_sides(name, "trivial:params", preset=smoke, seeds=None, population="connected-500", score=None,
                      metrics=[METRICS.get("spearman")], table=None, results=tmp_path, data=data_folder(),
                      warn=lines.append)  # fmt: skip
        return lines

    taken = "'masking' is its first row here, 'baseline'; masking:ROW names another"
    lacking = "row 'baseline': 2 of 3 seeds are stored"
    assert told("masking") == [taken, lacking]
    assert told("masking:baseline") == [lacking]
    pretend(first.runs[2], 10.0)
    assert told("masking:baseline") == []


def test_a_row_with_a_printed_value_is_found_at_a_preset_that_has_none(tmp_path) -> None:
    with pytest.raises(ComparisonError, match="has no finished run at preset 'laptop-cifar100'"):
        compare_sides("reduced-spaces:Original", "trivial:params", preset=find_preset("laptop-cifar100"), seeds=None,
                      population=None, score=None, metrics=[METRICS.get("spearman")], table="nb201/digits/test/30ep",
                      results=tmp_path, data=data_folder())  # fmt: skip


def test_a_file_that_lacks_architectures_or_mixes_units_is_named(few_resamples, tmp_path) -> None:
    digits, lines = load_table("nb201/digits/test/30ep"), []
    known = digits[digits.arch.isin(digits.arch.sample(9000, random_state=0))]
    mixed = known.assign(accuracy=known.accuracy * np.where(known.index % 2, 0.01, 1.0))
    for name, frame in (("mixed", mixed[["arch", "accuracy"]]), ("whole", digits[["arch", "params"]])):
        frame.rename(columns={"params": "score"}).to_csv(tmp_path / f"{name}.csv", index=False)
    mine, whole = str(tmp_path / "mixed.csv"), str(tmp_path / "whole.csv")
    found, _ = compare_sides(mine, whole, preset=find_preset("smoke"), seeds=None, population="random-50", score=None,
                             metrics=[METRICS.get("spearman")], table="nb201/digits/test/30ep", results=tmp_path,
                             data=data_folder(), warn=lines.append)  # fmt: skip
    assert lines[0] == f"mixed: {50 - found.n} of 50 architectures of population 'random-50' are missing"
    assert 0 < found.n < 50
    assert f" of {found.n} accuracies look like fractions beside others of up to " in lines[1]
    assert len(lines) == 2, "nothing is said of the file that is whole"
