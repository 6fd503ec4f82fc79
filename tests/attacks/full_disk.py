"""Every command on a full disk: one line that names it, nothing half-written, and the next try succeeds.

    python -m tests.attacks.full_disk --seed 1

The disk is a small tmpfs, which needs the right to mount; without it, nothing is tried, and the reason is printed.
"""

import argparse
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attacks.command import call, ended, fork
from tests.attacks.commands import commands
from tests.attacks.report import Tally

SIZE = 8 * 2**20


class CannotMount(Exception):
    """Why no disk can be made here."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Yield a folder on a disk of `SIZE` bytes."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise CannotMount(f"mount says: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, free: int) -> Path:
    """Leave `free` bytes of the disk; return the file that takes the rest."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                break
        file.truncate(max(0, file.tell() - free))
    return filler


def attack(seed: int, names: list[str] | None = None) -> Tally:
    """Run each command, or those with `names`, with no space, and with a little that it uses up."""
    tally, rng = Tally("full disk"), random.Random(seed)
    with (
        tempfile.TemporaryDirectory() as place,
        small_disk(Path(place) / "disk") as disk,
        commands(work := Path(place), disk) as found,
    ):
        for name, words in found.items():
            if names is not None and name not in names:
                continue
            for free in (0, rng.randrange(1, 5) * 4096, rng.randrange(20, 60) * 1024):
                filler, told = fill(disk, free), work / "told"
                [code] = ended([fork(call(*words), told)])
                text = told.read_text()
                before, named, after = " ".join(text.split()).partition("No space left on device")  # tables wrap lines
                halves = [path.name for path in disk.rglob("*") if ".tmp" in path.name]
                filler.unlink()
                good = "Traceback" not in text and not halves and (code == 0 or bool(named))
                if free == 0:
                    good = good and code != 0
                tally.check(good, f"{name}, {free} bytes free: exit code {code}, left {halves}: {text[-600:]}")
                [code] = ended([fork(call(*words), told)]) if code else [0]
                said = f"{before[-100:]}{named}{after[:60]}" if named else "done"
                print(f"{name}, {free} bytes free: {said}", flush=True)
                tally.check(code == 0, f"{name}, with space again: exit code {code}: {told.read_text()[-600:]}")
                subprocess.run(f"rm -rf {disk}/* {disk}/.[!.]*", shell=True, check=True)
    return tally


def main() -> None:
    """Print trials and failures; exit code 1 if there is a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", help="a command, as it is named in `commands`; may be repeated")
    chosen = parser.parse_args()
    try:
        tally = attack(chosen.seed, chosen.only)
    except CannotMount as reason:
        print(f"full disk: skipped, {reason}")
        return
    tally.print()
    raise SystemExit(bool(tally.failures))


if __name__ == "__main__":
    main()
