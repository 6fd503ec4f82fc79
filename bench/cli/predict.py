"""`predict`: predictions of a trained supernet for a file of architectures."""

import glob
import hashlib
import time
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.names import studies
from bench.cli.options import Against, ArchColumn, Data, Device, PresetName, Results, check_device
from bench.errors import BenchError, StoreError
from bench.places import data_folder, results_folder
from bench.processes.parallel import cores
from bench.recipe.preset import find_preset
from bench.study.named import find_row
from bench.types import SCORES


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("predict")(predict_file)


def predict_file(
    row: Annotated[
        str,
        typer.Argument(
            help="The row whose supernet predicts: STUDY, STUDY:ROW or FILE.py.",
            autocompletion=studies,
        ),
    ],
    archs: Annotated[Path, typer.Option(help="Architectures: JSON (name -> arch), CSV, TSV, or one per line.")],
    out: Annotated[
        Path | None, typer.Option(help="The .json or .csv to write (default: predictions-ROW-seed-K.json).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the run.")] = 0,
    preset: PresetName = "laptop",
    score: Annotated[str | None, typer.Option(help=f"{' or '.join(SCORES)} (default: the row's own).")] = None,
    device: Device = "cpu",
    against: Against = "baseline",
    results: Results = None,
    data: Data = None,
    arch_column: ArchColumn = None,
) -> None:
    """Predict accuracies for a list of architectures.

    Name, arch and acc of each are written. JSON has the form of CVPR 2021 track 1, name -> arch, acc.

    Accuracies are written as fractions, 0 to 1, as in the competition; negative cross-entropies in nats. If
    interrupted, the same command continues.

    Examples:

      supernet-bench predict channel-methods --archs cvpr2021_track1_winner_predictions.csv

      supernet-bench predict "channel-methods:the paper's best" --archs archs.json --seed 1 --out submission.json

      supernet-bench predict baseline --archs cells.txt --score negative-cross-entropy --out cells.csv
    """
    import torch
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from bench.device.kernels import settle_card
    from bench.files import write_whole
    from bench.processes.progress import Step
    from bench.runs.store import CHECKPOINT, Run
    from bench.runs.trained import load_trained
    from bench.scores.files.arch_file import WRITTEN, read_archs
    from bench.tables.frame import Columns

    torch.set_num_threads(1)  # torch's own threads, per thread of `threads`
    threads = cores() if device == "cpu" else 1
    check_device(device)
    if device != "cpu":
        settle_card()
    if score is not None and score not in SCORES:
        raise BenchError(f"--score {score}; allowed: {', '.join(SCORES)}")
    study, found = find_row(row, beside=against)
    recipe = found.filled(find_preset(preset))
    run = Run(recipe, preset, seed, results_folder(results))
    target = out or Path(f"predictions-{run.folder.parent.name}-seed-{seed}.json")
    if target.is_dir() or not target.parent.is_dir():
        what = "is a folder" if target.is_dir() else f"is in the folder {target.parent}, which does not exist"
        raise StoreError(f"--out {target} {what}; name a file in an existing folder")
    if target.suffix.lower() not in WRITTEN:
        raise StoreError(f"--out {target} ends in '{target.suffix}'; allowed: {', '.join(WRITTEN)}")
    wanted = read_archs(archs, recipe.space, Columns(arch=arch_column))
    if not (inside := recipe.space.contains(wanted.genes)).all():
        outsider = wanted.spelled[int(inside.argmin())]
        raise BenchError(
            f"{archs}: {(~inside).sum():,} of {len(inside):,} architectures, first '{outsider}', are not in the space "
            f"of row '{found.name}' (masked or invalid); remove them, or name a row that has them"
        )
    trained = load_trained(study.name, found.name, run, data_folder(data), device)
    saved = run.folder / CHECKPOINT
    partial = target.with_name(f"{target.name}.{hashlib.sha256(saved.read_bytes()).hexdigest()[:10]}.partial")
    rate = TextColumn("{task.completed:.0f}/{task.total:.0f} architectures, {task.fields[rate]:.1f}/s")
    with Progress("predict", BarColumn(), rate, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("predict", total=len(wanted.genes), rate=0.0)
        begun, first = time.monotonic(), dict[str, int]()

        def report(step: Step) -> None:
            first.setdefault("done", step.done)
            rate = (step.done - first["done"]) / max(time.monotonic() - begun, 1e-9)
            progress.update(task, completed=step.done, total=step.total, rate=rate)

        predictions = trained.ask(wanted.genes, progress=partial, threads=lambda: threads, report=report)
    chosen = score or found.score
    values = predictions.by(chosen) / (100 if chosen == "accuracy" else 1)
    write_whole(target, WRITTEN[target.suffix.lower()](wanted, values))
    for leftover in target.parent.glob(f"{glob.escape(partial.name)}*"):
        leftover.unlink()
    typer.echo(f"{target}: {len(wanted.names):,} architectures by {chosen}")
