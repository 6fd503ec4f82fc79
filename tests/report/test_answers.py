"""What rows say of a question, from paired differences."""

from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.compare import side_of_row
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.report.answers import agreement, answers, over_report, sentence, weighed
from bench.runs.plan import plan
from bench.scores.ceiling import CEILING_ROW
from bench.scores.difference import Difference
from bench.scores.interval import Value
from bench.scores.metrics import METRICS
from bench.study.study import STUDIES, Reported
from bench.tables.catalog import open_table

pytestmark = pytest.mark.usefixtures("few_resamples")


def difference(low, high, metric="kendall-tau-b", seeds=3):
    value = Value(value=(low + high) / 2, low=low, high=high, n=10, seeds=seeds, resampled="seeds")
    return Difference(value=value, metric=METRICS.get(metric), first=0.5, second=0.5)


@pytest.mark.parametrize(
    ("effect", "low", "high", "said"),
    [
        ("better", 0.02, 0.2, "agrees"),
        ("better", -0.2, -0.02, "disagrees"),
        ("better", -0.02, 0.2, "cannot tell"),
        ("worse", -0.2, -0.02, "agrees"),
        ("worse", 0.02, 0.2, "disagrees"),
        ("worse", -0.02, 0.02, "cannot tell"),
        ("same", -0.02, 0.02, "agrees"),
        ("same", -0.2, 0.02, "cannot tell"),
        ("same", 0.01, 0.03, "agrees"),
        ("same", 0.01, 0.3, "disagrees"),
    ],
)
def test_agreement_follows_from_the_interval(effect, low, high, said):
    assert agreement(effect, difference(low, high)) == said


def test_lower_is_better_for_a_trend():
    assert agreement("better", difference(-0.9, -0.1, "top-n-trend")) == "agrees"
    assert agreement("worse", difference(-0.9, -0.1, "top-n-trend")) == "disagrees"


@pytest.mark.parametrize("effect", ["better", "worse", "same"])
def test_one_seed_decides_nothing(effect):
    assert agreement(effect, difference(0.02, 0.04, seeds=1)) == "cannot tell"


@pytest.mark.slow
def test_the_sentence_sets_rows_of_one_seed_apart(found):
    alone = [replace(answer, seeds=1) if answer.row == "no Zero" else answer for answer in found]
    said = sentence(alone)
    assert "against baseline on one seed only, which decides nothing: no Zero (+" in said
    assert "better than" not in said
    assert "worse than baseline: no Pool (-" in said


def test_many_rows_of_one_seed_are_counted_not_named(found):
    alone = [replace(found[0], seeds=1, row=f"row {place}") for place in range(6)]
    said = sentence([found[1], *alone])
    assert "worse than baseline: no Pool (-" in said
    assert said.endswith("; 6 more rows have one seed only, which decides nothing: see the table.")
    assert "row 0" not in said
    assert "row 0" in sentence([found[1], *alone[:5]])


def test_many_rows_that_are_not_told_apart_are_counted_with_what_would_be_told(found):
    one = replace(found[0], difference=not_told(found[0].difference, 0.2))
    other = replace(one, difference=not_told(one.difference, 0.1))
    many = [replace(other if place else one, row=f"row {place}") for place in range(6)]
    low, high = sorted(answer.difference.smallest_detectable for answer in (one, other))
    assert f"6 rows not distinguishable from baseline, smallest detectable {low:.2f} to {high:.2f}: see" in sentence(
        many
    )
    assert "row 4" in sentence(many[:5])


def not_told(difference, half):
    return replace(difference, value=replace(difference.value, low=-half, high=half))


@pytest.fixture(scope="module")
def found(results):
    table = open_table("nb201/digits/test/30ep", data_folder())
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    return answers(rows, table)


def test_every_finished_row_is_set_against_the_first(found):
    assert [answer.row for answer in found] == ["no Zero", "no Pool", "no Skip"]
    assert {answer.reference for answer in found} == {"baseline"}
    assert [answer.difference.verdict for answer in found[:2]] == ["first is better", "second is better"]
    assert [answer.seeds for answer in found] == [3, 3, 2]


def test_the_metric_that_the_source_names_is_compared_too(found):
    assert found[0].reported.metric == "top-n-trend"
    assert found[0].of_reported.metric.name == "top-n-trend"
    assert found[0].agreement in ("agrees", "disagrees", "cannot tell")


def test_the_sentence_names_better_worse_and_not_distinguishable_rows(found):
    said = sentence(found)
    assert said.startswith("By tau-b, each in its own space, better than baseline: no Zero (+")
    assert "worse than baseline: no Pool (-" in said
    assert sentence([]) == "Not answered yet: no row other than the first is stored."


@pytest.mark.slow
def test_a_study_of_one_row_is_answered_by_its_own_tau_and_the_best_beside_it(report):
    [part] = report.parts
    section = next(section for section in part.sections if section.study.name == "baseline")
    accuracy, loss = (row.scores["kendall-tau-b"].value for row in section.rows)
    [best] = [row for row in part.references if row.name == "live-params (trivial)"]
    assert part.references[-1].name == CEILING_ROW, "which is higher, and no predictor"
    assert part.references[-1].scores["kendall-tau-b"].value > best.scores["kendall-tau-b"].value
    assert section.sentence.startswith(f"By tau-b, baseline: {accuracy:.2f} [")
    assert f"by accuracy, {loss:.2f} [" in section.sentence
    assert f"the best reference is {best.name}: {best.scores['kendall-tau-b'].value:.2f} [" in section.sentence


def test_nothing_is_answered_while_the_first_row_is_missing(tmp_path):
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, tmp_path)
    assert answers(rows, open_table("nb201/digits/test/30ep", data_folder())) == []


@pytest.mark.slow
def test_a_row_is_set_against_the_row_it_names(results):
    table = open_table("nb201/digits/test/30ep", data_folder())
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    other = [
        replace(planned, row=replace(planned.row, against="no Zero")) if planned.row.name == "no Pool" else planned
        for planned in rows
    ]
    found = {answer.row: answer for answer in answers(other, table)}
    plain = {answer.row: answer for answer in answers(rows, table)}
    assert [answer.reference for answer in found.values()] == ["baseline", "no Zero", "baseline"]
    assert found["no Skip"].difference.by_seed == plain["no Skip"].difference.by_seed
    assert found["no Pool"].difference.second > plain["no Pool"].difference.second, "no Zero has the least noise"
    said = sentence(list(found.values()))
    assert "better than baseline: no Zero (+" in said
    assert "worse than no Zero: no Pool (-" in said
    missing = [planned for planned in other if planned.row.name != "no Zero"]
    assert [answer.row for answer in answers(missing, table)] == ["no Skip"]


def test_a_row_of_another_space_is_scored_on_its_own_cells(results):
    """No Zero: each side on its own random cells; the interval is Student's t over the three seeds."""
    table = open_table("nb201/digits/test/30ep", data_folder())
    rows = {planned.row.name: planned for planned in plan(STUDIES.get("masking"), find_preset("smoke"), None, results)}
    taus = {}
    for name in ("no Zero", "baseline"):
        space = rows[name].runs[0].recipe.space
        chosen = Population("connected-500", space).among(table.genes)
        side = side_of_row(rows[name], table)
        on = [chosen & joined.present for joined in side.by_seed.values()]
        taus[name] = [
            METRICS.get("kendall-tau-b")(joined.prediction[rows_of], table.mean[rows_of])
            for joined, rows_of in zip(side.by_seed.values(), on, strict=True)
        ]
    [answer] = answers([rows["baseline"], rows["no Zero"]], table)
    assert answer.own_spaces
    assert answer.difference.first == pytest.approx(np.mean(taus["no Zero"]))
    assert answer.difference.second == pytest.approx(np.mean(taus["baseline"]))
    by_seed = np.subtract(taus["no Zero"], taus["baseline"])
    half = 4.302653 * by_seed.std(ddof=1) / 3**0.5  # Student's t, two degrees of freedom
    assert answer.difference.value.low == pytest.approx(by_seed.mean() - half)


def test_a_row_that_others_are_set_against_is_no_answer(results):
    table = open_table("nb201/digits/test/30ep", data_folder())
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    other = [replace(planned, row=replace(planned.row, reference=planned.row.name == "no Zero")) for planned in rows]
    assert [answer.row for answer in answers(other, table)] == ["no Pool", "no Skip"]


def test_a_difference_that_the_other_comparisons_explain_is_not_called_better(found):
    one = replace(found[0], seeds=3, difference=difference(0.01, 0.2), q=0.2)
    said = sentence([one])
    assert "better than baseline only before the correction for all comparisons of the study: no Zero" in said
    assert "better than baseline: " in sentence([replace(one, q=0.04)])


def test_what_is_not_distinguishable_stands_with_the_smallest_difference_that_would_be(found):
    one = replace(found[0], seeds=3, difference=difference(-0.1, 0.1))
    assert "(+0.00 [-0.10, 0.10]; smallest detectable 0.14)" in sentence([one]).replace("+0.10", "0.10")


def test_the_rate_over_the_report_counts_the_answers_of_all_studies(found):
    one, other = replace(found[0], p=0.01), replace(found[0], p=0.04)
    assert [answer.q_report for [answer] in over_report([[one], [other]])] == pytest.approx([0.02, 0.04])


def test_a_trend_by_its_sources_definition_goes_down_for_the_better(found):
    reported = Reported("better", "top-n-trend", "better")
    one = replace(found[0], reported=reported, by_definition=(-1.0, 0.2))
    assert one.as_reported == "-1.00 against +0.20: better, source: better"


@pytest.mark.parametrize(
    ("low", "high", "trends", "said"),
    [
        (0.1, 0.5, (-1.0, 0.2), "agrees"),
        (0.1, 0.5, (0.2, 0.2), "agrees"),
        (0.1, 0.5, (0.6, 0.2), "cannot tell"),
        (-0.5, -0.1, (0.6, 0.2), "disagrees"),
        (-0.5, -0.1, (-1.0, 0.2), "cannot tell"),
        (-0.5, 0.1, (-1.0, 0.2), "cannot tell"),
    ],
)
def test_an_effect_on_the_trend_is_told_by_the_contrast_unless_the_trend_goes_the_other_way(
    found, low, high, trends, said
):
    one = replace(
        found[0],
        reported=Reported("better", "top-n-trend", "better"),
        of_reported=difference(-1.0, 1.0, "top-n-trend"),
        contrast=difference(low, high, "top-10-minus-top-500"),
        by_definition=trends,
    )
    assert weighed([one])[0].agreement == said
