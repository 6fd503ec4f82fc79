"""The journal of a build: one line per finished network, so that an interrupted build continues."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.errors import StoreError, shown
from bench.tables.table import Table
from bench.untrusted.json_object import is_number, parse_object


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


class Journal:
    """Finished networks, one JSON line each; a last line cut off by a kill is dropped and trained again.

    Raises `StoreError` naming file and line if any other line is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.networks: dict[tuple[str, int], Network] = {}
        if path.is_file():
            *whole, torn = path.read_bytes().split(b"\n")
            for number, line in enumerate(whole, 1):
                try:
                    network = _network(line)
                except (ValueError, TypeError) as error:
                    raise StoreError(f"{path}, line {number} is damaged ({error}); delete the line") from error
                self.networks[network.arch, network.seed] = network
            if torn:
                os.truncate(path, path.stat().st_size - len(torn))

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
        """Append a network; raises `StoreError` if the disk is full."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a") as file:
                file.write(json.dumps(vars(network)) + "\n")
        except OSError as error:
            raise StoreError(f"cannot write {self.path} ({error.strerror}); free some space and run again") from error
        self.networks[network.arch, network.seed] = network
