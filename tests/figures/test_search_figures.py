"""What figures of searches compute and show."""

import numpy as np
import pandas as pd
import pytest

from bench.figures.figure import Caption
from bench.figures.found import EDGE, FOUND, PRINTED, found
from bench.figures.found_table import Line, found_table
from bench.figures.found_table import numbers as table_numbers
from bench.figures.fronts import FRONTS
from bench.figures.regret_against_ranking import REGRET_AGAINST_RANKING
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.truth import Truth

TRUTH = "nb201/cifar10/test/200ep"
CAPTION = Caption(Truth.parse(TRUTH), "laptop", "500 images of cifar10/train, held out")


def line(**changes):
    usual = {
        "search": "one",
        "row": "a",
        "seed": 0,
        "searcher": "random",
        "search_seed": 0,
        "truth": TRUTH,
        "evaluation": 10,
        "asked": 10,
        "budget": 10,
        "score": 50.0,
        "true": 90.0,
        "best": 94.0,
        "normalized": 0.5,
        "rank": 7.0,
        "surpass": 0.5,
        "n": 100,
        "ranking": 0.4,
        "hypervolume": np.nan,
    } | changes
    return {"bound": usual["best"]} | usual | {"regret": usual["best"] - usual["true"]}


@pytest.fixture
def frame():
    lines = []
    for seed in (0, 1):
        for search_seed in (0, 1):
            at = {"seed": seed, "search_seed": search_seed}
            lines += [line(**at, evaluation=5, true=80.0 + seed), line(**at, true=90.0 + seed + search_seed)]
            lines += [
                line(**at, searcher="evolution", evaluation=5),
                line(**at, searcher="evolution", true=91.0 + seed),
            ]
        lines.append(line(seed=seed, searcher="exhaustive", evaluation=100, true=93.0))
    return pd.DataFrame(lines)


def test_the_best_so_far_is_a_mean_over_searches_with_their_interval(frame):
    found = SEARCH_OVER_EVALUATIONS.numbers(frame).set_index(["searcher", "evaluation", "measure"])
    early, late = found.loc[("random", 5, "regret")], found.loc[("random", 10, "regret")]
    assert (early["mean"], early.low, early.high) == (13.5, 13.5, 13.5)
    assert (late["mean"], late.supernets, late.searches, late.n) == (3.0, 2, 2, 100)
    # two supernets, in each of which two searches differ by 1: error sqrt(.5 * (1/2 + 1/2)) / 2, Student's t of 2
    assert late.high - late["mean"] == pytest.approx(4.302653 * np.sqrt(0.5) / 2, rel=1e-5)
    assert np.isnan(found.loc[("exhaustive", 100, "regret")].low)
    told = SEARCH_OVER_EVALUATIONS.says(SEARCH_OVER_EVALUATIONS.numbers(frame))
    assert told.startswith(
        "a: regret of what is found random 3.00 [1.48, 4.52], evolution 2.50 [2.50, 2.50], exhaustive 1.00"
    )


def test_a_searcher_that_asks_all_is_a_level_and_the_others_are_lines(frame):
    canvas = SEARCH_OVER_EVALUATIONS.draw(SEARCH_OVER_EVALUATIONS.numbers(frame), CAPTION)
    _, regret = canvas.axes
    labels = {one.get_label(): one for one in regret.get_lines()}
    assert labels["random (10 asked)"].get_ydata().tolist() == [13.5, 3.0]
    assert set(labels["exhaustive (100 asked)"].get_ydata()) == {1.0}
    assert regret.get_xlim() == (1, 10)


def test_what_was_found_is_a_mean_over_supernets_and_how_often_it_beats_random(frame):
    lines = FOUND.numbers(frame).set_index("searcher")
    assert lines.loc["random", "mean"] == 91.0
    assert lines.loc["random", "best_run"] == 92.0
    assert lines.loc["random", "low"] == pytest.approx(91 - 12.7062 * 0.5, rel=1e-5)
    assert lines.loc["random", "high"] == 94, "nothing better can be found"
    partial = FOUND.numbers(frame.assign(bound=100.0)).set_index("searcher")
    assert partial.loc["random", "high"] == pytest.approx(91 + 12.7062 * 0.5, rel=1e-5), "something better may be"
    assert (lines.loc["evolution", "regret"], lines.loc["evolution", "searches"]) == (2.5, 2)
    assert lines.loc["evolution", "beats_random"] == pytest.approx(np.mean([1, 0.5] * 2))
    assert lines.loc["exhaustive", "beats_random"] == 1
    assert np.isnan(lines.loc["random", "beats_random"])


def test_the_note_counts_supernets_searches_and_architectures_as_ranges(frame):
    told = FOUND.draw(FOUND.numbers(frame), CAPTION).get_suptitle()
    assert told.endswith(
        "mean over 2 supernets, 1 to 2 searches on each; bars: 95 % interval over supernets; n = 100 architectures"
    )


def test_a_table_of_what_was_found_ends_its_intervals_at_the_best_that_can_be_found(frame):
    lines = [Line(label="ours", search="one", row="a", searcher="random", printed=74.3)]
    [found_line] = table_numbers(frame.assign(arch="0", cost=1.0), lines).itertuples()
    assert found_line.low == pytest.approx(91 - 12.7062 * 0.5, rel=1e-5)
    assert (found_line.mean, found_line.high) == (91, 94)
    lines.append(Line(label="not ours", search="other", row="a", searcher="random"))
    told = found_table("table", "", lines).says(table_numbers(frame.assign(arch="0", cost=1.0), lines))
    low = 91 - 12.7062 * 0.5
    assert told.endswith(f"in percent, among the 100 networks of the truth: ours: 91.00 [{low:.2f}, 94.00].")
    nothing = table_numbers(frame.assign(arch="0", cost=1.0), lines[1:])
    assert found_table("table", "", lines[1:]).says(nothing) == ""


def test_the_answer_is_what_each_rows_best_searcher_found_best_first(frame):
    other = frame.assign(row="b", true=frame.true + 1, searcher=frame.searcher.replace("exhaustive", "all"))
    elsewhere = frame.assign(truth="nb201/cifar100/test/200ep", true=99.0)
    beside = pd.DataFrame([line(row="largest", searcher="largest", asked=0, true=99.0)])
    told = found(answers=True).says(FOUND.numbers(pd.concat([frame, other, elsewhere, beside], ignore_index=True)))
    assert told.endswith(
        "over 2 supernets, none where all found equally good ones. one, of which the best is 94.00: b (all) 94.00; "
        "a (exhaustive) 93.00."
    )
    many = pd.concat([frame.assign(row=name, true=frame.true - place) for place, name in enumerate("abcdefg")])
    assert told != found(answers=True).says(FOUND.numbers(many))
    assert "e (exhaustive) 89.00; 2 more rows, which found worse." in found(answers=True).says(FOUND.numbers(many))
    assert found(answers=True).says(FOUND.numbers(beside)) == ""
    assert found().says is None


def test_printed_values_stand_beside_ours_and_far_ones_at_the_edge(frame):
    figure = found(
        {"near": {"cifar10": (92.0, 0.5)}, "far": {"cifar10": (54.3, np.nan)}, "other": {"cifar100": (1, 1)}}
    )
    lines = figure.numbers(frame)
    printed = lines[lines.searcher == PRINTED].set_index("row")
    assert (printed.loc["near", "low"], printed.loc["near", "high"]) == (91.5, 92.5)
    assert set(printed.index) == {"near", "far"}
    [ax] = figure.draw(lines, CAPTION).axes
    assert [text.get_text() for text in ax.texts] == ["◂ 54.30"]
    assert ax.get_xlim()[0] > 80
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "near", "far"]


def test_searches_of_different_searchers_for_the_same_best_share_the_lines_of_their_rows(frame):
    every = frame[frame.searcher == "exhaustive"].assign(search="every cell")
    both = pd.concat([frame[frame.searcher != "exhaustive"], every])
    figure = found({"a": {"cifar10": (92.0, 0.5)}})

    def drawn(searches):
        [ax] = figure.draw(figure.numbers(searches), CAPTION).axes
        labels = ax.get_legend_handles_labels()[1]
        return [label.get_text() for label in ax.get_yticklabels()], labels[1:]

    shared = ["random, one", "evolution, one", "exhaustive, every cell", "printed in its paper"]
    assert drawn(both) == (["a"], shared)
    apart = ["a, one", "a, every cell"]
    assert drawn(pd.concat([both, every.assign(searcher="random")]))[0] == apart, "random is of both searches"
    assert drawn(pd.concat([both.drop(every.index), every.assign(best=95.0)]))[0] == apart, "another best"


def test_values_at_the_edge_stand_below_each_other_and_no_point_or_bar_of_their_line_is_beside_them(frame):
    far = {"b": 70.0, "c": 92.0}
    more = [frame.assign(row=row, true=frame.true.where(frame.searcher != "random", low)) for row, low in far.items()]
    figure = found({"b": {"cifar10": (60.0, np.nan)}, "other": {"cifar10": (91.0, 3.0)}})
    lines = figure.numbers(pd.concat([frame, *more]))
    [ax] = figure.draw(lines, CAPTION).axes
    written = {text.get_text(): text.xy for text in ax.texts}
    assert list(written) == ["◂ 70.00", "◂ 60.00"]
    (first, above), (second, below) = written.values()
    assert (first, above < below) == (second, True)
    assert (above + below) / 2 == [label.get_text() for label in ax.get_yticklabels()].index("b")
    left, right = ax.get_xlim()
    of_b = lines[(lines.row == "b") & (lines["mean"] > 80)]
    ends = np.nanmin(of_b[["mean", "low"]].to_numpy())
    assert (ends - left) / (right - left) == pytest.approx(EDGE)
    assert left < 91 - 3


def test_a_printed_value_of_a_row_of_ours_stands_on_its_lines(frame):
    figure = found({"a": {"cifar10": (92.0, 0.5)}, "other": {"cifar10": (91.0, np.nan)}})
    both = pd.concat([frame, frame.assign(search="another")])
    lines = figure.numbers(both)
    assert (lines.searcher == PRINTED).sum() == 2
    [ax] = figure.draw(lines, CAPTION).axes
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == 3
    assert names[-1].startswith("other")
    diamonds = next(drawn for drawn in ax.get_lines() if drawn.get_marker() == "D")
    points = sorted(zip(diamonds.get_ydata().tolist(), diamonds.get_xdata().tolist(), strict=True))
    assert points == [(0, 92.0), (1, 92.0), (2, 91.0)]


def test_what_was_not_searched_has_a_line_of_its_own_without_an_interval(frame):
    beside = line(searcher="most parameters", search_seed=0, evaluation=0, asked=0, budget=0, true=92.5)
    lines = FOUND.numbers(pd.concat([frame, pd.DataFrame([beside])]))
    assert lines.set_index("searcher").searches.to_dict() == {
        "random": 2,
        "evolution": 2,
        "exhaustive": 1,
        "most parameters": 0,
    }
    assert np.isnan(lines.set_index("searcher").beats_random["most parameters"])
    [ax] = FOUND.draw(lines, CAPTION).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "most parameters"]
    points = {one.get_label(): one.lines[0].get_xydata().tolist() for one in ax.containers}
    assert points["not searched"] == [[92.5, 1]]


def test_of_many_values_one_far_below_is_written_at_the_edge(frame):
    others = [line(row=f"row {place}", true=90.0 + place / 10) for place in range(12)]
    lines = FOUND.numbers(pd.DataFrame([*others, line(row="lost", true=12.0)]))
    [ax] = FOUND.draw(lines, CAPTION).axes
    assert [text.get_text() for text in ax.texts] == ["◂ 12.00"]
    assert ax.get_xlim()[0] > 80
    assert len(ax.containers[0].lines[0].get_xdata()) == 12


def test_an_interval_that_goes_on_outside_of_the_axes_ends_in_an_arrow(frame):
    lines = FOUND.numbers(frame)
    for low, arrows in ((88.0, 0), (10.0, 1)):
        [ax] = FOUND.draw(lines.assign(low=np.where(lines.searcher == "random", low, 88.0)), CAPTION).axes
        assert sum(len(one.get_xdata()) for one in ax.get_lines() if one.get_marker() == "<") == arrows


@pytest.mark.slow
def test_regret_and_ranking_are_correlated_over_recipes():
    lines = [
        line(row=name, seed=seed, ranking=ranking, true=90 + 3 * ranking)
        for name, ranking in (("a", 0.1), ("b", 0.2), ("c", 0.3), ("d", 0.4))
        for seed in (0, 1)
    ]
    points = REGRET_AGAINST_RANKING.numbers(pd.DataFrame(lines))
    assert points.ranking.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert points.supernets.tolist() == [2] * 4
    assert "agree by tau-b -1.00" in REGRET_AGAINST_RANKING.says(points)
    [ax] = REGRET_AGAINST_RANKING.draw(points, CAPTION).axes
    assert len(ax.collections[0].get_offsets()) == 4
    assert "tau-b between ranking and regret:\n-1.00" in ax.get_title()
    assert ax.get_ylabel().endswith("(percentage points) ↓")


def test_a_front_shows_what_was_found_and_counts_what_lies_below_the_axes():
    about = {"search": "both", "row": "a", "seed": 0, "search_seed": 0, "arch": "", "cost": "flops", "predicted": 1.0}
    found = [about | {"searcher": "nsga2", "member": "found", "true": true, "value": true} for true in (10, 90, 91, 92)]
    true = [about | {"searcher": "", "member": "true", "true": true, "value": true} for true in (50, 93)]
    higher = [one | {"search": "other", "cost": "c10_pixel3_latency", "true": one["true"] + 1} for one in found + true]
    both = FRONTS.draw(FRONTS.numbers(pd.DataFrame(found + true + higher)), CAPTION).axes
    assert both[0].get_ylim() == both[1].get_ylim()
    assert both[1].get_xlabel() == "latency on pixel3 (ms) ↓"
    [ax] = FRONTS.draw(FRONTS.numbers(pd.DataFrame(found + true)), CAPTION).axes
    assert ax.get_title().endswith("\n(1 found below the axes)")
    assert ax.get_xlabel() == "FLOPs ↓"
    assert len(ax.collections[0].get_offsets()) == 4
    assert ax.get_lines()[0].get_ydata().tolist() == [50, 93]


@pytest.mark.parametrize("figure", [SEARCH_OVER_EVALUATIONS, FOUND, REGRET_AGAINST_RANKING])
def test_without_a_search_nothing_is_drawn(figure):
    assert figure.numbers(pd.DataFrame(columns=list(line()))).empty


def test_a_search_that_asks_one_architecture_has_no_panel_and_every_line_is_named():
    keys = ("search", "row", "searcher", "evaluation", "measure")
    several = pd.DataFrame(
        [
            (search, "row", searcher, evaluation, "score", 0.1 * evaluation, 0.0, 1.0, 3, 5, 9)
            for search, budget in (("limited", 3), ("one", 1))
            for searcher in ("random", "evolution")[: 2 if budget > 1 else 1]
            for evaluation in range(1, budget + 1)
        ],
        columns=[*keys, "mean", "low", "high", "supernets", "searches", "n"],
    )
    figure = SEARCH_OVER_EVALUATIONS.draw(several, CAPTION)
    [ax] = figure.axes
    assert "one" not in ax.get_title()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["random (3 asked)", "evolution (3 asked)"]


@pytest.mark.parametrize(("last", "scale"), [(100, "linear"), (101, "log")])
def test_evaluations_that_span_more_than_two_decades_lie_on_a_logarithmic_axis(last, scale):
    asked = np.arange(1, last + 1)
    lines = SEARCH_OVER_EVALUATIONS.numbers(
        pd.DataFrame([line(searcher="regularized-evolution", evaluation=one) for one in asked])
    )
    axes = SEARCH_OVER_EVALUATIONS.draw(lines, CAPTION).axes
    assert {ax.get_xscale() for ax in axes} == {scale}
    assert {ax.get_xlim() for ax in axes} == {(1, last)}
    assert scale == "linear" or axes[0].xaxis.get_major_formatter()(1000, 0) == "1,000"


def test_the_caption_of_curves_counts_only_what_is_drawn(frame):
    """The search of one architecture has more seeds, but no panel; its truth is not drawn without a regret."""
    one = pd.DataFrame([line(search="one drawn", seed=seed, evaluation=1, asked=1) for seed in range(9)])
    told = SEARCH_OVER_EVALUATIONS.draw(SEARCH_OVER_EVALUATIONS.numbers(pd.concat([frame, one])), CAPTION)
    assert "mean over 2 supernets, 1 to 2 searches on each; band: 95 % interval" in told.get_suptitle()
    assert told.get_suptitle().endswith("n = 100 architectures of the truth")
    alone = frame[(frame.seed == 0) & (frame.search_seed == 0)].assign(regret=np.nan)
    single = SEARCH_OVER_EVALUATIONS.draw(SEARCH_OVER_EVALUATIONS.numbers(alone), CAPTION)
    assert single.get_suptitle().endswith("\n1 supernet, 1 search on it")


def test_a_score_is_named_by_what_the_row_maximizes():
    keys = ("search", "row", "searcher", "evaluation", "measure")
    lines = pd.DataFrame(
        [
            dict(zip(keys, ("one", row, "random", at, "score"), strict=True)) | {"mean": sign * (1 + at)}
            for row, sign in (("a", 1), ("b", 1), ("by loss", -1))
            for at in range(1, 20)
        ]
    ).assign(low=lambda own: own["mean"], high=lambda own: own["mean"], supernets=1, searches=1, n=9)
    labels = [ax.get_ylabel() for ax in SEARCH_OVER_EVALUATIONS.draw(lines, CAPTION).axes]
    assert labels == ["highest supernet\naccuracy (%) ↑", "", "highest negative\ncross-entropy ↑"]


def test_searchers_are_named_in_words():
    lines = pd.DataFrame([line(searcher="regularized-evolution", evaluation=one) for one in (1, 2)])
    for figure in (SEARCH_OVER_EVALUATIONS, FOUND):
        drawn = figure.draw(figure.numbers(lines), CAPTION)
        legends = [*drawn.legends, *(ax.get_legend() for ax in drawn.axes)]
        told = [text.get_text() for legend in legends if legend for text in legend.get_texts()]
        assert any(text.startswith("regularized evolution") for text in told)
