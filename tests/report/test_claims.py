"""The claims table: verdicts come from stored runs, and what is missing has its cost."""

import csv
import io
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bench.analysis.compare import side_of_row
from bench.errors import DataError
from bench.places import data_folder
from bench.recipe.preset import PRESETS, find_preset
from bench.report import claim_store, claims_beside
from bench.report import claims as module
from bench.report.answers import answers
from bench.report.claims import judge, uncorrected, within
from bench.report.claims_table import HEADINGS, comma_separated, counts, document, markdown
from bench.report.content import Report
from bench.report.page import page
from bench.runs.plan import plan
from bench.runs.scored_on import usual_population
from bench.scores.interval import Value
from bench.scores.score_run import score_run
from bench.spaces.nb201 import NB201
from bench.study.claim import (
    ACCURACY,
    Cheaper,
    Claim,
    Compared,
    Favours,
    Kept,
    NoProxy,
    OfRow,
    Searched,
    Untested,
    Within,
)
from bench.study.study import STUDIES
from bench.tables.catalog import open_table

pytestmark = pytest.mark.usefixtures("few_resamples")
TRUTH = "nb201/digits/test/30ep"


def claim(test, says="it is so"):
    return Claim(paper="A paper", section="1", says=says, test=test)


def judged(test, results, tables=lambda truth: open_table(truth, data_folder()), data=None):
    [found] = judge([claim(test)], find_preset("smoke"), results, tables, data or data_folder())
    return found


@pytest.mark.parametrize(
    ("low", "high", "seeds", "said"),
    [
        (0.1, 0.3, 3, "agrees"),
        (-0.1, 0.3, 3, "cannot tell"),
        (-0.3, -0.1, 3, "disagrees"),
        (0.1, 0.3, 1, "cannot tell"),
        (float("nan"), float("nan"), 3, "cannot tell"),
    ],
)
def test_a_score_lies_within_its_bounds_if_its_whole_interval_does(low, high, seeds, said):
    value = Value(value=(low + high) / 2, low=low, high=high, n=10, seeds=seeds, resampled="seeds")
    assert within(Within(study="baseline", row="baseline", metric="spearman", low=0.0, high=0.5), value, seeds) == said


@pytest.mark.slow
def test_a_claim_that_its_row_reports_has_the_verdict_of_the_studys_answer(results):
    table, rows = open_table(TRUTH, data_folder()), plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    answer = next(one for one in answers(rows, table) if one.row == "no Zero")
    found = judged(Compared(study="masking", row="no Zero"), results)
    assert found.verdict == answer.agreement
    assert found.measured.startswith("tau_a ")
    assert f"3 seeds, [{answer.contrast.value.low:+.2f}, " in found.precision
    assert found.left == ""


@pytest.mark.slow
def test_an_effect_on_tau_has_the_studys_pooled_interval(results):
    table, rows = open_table(TRUTH, data_folder()), plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    value = next(one for one in answers(rows, table) if one.row == "no Zero").difference.value
    found = judged(Compared(study="masking", row="no Zero", effect="better", metric="kendall-tau-b"), results)
    assert f"[{value.low:+.2f}, {value.high:+.2f}]" in found.precision
    assert found.verdict == "agrees"
    worse = Compared(study="masking", row="no Zero", effect="worse", metric="kendall-tau-b")
    assert judged(worse, results).verdict == "disagrees"


def test_a_claim_names_the_reference_of_its_own(results):
    found = judged(
        Compared(study="masking", row="no Pool", effect="worse", metric="spearman", against="no Zero"), results
    )
    first, second = map(float, re.findall(r"(-?\d\.\d\d) against (-?\d\.\d\d)", found.measured)[0])
    assert found.measured.startswith("spearman ")
    assert second > 0.9 > first, "the rows differ in their noise"
    assert found.verdict == "agrees"


def test_an_effect_on_accuracy_is_that_of_the_means(results):
    table = open_table(TRUTH, data_folder())
    rows = {one.row.name: one for one in plan(STUDIES.get("masking"), find_preset("smoke"), None, results)}
    means = []
    for name in ("no Zero", "baseline"):
        side = side_of_row(rows[name], table)
        population = usual_population(table, find_preset("smoke")).of(side.space)
        means.append(np.mean([score_run(one, table, population).mean for one in side.by_seed.values()]))
    found = judged(Compared(study="masking", row="no Zero", effect="better", metric=ACCURACY), results)
    assert found.measured == f"accuracy {means[0]:.2f} against {means[1]:.2f}: {means[0] - means[1]:+.2f} %"


@pytest.mark.slow
def test_a_claim_on_other_images_is_tested_at_the_preset_that_has_them(monkeypatch, tmp_path, pretend):
    smoke, test = find_preset("smoke"), Within(study="baseline", row="baseline", metric="spearman", low=-1)

    def of_images(images):
        asked = replace(claim(test), images=images)
        [found] = judge([asked], smoke, tmp_path, lambda truth: open_table(truth, data_folder()), data_folder())
        return found

    assert "preset 'smoke' has no other of its sizes with the images of noise" in of_images("noise").left
    other = replace(smoke, name="smoke-noise", like="smoke", images=replace(smoke.images, dataset="noise"))
    monkeypatch.setitem(PRESETS, "smoke-noise", other)
    [planned] = plan(STUDIES.get("baseline"), other, (0,), tmp_path)
    assert planned.runs[0].folder.parent.parent == tmp_path / "smoke-noise"
    pretend(planned.runs[0], 3.0)
    assert of_images("").verdict == "not tested yet"
    assert of_images("noise").measured.endswith(", claimed above -1, preset smoke-noise")


def test_a_row_without_all_seeds_says_how_many_runs_are_left(results):
    found = judged(Within(study="masking", row="no Skip", metric="kendall-tau-b", low=-1.0, high=1.0), results)
    assert found.verdict == "agrees"
    assert re.fullmatch(r"1 run of study masking: less than a minute of one core", found.left)


@pytest.mark.slow
def test_a_row_without_a_run_is_not_tested_and_has_its_cost(results):
    found = judged(Compared(study="masking", row="no 1x1"), results)
    assert (found.verdict, found.measured, found.precision) == ("not tested yet", "", "")
    assert re.fullmatch(r"3 runs of study masking: less than a minute of one core", found.left)


@pytest.mark.slow
def test_a_cost_counts_the_missing_runs_of_the_reference_too(results):
    found = judged(Compared(study="dropout", row="path dropout .1", effect="worse", metric="spearman"), results)
    assert found.left.startswith("3 runs of study dropout: "), "the baseline is stored by masking"
    found = judged(Compared(study="warm-up-and-clipping", row="cosine, warm-up"), results)
    assert found.left.startswith("6 runs of study warm-up-and-clipping: ")


def test_a_space_without_a_run_has_no_cost_to_estimate(results):
    found = judged(Compared(study="channel-sharing", row="front conv"), results)
    assert found.left == "6 runs of study channel-sharing: no run in this space is stored to estimate from"


def test_an_untested_claim_costs_as_much_as_what_is_alike(results):
    like = OfRow(study="masking", row="baseline")
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    seconds = [sum(run.read().record.seconds.values()) for run in rows[0].runs]
    found = judged(Untested(why="not built", like=like, times=600.0, seeds=2), results)
    assert found.verdict == "not tested yet"
    assert (
        found.left
        == f"not built: about {np.mean(seconds) * 20:.0f} minutes of one core, from the time of row 'baseline'"
    )
    assert judged(Untested(why="not built", cost="two days"), results).left == "not built: two days"


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("top", [10, 500])
def test_what_a_masked_space_keeps_of_the_best_is_counted(results, top):
    table = open_table(TRUTH, data_folder())
    best = sorted(range(len(table.mean)), key=lambda row: -table.mean[row])[:top]
    spelt = [table.space.spell(tuple(table.genes[row].tolist())) for row in best]
    part = np.mean(["none" not in text for text in spelt])
    test = Kept(truth=TRUTH, space=NB201(mask=("none",)), top=top, low=part - 0.001, high=part + 0.001)
    found = judged(test, results)
    assert found.verdict == "agrees"
    assert found.measured == f"{100 * part:.1f} % of the true best {top} are in the masked space"
    assert (
        judged(Kept(truth=TRUTH, space=NB201(mask=("none",)), top=top, low=part + 0.001), results).verdict
        == "disagrees"
    )
    more = Kept(truth=TRUTH, space=NB201(mask=("none",)), top=top, than=NB201())
    assert judged(more, results).verdict == "agrees", "the whole space keeps all"
    assert judged(Kept(truth=TRUTH, space=NB201(), top=top, than=NB201(mask=("none",))), results).verdict == "disagrees"


def test_a_truth_that_is_not_installed_leaves_a_claim_untested_and_says_so(results, tmp_path):
    found = judged(
        Kept(truth=TRUTH, space=NB201()), results, lambda truth: open_table("nb201/cifar9/test/1ep", tmp_path)
    )
    assert found.verdict == "not tested yet"
    assert "unknown table 'nb201/cifar9/test/1ep'" in found.left

    def damaged(truth):
        raise DataError("the file is damaged")

    assert judged(Compared(study="masking", row="no Zero"), results, damaged).left == "the file is damaged"


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(("ahead", "verdict"), [(0.5, "agrees"), (-0.5, "disagrees"), (0.0, "cannot tell")])
def test_what_two_searchers_find_is_paired_over_supernets(monkeypatch, results, ahead, verdict):
    lines = [
        (
            searcher,
            seed,
            search_seed,
            100,
            90.0 + seed + 0.02 * seed * search_seed + (searcher == "evolution") * (ahead + 0.02 * (seed - 1)),
        )
        for searcher in ("random", "evolution")
        for seed in range(3)
        for search_seed in range(2)
    ]
    frame = pd.DataFrame(lines, columns=["searcher", "seed", "search_seed", "evaluation", "true"])
    early = frame.assign(evaluation=1, true=10.0)
    monkeypatch.setattr(claims_beside, "searches_frame", lambda *_: pd.concat([frame, early], ignore_index=True))
    monkeypatch.setattr(claims_beside, "plan_searches", lambda *_: SimpleNamespace(searches=()))
    test = Searched(study="search-algorithms", row="best recipe", search="1,000 cells", searcher="evolution")
    found = judged(test, results)
    assert found.verdict == verdict
    assert found.measured == f"true accuracy of what is found {91.01 + ahead:.2f} against 91.01: {ahead:+.2f} %"
    assert "luck" not in found.precision, "the truth is a mean over trainings"


def found_on_supernets(monkeypatch, lines):
    """Let searches of study channel-search on three supernets have found these (search, row, searcher, seed, true)."""
    columns = ["search", "row", "searcher", "seed", "true", "search_seed", "evaluation"]
    frame = pd.DataFrame([(*line, 0, 100) for line in lines], columns=columns)
    study = STUDIES.get("channel-search")
    arch = study.baseline.space.parse(study.searches[0].beside["all choice_3"])
    table = SimpleNamespace(
        genes=np.array([arch], dtype=np.int8),
        mean=np.array([88.0]),
        trained_once=True,
        rows=lambda genes: (np.zeros(len(genes), dtype=int), (genes == [arch]).all(axis=1)),
    )
    planned = [
        SimpleNamespace(row=row, runs=(), having=lambda status: (), seeds=lambda status: (0, 1, 2))
        for row in study.rows
    ]
    monkeypatch.setattr(claim_store, "plan", lambda *_: planned)

    def plan_searches(searches, rows, data):
        every = [
            SimpleNamespace(search=one.name, row=planned.row.name, searcher=searcher)
            for one in searches
            for planned in rows
            for searcher in one.by
        ]
        return SimpleNamespace(searches=every)

    def of(searches, tables):
        read = {(one.search, one.row, one.searcher.slot_name()) for one in searches}
        assert len(read) <= 1, "only what the claim names is read"
        return frame[[line in read for line in zip(frame.search, frame.row, frame.searcher, strict=True)]]

    monkeypatch.setattr(claims_beside, "plan_searches", plan_searches)
    monkeypatch.setattr(claims_beside, "searches_frame", of)
    monkeypatch.setattr(module, "Costs", lambda *rows: SimpleNamespace(of_rows=lambda test: ""))
    return lambda truth: table


@pytest.mark.parametrize(
    ("against", "measured"),
    [
        ({"against": "all choice_3"}, "90.00 against 88.00: +2.00"),
        ({"against_search": "random select"}, "90.00 against 89.00: +1.00"),
        ({"against": "evolution", "against_row": "blocks and widths"}, "90.00 against 90.50: -0.50"),
    ],
)
def test_what_is_found_stands_against_an_architecture_another_search_or_another_row(monkeypatch, against, measured):
    lines = []
    for seed in range(3):
        true = 90 + 0.1 * (seed - 1)
        lines += [("at most 330 M", "widths of 3x3 blocks", "evolution", seed, true)]
        lines += [("at most 330 M", "blocks and widths", "evolution", seed, true + 0.5 + 0.01 * seed - 0.01)]
        lines += [("random select", "widths of 3x3 blocks", "random", seed, true - 1 + 0.01 * seed - 0.01)]
    tables = found_on_supernets(monkeypatch, lines)
    test = Searched(
        study="channel-search", row="widths of 3x3 blocks", search="at most 330 M", searcher="evolution", **against
    )
    found = judged(test, None, tables)
    assert found.measured == f"true accuracy of what is found {measured} %"
    assert found.verdict == ("disagrees" if "-0.50" in measured else "agrees")
    assert found.precision.startswith("n = 1, 3 seeds, ")
    assert found.precision.endswith(", without the luck of the truth's one training")


def test_a_table_that_is_still_to_be_built_leaves_a_claim_untested_and_says_how(monkeypatch, tmp_path):
    found_on_supernets(monkeypatch, [])
    test = Searched(study="channel-search", row="blocks and widths", search="random select", searcher="random")
    found = judged(test, tmp_path, lambda truth: open_table(truth, tmp_path))
    assert found.verdict == "not tested yet"
    assert "is not built: once the searches of 'channel-search' are stored, 'supernet-bench table build" in found.left


@pytest.mark.parametrize(
    ("mine", "other", "processors", "verdict"),
    [
        (1.0, 2.0, ("x", "x"), "agrees"),
        (2.0, 1.0, ("x", "x"), "disagrees"),
        (1.0, 2.0, ("x", "y"), "cannot tell"),
        (1.0, 1.0, ("x", "x"), "cannot tell"),
    ],
)
def test_less_training_time_is_paired_over_seeds_of_one_processor(monkeypatch, mine, other, processors, verdict):
    def row(name, minutes, processor):
        record = SimpleNamespace(
            seconds={"train": 1, "predict": 1}, budget={"images_seen": 1}, machine={"processor": processor}
        )
        runs = [
            SimpleNamespace(seed=seed, minutes=minutes + 0.01 * seed * (name == "two paths"), recipe=name,
                            read=lambda: SimpleNamespace(record=record))
            for seed in range(3)
        ]  # fmt: skip
        return SimpleNamespace(row=SimpleNamespace(name=name), runs=runs, having=lambda status: runs)

    planned = [row("single path", mine, processors[0]), row("two paths", other, processors[1])]
    monkeypatch.setattr(claim_store, "plan", lambda *_: planned)
    monkeypatch.setattr(claims_beside, "timing", lambda run: SimpleNamespace(train=60 * run.minutes))
    monkeypatch.setattr(module, "Costs", lambda *rows: SimpleNamespace(of_rows=lambda test: ""))
    memory = {"single path": 2**20 * mine, "two paths": 2**20 * other}
    monkeypatch.setattr(claims_beside, "update_memory", lambda recipe: SimpleNamespace(peak=memory[recipe]))
    about = {"study": "paths-memory", "row": "single path", "against": "two paths"}
    found = judged(Cheaper(**about, of="training time"), None)
    assert found.verdict == verdict
    assert found.measured.endswith(", on different processors") == (processors[0] != processors[1])
    counted = judged(Cheaper(**about, of="memory"), None)
    assert counted.verdict == ("agrees" if mine < other else "disagrees")
    assert counted.measured == f"{mine:.3g} MB at the peak of an update against {other:.3g}"


def done(name):
    return SimpleNamespace(row=SimpleNamespace(name=name), seeds=lambda status: (0, 1, 2))


@pytest.fixture
def no_costs(monkeypatch):
    monkeypatch.setattr(module, "Costs", lambda *rows: SimpleNamespace(of_rows=lambda test: ""))


@pytest.mark.parametrize(
    ("gain", "choices", "verdict"),
    [
        (3.0, ("nor_conv_1x1", "nor_conv_3x3"), "agrees"),
        (-3.0, ("nor_conv_1x1", "nor_conv_3x3"), "disagrees"),
        (3.0, ("avg_pool_3x3",), "disagrees"),
        (0.0, ("nor_conv_3x3",), "cannot tell"),
    ],
)
def test_a_row_favours_choices_that_it_ranks_higher_than_its_reference(monkeypatch, no_costs, gain, choices, verdict):
    table, rng = open_table(TRUTH, data_folder()), np.random.default_rng(0)
    names = NB201().choices[0]
    convolutions = np.isin(table.genes, [names.index("nor_conv_1x1"), names.index("nor_conv_3x3")]).sum(axis=1)

    def side(planned, table):
        favoured = gain * convolutions if planned.row.name == "AutoAugment" else 0.0
        noisy = [table.mean + favoured + rng.normal(0, 2, len(table.mean)) for _ in range(3)]
        present = np.ones(len(table.mean), dtype=bool)
        return SimpleNamespace(by_seed={seed: SimpleNamespace(prediction=one, present=present)
                                        for seed, one in enumerate(noisy)})  # fmt: skip

    monkeypatch.setattr(claim_store, "plan", lambda *_: [done("baseline"), done("AutoAugment")])
    monkeypatch.setattr(claims_beside, "side_of_row", side)
    found = judged(Favours(study="regularization", row="AutoAugment", choices=choices), None)
    assert found.verdict == verdict
    assert found.measured.startswith(f"mean rank error of {', '.join(choices)} ")
    assert found.precision.startswith("n = 15,284, 3 seeds, [")


@pytest.mark.parametrize(
    ("accuracy", "verdict"),
    [(np.arange(12.0), "disagrees"), (-np.arange(12.0), "agrees"), (np.arange(12.0) % 4, "cannot tell")],
)
def test_accuracy_tells_how_well_rows_rank_if_the_interval_is_above_the_bound(monkeypatch, no_costs, accuracy, verdict):
    rows = [f"row {place}" for place in range(12)]
    points = pd.DataFrame({"row": rows, "n": 1000, "accuracy": accuracy, "sparse tau": np.linspace(0, 1, 12)})
    monkeypatch.setattr(claim_store, "plan", lambda *_: [done(name) for name in rows])
    monkeypatch.setattr(claims_beside, "predictions_frame", lambda rows, table: None)
    monkeypatch.setattr(claims_beside.proxy, "numbers", lambda frame: points)
    found = judged(NoProxy(study="supernet-accuracy"), None)
    assert found.verdict == verdict
    assert found.measured.endswith("claimed below 0.2")
    assert found.precision.startswith("n = 1,000, 12 runs of 12 rows, [")
    few = points.iloc[:2]
    monkeypatch.setattr(claims_beside.proxy, "numbers", lambda frame: few)
    assert judged(NoProxy(study="supernet-accuracy"), None).verdict == "cannot tell"


def test_what_is_told_over_a_whole_study_costs_all_its_missing_runs(results):
    left = judged(NoProxy(study="masking"), results).left
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    missing = {run.folder for planned in rows for run in planned.runs if run.status == "missing"}
    assert left.startswith(f"{len(missing)} runs of study masking: ")


def test_tables_have_a_line_per_claim_and_the_same_cells(results):
    odd = [claim(Untested(why="a | b", cost="none")), claim(Compared(study="masking", row="no Zero"), "it, too")]
    found = judge(odd, find_preset("smoke"), results, lambda truth: open_table(truth, data_folder()))
    read = list(csv.reader(io.StringIO(comma_separated(found))))
    assert read == [list(HEADINGS), *(list(one.cells) for one in found)]
    lines = markdown(found).splitlines()
    assert len(lines) == 4
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [len(HEADINGS) + 1] * 4
    assert counts(found).startswith("2 claims: ")
    assert document(found, "smoke").splitlines()[2] == f"{counts(found)}."


@pytest.mark.slow
def test_the_page_lists_the_claims_that_it_is_given(results):
    empty = Report(preset="smoke", parts=())
    assert 'id="claims"' not in page(empty)
    found = judge([claim(Untested(why="why", cost="a day"), "<b>bold</b>")], find_preset("smoke"), results, open_table)
    shown = page(replace(empty, claims=tuple(found)))
    assert 'id="claims"' in shown
    assert "1 claim: 0 agree, 0 disagree, 0 cannot tell, 1 not tested yet." in shown
    assert ">&lt;b&gt;bold&lt;/b&gt;</td>" in shown
    assert '<td class="not tested yet">not tested yet</td>' in shown


def test_a_difference_that_does_not_outlast_the_others_of_its_study_says_so(results):
    rows = plan(STUDIES.get("masking"), find_preset("smoke"), None, results)
    found = answers(rows, open_table(TRUTH, data_folder()))
    [better] = [answer for answer in found if answer.row == "no Zero"]
    assert better.verdict == "first is better"
    assert uncorrected(better) == ""
    assert uncorrected(replace(better, q=0.13)) == ", uncorrected (q = 0.13)"
