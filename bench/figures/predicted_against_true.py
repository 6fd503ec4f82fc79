"""Predicted against true accuracy, for the best and for random architectures."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours
from bench.scores.prediction_frame import supernets, true_top_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

TOP_N = (50, 250)
MARKERS = "osD^v<>PX*"


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return row, seed, panel, arch, predicted, ranked, true: the points of each panel of each row.

    A true top N includes all that tie with the N-th, as in the scores; one of all architectures is left out.
    """
    import pandas as pd

    parts: list[pd.DataFrame] = []
    for _, run in supernets(frame).groupby(["row", "seed"], sort=False):
        groups = {f"true top {n}": true_top_of(run, n) for n in TOP_N if n < len(run)}
        groups[run.population.iloc[0]] = run[run.sampled]
        parts.extend(points.assign(panel=panel) for panel, points in groups.items())
    columns = ["row", "seed", "panel", "arch", "predicted", "ranked", "true"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def draw(points: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return three panels per row: the row's score on the x-axis, ground truth on the y-axis, seeds by marker.

    In a style that is `centred`, scores are those minus their seed's median.

    Points are rasterized in the SVG too, as thousands of circles would take megabytes.
    """
    from bench.scores.metrics import METRICS

    tau = METRICS.get("kendall-tau-b")
    rows = list(dict.fromkeys(points.row))
    own = colours(rows, caption.colours)
    panels = list(dict.fromkeys(points.panel))
    figure, grid = canvas(9.0, 0.6 + 2.9 * len(rows), len(rows), len(panels))
    for line, row in zip(grid, rows, strict=True):
        for ax, panel in zip(line, panels, strict=True):
            shown = points[(points.row == row) & (points.panel == panel)]
            taus = []
            for index, (seed, run) in enumerate(shown.groupby("seed")):
                middle = run.ranked.median() if caption.style.centred else 0.0
                ax.scatter(
                    run.ranked - middle,
                    run.true,
                    s=9,
                    alpha=0.45,
                    linewidths=0,
                    color=own[str(row)],
                    marker=MARKERS[index % len(MARKERS)],
                    label=f"seed {seed}",
                    rasterized=True,
                )
                taus.append(tau(run.ranked.to_numpy(dtype=float), run.true.to_numpy(dtype=float)))
            count = len(shown) // max(len(taus), 1)
            spread = f"seeds: {min(taus):.2f} to {max(taus):.2f}" if len(taus) > 1 else "one seed"
            ax.set_title(f"{row}\n{panel}, n = {count:,}\ntau-b {sum(taus) / len(taus):.2f} ({spread})", fontsize=8)
            by_accuracy = (shown.ranked == shown.predicted).all()
            centred = " minus the seed's median" if caption.style.centred else ""
            score = f"supernet accuracy{centred} (%)" if by_accuracy else f"negative cross-entropy{centred}"
            ax.set_xlabel(score, fontsize=8)
        line[0].set_ylabel("ground truth (%)", fontsize=8)
    seeds = grid[0][0].get_legend_handles_labels()
    figure.legend(*seeds, loc="outside lower center", ncols=len(seeds[0]), fontsize=8, frameon=False)
    figure.suptitle(str(caption), fontsize=8, color="#444444", wrap=True)
    return figure


def predicted_against_true(*rows: str) -> Figure:
    """Return the figure that shows the named rows of a whole study, all if none is named."""
    return Figure(
        name="predicted-against-true",
        about="papers/single-path-ranking-correlations, Figures 2 and 13",
        numbers=numbers,
        draw=draw,
        rows=rows,
    )


PREDICTED_AGAINST_TRUE = predicted_against_true()
