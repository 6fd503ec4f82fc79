"""Which operations the best architectures of the truth use, in the whole space and without each operation."""

from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import RecipeError
from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas
from bench.scores.prediction_frame import genes_of
from bench.spaces import Space

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

TOP_N = (10, 25, 50, 150, 250, 500)
COLOURS = ("#029e73", "#0173b2", "#de8f05", "#56b4e9", "#8e44ad")  # as in the paper's figure
LABELS = {"usage": "fraction of architectures\nwith the operation", "share": "fraction of all operations"}


def numbers(frame: "pd.DataFrame", names: tuple[str, ...]) -> "pd.DataFrame":
    """Return space, group (true top N, or all), n, operation, usage and share, each a fraction 0 to 1.

    Usage is the fraction of architectures that contain the operation, share its fraction of their edges.
    Counted over all architectures that have a truth. `names` are those of the operations; `space` says which is left
    out.
    """
    import pandas as pd

    true, genes = frame.true.to_numpy(), genes_of(frame.arch)
    lines = []
    for masked, space in enumerate(["all operations", *(f"no {name}" for name in names)], -1):
        inside = ~(genes == masked).any(axis=1)
        if not inside.any():
            continue
        order = np.argsort(-true[inside], kind="stable")
        tops = {str(number): number for number in TOP_N if number < len(order)}
        for label, group in (tops | {"all": len(order)}).items():
            best = genes[inside][order[:group]]
            for choice, name in enumerate(names):
                held = best == choice
                lines.append((space, label, group, name, held.any(axis=1).mean(), held.mean()))
    return pd.DataFrame(lines, columns=["space", "group", "n", "operation", "usage", "share"])


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a pair of panels per space: usage above share, over the true top N."""
    spaces, names = list(dict.fromkeys(lines.space)), list(dict.fromkeys(lines.operation))
    columns = 3
    pairs = -(-len(spaces) // columns)
    figure, grid = canvas(10.0, 0.8 + 4.2 * pairs, 2 * pairs, columns)
    groups = [group for group in (*map(str, TOP_N), "all") if group in set(lines.group)]
    for index, space in enumerate(spaces):
        part = lines[lines.space == space]
        for offset, measure in enumerate(LABELS):
            ax = grid[2 * (index // columns) + offset][index % columns]
            for name, hue in zip(names, cycle(COLOURS)):
                values = part[part.operation == name].set_index("group")[measure].reindex(groups)
                if values.max() > 0:
                    ax.plot(range(len(groups)), values, "o-", markersize=3, linewidth=1.2, color=hue, label=name)
            ax.set_ylim(-0.03, 1.03)
            ax.set_xticks(range(len(groups)), groups)
            ax.set_ylabel(LABELS[measure], fontsize=7)
            if not offset:
                ax.set_title(f"{space} (n = {part.n.max():,})", fontsize=9)
        ax.set_xlabel("N best architectures by ground truth", fontsize=8)
    for unused in range(len(spaces), pairs * columns):
        for offset in (0, 1):
            grid[2 * (unused // columns) + offset][unused % columns].remove()
    figure.legend(
        *grid[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=8, frameon=False
    )
    figure.suptitle(f"truth: {caption.label}", fontsize=8, color="#444444")
    return figure


def operation_usage(space: Space) -> Figure:
    """Return the figure of a space whose decisions all have the same choices; raises `RecipeError` for another."""
    names, *others = dict.fromkeys(space.readable_choices)
    if others:
        raise RecipeError(
            f"the decisions of space '{space.slot_name()}' have different choices, so their usage has no common "
            "legend; leave the figure out"
        )
    return Figure(
        name="operation-usage",
        about="papers/single-path-ranking-correlations, Figure 3",
        numbers=partial(numbers, names=names),
        draw=draw,
        of="truth",
    )
