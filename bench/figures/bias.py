"""Which choices a row ranks too high or too low, and how much of its error that is."""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas
from bench.scores.prediction_frame import genes_of, supernets
from bench.spaces import SPACES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

COLUMNS = ("row", "n", "seeds", "share", "decision", "choice", "architectures", "error")


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a line of `COLUMNS` per row, decision and choice, over all connected architectures with a prediction.

    `error` is the mean predicted minus true rank, in percent of the n architectures: + is ranked too high; NaN where no
    architecture has the choice. Errors are averaged over seeds. `share` is the fraction of the error's variance that
    is additive in the choices. Architectures that a seed did not predict are left out, and so are rows that share
    fewer of them than an additive error has numbers. Raises `ComparisonError` if the space has decisions of too many
    choices.
    """
    import pandas as pd

    from bench.scores.bias import bias, choices_of

    lines: list[tuple[object, ...]] = []
    for row, runs in supernets(frame).groupby("row", sort=False):
        ranked = runs.pivot(index="arch", columns="seed", values="ranked").dropna()
        truth = runs.drop_duplicates("arch").set_index("arch").loc[ranked.index, "true"].to_numpy()
        names = choices_of(frame.attrs["space"], genes_of(ranked.index.to_series()))
        kept = names.connected
        if not names.suffice(kept):
            continue
        found = bias(names.genes[kept], list(ranked.to_numpy()[kept].T), truth[kept])
        for place, decision in enumerate(names.decisions):
            for number, choice in enumerate(names.choices[place]):
                known = number < found.mean.shape[1]
                count, error = (found.count[place, number], found.mean[place, number]) if known else (0, np.nan)
                lines.append((row, found.n, found.seeds, found.share, decision, choice, int(count), error))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _whole(error: float) -> str:
    """Return an error as a whole number with its sign, zero without.

    >>> _whole(-0.3), _whole(2.6), _whole(-9.3)
    ('0', '+3', '-9')
    """
    return f"{round(error):+d}" if round(error) else "0"


def _readable(space: str) -> dict[str, str]:
    """Return what figures call the choices of a space; {} for an unknown space."""
    if space not in SPACES.names():
        return {}
    whole = SPACES.get(space)()
    return {
        choice: name
        for choices, names in zip(whole.choices, whole.readable_choices, strict=True)
        for choice, name in zip(choices, names, strict=True)
    }


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a heat map per row: choices by decisions, red is ranked too high, blue too low; one scale for all."""
    rows = list(dict.fromkeys(lines.row))
    decisions, choices = list(dict.fromkeys(lines.decision)), list(dict.fromkeys(lines.choice))
    readable = _readable(caption.truth.space)
    shown = [readable.get(choice, choice) for choice in choices]
    first = lines.drop_duplicates("row")
    counts = [f"n = {n:,}, seeds: {seeds}" for n, seeds in zip(first.n, first.seeds, strict=True)]
    common = counts[0] if len(set(counts)) == 1 else ""
    columns = min(2, len(rows))
    height, most = -(-len(rows) // columns), float(np.nanmax(np.abs(lines.error), initial=1e-9))
    width = 1.6 + columns * (1.1 + 0.55 * len(decisions))
    figure, grid = canvas(max(width, 6.5), 0.9 + height * (0.7 + 0.3 * len(choices)), height, columns)
    image = None
    for index, row in enumerate(rows):
        ax = grid[index // columns][index % columns]
        part = lines[lines.row == row]
        errors = part.pivot(index="choice", columns="decision", values="error").reindex(choices)[decisions].to_numpy()
        image = ax.imshow(errors, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto")
        for (choice, decision), error in np.ndenumerate(errors):
            if np.isfinite(error):
                shade = "white" if abs(error) > 0.6 * most else "#222222"
                ax.text(decision, choice, _whole(error), ha="center", va="center", fontsize=8, color=shade)
        ax.set_xticks(range(len(decisions)), decisions)
        ax.set_yticks(range(len(choices)), shown if index % columns == 0 else [""] * len(choices))
        ax.grid(visible=False)
        own = "" if common else f"; {counts[index]}"
        ax.set_title(f"{row}\n{100 * part.share.iloc[0]:.0f} % additive{own}", fontsize=8)
    for unused in range(len(rows), height * columns):
        grid[unused // columns][unused % columns].remove()
    if image is not None:
        bar = figure.colorbar(image, ax=[ax for axes in grid for ax in axes if ax.figure is not None], fraction=0.04)
        bar.set_label("mean rank error, %\n(+: too high)", fontsize=8)
        bar.ax.tick_params(labelsize=8)
    note = "predicted minus true rank, mean over all connected architectures with the choice; columns: decisions"
    note += "; additive: share of the error's variance that is a sum over choices" + (f"; {common}" if common else "")
    figure.suptitle(f"{caption}\n{note}", fontsize=8, color="#444444", wrap=True)
    return figure


BIAS = Figure(
    name="bias",
    about="which choices are ranked too high or too low, and their share of the variance of the rank error",
    numbers=numbers,
    draw=draw,
)
