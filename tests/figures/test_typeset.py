"""Figures set for a width: names, sizes, exact widths, no two tick labels over each other."""

import io
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from PIL import Image

from bench.errors import BenchError, UnknownName
from bench.figures.accuracy_over_training import ACCURACY_OVER_TRAINING
from bench.figures.against_source import AGAINST_SOURCE
from bench.figures.bias import BIAS
from bench.figures.costs import COSTS
from bench.figures.few_truths import draw_few_truths
from bench.figures.figure import Caption, Figure
from bench.figures.found import FOUND, PRINTED
from bench.figures.found_table import found_table
from bench.figures.fronts import FRONTS
from bench.figures.look import Look
from bench.figures.metrics import ACCURACY, ADDITIONAL_METRICS
from bench.figures.operation_usage import operation_usage
from bench.figures.orders import orders
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.figures.probabilities_over_epochs import PROBABILITIES_OVER_EPOCHS
from bench.figures.proxy import PROXY
from bench.figures.regret_against_ranking import REGRET_AGAINST_RANKING
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.figures.style import PAPER, SCREEN, STYLES, TALK, canvas, inches, named, plain_style
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.figures.tau_over_paths import TAU_OVER_PATHS
from bench.figures.typeset.legends import LEADER, line_ends, spread
from bench.figures.typeset.measure import wrapped
from bench.figures.typeset.names import readable
from bench.figures.typeset.panels import ACROSS, grid_of, texts_beside
from bench.figures.typeset.ticks import overlapping
from bench.figures.typeset.typeset import typeset
from bench.spaces.nb201 import NB201
from bench.truth import Truth

TRUTH = "nb201/cifar10/test/200ep"
CAPTION = Caption(Truth.parse(TRUTH), "laptop", "500 images of cifar10/train, held out")
ROWS = ("baseline", "distinct cells, own rates, four times the epochs", "one uniform path")

RECIPES = ("baseline", "uniform, one path", "no Skip", "no 1x1", "tracked norm", "twice the rate", "best recipe",
           "split at edge 0-1")  # fmt: skip


def table(columns, *lines):
    return pd.DataFrame(list(lines), columns=columns.split())


def interval(mean):
    return (mean, mean - 0.05, mean + 0.05)


def over_top_n(rows=ROWS):
    groups = ("10", "25", "50", "150", "250", "500", "random-1000")
    return table(
        "row panels metric group n mean low high seeds",
        *[
            (row, "", metric, group, 9, *interval(0.1 * place + 0.02 * which), 3)
            for which, row in enumerate(rows)
            for metric in ("accuracy", "tau")
            for place, group in enumerate(groups)
        ],
    )


def predicted_against_true(count=500):
    rng = np.random.default_rng(0)
    panels = (("true top 50", 50), ("true top 250", 250), ("random-1000", count))
    parts = [
        pd.DataFrame({"row": "baseline", "seed": seed, "panel": panel, "arch": "0", "true": rng.normal(90, 2, n)})
        for seed in (0, 1)
        for panel, n in panels
    ]
    points = pd.concat(parts, ignore_index=True)
    return points.assign(predicted=points.true + 20 * points.seed, ranked=points.true + 20 * points.seed)


def few_truths(lines, caption):
    return draw_few_truths(lines, caption, "without", "twenty draws")


KINDS = {
    "over-top-n": (OVER_TOP_N.draw, over_top_n()),
    "over-top-n of many rows": (OVER_TOP_N.draw, over_top_n([f"row number {place}" for place in range(9)])),
    "metrics": (
        ADDITIONAL_METRICS.draw,
        table(
            "row metric n mean low high seeds trivial counted published",
            *[
                (row, metric, 9, *interval(0.5 + 0.01 * place), 3, 0.6, "live-params", 0.55)
                for place, row in enumerate(ROWS)
                for metric in ("kendall-tau-b", "kendall-tau-b/top-50", "precision-at-top/5%", "regret", ACCURACY)
            ],
        ),
    ),
    "predicted-against-true": (PREDICTED_AGAINST_TRUE.draw, predicted_against_true()),
    "tau-over-minutes": (
        TAU_OVER_MINUTES.draw,
        table(
            "row seed minutes processor n tau low high",
            *[(row, 0, 2.0 * 4**place, "one", 9, *interval(0.5)) for place, row in enumerate((*ROWS, "a", "b"))],
        ),
    ),
    "tau-over-paths": (
        TAU_OVER_PATHS.draw,
        table(
            "panel paths n mean low high seeds",
            *[(f"{axes}: {line}", paths, 9, *interval(0.1 * place), 3)
              for axes in ("equal epochs", "equal updates") for line in ("uniform", "fair")
              for place, paths in enumerate((1, 2, 16, 18))],
        ),
    ),
    "bias": (
        BIAS.draw,
        table(
            "row n seeds share decision choice architectures error",
            *[(row, 99, 3, 0.5, f"{edge}->3", choice, 9, 10.0 * edge)
              for row in ROWS[:2] for edge in range(6) for choice in ("zero", "skip", "conv 3x3")],
        ),
    ),
    "costs": (
        COSTS.draw,
        table(
            "row seeds training prediction processors passes images gradients_mb kept_mb peak_mb printed_time "
            "printed_memory",
            *[(row, 3, 2.0 + at, 4.0, "x", 1, 1, 30.0, 5.0, 35.0, "12 Gds", "24G") for at, row in enumerate(ROWS)],
        ),
    ),
    "found": (
        FOUND.draw,
        table(
            "search row searcher truth mean low high best_run regret rank normalized hypervolume surpass beats_random "
            "supernets searches best n",
            *[("one", row, searcher, TRUTH, *interval(93.0 + place), 94, 1, 1, 1, 1, 1, 0.5, 3, 3, 94.4, 9)
              for row in ROWS for place, searcher in enumerate(("random", "evolution"))],
            ("", ROWS[0], PRINTED, TRUTH, 93.5, 93.2, 93.8, *([np.nan] * 7), 0, 0, np.nan, 0),
        ),
    ),
    "found-table": (
        found_table("table-3", "a table", ()).draw,
        table(
            "label mean low high cost supernets networks n printed printed_cost",
            *[(row, *interval(90.0 + place), 3.1, 3, 3, 9, 74.1, "319M") for place, row in enumerate(ROWS)],
        ),
    ),
    "costs beside long printed values": (
        COSTS.draw,
        table(
            "row seeds training prediction processors passes images gradients_mb kept_mb peak_mb printed_time "
            "printed_memory",
            ("single path", 1, 0.15, 2.2, "x", 1, 1, 15.3, 0.9, 16.2, "12 Gds", "24G"),
            ("two paths", 1, 0.26, 2.2, "x", 1, 1, 22.2, 0.9, 23.1, "15 Gds, Proxyless", "37G"),
            ("mixture of all", 1, 1.3, 2.4, "x", 1, 1, 72.8, 0.9, 73.7, "20 Gds, FBNet", "63G"),
        ),
    ),
    "found-table with a unit": (
        found_table("table-6", "a table", (), scale=2**30, unit="Gi").draw,
        table(
            "label mean low high cost supernets networks n printed printed_cost",
            *[(f"random search, {bits}W{bits}A", *interval(51.27 + bits), 0.1216 * 2**30, 3, 3, 20, 66.4, "6.21G")
              for bits in range(1, 9)],
        ),
    ),
    "fronts": (
        FRONTS.draw,
        table(
            "search row searcher member seed search_seed cost value true",
            *[("both", "a", "nsga2", "found", 0, 0, "flops", 10.0**place, 90 + place) for place in range(1, 5)],
            *[("both", "a", "", "true", 0, 0, "flops", 10.0**place, 91 + place) for place in range(1, 5)],
        ),
    ),
    "search-over-evaluations": (
        SEARCH_OVER_EVALUATIONS.draw,
        table(
            "search row searcher evaluation measure mean low high supernets searches n",
            *[("one", row, searcher, asked, measure, *interval(1 / asked), 3, 3, 9)
              for row in ROWS[:2] for searcher in ("random", "evolution") for asked in range(1, 30)
              for measure in ("score", "regret")],
        ),
    ),
    "regret-against-ranking": (
        REGRET_AGAINST_RANKING.draw,
        table(
            "search row searcher truth ranking regret supernets",
            *[("one", row, "evolution", TRUTH, 0.1 * place, 2.0 - place, 3) for place, row in enumerate(ROWS)],
        ),
    ),
    "proxy": (
        PROXY.draw,
        pd.DataFrame([(row, "", seed, 9, 40.0 + seed, 0.1 * place) for place, row in enumerate(ROWS)
                      for seed in (0, 1)], columns=["row", "panels", "seed", "n", "accuracy", "sparse tau"]),
    ),
    "orders": (
        orders("own", "baseline").draw,
        pd.DataFrame([("own", row, 3, 9, 0.1, 0.0, 0.2, float("nan"), float("nan"), float("nan"), 9) for row in ROWS]
                     + [("half the channels", row, 3, 9, 0.3, 0.2, 0.4, 0.6, -0.2, 0.9, 9) for row in ROWS],
                     columns=["size", "recipe", "seeds", "n", "tau", "low", "high", "order", "order low", "order high",
                              "recipes"]),
    ),
    "orders of many recipes": (
        orders("own", "baseline").draw,
        pd.DataFrame([(size, recipe, 3, 1000, 0.1 * at, 0.1 * at - 0.1, 0.1 * at + 0.1, order, order - 0.3, 1.0, 8)
                      for size, order in (("the preset's size", float("nan")), ("half the resolution", 0.9),
                                          ("half the channels", float("nan")), ("four times the epochs", 0.6))
                      for at, recipe in enumerate(RECIPES[: 7 if order == 0.9 else 8])],
                     columns=["size", "recipe", "seeds", "n", "tau", "low", "high", "order", "order low", "order high",
                              "recipes"]),
    ),
    "against-source": (
        AGAINST_SOURCE.draw,
        table("row n published mean low high seeds",
              *[(row, 9, 0.1 * place, *interval(0.2 * place), 3) for place, row in enumerate(ROWS)]),
    ),
    "operation-usage": (
        operation_usage(NB201()).draw,
        table(
            "space group n operation usage share",
            *[(space, group, 99, name, 0.2 * place, 0.1 * place) for space in ("all operations", "no Zero", "no Skip",
              "no Pool") for group in ("10", "25", "all") for place, name in enumerate(("Zero", "Skip", "Pool"))],
        ),
    ),
    "accuracy-over-training": (
        ACCURACY_OVER_TRAINING.draw,
        table("row epoch mean low high seeds probes",
              *[(row, epoch, *interval(10.0 * epoch), 3, 50) for row in ROWS for epoch in range(1, 9)]),
    ),
    "probabilities-over-epochs": (
        PROBABILITIES_OVER_EPOCHS.draw,
        table(
            "row decision choice trained seeds mean low high",
            *[(row, f"{edge}->3", choice, trained, 3, *interval(0.5)) for row in ROWS[:2] for edge in range(6)
              for choice in ("zero", "skip") for trained in (0.0, 0.5, 1.0)],
        ),
    ),
    "few-truths": (
        few_truths,
        table(
            "model row count seeds tau tau_low tau_high precision precision_low precision_high",
            *[(model, row, 2**power, 3, *interval(0.1 * power), *interval(0.05 * power))
              for model in ("ridge", "gaussian-process") for row in ("without", *ROWS[:2]) for power in range(4, 8)],
        ),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """Draw no resamples of rows: the titles' intervals are not what is looked at."""
    monkeypatch.setattr("bench.scores.agreement.RESAMPLES", 20)


def set_in(style, kind, width=None):
    draw, lines = KINDS[kind]
    with plain_style("salt", style):
        figure = draw(lines, replace(CAPTION, style=style))
        typeset(figure, style, width)
    return figure


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("width", [3.3, 6.8])
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_in_every_style_keeps_its_width_its_sizes_and_its_labels_apart_and_within(kind, style, width):
    figure = set_in(style, kind, width)
    assert figure.get_figwidth() == width
    written = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert {text.get_fontsize() for text in written} <= {*np.arange(style.small, style.large + 0.5, 0.5)}
    assert not [
        text.get_text() for text in written if re.search(r"kendall-tau|tau-b|nb201/|live-params", text.get_text())
    ]
    assert not [(ax.get_title(), along) for ax in figure.axes for along in (0, 1) if overlapping(ax, along)]
    assert all(ax.get_position().width * width > 0.35 for ax in grid_of(figure).values())
    within = figure.get_tightbbox()
    assert within.x0 > -0.1
    assert within.x1 < width + 0.1
    small = figure.get_suptitle() if style.above else figure.get_supxlabel()
    assert re.search("ruth: |reset: laptop", small.replace("\n", " "))
    if not style.above and figure._supxlabel is not None:
        below = figure._supxlabel.get_window_extent().y1
        lowest = min(ax.get_tightbbox().y0 for ax in figure.axes)
        assert lowest - below < 0.4 * figure.dpi, "no empty line of panels above the small print"
    assert style is SCREEN or not outside(figure, style.dpi)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(("costs", "found-table"))])
def test_numbers_of_rows_stand_at_the_right_of_the_axes_at_the_height_of_their_rows_and_apart(kind, style):
    figure = set_in(style, kind)
    figure.draw_without_rendering()
    for ax in figure.axes:
        right = ax.get_window_extent().x1
        boxes = [Text.get_window_extent(text) for text in texts_beside(ax)]
        heights = [ax.transData.transform((0, place))[1] for place in range(len(boxes))]
        assert len(boxes) == len(KINDS[kind][1])
        assert all(box.x0 > right for box in boxes)
        assert [(box.y0 + box.y1) / 2 for box in boxes] == pytest.approx(heights, abs=2)
        assert all(below.y1 < above.y0 for above, below in pairwise(boxes))


def outside(figure, dpi):
    """Return the texts that are not all within the figure when it is drawn at a resolution."""
    figure.set_dpi(dpi)
    figure.draw_without_rendering()
    wide, tall = figure.bbox.size
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    unseen = {
        id(tick.label1)
        for axis in axes
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    texts = [text for text in figure.findobj(Text) if text.get_visible() and id(text) not in unseen]
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in texts if text.get_text().strip()]
    return [text for text, box in boxes if min(box.x0, box.y0, wide - box.x1, tall - box.y1) < -0.5]


@pytest.mark.slow
@pytest.mark.parametrize("width", [6.0, 6.2, 6.4, 6.6, 6.8])
def test_the_small_print_keeps_its_margin_at_the_resolution_of_the_file(width):
    with plain_style("x", PAPER):
        figure = two_lines().draw(pd.DataFrame({"x": [1.0, 2.0]}), CAPTION)
        figure.suptitle(f"{CAPTION}\n" + "bars: 95 % interval over architectures and seeds; " * 9)
        typeset(figure, PAPER, width)
    figure.set_dpi(PAPER.dpi)
    figure.draw_without_rendering()
    assert figure._supxlabel.get_window_extent().x1 < 0.98 * width * PAPER.dpi + 1


@pytest.mark.parametrize(
    ("width", "expected"), [("3.3in", 3.3), ("8.5cm", 8.5 / 2.54), ("84 mm", 84 / 25.4), ("240pt", 240 / 72)]
)
def test_a_width_is_a_number_with_a_unit(width, expected):
    assert inches(width) == pytest.approx(expected)


@pytest.mark.parametrize("width", ["3.3parsec", "0", "0in", "1000in", "-3in", "", "in", "3.3", "1e400in", "٣in"])
def test_a_bad_width_is_one_clear_line(width):
    with pytest.raises(BenchError, match=r"give a number with in, cm, mm, pt, from 2in to 30in, such as 3.3in") as told:
        inches(width)
    assert "\n" not in str(told.value)
    assert f"width '{width}'" in str(told.value)


def test_an_unknown_style_or_format_names_those_that_there_are():
    with pytest.raises(UnknownName, match="unknown style 'papr'; did you mean 'paper'"):
        Look.asked("papr", None, None)
    with pytest.raises(UnknownName, match="unknown format 'gif'"):
        Look.asked("paper", None, ["gif"])


def two_lines() -> Figure:
    def draw(lines, caption):
        figure, [[ax]] = canvas(6, 4, 1, 1)
        ax.plot(lines.x, lines.x, label="kendall-tau-b")
        ax.legend()
        figure.suptitle(f"{caption}\nbars: none")
        return figure

    return Figure(name="two", about="", numbers=lambda frame: frame, draw=draw)


@pytest.mark.slow
def test_a_pdf_holds_its_fonts_as_truetype_and_a_png_has_its_width():
    look = Look(style=PAPER, width=3.3, formats=("png", "pdf", "svg"))
    files = look.drawn(two_lines(), pd.DataFrame({"x": [1.0, 2.0]}), CAPTION).files
    assert b"/FontFile2" in files["pdf"]
    assert b"/Type3" not in files["pdf"]
    assert b"/MediaBox [ 0 0 237.6 " in files["pdf"]
    with Image.open(io.BytesIO(files["png"])) as image:
        assert image.width == 990
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert files == look.drawn(two_lines(), pd.DataFrame({"x": [1.0, 2.0]}), CAPTION).files


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("kind", KINDS)
def test_on_the_screen_everything_is_within_the_figure(kind):
    draw, lines = KINDS[kind]
    with plain_style("salt"):
        figure = Look().canvas(Figure("x", "", lambda frame: frame, draw), lines, CAPTION)
        figure.draw_without_rendering()
        within = figure.get_tightbbox()
        note = figure._suptitle.get_window_extent()
        labels = [ax.yaxis.label.get_window_extent().height / ax.bbox.height for ax in figure.axes]
    wide, tall = figure.get_size_inches()
    assert within.x0 > -0.03
    assert within.x1 < wide + 0.03
    assert within.y0 > -0.03
    assert within.y1 < tall + 0.03
    assert note.x0 > 0.05 * figure.dpi
    assert note.x1 < (wide - 0.05) * figure.dpi
    assert max(labels) < 1.2


def test_on_the_screen_a_figure_stays_as_it_is_drawn():
    look = Look()
    drawn = look.drawn(two_lines(), pd.DataFrame({"x": [1.0, 2.0]}), CAPTION).files
    figure = two_lines().draw(pd.DataFrame({"x": [1.0, 2.0]}), CAPTION)
    typeset(figure, SCREEN)
    assert set(drawn) == {"svg", "png"}
    assert (figure.get_figwidth(), figure.get_suptitle()) == (6, f"{CAPTION}\nbars: none")


def test_the_truth_stands_below_in_words():
    with plain_style("x", PAPER):
        figure = two_lines().draw(pd.DataFrame({"x": [1.0, 2.0]}), CAPTION)
        typeset(figure, PAPER)
    told = figure.get_supxlabel().replace("\n", " ")
    assert told.startswith("Truth: NAS-Bench-201, CIFAR-10 test, 200 epochs; preset: laptop; predicted on 500 images")
    assert told.endswith("of CIFAR-10 train, held out. Bars: none.")
    assert not figure.get_suptitle()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Kendall's tau"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kendall-tau-b ↑", "Kendall's tau ↑"),
        ("kendall-tau-b\ntop-50 ↑", "Kendall's tau\ntop 50 ↑"),
        ("sparse-kendall-tau\ntruth-0.1% ↑", "sparse Kendall's tau ↑"),
        ("spearman ↑", "Spearman's rho ↑"),
        ("true regret of spearman", "true regret of spearman"),
        ("grey ticks: live-params on the same", "grey ticks: live parameters on the same"),
        ("random\n1000", "random\n1,000"),
        ("macro/cifar10/test/50ep", "NAS-Bench-Macro, CIFAR-10 test, 50 epochs"),
        ("mine/cifar10/test/50ep@v2", "mine, CIFAR-10 test, 50 epochs, v2"),
    ],
)
def test_names_stand_for_ids(text, name):
    assert readable(text) == name


def test_what_stands_in_brackets_is_broken_only_where_it_is_too_wide():
    figure, _ = canvas(3, 3, 1, 1)
    assert wrapped(figure, "tau 0.60 (seeds: 0.56 to 0.63)", 7, 1.1) == "tau 0.60\n(seeds: 0.56 to 0.63)"
    assert wrapped(figure, "tau 0.60 (seeds: 0.56 to 0.63)", 7, 0.8) == "tau 0.60 (seeds:\n0.56 to 0.63)"


def test_a_tall_mark_is_no_taller_than_its_line_in_the_legend():
    with plain_style("x", PAPER):
        figure, [[ax]] = canvas(6, 4, 1, 1)
        ax.plot([0, 1], [0, 1], "|", markersize=18, label="best of the truth")
        ax.legend()
        typeset(figure, PAPER)
    [mark] = figure.legends[0].get_lines()
    assert mark.get_markersize() == PAPER.small
    assert ax.lines[0].get_markersize() == 18


def test_labels_at_line_ends_keep_their_order_and_do_not_overlap():
    tall = [0.1] * 7
    placed = spread([0.5, 0.5, 0.5, 0.51, 0.52, 0.9, 0.95], tall)
    assert placed == sorted(placed)
    assert np.diff(placed).min() >= 0.1 - 1e-6
    assert placed[0] >= 0.05
    assert placed[-1] <= 0.95


@pytest.mark.slow
def test_seven_lines_are_labelled_at_their_ends_and_six_in_a_legend():
    for count, legends in ((6, 1), (7, 0)):
        with plain_style("x", PAPER):
            figure, [[ax]] = canvas(6, 4, 1, 1)
            for place in range(count):
                ax.plot([0, 1, 2], [place, place, 0.1 * place], label=f"row {place}")
            ax.legend()
            typeset(figure, PAPER)
        assert len(line_ends(ax)) == count
        assert len(figure.legends) == legends
        assert len({line.get_marker() for line in ax.lines}) == count
        texts = [text for text in ax.texts if text.get_text().startswith("row")]
        assert len(texts) == (0 if legends else 7)
        heights = sorted(Text.get_window_extent(text).y0 for text in texts)  # without their leaders
        assert all(after - before > 7 * figure.dpi / 72 for before, after in pairwise(heights))
        grey = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
        assert {to_hex(leader.get_edgecolor()) for leader in grey} == (set() if legends else {LEADER})
        samples = [one for one in ax.lines if one.get_transform() == ax.transAxes]
        assert len(grey) == len(samples) == len(texts)
        lines = {line.get_label(): line for line in ax.lines}
        for text, sample in zip(texts, samples, strict=True):
            line = lines[text.get_text()]
            assert (sample.get_marker(), sample.get_color()) == (line.get_marker(), line.get_color())
            assert sample.get_ydata()[0] == text.get_position()[1], "beside its label"


def test_points_in_listed_rows_have_a_legend_however_many_they_are():
    figure = set_in(PAPER, "orders of many recipes")
    [ax] = figure.axes
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(RECIPES)
    assert not line_ends(ax)
    assert ax.get_position().height * figure.get_figheight() > 1.5
    assert ax.get_yticklabels()[1].get_text() == "half the resolution\norder: tau 0.90\n[0.60, 1.00]\n8 recipes"


@pytest.mark.slow
def test_a_figure_that_fits_no_page_is_set_wide_unless_a_width_is_asked_for():
    def draw(lines, caption):
        figure, [[ax]] = canvas(6, 4, 1, 1)
        ax.plot(lines.x, lines.x, "o")
        ax.set_yticks(lines.x, ["a name of a row that is broken into lines in a narrow figure"] * len(lines))
        return figure

    high = Figure(name="high", about="", numbers=lambda frame: frame, draw=draw)
    for rows, style, width, expected in (
        (3, PAPER, None, 3.3),
        (25, PAPER, None, 6.8),
        (25, PAPER, 3.3, 3.3),
        (25, TALK, None, 6.8),
    ):
        drawn = Look(style=style, width=width, formats=("png",)).drawn(
            high, pd.DataFrame({"x": np.arange(float(rows))}), CAPTION
        )
        assert drawn.wide == expected
        assert (drawn.narrow is not None) == (rows == 25 and style is PAPER and width is None)
        with Image.open(io.BytesIO(drawn.files["png"])) as image:
            assert image.width == expected * style.dpi
        if drawn.narrow is not None:
            assert drawn.narrow > PAPER.tallest > drawn.tall


def test_panels_of_a_line_share_their_label_also_above_a_shorter_line():
    with plain_style("x", PAPER):
        figure, [axes] = canvas(9, 3, 1, 3)
        for ax in axes:
            ax.plot([1, 2], [0, 1], "o")
            ax.set_yticks([0, 1], ["a row", "another row"])
            ax.set_xlabel("accuracy")
        typeset(figure, PAPER, 2.8)
    grid = grid_of(figure)
    assert {place: ax.get_xlabel() for place, ax in grid.items()} == {
        (0, 0): "accuracy",
        (0, 1): "",
        (1, 0): "accuracy",
    }
    assert grid[0, 0].xaxis.label.get_gid() == ACROSS


def test_a_shared_label_is_below_the_middle_of_its_panels_also_beside_labels_at_line_ends():
    with plain_style("x", PAPER):
        figure, [axes] = canvas(8, 3, 1, 2)
        for ax in axes:
            for place in range(7):
                ax.plot([0, 1, 2], [place, place, 0.1 * place], label=f"a row of a long name {place}")
            ax.set_xlabel("best")
            ax.legend()
        typeset(figure, PAPER, 6.8)
    figure.draw_without_rendering()
    [first, last] = (ax.get_window_extent() for ax in axes)
    assert first.x1 < last.x0 - 100, "the labels stand between them"
    label = axes[0].xaxis.label.get_window_extent()
    assert (label.x0 + label.x1) / 2 == pytest.approx((first.x0 + last.x1) / 2, abs=3)


def test_three_lines_of_panels_have_one_label_below():
    with plain_style("x", PAPER):
        figure, axes = canvas(3, 9, 3, 1)
        for [ax] in axes:
            ax.plot([1, 2], [0, 1])
            ax.set_xlabel("epoch")
        typeset(figure, PAPER)
    assert [ax.get_xlabel() for ax in figure.axes] == ["", "", "epoch"]


@pytest.mark.slow
def test_seeds_of_other_levels_are_no_clusters_and_many_points_are_a_density():
    points = predicted_against_true()
    with plain_style("x", PAPER):
        figure = PREDICTED_AGAINST_TRUE.draw(points, replace(CAPTION, style=PAPER))
    first, second = (np.asarray(one.get_offsets())[:, 0] for one in figure.axes[2].collections)
    assert abs(np.median(first) - np.median(second)) < 1e-9
    assert points[points.seed == 1].ranked.median() - points[points.seed == 0].ranked.median() > 15
    typeset(figure, PAPER)
    assert [type(one).__name__ for one in figure.axes[2].collections] == ["PolyCollection"]
    assert sum(figure.axes[2].collections[0].get_array()) == 1000
    assert {type(one).__name__ for one in figure.axes[0].collections} == {"PathCollection"}
    assert "Darker: more architectures" in figure.get_supxlabel().replace("\n", " ")


@pytest.mark.slow
def test_a_far_point_is_written_at_the_edge_and_costs_of_many_sizes_lie_on_a_log_axis():
    with plain_style("x", PAPER):
        figure, [[left, right]] = canvas(8, 4, 1, 2)
        for ax, values in ((left, [1, 1.1, 1.2, 1.3, 1.4, -30]), (right, [1, 2, 4, 8, 16, 32])):
            for place, value in enumerate(values):
                ax.errorbar(place, value, yerr=0.1, fmt="o")
        typeset(figure, PAPER)
    assert [text.get_text() for text in left.texts] == ["-30 ▾"]
    assert left.get_ylim()[0] > 0.5
    assert (left.get_yscale(), right.get_yscale()) == ("linear", "log")


def test_a_point_within_the_intervals_of_others_is_not_cut_off():
    with plain_style("x", PAPER):
        figure, [[ax]] = canvas(8, 4, 1, 1)
        for place, value in enumerate([1, 1.1, 1.2, 1.3, 1.4, -30]):
            ax.errorbar(place, value, yerr=40, fmt="o")
        typeset(figure, PAPER)
    assert not ax.texts
    assert ax.get_ylim()[0] < -60


def test_panels_that_do_not_fit_are_wrapped_with_the_names_of_their_rows():
    with plain_style("x", PAPER):
        figure, [axes] = canvas(9, 3, 1, 4)
        for place, ax in enumerate(axes):
            ax.plot([1, 2], [0, 1], "o")
            ax.set_yticks([0, 1], ["a row", "another row"] if place == 0 else ["", ""])
        typeset(figure, PAPER, 2.6)
    grid = grid_of(figure)
    assert sorted(grid) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [label.get_text() for label in grid[1, 0].get_yticklabels()] == ["a row", "another row"]
    assert [label.get_text() for label in grid[1, 1].get_yticklabels()] == ["", ""]


@pytest.mark.slow
def test_neighbours_share_an_axis_unless_one_would_be_squeezed():
    for scale, same in ((1.5, True), (20.0, False)):
        with plain_style("x", PAPER):
            figure, [[left, right]] = canvas(8, 4, 1, 2)
            left.plot([0, 1, 2], [0, 0.5, 1])
            right.plot([0, 1, 2], [0, 0.5, scale])
            left.set_ylabel("regret")
            typeset(figure, PAPER)
        assert (left.get_ylim() == right.get_ylim()) is same


def test_the_name_of_a_trivial_predictor_stands_at_its_tick_and_rows_of_neighbours_stay_level():
    with plain_style("x", TALK):
        figure, [[ax, beside]] = canvas(6, 3, 1, 2)
        for row in (0, 1):
            ax.plot(0.5, row, "|", label=named("live-params"))
            ax.plot(0.7, row, "o")
            beside.plot(0.2, row, "o")
        for one in (ax, beside):
            one.set_yticks([0, 1], ["a", "b"])
            one.set_ylim(1.5, -0.5)
        typeset(figure, TALK)
    assert [(text.get_text(), text.xy) for text in ax.texts] == [("live parameters", (0.5, -0.5))]
    assert ax.get_ylim() == beside.get_ylim() == (1.5, -1.3)


def test_lines_are_broken_at_spaces_but_not_within_a_number_and_its_name():
    with plain_style("x", PAPER):
        figure, _ = canvas(3, 3, 1, 1)
        assert wrapped(figure, "random 1,000, n = 1,000", 8, 0.9) == "random 1,000,\nn = 1,000"
        assert wrapped(figure, "tau 0.53 (0.47 to 0.57)", 8, 0.9) == "tau 0.53\n(0.47 to 0.57)"
