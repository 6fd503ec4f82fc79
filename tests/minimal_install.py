"""Does what was installed suffice? Every command's help, `list`, a run, a figure and a score; needs no pytest.

`make lowest` runs it in another folder, so that the installed package is imported and not the clone's.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import typer

import bench
from bench.cli import app
from bench.spaces.nb201 import NB201

STORED = ("--preset", "smoke", "--seeds", "0")


def verbs(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, (*before, name))
        else:
            yield *before, name


def call(*words: str | Path) -> str:
    """Return what a command prints; exits with it if the command fails."""
    line = [sys.executable, "-m", "bench", *map(str, words)]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=600, check=False)
    if ran.returncode:
        raise SystemExit(f"'{' '.join(map(str, words))}' ended with code {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def main() -> None:
    """Print what was tried with which versions; the exit code is 1 at the first failure."""
    needs = [need for need in requires("supernet-bench") or [] if "extra" not in need]
    named = sorted(need.split(">")[0] for need in needs)
    print(f"{Path(bench.__file__).parent}:", ", ".join(f"{name} {version(name)}" for name in named))
    there = list(verbs(typer.main.get_command(app)))
    for words in there:
        call(*words, "--help")
    asked = "import sys; from bench.cli import app; app(['list', 'studies'], standalone_mode=False); "
    subprocess.run([sys.executable, "-c", f"{asked}sys.exit('torch' in sys.modules)"], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        results, cells, mine = (Path(folder) / name for name in ("results", "cells.txt", "mine.csv"))
        call("run", "baseline", *STORED, "--jobs", "1", "--results", results)
        call("plot", "baseline", *STORED, "--results", results, "--out", folder)
        call("report", "--study", "baseline", "--preset", "smoke", "--results", results, "--out", f"{folder}/page.html")
        cells.write_text("\n".join(NB201().spell_all(NB201().enumerate()[-60:])))
        call("predict", "baseline", "--archs", cells, "--preset", "smoke", "--results", results, "--out", mine)
        call("score", mine, "--table", "nb201/digits/test/30ep")
    print(f"the help of {len(there)} commands, list, run, plot, report, predict and score: all end well")


if __name__ == "__main__":
    main()
