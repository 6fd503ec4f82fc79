"""Folders of data, results and plots."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CHECKOUT = (PROJECT / "pyproject.toml").is_file()
"""Whether this is a clone, with data/, results/ and plots/ next to bench/."""

SHIPPED = PROJECT / "data" if CHECKOUT else Path(__file__).resolve().parent / "_data"
"""Folder of the files shipped with the project: sources.toml and the embedded tables."""

DATA_VARIABLE = "SUPERNET_BENCH_DATA"


def data_folder(chosen: Path | None = None) -> Path:
    """Return the folder of tables and images: the chosen one, $SUPERNET_BENCH_DATA, data/ of a clone, or a cache."""
    if chosen is not None:
        return chosen
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    if CHECKOUT:
        return PROJECT / "data"
    import pooch

    return Path(pooch.os_cache("supernet-bench"))


def results_folder(chosen: Path | None = None) -> Path:
    """Return the folder of finished and running runs: the chosen one, results/ of a clone, or ./results."""
    return chosen or (PROJECT / "results" if CHECKOUT else Path("results"))


def plots_folder(chosen: Path | None = None) -> Path:
    """Return the folder of figures: the chosen one, plots/ of a clone, or ./plots."""
    return chosen or (PROJECT / "plots" if CHECKOUT else Path("plots"))
