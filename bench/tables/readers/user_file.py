"""A user's own accuracies: CSV, TSV, JSON or NPZ with an architecture string and an accuracy per training seed."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.errors import DataError, shown
from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import require
from bench.tables.frame import ARCH_COLUMNS, ENDINGS, KEY, VALUE, Columns, Frame, as_number, read_frame
from bench.tables.readers import Reader
from bench.tables.table import Table
from bench.tables.text_file import ending
from bench.untrusted.npz import check_npz, valid_text

PER_SEED = "accuracy_"


@dataclass(frozen=True, kw_only=True)
class UserFile(Reader):
    """One table, named by the caller.

    CSV, TSV and JSON in any form that files of predictions have: columns `arch` and `accuracy`, or `arch`,
    `accuracy_0`, `accuracy_1`, ..., in upper or lower case, or those that the caller chose; an empty cell or null is an
    absent seed, other columns are ignored. NPZ: arrays `arch` (strings) and `accuracy` [arch] or [arch, seed].
    Accuracies are in percent.
    """

    form: ClassVar[str] = (
        "your own CSV, TSV, JSON (arch,accuracy or arch,accuracy_0,accuracy_1,...) or NPZ (arch, accuracy) with --name"
    )
    names_itself: ClassVar[bool] = False

    def recognizes(self, path: Path) -> bool:
        return ending(path) in ENDINGS or path.suffix == ".npz"

    def read(self, path: Path) -> list[Table]:
        if self.name is None:
            raise DataError(
                f"{path} does not say which table it is; add --name space/dataset/split/budget, "
                "such as --name nb201/cifar10/test/30ep"
            )
        rows = _npz_rows(path) if path.suffix == ".npz" else _frame_rows(path, self.columns)
        rows = replace(rows, in_percent=self.percent)
        return [checked_table(rows, self.name, source=path.name, source_sha256=file_sha256(path))]


def _frame_rows(path: Path, columns: Columns) -> FileRows:
    frame = read_frame(path, columns)
    arch, read, seeds = _columns(frame, columns)
    return FileRows(
        path=path,
        keys=[where for where, _ in frame.rows],
        archs=[cell for _, cell in frame.cells(arch)],
        accuracy=np.array([_accuracies(frame, column) for column in read]).T.reshape(-1, len(read)),
        seeds=seeds,
    )


def _columns(frame: Frame, columns: Columns) -> tuple[str, list[str], tuple[str, ...]]:
    """Return the column of architectures, those of accuracies, and the seeds that these name."""
    frame.check_chosen(columns)
    if frame.of_pairs:
        return KEY, [VALUE], ("mean",)
    arch = frame.column(ARCH_COLUMNS, columns.arch)
    per_seed = {name: name.strip().lower().replace(" ", "_") for name in frame.names}
    per_seed = {name: low.removeprefix(PER_SEED) for name, low in per_seed.items() if low.startswith(PER_SEED)}
    if columns.value is not None or not per_seed:
        try:
            return arch, [frame.column(("accuracy",), columns.value, "--column")], ("mean",)
        except DataError as error:
            raise DataError(f"{error} (a file of predictions is scored by 'supernet-bench score')") from None
    mean = [name for name in frame.names if name.strip().lower() == "accuracy"]
    if mean:
        raise DataError(
            f"{frame.path} has both {mean[0]} and {shown(', '.join(per_seed))}; keep the mean or the seeds, not both"
        )
    [(seed, times)] = Counter(low for low in per_seed.values()).most_common(1)
    if times > 1 or sum(name in per_seed for name in frame.names) > len(per_seed):
        raise DataError(f"{frame.path} has several columns '{PER_SEED}{seed}'; keep one of them")
    return arch, list(per_seed), tuple(per_seed.values())


def _accuracies(frame: Frame, column: str) -> list[float]:
    """Return a column of accuracies, NaN where a cell is empty."""
    found = []
    for where, cell in frame.cells(column):
        number = as_number(None if cell == "" or str(cell).isspace() else cell)
        if number is None:
            told = f"{column} is '{shown(cell)}'" if column != VALUE else f"accuracy is {shown(cell)}"
            raise DataError(f"{frame.path}, {where}: {told}, not a number; correct the cell")
        found.append(number)
    return found


def _npz_rows(path: Path) -> FileRows:
    try:
        with path.open("rb") as file:
            check_npz(file)
            with np.load(file, allow_pickle=False) as archive:
                arrays = {key: valid_text(archive[key]) for key in archive}
    except Exception as error:  # a damaged archive raises a dozen types: BadZipFile, zlib.error, TokenError, ...
        raise DataError(
            f"{path} cannot be read as NPZ (truncated, or with pickled objects?): {error}; "
            "write it with numpy.savez and arrays of plain strings and numbers"
        ) from error
    require(list(arrays), ["arch", "accuracy"], path)
    arch, accuracy = arrays["arch"], arrays["accuracy"]
    if arch.ndim != 1 or arch.dtype.kind != "U":
        raise DataError(f"{path}: arch is {arch.dtype} {arch.shape}, expected strings [arch]; correct the array")
    if accuracy.ndim not in (1, 2) or len(accuracy) != len(arch) or accuracy.dtype.kind not in "iuf":
        raise DataError(
            f"{path}: accuracy is {accuracy.dtype} {accuracy.shape}, expected numbers [arch] or [arch, seed] "
            f"for {len(arch)} architectures; correct the array"
        )
    return FileRows(
        path=path,
        keys=[f"row {row}" for row in range(len(arch))],
        archs=arch.tolist(),
        accuracy=accuracy.astype(np.float64).reshape(len(arch), -1),
        seeds=("mean",) if accuracy.ndim == 1 else tuple(str(seed) for seed in range(accuracy.shape[1])),
    )
