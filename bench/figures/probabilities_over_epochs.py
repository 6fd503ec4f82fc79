"""The probabilities of choices, as updates learn them, over training."""

from itertools import cycle
from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import PALETTE, canvas
from bench.figures.typeset.measure import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

PANEL = 1.1
"""Inches of a panel's height."""
COLUMNS = ("row", "decision", "choice", "trained", "seeds", "mean", "low", "high")


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a line of `COLUMNS` for every row, decision, choice and epoch.

    `trained` is the fraction of training done; mean, low and high are those of the probability over seeds.
    """
    import pandas as pd

    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    frame = frame.assign(trained=frame.epoch / frame.epochs)
    groups = frame.groupby(["row", "decision", "choice", "trained"], sort=False).probability
    return groups.agg(seeds="size", mean="mean", low="min", high="max").reset_index()[list(COLUMNS)]


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a panel per row and decision: the mean over seeds of every choice, and a band from lowest to highest."""
    rows, decisions = list(dict.fromkeys(lines.row)), list(dict.fromkeys(lines.decision))
    hues = dict(zip(dict.fromkeys(lines.choice), cycle(PALETTE)))
    figure, grid = canvas(1.0 + 1.6 * len(decisions), 1.0 + PANEL * len(rows), len(rows), len(decisions))
    for row, axes in zip(rows, grid, strict=True):
        for decision, ax in zip(decisions, axes, strict=True):
            part = lines[(lines.row == row) & (lines.decision == decision)]
            for choice, own in part.groupby("choice", sort=False):
                ax.plot(own.trained, own["mean"], "-", linewidth=1, color=hues[choice], label=choice)
                ax.fill_between(own.trained, own.low, own.high, color=hues[choice], alpha=0.2, linewidth=0)
                if len(own) == 1:
                    ax.plot(own.trained, own["mean"], ".", markersize=3, color=hues[choice])
            ax.set_ylim(-0.03, 1.03)
            ax.set_xlim(0, 1.03)
            ax.tick_params(labelsize=7)
            if row == rows[0]:
                ax.set_title(decision, fontsize=7)
            if row == rows[-1]:
                ax.set_xlabel("fraction of training", fontsize=7)
        axes[0].set_ylabel(wrapped(figure, row, 7, 0.7 * PANEL), fontsize=7)
    labelled = {label: handle for axes in grid for ax in axes for handle, label in
                zip(*ax.get_legend_handles_labels(), strict=True)}  # fmt: skip
    figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=5, fontsize=7, frameon=False)
    seeds = lines.seeds.max()
    over = f"mean and range over {seeds} seed{'s' if seeds > 1 else ''}"
    note = f"probability of each choice at each decision (column); {over}"
    figure.suptitle(f"{note}\npreset: {caption.preset}", fontsize=7, color="#444444")
    return figure


PROBABILITIES_OVER_EPOCHS = Figure(
    name="probabilities-over-epochs",
    about="how the probabilities of choices that an update learns change over training",
    numbers=numbers,
    draw=draw,
    of="learned",
)
