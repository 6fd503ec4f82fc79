"""The official NAS-Bench-201 file, `NAS-Bench-201-v1_x-......pth`: all cells in one torch archive."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bench.errors import DataError
from bench.files import file_sha256
from bench.tables.readers import Reader
from bench.tables.safe_pickle import SCALAR, refused
from bench.tables.table import Table
from bench.tables.trials import TrialTables
from bench.untrusted.torch_file import forbidden_name, load, reason

NUMBERS = [type(np.dtype(code)) for code in ("f8", "f4", "i8", "i4")]


@dataclass(frozen=True, kw_only=True)
class NasBench201Pth(Reader):
    """Every data set, split, seed and budget in the file becomes a table; the whole file is loaded into memory.

    The file calls the budgets `less` (12 epochs) and `full` (200 epochs). Source: Dong & Yang,
    NAS-Bench-201 (ICLR 2020).
    """

    form: ClassVar[str] = "NAS-Bench-201-v1_x-......pth"

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".pth"

    def release(self, path: Path) -> str:
        """Return `nb201-v1.1` for a file named as the official one of version 1.1: the versions differ in seeds."""
        version = re.search(r"v(\d+)_(\d+)", path.name)
        return f"nb201-v{version[1]}.{version[2]}" if version else "nb201"

    def read(self, path: Path) -> list[Table]:
        archive = _load(path)
        if not isinstance(archive, dict) or not isinstance(archive.get("arch2infos"), dict):
            raise DataError(f"{path} has no 'arch2infos', the results by cell; give the official NAS-Bench-201 file")
        for index, budgets in archive["arch2infos"].items():
            if not isinstance(index, int) or not isinstance(budgets, dict):
                raise DataError(
                    f"{path}: 'arch2infos' holds what is no cell, {type(budgets).__name__} under "
                    f"{type(index).__name__}; expected the results by budget under a whole number; copy the file again"
                )
        cells = sorted(archive["arch2infos"].items())
        trials = TrialTables(path, len(cells), "nb201")
        for row, (index, budgets) in enumerate(cells):
            for results in budgets.values():
                trials.add(row, f"cell {index}", results)
        return trials.tables(citation="Dong & Yang, NAS-Bench-201, ICLR 2020", source_sha256=file_sha256(path))


def _load(path: Path) -> Any:
    import torch

    scalars = [(SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    try:
        with torch.serialization.safe_globals([*scalars, np.dtype, *NUMBERS]):
            return load(path, "cpu", older=True)  # the first version is a plain pickle
    except Exception as error:  # a damaged file raises a dozen types: UnpicklingError, struct.error, RuntimeError, ...
        if forbidden := forbidden_name(error):
            raise refused(path, forbidden) from error
        raise DataError(
            f"{path} is not a complete torch file (truncated?): {reason(error)}; copy the file again"
        ) from error
