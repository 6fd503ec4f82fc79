"""The DARTS files of NDS, `DARTS.json` and `DARTS_fix-w-d.json`: networks of DARTS cells, each trained once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bench.errors import DataError, shown
from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.json_file import Pairs, number, parsed_json
from bench.tables.readers import Reader, head
from bench.tables.table import Table

KEYS = r'"(genotype|test_ep_top1|min_test_top1|train_ep_top1|train_ep_loss|train_it_top1|train_it_loss|prec_time)"'
PARTS = ("normal", "normal_concat", "reduce", "reduce_concat")
ErrorRow = tuple[str, str, float, dict[str, float]]
"""Location, genotype, accuracy in percent, and recorded costs."""


@dataclass(frozen=True, kw_only=True)
class NdsJson(Reader):
    """A table for every width, depth and number of epochs: `darts/cifar10/test/100ep-width-16-depth-8@nds`.

    Networks of other widths or depths are other networks, so that accuracies of several are never in one table; each
    entry says its own. The accuracy is that of the last epoch, 100 minus `test_ep_top1`, which is an error in percent.
    `params` and `flops` are the entry's. Entries of the same cells must be the same training; a file of several
    learning rates is refused there. Source: Radosavovic et al., On network design spaces for visual recognition
    (ICCV 2019).
    """

    form: ClassVar[str] = 'NDS JSON of DARTS cells ([{"net": {"genotype": {...}, "width": ...}, "test_ep_top1": ...}])'

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".json" and bool(re.search(KEYS, head(path)))

    def release(self, path: Path) -> str:
        return "nds"

    def read(self, path: Path) -> list[Table]:
        if re.search(r"_in\b", path.stem):
            raise DataError(f"{path} is named as networks trained on ImageNet; this reader takes those on CIFAR-10")
        entries = parsed_json(path)
        if not isinstance(entries, list) or isinstance(entries, Pairs):
            kind = "an object" if isinstance(entries, Pairs) else f"a {type(entries).__name__}"
            raise DataError(f"{path} holds {kind}; expected a list of entries, as NDS's files on CIFAR-10 have")
        groups: dict[tuple[int, int, int], list[ErrorRow]] = {}
        for index, found in enumerate(entries, 1):
            entry = _Entry(path, f"entry {index}", _plain(found))
            groups.setdefault(entry.group(), []).append(entry.row())
        if not groups:
            raise DataError(f"{path} holds no entry; copy the file again")
        sha256 = file_sha256(path)
        return [_table(path, group, groups[group], sha256) for group in sorted(groups)]


def _table(path: Path, group: tuple[int, int, int], rows: list[ErrorRow], sha256: str) -> Table:
    width, depth, epochs = group
    accuracy = np.array([[accuracy] for _, _, accuracy, _ in rows])
    if accuracy.min() >= 99:
        raise DataError(
            f"{path}, {rows[0][0]}: test_ep_top1 of all networks of width {width} and depth {depth} are at most 1, so "
            "these are fractions; NDS gives errors in percent, multiply them by 100"
        )
    file_rows = FileRows(
        path=path,
        keys=[where for where, *_ in rows],
        archs=[genotype for _, genotype, *_ in rows],
        accuracy=accuracy,
        seeds=("0",),
        costs={name: np.array([costs[name] for *_, costs in rows]) for name in ("params", "flops")},
        in_percent=True,  # the errors were
    )
    return checked_table(
        file_rows,
        f"darts/cifar10/test/{epochs}ep-width-{width}-depth-{depth}",
        source=f"{path.name}: 100 minus the last test_ep_top1, width {width}, depth {depth}; one training each",
        citation="Radosavovic et al., On network design spaces for visual recognition, ICCV 2019",
        source_sha256=sha256,
    )


@dataclass(frozen=True)
class _Entry:
    """One network of the file, with its location for errors."""

    path: Path
    where: str
    values: Any

    def group(self) -> tuple[int, int, int]:
        """Return width, depth and the number of epochs."""
        width, depth = (self._whole("net", name) for name in ("width", "depth"))
        return width, depth, len(self._errors())

    def row(self) -> ErrorRow:
        """Return what the table has of the network."""
        genotype = self._part("net", "genotype")
        if not isinstance(genotype, dict):
            raise self._wrong("net.genotype", genotype, f"an object with {', '.join(PARTS)}")
        parts = [self._part("net", "genotype", name) for name in PARTS]
        error = self._errors()[-1]
        if not 0 <= error <= 100:
            raise self._wrong("test_ep_top1", error, "errors in percent, 0 to 100")
        costs = {name: self._number(name, self._part(name)) for name in ("params", "flops")}
        return self.where, _genotype(*parts), 100 - error, costs

    def _errors(self) -> list[float]:
        found = self._part("test_ep_top1")
        if not isinstance(found, list) or not found:
            raise self._wrong("test_ep_top1", found, "the test error after each epoch")
        return [self._number("test_ep_top1", value) for value in found]

    def _whole(self, *names: str) -> int:
        found = self._part(*names)
        if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= 10_000:
            raise self._wrong(".".join(names), found, "a whole number of 1 or more")
        return found

    def _part(self, *names: str) -> Any:
        value = self.values
        for name in names:
            if not isinstance(value, Mapping) or name not in value:
                raise DataError(
                    f"{self.path}, {self.where}: no '{'.'.join(names)}'; this reader takes networks of DARTS cells, "
                    "with net.genotype, net.width, net.depth, test_ep_top1, params and flops"
                )
            value = value[name]
        return value

    def _number(self, name: str, value: Any) -> float:
        return number((self.where, {}), name, value, self.path)

    def _wrong(self, name: str, value: Any, expected: str) -> DataError:
        return DataError(f"{self.path}, {self.where}: {name} is {shown(json.dumps(value))}; expected {expected}")


def _genotype(normal: Any, normal_concat: Any, reduce: Any, reduce_concat: Any) -> str:
    """Return the text of a genotype; whatever is wrong in it is found when the space parses it."""
    cells = [[tuple(pair) if isinstance(pair, list) else pair for pair in _listed(cell)] for cell in (normal, reduce)]
    return (
        f"Genotype(normal={cells[0]}, normal_concat={_listed(normal_concat)}, reduce={cells[1]}, "
        f"reduce_concat={_listed(reduce_concat)})"
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    """Return the objects that hold other values as dictionaries."""
    if isinstance(value, Pairs):
        return {name: _plain(inner) for name, inner in value}
    return value
