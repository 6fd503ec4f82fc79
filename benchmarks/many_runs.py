"""Seconds of `plan`, `compare` and `report` over thousands of stored runs, which are simulated."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from bench.files import file_sha256, make_folder
from bench.places import PROJECT, data_folder
from bench.population import Population
from bench.predict.predictions import Predictions
from bench.recipe.preset import find_preset
from bench.runs.plan import PlannedRow, plan
from bench.runs.predictions_file import write_predictions
from bench.runs.store import PREDICTIONS, Record, Run, write_record
from bench.slot import describe
from bench.study.named import find_study
from bench.tables.catalog import open_table
from benchmarks.report import AsJson, Quick, report, start

ROWS, LEFT = 50, 100
"""Rows of the study, and runs beside the stored ones that are not trained, so that `plan` expects their time."""
STUDY = '''\
"""A study of many runs that differ in their epochs."""

from bench.recipe.recipe import Recipe
from bench.study.study import Row, Study

ROWS = tuple(Row(f"{{epochs}} epochs", Recipe(epochs=epochs)) for epochs in range(1, {rows} + 1))
STUDY = Study(
    name="many-{count}",
    question="How long do commands take over many runs?",
    source="benchmarks",
    truth="nb201/digits/test/30ep",
    baseline=Recipe(),
    rows=ROWS,
    seeds=tuple(range({seeds})),
)
'''


def main(
    records: Annotated[int, typer.Option(min=2 * ROWS, help="Stored runs.")] = 5_000,
    as_json: AsJson = False,
    quick: Quick = False,
) -> None:
    """Print the seconds of each command, one process each, over all records and over a fifth of them."""
    records = 2 * ROWS if quick else records
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (records, records // 5):
            place = make_folder(Path(folder) / str(count))
            name, study = f"many-{count}", place / f"many_{count}.py"
            seeds = -(-(count + LEFT) // ROWS)
            study.write_text(STUDY.format(count=count, rows=ROWS, seeds=seeds))
            begun = time.perf_counter()
            files, megabytes = simulated(study, place / "results", count)
            made = time.perf_counter() - begun
            words = ["--preset", "smoke", "--results", str(place / "results")]
            took = {
                "plan": command(study, "plan", name, *words),
                "compare": command(study, "compare", f"{name}:1 epochs", f"{name}:2 epochs", *words),
                "report": command(study, "report", "--study", name, *words, "--out", str(place / "report.html")),
            }
            rows.append({"records": count, "files": files, "mb": megabytes, "written": made} | took)
    notes = [
        f"{ROWS} rows; {LEFT} runs beside the stored ones are not trained; preset smoke: 500 predictions each",
        "written: seconds to write the files, each flushed to the disk; the rest: seconds of one process per command",
    ]
    report("many runs", rows, as_json, notes)


def simulated(study: Path, results: Path, count: int) -> tuple[int, float]:
    """Store `count` runs of a study whose predictions are the truth with noise; return their files and their MB."""
    rows = plan(find_study(str(study)), find_preset("smoke"), None, results)
    table = open_table("nb201/digits/test/30ep", data_folder())
    for run in runs_by_seed(rows)[:count]:
        inside = Population("connected-500", run.recipe.space).among(table.genes)
        rng = np.random.default_rng(run.seed)
        accuracy = (table.mean[inside] + rng.normal(size=int(inside.sum()))).astype(np.float32)
        predictions = Predictions(
            genes=table.genes[inside],
            accuracy=accuracy,
            negative_cross_entropy=accuracy / 100 - 3,
            images=128,
            split="digits/train, held out",
        )
        store(run, predictions)
    files = [path for path in results.rglob("*") if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files) / 1e6


def runs_by_seed(rows: list[PlannedRow]) -> list[Run]:
    """Return the runs of all rows, seed by seed."""
    return [run for runs in zip(*(planned.runs for planned in rows), strict=True) for run in runs]


def store(run: Run, predictions: Predictions) -> None:
    """Store a run as if it were trained."""
    path = make_folder(run.folder) / PREDICTIONS
    write_predictions(predictions, path)
    record = Record(
        preset=run.preset,
        recipe_hash=run.hash,
        recipe=describe(run.recipe),
        seed=run.seed,
        images={"name": "digits", "sha256": "simulated", "held_out": 128, "predicted_on": predictions.split},
        predictions={"population": "connected-500", "n": len(predictions.genes), "sha256": file_sha256(path)},
        budget={"images_seen": 3_840},
        seconds={"train": 1.0 + run.seed / 100, "predict": 2.0},
        versions={},
        machine={"processor": "simulated"},
        commit=None,
        finished="2026-01-01T00:00:00+00:00",
    )
    write_record(run, record)


def command(study: Path, *words: str) -> float:
    """Return the seconds of a command with the study loaded; raises `RuntimeError` with its errors if it fails."""
    line = [sys.executable, "-c", "from bench.cli import main; main()", "--plugin", str(study), *words]
    path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    begun = time.perf_counter()
    ran = subprocess.run(line, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}, check=False)
    if ran.returncode:
        raise RuntimeError(f"'{' '.join(words)}' ended with code {ran.returncode}: {ran.stderr.strip()[-500:]}")
    return time.perf_counter() - begun


if __name__ == "__main__":
    start(main)
