"""All that is to be done on a machine with a GPU, in order: checks, speeds, stored runs. `benchmarks/gpu.sh` starts it.

What is done is not done again. Everything to copy back lies in one folder. Given as `--before` to the next call, also
on another machine of the same card, it goes on from there.
"""

import json
import shutil
import signal
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from bench.cli.options import check_device
from bench.errors import BenchError
from bench.files import write_whole
from bench.processes.progress import Step
from bench.recipe.preset import find_preset
from bench.runs.job import Job, Outcome
from bench.runs.local import run_all
from bench.runs.scored_on import predicted_population
from bench.runs.store import CHECKPOINT, RECORD, Run
from bench.sample.images.image_files import add_images
from bench.study.named import find_row
from benchmarks.card import name_of
from benchmarks.gpu_checks import checked
from benchmarks.gpu_speeds import QUICK, Size, at_once_rows, limits, prediction_rows, training_rows
from benchmarks.report import report, start

ORDER = (
    ("path-sampling:uniform, one path", "full"),
    ("baseline:baseline", "full"),
    ("best-recipe:distinct, own rates", "full"),  # the same passes as the baseline; its longer rows take days
    ("masking:no Skip", "full"),
    ("batch-norm:tracked", "full"),
    ("few-shot:split at edge 0-1", "full"),
    ("baseline:baseline", "paper"),
)
"""Rows and presets of the runs to store, in this order; every row once per seed before the next seed."""
QUICK_ORDER = (("baseline:baseline", "smoke"), ("path-sampling:uniform, one path", "smoke"))
SEEDS = (0, 1, 2)
PARTS = ("checks", "speeds", "runs")
SAVED, FINISHED, UNFINISHED = "gpu.json", "results.tar.gz", "unfinished-{}.tar"
LARGEST = 15 * 2**20
"""Bytes of a file to copy back; a larger one, a supernet of several copies, is trained from its start the next time."""
MOST_UNFINISHED = 6
RESERVE = 20.0
"""Seconds kept for stopping the runs and for packing."""
SPOKEN = 15.0
"""Seconds between two lines about a run."""


def main(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"What to do, of {', '.join(PARTS)} (default: all).")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the files to copy back.")] = Path("gpu-out"),
    before: Annotated[Path | None, typer.Option(help="Folder of the files that an earlier call left.")] = None,
    work: Annotated[Path, typer.Option(help="Folder of images and runs on this machine.")] = Path("gpu-work"),
    images: Annotated[Path, typer.Option(help="The archive cifar10-jpeg.npz.")] = Path("cifar10-jpeg.npz"),
    minutes: Annotated[float, typer.Option(help="Time limit of everything together.")] = 9.0,
    jobs: Annotated[
        int | None, typer.Option(help="Runs at once (default: the fastest number measured, else 2).")
    ] = None,
    device: Annotated[str, typer.Option(help="cuda, or cpu to try the script.")] = "cuda",
    row: Annotated[
        list[str] | None, typer.Option(help="Store only this row, STUDY:ROW@PRESET; may be repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small networks and no pauses, to try the script.")] = False,
) -> None:
    """Check the device against the CPU, measure it, and store runs, as far as the time goes.

    Exits with code 1 if a check fails; then no run is made.
    """
    ends = time.monotonic() + 60 * minutes - RESERVE * (not quick)
    wanted = _wanted(parts)
    if device == "cpu":
        torch.set_num_threads(1)
    try:
        check_device(device)
        state = State(out, before, work, name_of(device))
    except BenchError as error:
        raise SystemExit(f"error: {error}") from error
    size = QUICK if quick else Size()
    if "checks" in wanted:
        found = state.once("checks", ends, 30, lambda: checked(find_preset(size.large).fill(uniform_recipe()), device))
        if found and found["exceeded"]:
            raise SystemExit(f"error: {name_of(device)} differs from the CPU: {exceeded_limits(found)}; no run is made")
    if "speeds" in wanted:
        most = state.once("limits", ends, 20, lambda: limits(device, size))
        if most:
            state.once("training", ends, 90, lambda: training_rows(device, size, most))
        state.once("predictions", ends, 60, lambda: prediction_rows(device, size))
        state.once("runs at once", ends, 90, lambda: at_once_rows(device, size))
    if "runs" in wanted:
        order = tuple(_row(text) for text in row) if row else QUICK_ORDER if quick else ORDER
        _store_runs(state, order, images, device, jobs or fastest_jobs(state), ends)
    state.pack()
    _print(state)


class State:
    """What has been done on a card: measurements in a JSON file, runs in a folder, both packed for the way back."""

    def __init__(self, out: Path, before: Path | None, work: Path, card: str) -> None:
        self.out, self.work, self.card = out, work, card
        out.mkdir(parents=True, exist_ok=True)
        work.mkdir(parents=True, exist_ok=True)
        if before:
            if not (before / SAVED).is_file():
                raise BenchError(f"--before {before} has no {SAVED}; name the folder that an earlier call left")
            for packed in sorted(before.glob("*.tar*")):
                with tarfile.open(packed) as archive:
                    archive.extractall(work / "results", filter="data")
            shutil.copy(before / SAVED, work / SAVED)
        saved = work / SAVED
        self.cards: dict[str, dict[str, Any]] = json.loads(saved.read_text()) if saved.is_file() else {}
        self.found = self.cards.setdefault(card, {"torch": torch.__version__})

    def once(self, name: str, ends: float, seconds: float, measure: Callable[[], Any]) -> Any:
        """Return what was measured under a name, now or before; None if less than `seconds` are left."""
        if name not in self.found:
            if time.monotonic() + seconds > ends:
                print(f"{name}: no time left; next time", flush=True)
                return None
            started = time.monotonic()
            self.found[name] = measure()
            print(f"{name}: measured in {time.monotonic() - started:.0f} s", flush=True)
            self.save()
        return self.found[name]

    def save(self) -> None:
        """Write all measurements, for the next call and for the way back."""
        for folder in (self.work, self.out):
            write_whole(folder / SAVED, json.dumps(self.cards, indent=1) + "\n")

    def pack(self) -> None:
        """Write the finished runs into one file, without their weights, and each unfinished run into its own."""
        self.save()
        results = self.work / "results"
        folders = sorted(path for path in results.glob("*/*/seed-*") if path.is_dir())
        finished = [path for path in folders if (path / RECORD).is_file()]
        for packed in self.out.glob("*.tar*"):
            packed.unlink()
        if finished:
            with tarfile.open(self.out / FINISHED, "w:gz") as archive:
                for file in (file for path in finished for file in sorted(path.iterdir()) if file.name != CHECKPOINT):
                    archive.add(file, file.relative_to(results))
        unfinished = [path for path in folders if path not in finished and (path / CHECKPOINT).is_file()]
        for number, path in enumerate(unfinished[:MOST_UNFINISHED]):
            packed = self.out / UNFINISHED.format(number)
            with tarfile.open(packed, "w") as archive:
                archive.add(path, path.relative_to(results))
            if packed.stat().st_size > LARGEST:
                packed.unlink()
                print(f"{path.relative_to(results)} is larger than {LARGEST >> 20} MB and stays here", flush=True)
        for path in unfinished[MOST_UNFINISHED:]:
            print(f"{path.relative_to(results)} stays here: {MOST_UNFINISHED} unfinished runs go back", flush=True)


def _store_runs(
    state: State, order: tuple[tuple[str, str], ...], images: Path, device: str, jobs: int, ends: float
) -> None:
    todo = [job for seed in SEEDS for name, preset in order if (job := job_of(state, name, preset, seed, device))]
    if not todo or time.monotonic() > ends:
        print("runs: all are done" if not todo else "runs: no time left; next time", flush=True)
        return
    data = state.work / "data"
    needed = {job.run.recipe.images.dataset for job in todo}
    if "cifar10" in needed and not (data / "images" / "cifar10.npz").is_file():
        add_images(images, data, "cifar10")
    spoken: dict[str, float] = {}

    def tell(job: Job, step: Step) -> None:
        if time.monotonic() - spoken.get(job.label, 0) > SPOKEN:
            spoken[job.label] = time.monotonic()
            print(f"{job.label}: {step.phase} {step.done:.0f} of {step.total:.0f} {step.unit}", flush=True)

    def ended(outcome: Outcome) -> None:
        print(f"{outcome.label}: {outcome.status} {outcome.reason}", flush=True)
        state.pack()

    with stopped_at(ends):
        run_all(todo, workers=jobs, report=tell, ended=ended)


def job_of(state: State, name: str, preset: str, seed: int, device: str) -> Job | None:
    """Return a run to make; None if it is done."""
    _, row = find_row(name, beside="baseline")
    recipe = find_preset(preset).fill(row.recipe, row.times)
    run = Run(recipe, preset, seed, state.work / "results")
    population = predicted_population(recipe.space, find_preset(preset), None)
    label = f"{preset}, {row.name}, seed {seed}"
    return None if run.status == "done" else Job(run, label, population, state.work / "data", device)


@contextmanager
def stopped_at(ends: float) -> Iterator[None]:
    """Interrupt what runs inside at a moment, as Ctrl-C does; every run goes on from its last checkpoint."""

    def stop(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(ends - time.monotonic(), 0.01))  # 0 would set none
    try:
        yield
    except KeyboardInterrupt:
        print("the time is over; the next call goes on from the last epoch of each run", flush=True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _row(text: str) -> tuple[str, str]:
    name, at, preset = text.rpartition("@")
    if not at:
        raise SystemExit(f"error: --row {text} names no preset; write STUDY:ROW@PRESET")
    return name, preset


def uniform_recipe() -> Any:
    """Return the recipe of the checks: one random architecture per update."""
    return find_row("path-sampling:uniform, one path", beside="baseline")[1].recipe


def _wanted(parts: list[str] | None) -> list[str]:
    for part in parts or ():
        if part not in PARTS:
            raise SystemExit(f"error: unknown part '{part}'; allowed: {', '.join(PARTS)}")
    return parts or list(PARTS)


def fastest_jobs(state: State) -> int:
    """Return the number of runs at once that trains most images per second."""
    rows = state.found.get("runs at once")
    return int(max(rows, key=lambda row: row["images/s, all"])["runs at once"]) if rows else 2


def exceeded_limits(found: dict[str, Any]) -> str:
    """Return the differences that exceed their limits, in words."""
    parts = (
        f"{name} {found['differences'][name]:.2g} (at most {found['limits'][name]:g})" for name in found["exceeded"]
    )
    return "; ".join(parts)


def _print(state: State) -> None:
    found = state.found
    if "checks" in found:
        rows = [{"difference of": name, "found": value} for name, value in found["checks"]["differences"].items()]
        report(f"{state.card} against the CPU", rows, as_json=False)
    if "limits" in found:
        report(f"{state.card} at most", [{name: f"{value:.3g}" for name, value in found["limits"].items()}], False)
    for name in ("training", "predictions", "runs at once"):
        if name in found:
            report(f"{name}, {state.card}, PyTorch {found['torch']}", found[name], as_json=False)


if __name__ == "__main__":
    start(main)
