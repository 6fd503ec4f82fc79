"""The direction of a column of scores: higher is better, unless the user states otherwise."""

from collections.abc import Sequence
from pathlib import Path

from bench.errors import DataError
from bench.tables.frame import plain

SCORE_COLUMNS = ("score", "acc", "accuracy", "prediction", "predicted")
ACCURACY_COLUMNS = ("acc", "accuracy")
LOSS_COLUMNS = ("crossentropy", "nll", "perplexity")
"""Names of columns in which lower is usually better, besides those that end with loss or error."""
NEGATIVE = -0.1
"""A tau whose whole interval is below this suggests the wrong sign."""


def is_loss(column: str) -> bool:
    """Return whether lower is usually better in a column of this name.

    >>> is_loss("Valid_Loss"), is_loss("top-1 error"), is_loss("accuracy")
    (True, True, False)
    """
    return plain(column).endswith(("loss", "error")) or plain(column) in LOSS_COLUMNS


def score_columns(columns: Sequence[str], lower_is_better: bool | None) -> tuple[str, ...]:
    """Return the names of which one must be the score's: those of losses if lower is better or there is no other."""
    losses = tuple(plain(column) for column in columns if is_loss(column))
    usual = any(plain(column) in SCORE_COLUMNS for column in columns)
    return losses if losses and (lower_is_better or not usual) else SCORE_COLUMNS


def check_direction(path: Path, place: str, column: str, lower_is_better: bool | None) -> None:
    """Raise `DataError` for a column of losses whose direction the user did not state (None)."""
    if is_loss(column) and lower_is_better is None:
        raise DataError(
            f"{path}, {place}: is lower better in column '{column}'? add --lower-is-better to 'supernet-bench score', "
            f"--lower-is-better {path} to 'supernet-bench compare', or --higher-is-better if its sign is turned already"
        )


def sign_hint(name: str, tau: float, lower_is_better: bool | None = None) -> str:
    """Return a line that asks for the sign of predictions with a clearly negative tau, or upper end of its interval.

    Empty for others. `lower_is_better` is the direction that was stated, None if none was.
    """
    if not tau < NEGATIVE:
        return ""
    remedy = "--higher-is-better" if lower_is_better else "--lower-is-better"
    return f"{name}: its tau-b is clearly negative; if its sign is wrong, score it with {remedy}"
