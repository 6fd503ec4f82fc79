"""The data frame of predictions and truths: its columns, and the parts of it that figures score."""

from typing import TYPE_CHECKING

import numpy as np

from bench.scores.ceiling import CEILING_ROW
from bench.scores.score_run import Scored
from bench.types import Genes

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("row", "panels", "paths", "seed", "arch", "function", "drawn", "predicted", "ranked", "true", "trivial"),
    *("counted", "published", "population", "sampled", "minutes", "processor"),
)
"""One line per row, seed and architecture that has a truth.

`arch` holds the genes, as `arch_column` writes them; those of equal `function` compute the same one, and `drawn` says
that the population is a random draw. `predicted` and `true` are accuracies in percent; `ranked` is the row's score,
accuracy or negative cross-entropy; `trivial` is the trivial predictor of highest tau-b on the sampled architectures, a
cost of the stand-alone network, whose name is `counted` (NaN and empty if unknown); higher is better in all of them.
`published` is the tau printed in the row's source (NaN if none). `panels` joins the row's panels by ";", `paths` is the
number of paths per update. If the truth has several training seeds, the last row is its ceiling: one seed predicts the
mean of the others. `attrs["space"]` names the space.
"""


def arch_column(genes: Genes) -> np.ndarray:
    """Return each architecture's genes joined by "-", as a data frame holds it.

    >>> arch_column(np.array([[1, 3, 0], [0, 15, 2]], dtype=np.int8)).tolist()
    ['1-3-0', '0-15-2']
    """
    return np.array(["-".join(map(str, arch)) for arch in genes.tolist()], dtype=object)


def genes_of(archs: "pd.Series[str]") -> Genes:
    """Return the genes, [arch, decision], of a data frame's column of architectures."""
    return np.array([arch.split("-") for arch in archs], dtype=np.int8)


def supernets(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the lines of supernets, without the truth's ceiling."""
    return frame[frame.row != CEILING_ROW]


def true_top_of(run: "pd.DataFrame", number: int) -> "pd.DataFrame":
    """Return the lines of the true top `number` of one run, best first, including all that tie with the last."""
    truth = run.true.to_numpy(dtype=float)
    if number < len(truth):
        [at] = np.nonzero(truth >= np.partition(truth, -number)[-number])
    else:
        at = np.arange(len(truth))
    return run.iloc[at[np.argsort(-truth[at], kind="stable")]]


def scored(run: "pd.DataFrame", column: str = "ranked") -> Scored:
    """Return one run's lines as a prediction, their `column`, and its truth; the population is the sampled lines."""
    return Scored(
        prediction=run[column].to_numpy(dtype=float),
        truth=run.true.to_numpy(dtype=float),
        inside=run.sampled.to_numpy(dtype=bool),
        functions=run.function.to_numpy(),
        drawn=bool(run.drawn.iloc[0]),
    )
