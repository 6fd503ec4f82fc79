"""What is in the axes, not which pixels."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.errors import RecipeError
from bench.figures.against_source import AGAINST_SOURCE, says
from bench.figures.figure import Caption
from bench.figures.metrics import ACCURACY, ADDITIONAL_METRICS, FACTOR_METRICS
from bench.figures.operation_usage import operation_usage
from bench.figures.orders import EACH, LEAST, orders
from bench.figures.over_top_n import OVER_TOP_N, over_top_n
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.figures.proxy import PROXY
from bench.figures.style import PALETTE, colours
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.figures.tau_over_paths import TAU_OVER_PATHS, tau_over_paths
from bench.scores.ceiling import CEILING_ROW
from bench.scores.prediction_frame import arch_column, genes_of
from bench.spaces.macro import Macro
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.truth import Truth

OPERATION_USAGE = operation_usage(NB201())
CAPTION = Caption(Truth.parse("nb201/cifar10/test/200ep"), "laptop", "1,000 images of cifar10/train, held out")

pytestmark = pytest.mark.usefixtures("few_resamples", "few_draws")


@pytest.fixture
def few_draws(monkeypatch):
    """Draw twenty resamples of rows: a thousand take a second."""
    monkeypatch.setattr("bench.scores.agreement.RESAMPLES", 20)


def frame(seeds: int = 2, archs: int = 300) -> pd.DataFrame:
    """Return seed 0 that ranks perfectly and seed 1 that ranks in reverse; every tenth architecture is sampled."""
    true = np.linspace(10, 94, archs)
    parts = [
        pd.DataFrame(
            {
                "row": "baseline",
                "panels": "",
                "paths": 5,
                "seed": seed,
                "arch": arch_column(NB201().enumerate()[:archs]),
                "function": np.arange(archs),
                "drawn": True,
                "predicted": true / 2 if seed == 0 else 60 - true / 2,
                "ranked": true / 2 if seed == 0 else 60 - true / 2,
                "true": true,
                "trivial": np.sqrt(true),
                "counted": "live-params",
                "published": np.nan,
                "population": "random-1000",
                "sampled": np.arange(archs) % 10 == 0,
                "minutes": 2.5 + seed,
                "processor": "one",
            }
        )
        for seed in range(seeds)
    ]
    return pd.concat(parts, ignore_index=True)


def numbers_of_paths() -> pd.DataFrame:
    """Return three rows of 1, 2 and 4 paths, of which a source prints taus in the reverse of our order."""
    noise = np.tile(np.random.default_rng(0).normal(0, 1, 300), 2)
    rows = [
        frame().assign(row=str(paths), paths=paths, ranked=frame().true + 30 * paths * noise, published=0.1 * paths)
        for paths in (1, 2, 4)
    ]
    return pd.concat(rows, ignore_index=True)


def test_the_panels_hold_the_best_and_the_sampled_architectures() -> None:
    points = PREDICTED_AGAINST_TRUE.numbers(frame())
    assert points.groupby("panel").size().to_dict() == {"true top 50": 100, "true top 250": 500, "random-1000": 60}
    assert set(points[points.panel == "true top 50"].arch) == set(frame().arch[250:300])


def test_what_a_row_ranks_by_lies_across_and_ground_truth_up() -> None:
    by_loss = frame(seeds=1).assign(ranked=lambda f: -3 / f.true)
    for runs, label in ((frame(seeds=1), "supernet accuracy (%)"), (by_loss, "negative cross-entropy")):
        points = PREDICTED_AGAINST_TRUE.numbers(runs)
        axes = PREDICTED_AGAINST_TRUE.draw(points, CAPTION).axes
        drawn = axes[0].collections[0].get_offsets()
        np.testing.assert_allclose(drawn, points[points.panel == "true top 50"][["ranked", "true"]])
        assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == (label, "ground truth (%)")


def test_a_panel_names_its_tau_its_spread_over_seeds_and_its_n() -> None:
    axes = PREDICTED_AGAINST_TRUE.draw(PREDICTED_AGAINST_TRUE.numbers(frame()), CAPTION).axes
    assert axes[2].get_title() == "baseline\nrandom-1000, n = 30\ntau-b 0.00 (seeds: -1.00 to 1.00)"
    by_loss = frame(seeds=1).assign(ranked=lambda f: -f.predicted, row="by loss")
    title = PREDICTED_AGAINST_TRUE.draw(PREDICTED_AGAINST_TRUE.numbers(by_loss), CAPTION).axes[2].get_title()
    assert title == "by loss\nrandom-1000, n = 30\ntau-b -1.00 (one seed)"


def test_tau_over_the_true_top_n_is_the_mean_over_seeds_with_its_interval() -> None:
    lines = OVER_TOP_N.numbers(frame())
    tau = lines[lines.metric == "tau"].set_index("group")
    assert list(tau.index) == ["10", "25", "50", "150", "250", "random-1000"]
    assert tau["mean"].abs().max() < 1e-12
    assert (tau.seeds == 2).all()
    assert (tau.low.iloc[0], tau.high.iloc[0]) == (-1, 1)  # two seeds at 1 and -1, cut at tau's range
    accuracy = lines[(lines.metric == "accuracy") & (lines.group == "10")]
    two = frame().groupby("seed").predicted.apply(lambda seed: seed.iloc[-10:].mean())
    # two seeds: standard error half their distance, Student's t with one degree of freedom
    assert accuracy.high.item() == pytest.approx(min(two.mean() + 12.706 * abs(two[0] - two[1]) / 2, 100), abs=1e-2)


def test_one_seed_is_drawn_without_an_interval() -> None:
    lines = OVER_TOP_N.numbers(frame(seeds=1))
    assert lines.low.isna().all()
    tau = lines[lines.metric == "tau"]
    np.testing.assert_allclose(tau["mean"], 1.0)
    OVER_TOP_N.draw(lines, CAPTION)


def test_mean_supernet_accuracy_is_that_of_the_best_by_ground_truth() -> None:
    lines = OVER_TOP_N.numbers(frame(seeds=1))
    best = lines[(lines.metric == "accuracy") & (lines.group == "10")]
    assert best["mean"].item() == pytest.approx(np.linspace(10, 94, 300)[-10:].mean() / 2)


def test_the_drawn_points_are_the_numbers_of_the_csv() -> None:
    lines = OVER_TOP_N.numbers(frame())
    axes = OVER_TOP_N.draw(lines, CAPTION).axes
    accuracy = lines[lines.metric == "accuracy"]["mean"].to_numpy()
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), accuracy[:-1])


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    "figure",
    [
        *(PREDICTED_AGAINST_TRUE, OVER_TOP_N, TAU_OVER_MINUTES, TAU_OVER_PATHS, ADDITIONAL_METRICS, FACTOR_METRICS),
        *(PROXY, AGAINST_SOURCE),
    ],
    ids=lambda figure: figure.name,
)
def test_every_figure_names_its_truth_and_preset(figure) -> None:
    title = figure.draw(figure.numbers(numbers_of_paths()), CAPTION).get_suptitle()
    assert "truth: nb201/cifar10/test/200ep | preset: laptop" in title


def test_tau_stands_over_the_minutes_of_its_run() -> None:
    lines = TAU_OVER_MINUTES.numbers(frame())
    assert lines.minutes.tolist() == [2.5, 3.5]
    np.testing.assert_allclose(lines.tau, [1, -1])
    axes = TAU_OVER_MINUTES.draw(lines, CAPTION).axes
    assert axes[0].containers[0].lines[0].get_xdata().tolist() == [2.5, 3.5]


def test_minutes_of_different_processors_are_named_as_such() -> None:
    runs = frame()
    assert "processors" not in TAU_OVER_MINUTES.draw(TAU_OVER_MINUTES.numbers(runs), CAPTION).axes[0].get_xlabel()
    runs.loc[runs.seed == 1, "processor"] = "another"
    labelled = TAU_OVER_MINUTES.draw(TAU_OVER_MINUTES.numbers(runs), CAPTION).axes[0].get_xlabel()
    assert labelled.endswith("\n(different processors)")


def test_a_row_has_its_own_colour_and_others_the_next_that_is_free() -> None:
    names = [f"row {number}" for number in range(len(PALETTE))]
    found = colours(names, {"row 3": PALETTE[0]})
    assert (found["row 3"], found["row 0"]) == (PALETTE[0], PALETTE[1])
    assert len(set(found.values())) == len(PALETTE)
    assert list(found) == names
    assert len(colours([*names, "one more"], {})) == len(PALETTE) + 1


def with_ceiling(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs, and a truth whose two training seeds rank alike, one of them on a part."""
    again = frame().assign(
        row=CEILING_ROW, predicted=lambda f: f.true, ranked=lambda f: f.true, minutes=np.nan, trivial=np.nan
    )
    return pd.concat([runs, again[(again.seed == 0) | (again.true > 10 + 84 * 39.5 / 299)]], ignore_index=True)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("figure", "level"),
    [(OVER_TOP_N, 1), (TAU_OVER_MINUTES, 0), (TAU_OVER_PATHS, 0), (ADDITIONAL_METRICS, 0)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_ceiling_is_a_line_where_ranking_is_measured(figure, level) -> None:
    more = numbers_of_paths() if figure is TAU_OVER_PATHS else frame()
    lines = figure.numbers(with_ceiling(more))
    ax = figure.draw(lines, CAPTION).axes[level]
    dotted = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert len(dotted) == 1
    np.testing.assert_allclose(dotted[0].get_ydata() if figure is not ADDITIONAL_METRICS else dotted[0].get_xdata(), 1)
    without = figure.draw(figure.numbers(more), CAPTION).axes[level]
    assert not [line for line in without.lines if line.get_linestyle() == ":"]


@pytest.mark.parametrize("figure", [PREDICTED_AGAINST_TRUE, PROXY], ids=lambda figure: figure.name)
def test_the_ceiling_is_no_supernet(figure) -> None:
    pd.testing.assert_frame_equal(figure.numbers(with_ceiling(frame())), figure.numbers(frame()))


def two_rows() -> pd.DataFrame:
    """Return the baseline, and a masked row in panel "a" whose loss ranks the other way round than its accuracy."""
    masked = frame().assign(row="masked", panels="a;b")
    return pd.concat([frame(), masked.assign(ranked=-masked.ranked)], ignore_index=True)


@pytest.mark.slow
def test_a_row_stands_in_the_panels_it_names_and_the_baseline_in_all() -> None:
    other = frame().assign(row="other", panels="b")
    lines = OVER_TOP_N.numbers(pd.concat([two_rows(), other], ignore_index=True))
    axes = OVER_TOP_N.draw(lines, CAPTION).axes
    titles = {ax.get_title(): [text.get_text().split(" (")[0] for text in ax.get_legend().texts] for ax in axes[:2]}
    assert titles == {"a": ["baseline", "masked"], "b": ["baseline", "masked", "other"]}


@pytest.mark.slow
def test_a_figure_of_named_panels_holds_them_alone_in_their_order() -> None:
    other = frame().assign(row="other", panels="c")
    figure = over_top_n("mine", "", "b", "a")
    lines = figure.numbers(pd.concat([two_rows(), other], ignore_index=True))
    assert set(lines.row) == {"baseline", "masked"}
    assert [ax.get_title() for ax in figure.draw(lines, CAPTION).axes[:2]] == ["b", "a"]


def test_a_panel_that_no_row_names_is_left_out_and_rows_without_panels_share_one() -> None:
    one = two_rows().query("seed == 0")
    figure = over_top_n("mine", "", "b", "c", "a")
    assert set(figure.numbers(one).panels) == {"b;a"}
    assert over_top_n("mine", "", "c").numbers(one).empty
    assert set(figure.numbers(one.query("row == 'baseline'")).panels) == {"b"}


def test_tau_is_that_of_what_a_row_ranks_by() -> None:
    lines = OVER_TOP_N.numbers(two_rows().query("seed == 0"))
    tau = lines[(lines.metric == "tau") & (lines.group == "50")].set_index("row")["mean"]
    assert tau.to_dict() == {"baseline": 1.0, "masked": -1.0}


def test_the_metrics_of_a_row_are_means_over_seeds_beside_the_best_trivial_predictor() -> None:
    lines = ADDITIONAL_METRICS.numbers(frame()).set_index(["row", "metric"])
    assert lines.loc[("baseline", "kendall-tau-b"), "mean"] == pytest.approx(0)
    assert lines.loc[("baseline", "kendall-tau-b"), ["low", "high"]].tolist() == [-1, 1]
    assert lines.loc[("baseline", "kendall-tau-b"), "trivial"] == pytest.approx(1)
    assert lines.loc[("baseline", "kendall-tau-b"), "counted"] == "live-params"
    sampled = frame().query("sampled")
    assert lines.loc[("baseline", ACCURACY), "mean"] == pytest.approx(sampled.predicted.mean())
    assert np.isnan(lines.loc[("baseline", ACCURACY), "trivial"])


@pytest.mark.slow
def test_the_trivial_predictor_stands_at_every_row_on_its_own_architectures() -> None:
    """A row of another space, in which the count of parameters ranks the other way round."""
    other = frame().query("true > 10 + 84 * 99.5 / 299").assign(row="masked", trivial=lambda f: -f.trivial)
    lines = ADDITIONAL_METRICS.numbers(pd.concat([frame(), other], ignore_index=True))
    figure = ADDITIONAL_METRICS.draw(lines, CAPTION)
    ticks = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "|"]
    np.testing.assert_allclose(ticks[-1], -1)
    assert "grey ticks: live parameters, the best trivial predictor on the same architectures" in figure.get_suptitle()


@pytest.mark.slow
def test_the_tau_that_a_source_prints_stands_beside_ours_and_beside_tau_alone() -> None:
    other = frame().assign(row="other", published=0.77)
    lines = ADDITIONAL_METRICS.numbers(pd.concat([frame(), other], ignore_index=True))
    printed = lines.set_index(["row", "metric"]).published
    assert printed.loc[("other", "kendall-tau-b")] == 0.77
    assert printed.notna().sum() == 1
    figure = ADDITIONAL_METRICS.draw(lines, CAPTION)
    diamonds = [line.get_xydata()[0] for line in figure.axes[0].lines if line.get_marker() == "D"]
    np.testing.assert_array_equal(diamonds[1], [0.77, 1])
    assert figure.get_suptitle().endswith("diamonds: tau in the source, at its own size")
    assert "diamonds" not in ADDITIONAL_METRICS.draw(ADDITIONAL_METRICS.numbers(frame()), CAPTION).get_suptitle()


def test_a_printed_tau_stands_beside_our_tau_in_figures_of_other_metrics_too() -> None:
    lines = FACTOR_METRICS.numbers(frame().assign(published=0.77))
    assert lines.metric.tolist()[:2] == ["kendall-tau-b", "sparse-kendall-tau/truth-0.1%"]
    assert lines.published.tolist()[0] == 0.77
    assert lines.published.notna().sum() == 1
    told = FACTOR_METRICS.draw(lines, CAPTION).get_suptitle()
    assert "sparse: truths rounded to 0.1 %" in told
    assert "kendall-tau-b" not in set(FACTOR_METRICS.numbers(frame()).metric), "no source prints a tau"


def test_of_many_rows_without_a_run_the_note_tells_the_number() -> None:
    assert replace(CAPTION, absent=tuple("abcd")).not_stored == "; not stored: 'a', 'b', 'c', 'd'"
    assert replace(CAPTION, absent=tuple("abcde")).not_stored == "; not stored: 5 rows"


def test_a_true_top_of_all_architectures_has_no_panel() -> None:
    assert list(dict.fromkeys(PREDICTED_AGAINST_TRUE.numbers(frame(archs=51)).panel)) == ["true top 50", "random-1000"]


def test_panels_over_the_true_top_n_share_their_axes_and_legends_take_nothing_from_them() -> None:
    rows = [frame(seeds=1).assign(row=f"row {at}", panels="a" if at else "b") for at in range(8)]
    few, many = (OVER_TOP_N.draw(OVER_TOP_N.numbers(pd.concat(part)), CAPTION) for part in (rows[:2], rows))
    for above, beside in (many.axes[:2], many.axes[2:]):
        assert above.get_ylim() == beside.get_ylim()
    heights = []
    for figure in (few, many):
        figure.draw_without_rendering()
        heights.append(figure.axes[0].get_position().height * figure.get_figheight())
    assert heights[1] > 0.95 * heights[0]


def test_a_top_without_a_tau_in_one_seed_is_no_lack_of_seeds() -> None:
    lines = OVER_TOP_N.numbers(frame())
    lines.loc[lines.group == "10", "seeds"] = 1
    assert "open markers" not in OVER_TOP_N.draw(lines, replace(CAPTION, seeds=2)).get_suptitle()


def test_metrics_of_the_true_top_are_taken_over_all_that_is_predicted() -> None:
    lines = ADDITIONAL_METRICS.numbers(frame(seeds=1)).set_index("metric")
    assert lines.loc["kendall-tau-b", "n"] == 30, "the sampled ones"
    assert lines.loc["kendall-tau-b/top-50", "n"] == 300
    assert np.isfinite(lines.loc["kendall-tau-b/top-50", "mean"])


def test_a_row_that_lacks_seeds_has_open_markers_its_count_and_its_own_bars_in_the_note() -> None:
    thin = frame(seeds=1).assign(row="thin")
    caption = replace(CAPTION, seeds=2, absent=("first", "second"))
    lines = FACTOR_METRICS.numbers(pd.concat([frame(), thin], ignore_index=True))
    figure = FACTOR_METRICS.draw(lines, caption)
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["baseline", "thin (1 of 2 seeds)"]
    faces = [box.lines[0].get_markerfacecolor() for box in ax.containers]
    assert [face == "white" for face in faces] == [False, True]
    told = figure.get_suptitle()
    assert "seeds, of rows with one seed over architectures alone; open markers: fewer than 2 seeds" in told
    assert told.endswith("; not stored: 'first', 'second'")
    alone = FACTOR_METRICS.draw(FACTOR_METRICS.numbers(thin), replace(CAPTION, seeds=1)).get_suptitle()
    assert "bars: 95 % interval over architectures, one seed" in alone
    assert "open" not in alone


def test_a_row_that_lacks_seeds_has_open_markers_over_the_true_top_n_too() -> None:
    lines = OVER_TOP_N.numbers(pd.concat([frame(), frame(seeds=1).assign(row="thin")], ignore_index=True))
    figure = OVER_TOP_N.draw(lines, replace(CAPTION, seeds=2))
    ax = figure.axes[0]
    assert figure.get_suptitle().endswith("(Student t); open markers: fewer than 2 seeds")
    found = {box.get_label(): box.lines[0].get_markerfacecolor() for box in ax.containers}
    assert list(found) == ["baseline (2 seeds)", "thin (1 of 2 seeds)"]
    assert [face == "white" for face in found.values()] == [False, True]


@pytest.mark.slow
def test_every_metric_has_a_panel_with_its_direction() -> None:
    axes = FACTOR_METRICS.draw(FACTOR_METRICS.numbers(frame()), CAPTION).axes
    assert [ax.get_title()[-1] for ax in axes] == ["↑", ")", "↑"]
    assert axes[1].get_title().endswith("(no direction)")


def test_the_proxy_figure_holds_a_point_per_run() -> None:
    points = PROXY.numbers(frame())
    np.testing.assert_allclose(points["sparse tau"], [1, -1], atol=0.01)
    (drawn,) = PROXY.draw(points, CAPTION).axes[0].collections
    two = PROXY.draw(PROXY.numbers(two_rows()), CAPTION).axes[0]
    assert [text.get_text() for text in two.get_legend().texts] == ["baseline", "a;b"], "a panel is a factor"
    assert two.get_title().endswith("4 runs of 2 rows")
    np.testing.assert_allclose(drawn.get_offsets(), points[["accuracy", "sparse tau"]])


def at_sizes(*sizes: str) -> pd.DataFrame:
    """Return four recipes at every size, of which each shuffles more of the true order; "small" reverses them."""
    rng, parts = np.random.default_rng(0), []
    for size in sizes:
        for place, recipe in enumerate(("baseline", "one", "two", "three")):
            noise = (0, 20, 60, 400)[3 - place if size == "small" else place]
            name = recipe if size == sizes[0] else size if recipe == "baseline" else f"{size}, {recipe}"
            run = frame(seeds=1)
            ranked = run.true + rng.normal(0, 1 + noise, len(run))
            parts.append(run.assign(row=name, panels=size, ranked=ranked, sampled=True))
    return pd.concat(parts, ignore_index=True)


def test_the_order_of_recipes_is_compared_with_that_at_the_first_size() -> None:
    figure = orders("own", "baseline")
    table = figure.numbers(at_sizes("own", "small", "large"))
    assert table.groupby("size", sort=False).recipe.apply(list).tolist() == 3 * [["baseline", "one", "two", "three"]]
    agreed = table.groupby("size").order.first()
    assert np.isnan(agreed["own"])
    assert (agreed["small"], agreed["large"]) == (-1, 1)
    assert table[table["size"] == "own"].tau.is_monotonic_decreasing
    assert table["order low"].dropna().between(-1, 1).all()
    said = figure.says(table)
    assert said.startswith("Tau of the recipes' order with that at own: -1.00 [")
    assert said.endswith("4 recipes at large.")
    labels = [text.get_text().split("\n")[0] for text in figure.draw(table, CAPTION).axes[0].get_yticklabels()]
    assert labels == ["own", "small", "large"]


def test_a_size_has_room_for_its_recipes() -> None:
    figure, sizes = orders("own", "baseline"), at_sizes("own", "large")
    many = [sizes[sizes.panels == "own"].assign(row=lambda rows, copy=copy: rows.row + copy) for copy in "abcde"]
    [ax] = figure.draw(figure.numbers(pd.concat([*many, sizes[sizes.row == "large"]])), CAPTION).axes
    [edge] = [line.get_ydata()[0] for line in ax.get_lines() if line.get_marker() in ("", "None")]
    assert (edge, ax.get_ylim()) == (pytest.approx(20 * EACH), (pytest.approx(20 * EACH + LEAST), 0))
    at = np.sort(np.concatenate([line.get_ydata() for line in ax.get_lines() if line.get_marker() == "o"]))
    assert (at[:-1] < edge).all()
    assert at[-1] == pytest.approx(edge + LEAST / 2)
    assert np.diff(at).min() > EACH / 2


def test_too_few_recipes_have_no_order() -> None:
    figure, sizes = orders("own", "baseline"), at_sizes("own", "large")
    few = sizes[~sizes.row.isin(["large, one", "large, two"])]
    table = figure.numbers(few)
    assert table.order.isna().all()
    assert figure.says(table) == ""


@pytest.mark.slow
def test_operation_usage_counts_architectures_and_shares_count_edges() -> None:
    space = NB201()
    genes = space.enumerate()
    whole = pd.DataFrame(
        {
            "arch": arch_column(genes),
            "true": (genes == 3).sum(axis=1) + 0.1 * (genes == 1).sum(axis=1),
        }
    )
    lines = OPERATION_USAGE.numbers(whole).set_index(["space", "group", "operation"])
    assert lines.loc[("all operations", "all", "Zero"), "usage"] == pytest.approx(1 - 0.8**6)
    assert lines.loc[("all operations", "all", "Zero"), "share"] == pytest.approx(0.2)
    assert lines.loc[("all operations", "10", "3x3 Conv"), "usage"] == 1
    # the best: six 3x3; then six cells with five of them and a skip; then three with another operation
    assert lines.loc[("all operations", "10", "3x3 Conv"), "share"] == pytest.approx((6 + 9 * 5) / 60)
    assert lines.loc[("no 3x3 Conv", "all", "3x3 Conv"), "usage"] == 0
    axes = OPERATION_USAGE.draw(lines.reset_index(), CAPTION).axes
    assert len(axes) == 12


def test_operation_usage_is_drawn_of_any_space_whose_decisions_have_the_same_choices() -> None:
    space = Macro()
    genes = space.enumerate()[:81]
    cells = pd.DataFrame({"arch": arch_column(genes), "true": np.arange(81.0)})
    figure = operation_usage(space)
    lines = figure.numbers(cells)
    assert list(dict.fromkeys(lines.operation)) == list(space.choices[0])
    share = lines.query("space == 'all operations' and group == 'all'").set_index("operation").share
    assert share.tolist() == pytest.approx([(genes == choice).mean() for choice in range(3)])
    figure.draw(lines, CAPTION)
    with pytest.raises(RecipeError, match="the decisions of space 'track1' have different choices"):
        operation_usage(Track1())


def test_a_line_over_the_paths_per_update_holds_the_rows_of_its_panel() -> None:
    one = frame(1).assign(row="1", panels="passes: labels;passes: teacher;updates: labels", paths=1)
    four = frame(1).assign(row="4", panels="passes: labels", paths=4, ranked=lambda f: -f.ranked)
    more = frame(1).assign(row="4, more", panels="updates: labels", paths=4)
    lines = TAU_OVER_PATHS.numbers(pd.concat([four, one, more], ignore_index=True))
    found = lines.set_index(["panel", "paths"])["mean"].to_dict()
    labels = {("passes: labels", 1): 1.0, ("passes: labels", 4): -1.0, ("updates: labels", 1): 1.0}
    assert found == {**labels, ("updates: labels", 4): 1.0}, "the teacher has one point only, which is no line"
    axes = TAU_OVER_PATHS.draw(lines, CAPTION).axes
    assert [ax.get_title() for ax in axes] == ["passes", "updates"]
    assert [text.get_text() for text in axes[0].get_legend().texts] == ["labels (1 seed)"]
    np.testing.assert_allclose(axes[0].lines[0].get_xdata().astype(float), [1, 4], rtol=0.03)
    assert axes[0].lines[0].get_color() == axes[1].lines[0].get_color(), "one colour per way to train"


def test_the_lines_that_a_study_names_are_dashed() -> None:
    rows = [frame(1).assign(row=str(paths), panels="updates: a;updates: b", paths=paths) for paths in (1, 2)]
    for figure, wanted in ((tau_over_paths(), ["-", "-"]), (tau_over_paths("b"), ["-", "--"])):
        [ax] = figure.draw(figure.numbers(pd.concat(rows, ignore_index=True)), CAPTION).axes
        assert [container.lines[0].get_linestyle() for container in ax.containers] == wanted


def test_a_single_number_of_paths_gives_no_line() -> None:
    assert TAU_OVER_PATHS.numbers(with_ceiling(frame())).empty


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("counts", "labels"), [((1, 16, 18), ["1", "16", "\n18"]), ((1, 2, 4, 5), ["1", "2", "4", "5"])]
)
def test_a_label_too_near_to_the_one_before_stands_a_line_lower(counts, labels):
    lines = pd.DataFrame([("labels", count, 0.5, 0.4, 0.6, 3, 1000) for count in counts])
    lines.columns = pd.Index(["panel", "paths", "mean", "low", "high", "seeds", "n"])
    [axes] = TAU_OVER_PATHS.draw(lines, CAPTION).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == labels


@pytest.mark.slow
def test_our_taus_stand_over_those_of_the_source() -> None:
    lines = AGAINST_SOURCE.numbers(numbers_of_paths()).set_index("row")
    assert lines.published.tolist() == [0.1, 0.2, 0.4]
    assert (lines["mean"].diff()[1:] < 0).all(), "more noise with more paths"
    assert says(lines) == "tau-b between our order of the rows and the source's: -1.00, 3 rows"
    ax = AGAINST_SOURCE.draw(lines.reset_index(), CAPTION).axes[0]
    assert ax.get_title() == says(lines)
    np.testing.assert_allclose([c.lines[0].get_xydata()[0] for c in ax.containers], lines[["published", "mean"]])


def test_a_row_that_lacks_seeds_has_an_open_marker_beside_its_source() -> None:
    runs = numbers_of_paths()
    lines = AGAINST_SOURCE.numbers(runs[(runs.row != "1") | (runs.seed == 0)])
    figure = AGAINST_SOURCE.draw(lines, replace(CAPTION, seeds=2))
    faces = [box.lines[0].get_markerfacecolor() for box in figure.axes[0].containers]
    assert [face == "white" for face in faces] == [True, False, False]
    assert "open markers: fewer than 2 seeds" in figure.get_suptitle()


def test_fewer_than_three_printed_taus_have_no_order() -> None:
    assert AGAINST_SOURCE.numbers(two_rows().assign(published=0.5)).empty
    assert AGAINST_SOURCE.numbers(frame()).empty


def test_a_title_says_first_where_truth_and_images_differ() -> None:
    other = Caption(Truth.parse("track1/cifar100/test/stand-alone"), "laptop", "500 images of cifar10/train", "cifar10")
    assert str(other).startswith("images: CIFAR-10, truth: CIFAR-100 | truth: track1/cifar100/test/stand-alone")
    assert str(replace(CAPTION, trained_on="cifar10")).startswith("truth: nb201/cifar10")


def test_the_column_of_architectures_is_unique_and_gives_the_genes_back() -> None:
    genes = NB201().enumerate()
    column = arch_column(genes)
    assert len(set(column)) == len(genes)
    np.testing.assert_array_equal(genes_of(pd.Series(column)), genes)
    wide = np.array([[0, 15, 1], [0, 1, 51]], dtype=np.int8)
    np.testing.assert_array_equal(genes_of(pd.Series(arch_column(wide))), wide)


def test_a_title_says_how_much_of_its_space_a_truth_covers() -> None:
    caption = replace(CAPTION, coverage="3 of 15,625")
    assert str(caption).startswith("truth: nb201/cifar10/test/200ep (3 of 15,625 architectures) | preset")
