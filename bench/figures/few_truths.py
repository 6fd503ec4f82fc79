"""How well a few truths rank the other architectures, with supernets and without."""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption
from bench.figures.style import TRIVIAL, canvas, colours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

PANELS = (("tau", "Kendall's tau-b ↑"), ("precision", "precision at top 5 % ↑"))
MODEL_TITLES = {
    "ridge": "ridge regression",
    "gaussian-process": "Gaussian process",
    "gradient-boosting": "gradient-boosted trees",
}


def draw_few_truths(lines: "pd.DataFrame", caption: Caption, without: str, about: str) -> "Canvas":
    """Return a panel per model and metric: a curve per row over the number of truths, with its interval as a band.

    `lines` are those of `bench.analysis.few_truths.curves`; the row called `without` is drawn dashed, `about` says what
    was drawn and scored beside the truth, which the caption names.
    """
    models = list(dict.fromkeys(lines.model))
    figure, grid = canvas(8.4, 0.7 + 2.9 * len(models), len(models), len(PANELS))
    rows = list(dict.fromkeys(lines.row))
    own = colours([row for row in rows if row != without], caption.colours) | {without: TRIVIAL}
    counts = sorted(set(lines["count"]))
    for axes, model in zip(grid, models, strict=True):
        for ax, (metric, label) in zip(axes, PANELS, strict=True):
            for row in rows:
                part = lines[(lines.row == row) & (lines.model == model)]
                line = "--" if row == without else "-"
                low, high = (part[f"{metric}_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
                ax.plot(part["count"], part[metric], line, color=own[row], linewidth=1.3, label=_label(row, part))
                ax.fill_between(part["count"], low, high, color=own[row], alpha=0.15, linewidth=0)
            ax.set_xscale("log", base=2)
            ax.set_xticks(counts, [f"{count:,}" for count in counts])
            ax.minorticks_off()
            ax.set_xlabel("architectures with a known truth", fontsize=8)
            ax.set_ylabel(label, fontsize=8)
            ax.set_title(MODEL_TITLES.get(model, model), fontsize=8)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=7, frameon=False, loc="outside lower center", ncols=2)
    figure.suptitle(
        f"{caption}\n{about}\nbands: 95 % interval over draws and seeds",
        fontsize=7,
        color="#444444",
        wrap=True,
    )
    return figure


def _label(row: object, part: "pd.DataFrame") -> str:
    seeds = int(np.max(part.seeds))
    return f"{row} ({seeds} seed{'s' if seeds > 1 else ''})" if seeds else str(row)
