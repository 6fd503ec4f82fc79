"""Every reader of files, with valid samples to damage: those of the registry, predictions and architectures, our own.

`targets(folder)` writes the samples. A registered reader without a sample raises, so that a new one is attacked too.
"""

import base64
import bz2
import gzip
import io
import json
import pickle
import random
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.contracts.readers import Sample
from bench.costs import CostTable, read_costs, write_costs
from bench.places import SHIPPED
from bench.predict.partial import PartialPredictions
from bench.predict.predictions import Predictions
from bench.processes.claim import Holder, holder_of
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.plan import PlannedRow, asked_on, plan
from bench.runs.predictions_file import read_predictions, write_predictions
from bench.runs.published import published_of, read_published
from bench.runs.slurm.queue import job_of, note_job
from bench.runs.slurm.settings import read_settings
from bench.runs.store import Record, write_record
from bench.sample.images.image_files import open_images, read_images, recognizes_images
from bench.sample.images.image_set import digits
from bench.scores.files.arch_file import read_archs
from bench.scores.files.prediction_file import read_predictions as read_scores
from bench.search.result import STORED, WEIGHTS, SearchResult, read_result, write_result
from bench.slot import describe
from bench.spaces.nb201 import NB201
from bench.stand_alone.journal import Journal, Network
from bench.stand_alone.part import WANTED, networks_in
from bench.study.study import STUDIES
from bench.tables.add import read_tables
from bench.tables.readers import READERS
from bench.tables.readers.nds_json import PARTS
from bench.tables.store import read_info, read_table, write_table
from bench.tables.table import Table
from bench.train.checkpoint import write_checkpoint
from bench.train.training import Training
from bench.types import Genes
from bench.untrusted.tfrecord import Checksums
from tests.attacks.damage import damaged

CELLS = (
    "|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|",
    "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|",
    "|nor_conv_1x1~0|+|avg_pool_3x3~0|none~1|+|none~0|skip_connect~1|nor_conv_3x3~2|",
)
CELL_PAIR = "sep_conv_3x3@0 skip_connect@1 dil_conv_5x5@2 none@0 max_pool_3x3@1 avg_pool_3x3@3 sep_conv_5x5@4 none@2"
WIDTHS = "16-16-4-12-4-16-12-32-4-24-28-12-24-64-52-20-40-56-28-60"


@dataclass(frozen=True)
class Target:
    """A reader: the valid files that are damaged in turn, the call that reads them where they lie, and the damage."""

    name: str
    files: tuple[Path, ...]
    read: Callable[[], object]
    damage: Callable[[bytes, random.Random], bytes] = damaged


def targets(folder: Path) -> list[Target]:
    """Return all targets with their samples in `folder`."""
    return [*_of_tables(folder / "tables"), *_of_users(folder / "users"), *_of_store(folder / "store")]


def _trial(epochs: int) -> dict[str, object]:
    last = epochs - 1
    return {
        "train_acc1es": dict.fromkeys(range(epochs), 50.0),
        "params": np.float64(0.5),
        "flop": 12.5,
        "epochs": epochs,
        "eval_names": ["ori-test"],
        "eval_acc1es": OrderedDict({f"ori-test@{last}": np.float64(40.0)}),
    }


def _results(cell: str) -> dict[str, object]:
    return {"arch_str": cell, "all_results": {("cifar10", 777): _trial(2)}}


def _nats_tss(folder: Path) -> list[Path]:
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps({"meta_archs": list(CELLS)})))
    for number, cell in enumerate(CELLS):
        packed = bz2.compress(pickle.dumps({"12": _results(cell)}, protocol=4))
        (folder / f"{number:06d}.pickle.pbz2").write_bytes(packed)
    return sorted(folder.iterdir())


def _nats_sss(folder: Path) -> list[Path]:
    found = ["8:8:8:8:8", "64:64:56:64:24"]
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps({"meta_archs": found})))
    for number, widths in enumerate(found):
        packed = bz2.compress(pickle.dumps({"90": _results(widths)}, protocol=4))
        (folder / f"{number:06d}.pickle.pbz2").write_bytes(packed)
    return sorted(folder.iterdir())


def _nats_sss_csv(folder: Path) -> list[Path]:
    text = "arch,c10_test_90\n8:8:8:8:8,79.79\n64:64:56:64:24,93.65\n"
    (folder / "nats_sss.csv.gz").write_bytes(gzip.compress(text.encode()))
    return [_text(folder / "nats_sss.csv", text), folder / "nats_sss.csv.gz"]


def _pth(folder: Path) -> list[Path]:
    content = {"arch2infos": {number: {"less": _results(cell)} for number, cell in enumerate(CELLS)}}
    torch.save(content, folder / "new.pth")
    torch.save(content, folder / "old.pth", _use_new_zipfile_serialization=False)
    return [folder / "new.pth", folder / "old.pth"]


def _nats_csv(folder: Path) -> list[Path]:
    names = [f"{name}TestAccuracy200Epochs" for name in ("CIFAR10", "CIFAR100", "ImageNet")]
    lines = [",".join(["ArchitectureString", *names]), *(f"{cell},90.5,70.25,40" for cell in CELLS)]
    return [_text(folder / "nats_bench.csv", "\n".join(lines) + "\n")]


def _macro_json(folder: Path) -> list[Path]:
    found = {arch: {"test_acc": [90.1, 90.2, 90.3], "params": 1, "flops": 2} for arch in ("00000000", "22212202")}
    return [_text(folder / "macro.json", json.dumps(found))]


def _track1_json(folder: Path) -> list[Path]:
    return [_text(folder / "track1.json", json.dumps({"arch1": {"acc": 0.539, "arch": WIDTHS}}))]


def _darts_csv(folder: Path) -> list[Path]:
    rows = [f"{CELL_PAIR},{CELL_PAIR},85.5", f"{CELL_PAIR},{CELL_PAIR.replace('none@0', 'none@1')},86.25"]
    text = "\n".join(["normal,reduce,c10_valid_200ep", *rows]) + "\n"
    (folder / "cells.csv.gz").write_bytes(gzip.compress(text.encode()))
    return [_text(folder / "cells.csv", text.replace("valid_200", "test_600")), folder / "cells.csv.gz"]


def _nds_json(folder: Path) -> list[Path]:
    pairs = [[name, int(source)] for name, source in (pair.split("@") for pair in CELL_PAIR.split())]
    genotype = {part: [2, 3, 4, 5] if "concat" in part else pairs for part in PARTS}
    nets = [{"genotype": genotype, "width": width, "depth": 8} for width in (16, 32)]
    found = [{"params": 1, "flops": 2, "net": net, "test_ep_top1": [50.5, 12.25]} for net in nets]
    return [_text(folder / "DARTS.json", json.dumps(found))]


NB101_HASH = "28cfc7874f6d200472e1a9dcd8650aa0"
INCEPTION = "0111010/0000001/0000001/0000100/0000001/0000001/0000000"


def _nb101_records(folder: Path) -> list[Path]:
    accuracies = [f"{column}_{seed}" for column in ("valid", "test", "halfway_valid") for seed in range(3)]
    names = "input+conv1x1-bn-relu+conv3x3-bn-relu+conv3x3-bn-relu+conv3x3-bn-relu+maxpool3x3+output"
    row = [NB101_HASH, INCEPTION, names, "2694282", "1", *(f"0.9{place}" for place in range(9))]
    header = ["hash", "adjacency", "operations", "params", "uniform", *accuracies]
    text = f"{','.join(header)}\n{','.join(row)}\n"
    (folder / "records.csv.gz").write_bytes(gzip.compress(text.encode()))
    return [_text(folder / "records.csv", text), folder / "records.csv.gz"]


def _nb101_budgets(folder: Path) -> list[Path]:
    header = "hash,vertices,adj,ops,val4,val12,val36,val108,train_seconds,params,source"
    row = f"{NB101_HASH},7,{_triangle(INCEPTION)},10002"
    return [_text(folder / "budgets.csv", f"{header}\n{row},3599,4213,8987,9290,1768.976,2694282,1\n")]


def _ec_nas(folder: Path) -> list[Path]:
    header = "space,hash,vertices,adj,ops,epochs,repeat,train_acc,valid_acc,test_acc,energy_kwh,params"
    row = f"4V,{NB101_HASH},7,{_triangle(INCEPTION)},10002"
    lines = [f"{row},{epochs},{repeat},0.9,0.5,0.4{repeat},0.01,2694282" for epochs in (4, 12) for repeat in (0, 1)]
    return [_text(folder / "ec_nas.csv", "\n".join([header, *lines]) + "\n")]


def _nb101_tfrecord(folder: Path) -> list[Path]:
    path = folder / "few.tfrecord"
    path.write_bytes(b"".join(nb101_record(epochs=108, accuracies=(0.9, 0.8, 0.7 + part / 100)) for part in range(3)))
    return [path]


def nb101_record(*, epochs: int, accuracies: tuple[float, ...], own_hash: str = NB101_HASH) -> bytes:
    """Return a record of the Inception-like cell, as NAS-Bench-101's files have it."""
    evaluations = b""
    for epoch in (0, epochs / 2, epochs):
        numbers = enumerate((epoch, 10.0, *accuracies), 1)
        one = b"".join(bytes([field << 3 | 1]) + struct.pack("<d", value) for field, value in numbers)
        evaluations += bytes([1 << 3 | 2, len(one)]) + one
    metrics = evaluations + bytes([2 << 3, 0x8A, 0xB9, 0xA4, 0x01])  # 2,694,282 parameters
    names = "input,conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,maxpool3x3,output"
    parts = [own_hash, epochs, INCEPTION.replace("/", ""), names, base64.b64encode(metrics).decode()]
    return framed(json.dumps(parts).encode())


def framed(data: bytes) -> bytes:
    """Return the bytes of a TFRecord: length, data, and the checksum of each."""
    head = struct.pack("<Q", len(data))
    checksums = Checksums()
    return head + struct.pack("<I", checksums.masked(head)) + data + struct.pack("<I", checksums.masked(data))


def _triangle(adjacency: str) -> str:
    return "".join(row[vertex + 1 :] for vertex, row in enumerate(adjacency.split("/")))


def _user_file(folder: Path) -> list[Path]:
    rows = "".join(f"{cell},9{number}.5,\n" for number, cell in enumerate(CELLS))
    for name, save in (("plain.npz", np.savez), ("packed.npz", np.savez_compressed)):
        save(folder / name, arch=np.array(CELLS), accuracy=np.array([[1.5, 2], [3, 4], [5, 6]]))
    text = f"arch,accuracy_0,accuracy_7\n{rows}"
    (folder / "zipped.csv.gz").write_bytes(gzip.compress(text.encode()))
    return [
        _text(folder / "mine.csv", text),
        _text(folder / "mine.tsv", text.replace(",", "\t")),
        _text(folder / "mine.json", json.dumps([{"arch": cell, "accuracy": 50.5} for cell in CELLS])),
        folder / "zipped.csv.gz",
        *sorted(folder.glob("*.npz")),
    ]


def _stored_table(folder: Path) -> list[Path]:
    write_table(_table(), folder / "built.h5")
    return [folder / "built.h5"]


def _table() -> Table:
    genes = NB201().parse_all(list(CELLS), "here")
    return Table(
        name="nb201/mine/test/30ep",
        genes=genes[np.lexsort(genes.T[::-1])],
        accuracy=np.array([[1], [2], [3]], dtype=np.float32),
        seeds=("0",),
        costs={"params": np.array([1.0, 2.0, 3.0])},
        source="made by hand",
    )


def _nb201_seeds(folder: Path) -> list[Path]:
    header = "index,arch,c10_n,c10_test_a,c10_test_b,c10_test_c,c100_test_mean_v11"
    lines = [header, *(f"{number},{cell},2,90.5,91.25,,70.5" for number, cell in enumerate(CELLS))]
    return [_text(folder / "nb201.csv", "\n".join(lines) + "\n")]


SAMPLES: dict[str, Callable[[Path], list[Path]]] = {
    "nats-tss": _nats_tss,
    "nats-sss": _nats_sss,
    "nats-sss-csv": _nats_sss_csv,
    "nas-bench201-pth": _pth,
    "nats-csv": _nats_csv,
    "nb201-seeds": _nb201_seeds,
    "macro-json": _macro_json,
    "track1-json": _track1_json,
    "darts-csv": _darts_csv,
    "nds-json": _nds_json,
    "nb101-records-csv": _nb101_records,
    "nb101-budgets-csv": _nb101_budgets,
    "ec-nas-csv": _ec_nas,
    "nb101-tfrecord": _nb101_tfrecord,
    "user-file": _user_file,
    "stored-table": _stored_table,
}
"""The function that writes valid files for each registered reader of tables."""
FOLDERS = {"nats-tss", "nats-sss"}
"""Readers of a folder as a whole."""


def table_samples(folder: Path) -> dict[str, list[Sample]]:
    """Write the samples of every registered reader; raises `LookupError` for a reader without one."""
    if missing := set(READERS.names()) - set(SAMPLES):
        raise LookupError(f"no sample for {sorted(missing)}: add one to SAMPLES in tests/attacks/targets.py")
    found = {}
    for name in READERS.names():
        own = folder / name
        own.mkdir(parents=True)
        files = SAMPLES[name](own)
        title = None if READERS.get(name).names_itself else "nb201/cifar10/test/30ep"
        found[name] = [Sample(path=path, name=title) for path in ([own] if name in FOLDERS else files)]
    return found


def _of_tables(folder: Path) -> list[Target]:
    found = []
    for name, samples in table_samples(folder).items():
        for sample in samples:
            whole = sample.path.is_dir()
            damaged = tuple(sorted(sample.path.iterdir())) if whole else (sample.path,)
            title = name if whole else f"{name} {sample.path.name}"
            found.append(Target(title, damaged, _reading_tables(sample.path, sample.name)))
    return found


def _reading_tables(path: Path, title: str | None) -> Callable[[], object]:
    return lambda: recognizes_images(path) or read_tables(path, title)


def _of_users(folder: Path) -> list[Target]:
    folder.mkdir()
    scores = [
        _text(folder / "scores.csv", "arch,score\n" + "".join(f"{cell},{n}.5\n" for n, cell in enumerate(CELLS))),
        _text(folder / "flat.json", json.dumps({cell: n for n, cell in enumerate(CELLS)})),
        _text(folder / "named.json", json.dumps({f"a{n}": {"arch": cell, "acc": n} for n, cell in enumerate(CELLS)})),
    ]
    (folder / "scores.csv.gz").write_bytes(gzip.compress(scores[0].read_bytes()))
    lists = {"arch": list(CELLS), "score": [1, 2, 3]}
    scores += [folder / "scores.csv.gz", _text(folder / "lists.json", json.dumps(lists))]
    archs = [*scores, _text(folder / "archs.txt", "\n".join(CELLS))]
    images = digits()
    few = {"x_train": images.x_train[:9], "y_train": images.y_train[:9]}
    few |= {"x_test": images.x_test[:5], "y_test": images.y_test[:5]}
    (folder / "images").mkdir()
    np.savez(folder / "images" / "plain.npz", **few)
    np.savez_compressed(folder / "images" / "small.npz", **few)
    for kind in ("jpeg", "webp"):
        np.savez(folder / "images" / f"{kind}s.npz", **_packed(kind))
    return [
        *(Target(f"scores {path.name}", (path,), lambda path=path: read_scores(path)) for path in scores),
        *(Target(f"archs {path.name}", (path,), lambda path=path: read_archs(path, NB201())) for path in archs),
        *(
            Target(f"images {path.name}", (path,), lambda path=path: _look_at_images(path))
            for path in sorted((folder / "images").iterdir())
        ),
    ]


def _look_at_images(path: Path) -> None:
    if recognizes_images(path):
        read_images(path, "mine")
    open_images(path.stem, path.parent.parent)


def _packed(kind: str) -> dict[str, np.ndarray]:
    packed = io.BytesIO()
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(packed, format=kind, lossless=True)
    blob = np.frombuffer(packed.getvalue() * 2, dtype=np.uint8)
    found: dict[str, np.ndarray] = {}
    for split in ("train", "test"):
        found[f"{split}_{kind}"], found[f"{split}_labels"] = blob, np.array([0, 1], dtype=np.uint8)
        found[f"{split}_offsets"] = np.array([0, len(blob) // 2, len(blob)])
    return found


def _of_store(folder: Path) -> list[Target]:
    folder.mkdir()
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0, 1), folder)
    done, failed = (run.folder for run in row.runs)
    for seed in (done, failed):
        seed.mkdir(parents=True)
    genes = NB201().parse_all(list(CELLS), "here")
    values = np.array([1, 2, 3], dtype=np.float32)
    predictions = Predictions(
        genes=genes, accuracy=values, negative_cross_entropy=-values, images=8, split="digits/train"
    )
    write_predictions(predictions, done / "predictions.h5")
    write_record(row.runs[0], _record(row, done))
    _text(failed / "failed.json", json.dumps({"error": "out of luck", "when": "now", "traceback": "here"}))
    published = folder / "published" / "theirs"
    published.mkdir(parents=True)
    write_predictions(predictions, published / "predictions.h5")
    _text(published / "about.json", json.dumps({"source": "they", "table": "nb201/digits/test/30ep"}))
    table = _table()
    write_table(table, folder / "table.h5")
    journal = Journal(folder / "journal.jsonl")
    for number, cell in enumerate(CELLS):
        journal.add(Network(arch=cell, seed=number, accuracy=50.5, seconds=1.0))
    part = folder / "part"
    part.mkdir()
    _text(part / WANTED, json.dumps({"networks": [[cell, number] for number, cell in enumerate(CELLS)]}))
    PartialPredictions(folder / "progress.npy").append(values, values, 1.0)
    training = Training(find_preset("smoke").fill(Recipe()), digits(), 0)
    write_checkpoint(training.checkpoint(), folder / "checkpoint.pt")

    def look_at_runs() -> None:
        for status in ("done", "missing", "failed", "damaged"):
            row.seeds(status)
        row.failures()
        row.damaged()
        asked_on([row])

    def look_at_published() -> None:
        read_published("theirs", folder)
        published_of(table.truth, folder)

    note_job(row.runs[1], "12_3")
    _text(row.runs[1].lock, json.dumps(asdict(Holder.this_process())))
    _text(folder / "site.toml", 'account = "vision"\ncpus-per-task = 4\nsetup = ["module load cuda"]\n')

    def look_at_table() -> None:
        read_info(folder / "table.h5")
        read_table(folder / "table.h5")

    searches = {who: folder / f"search of {who}.h5" for who in (WEIGHTS, STORED)}
    for who, path in searches.items():
        write_result(_search(row, predictions, who), path)
    write_costs(_costs(genes), folder / "costs.h5")
    embedded = next((SHIPPED / "embedded").rglob("*.h5"))
    (folder / "embedded.h5").write_bytes(embedded.read_bytes())
    return [
        Target("record.json", (done / "record.json",), look_at_runs),
        Target("failed.json", (failed / "failed.json",), look_at_runs),
        Target("job.json", (row.runs[1].job_path,), lambda: job_of(row.runs[1])),
        Target("lock", (row.runs[1].lock,), lambda: holder_of(row.runs[1].lock)),
        Target("site.toml", (folder / "site.toml",), lambda: read_settings(folder / "site.toml")),
        Target("a run's predictions.h5", (done / "predictions.h5",), look_at_runs),
        Target("predictions.h5", (folder / "published" / "theirs" / "predictions.h5",), look_at_published),
        Target(
            "predictions.h5 alone",
            (published / "predictions.h5",),
            lambda: read_predictions(published / "predictions.h5"),
        ),
        Target("about.json", (published / "about.json",), look_at_published),
        Target("table.h5", (folder / "table.h5",), look_at_table),
        Target("embedded.h5", (folder / "embedded.h5",), lambda: read_table(folder / "embedded.h5")),
        *(
            Target(path.name, (path,), lambda path=path: read_result(path, "a digest", lambda genes: predictions))
            for path in searches.values()
        ),
        Target("costs.h5", (folder / "costs.h5",), lambda: read_costs(folder / "costs.h5")),
        Target("journal", (folder / "journal.jsonl",), lambda: Journal(folder / "journal.jsonl")),
        Target("networks.json", (part / WANTED,), lambda: networks_in(part)),
        Target("progress", (folder / "progress.npy",), lambda: PartialPredictions(folder / "progress.npy")),
        Target("checkpoint", (folder / "checkpoint.pt",), lambda: training.continue_from(folder / "checkpoint.pt")),
    ]


def _search(row: PlannedRow, asked: Predictions, who: str) -> SearchResult:
    return SearchResult(
        searcher={"name": "random"},
        seed=0,
        problem={"space": row.runs[0].recipe.space.slot_name()},
        run="a digest",
        who=who,
        weights=None if who == STORED else "a digest",
        ended="budget",
        asked=asked,
    )


def _costs(genes: Genes) -> CostTable:
    columns = {"latency": np.array([1.0, 2.0, 3.0])}
    return CostTable(name="mine", space="nb201", genes=genes, columns=columns, source="mine.csv", source_sha256="x")


def _record(row: PlannedRow, folder: Path) -> Record:
    import hashlib

    run = row.runs[0]
    digest = hashlib.sha256((folder / "predictions.h5").read_bytes()).hexdigest()
    found = Record(
        preset=run.preset,
        recipe_hash=run.hash,
        recipe=describe(run.recipe),
        seed=run.seed,
        images={"name": "digits", "sha256": "x", "held_out": 8, "predicted_on": "digits/train"},
        predictions={"population": "all", "n": len(CELLS), "sha256": digest},
        budget={"images_seen": 3840},
        seconds={"train": 1.0, "predict": 2.0},
        versions={},
        machine={"processor": "a processor"},
        commit=None,
        finished="2026-01-01T00:00:00+00:00",
    )
    assert asdict(found)
    return found


def _text(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
