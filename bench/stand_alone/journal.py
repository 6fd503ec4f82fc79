"""The journal of a build: one line per finished network, so that an interrupted build continues."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.errors import StoreError, shown
from bench.files import cannot_write, cause, make_folder, remedy_of_reading
from bench.processes.claim import claimed
from bench.tables.table import Table
from bench.untrusted.json_object import is_number, parse_object

PART = "networks.jsonl"
"""The journal of a part of a table, which a job of a cluster writes."""


@dataclass(frozen=True)
class Network:
    """One line of the journal: test accuracy in percent of an architecture trained with a seed, and wall seconds."""

    arch: str
    seed: int
    accuracy: float
    seconds: float


def _network(line: bytes) -> Network:
    """Return the network of a line; raises `ValueError` or `TypeError` if it is none."""
    found = Network(**parse_object(line))
    if not isinstance(found.arch, str) or not is_number(found.seed) or found.seed != int(found.seed):
        raise ValueError(f"arch is {shown(found.arch)} and seed {shown(found.seed)}, expected text and a whole number")
    if not (is_number(found.accuracy) and is_number(found.seconds)):
        raise ValueError(f"accuracy is {shown(found.accuracy)} and seconds {shown(found.seconds)}, expected numbers")
    return found


@contextmanager
def opened_journal(path: Path, *, writing: bool) -> Iterator["Journal"]:
    """Yield the journal, which knows what its parts hold; `writing` holds its lock meanwhile.

    Raises `StoreError` if another process writes it.
    """
    if not writing:
        yield _with_parts(path)
        return
    with claimed(path.with_suffix(".lock")) as other:
        if other is not None:
            raise StoreError(f"{path} is written by {other}, which builds the same table; wait until it has ended")
        yield _with_parts(path)


def folder_of_parts(path: Path) -> Path:
    """Return the folder, beside a table's journal, of the parts that jobs of a cluster train."""
    return path.with_suffix("")


def _with_parts(path: Path) -> "Journal":
    parts = []  # read first: what leaves them meanwhile goes into the table's journal
    for part in sorted(folder_of_parts(path).glob(f"*/{PART}")):
        try:
            parts.append(Journal(part).networks)
        except StoreError:
            if part.is_file():
                raise
    journal = Journal(path)
    for networks in parts:
        journal.networks = networks | journal.networks
    return journal


class Journal:
    """Finished networks, one JSON line each; a last line cut off by a kill is dropped and trained again.

    Reading changes no file: another process may be writing it. Raises `StoreError` naming file and line if any other
    line is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.networks: dict[tuple[str, int], Network] = {}
        self._torn = 0
        if path.is_file():
            *whole, torn = self._content().split(b"\n")
            for number, line in enumerate(whole, 1):
                try:
                    network = _network(line)
                except (ValueError, TypeError) as error:
                    raise StoreError(f"{path}, line {number} is damaged ({error}); delete the line") from error
                self.networks[network.arch, network.seed] = network
            self._torn = len(torn)

    def know(self, table: Table) -> None:
        """Count the networks of a stored table as trained, without writing them to the file."""
        canonical = table.space.canonical(table.genes)
        for row in np.flatnonzero((canonical == table.genes).all(axis=1)):
            arch = table.space.spell(tuple(table.genes[row].tolist()))
            for seed, accuracy in zip(table.seeds, table.accuracy[row].tolist(), strict=True):
                if np.isfinite(accuracy) and seed.isdecimal():
                    network = Network(arch=arch, seed=int(seed), accuracy=round(accuracy, 4), seconds=0.0)
                    self.networks.setdefault((arch, int(seed)), network)

    def add(self, network: Network) -> None:
        """Append a network and flush it to the disk; raises `StoreError`, and leaves no part of it, if that fails."""
        make_folder(self.path.parent)
        try:
            with self.path.open("ab", buffering=0) as file:
                end = file.tell() - self._torn
                file.truncate(end)
                self._torn = 0
                try:
                    line = json.dumps(vars(network)).encode() + b"\n"
                    if file.write(line) < len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(end)
                    raise
        except OSError as error:
            raise StoreError(cannot_write(self.path, error)) from error
        self.networks[network.arch, network.seed] = network

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            remedy = remedy_of_reading(self.path, error, "restore it")
            raise StoreError(f"cannot read {self.path} ({cause(error)}); {remedy}") from error
