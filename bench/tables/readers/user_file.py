"""A user's own accuracies: CSV or NPZ with an architecture string and an accuracy per training seed."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.errors import DataError
from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import number, read_csv, require
from bench.tables.readers import Reader
from bench.tables.table import Table
from bench.untrusted.npz import check_npz, valid_text

PER_SEED = "accuracy_"


@dataclass(frozen=True, kw_only=True)
class UserFile(Reader):
    """One table, named by the caller.

    CSV: columns `arch` and `accuracy`, or `arch`, `accuracy_0`, `accuracy_1`, ...; an empty cell is an absent
    seed, other columns are ignored. NPZ: arrays `arch` (strings) and `accuracy` [arch] or [arch, seed].
    Accuracies are in percent.
    """

    form: ClassVar[str] = (
        "your own CSV (arch,accuracy or arch,accuracy_0,accuracy_1,...) or NPZ (arch, accuracy) with --name"
    )
    names_itself: ClassVar[bool] = False

    def recognizes(self, path: Path) -> bool:
        return path.suffix in (".csv", ".npz")

    def read(self, path: Path) -> list[Table]:
        if self.name is None:
            raise DataError(
                f"{path} does not say which table it is; add --name space/dataset/split/budget, "
                "such as --name nb201/cifar10/test/200ep"
            )
        rows = _csv_rows(path) if path.suffix == ".csv" else _npz_rows(path)
        return [checked_table(rows, self.name, source=path.name, source_sha256=file_sha256(path))]


def _csv_rows(path: Path) -> FileRows:
    columns, rows = read_csv(path)
    per_seed = [column for column in columns if column.startswith(PER_SEED)]
    if per_seed and "accuracy" in columns:
        raise DataError(f"{path} has both accuracy and {', '.join(per_seed)}; keep the mean or the seeds, not both")
    read = per_seed or ["accuracy"]
    require(columns, ["arch", *read], path)
    return FileRows(
        path=path,
        keys=[where for where, _ in rows],
        archs=[cells["arch"] for _, cells in rows],
        accuracy=np.array([[number(row, column, path) for column in read] for row in rows]).reshape(-1, len(read)),
        seeds=tuple(column.removeprefix(PER_SEED) for column in per_seed) or ("mean",),
    )


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
