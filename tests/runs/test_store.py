"""Runs on disk."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from bench.errors import StoreError
from bench.files import write_whole
from bench.optimize.optimizers.sgd import SGD
from bench.predict.partial import PartialPredictions
from bench.predict.predictions import Predictions
from bench.recipe.recipe import FilledRecipe
from bench.runs.predictions_file import read_predictions, write_predictions
from bench.runs.store import PREDICTIONS, Record, Run, StoredRun, read_record, write_record
from bench.sample.paths.uniform import Uniform
from bench.slot import describe
from bench.spaces.nb201 import NB201
from bench.supernets.norms.tracked import Tracked


def record(seed: int = 0) -> Record:
    return Record(
        preset="smoke",
        recipe_hash="abc",
        recipe={"is": "recipe"},
        seed=seed,
        images={"name": "digits", "sha256": "i", "held_out": 128, "predicted_on": "digits/train, held out"},
        predictions={"population": "all", "n": 4, "sha256": "s"},
        budget={"updates": 1, "images_seen": 64},
        seconds={"train": 1.0, "predict": 2.0},
        versions={},
        machine={"processor": "a processor"},
        commit=None,
        finished="2026-01-01T00:00:00+00:00",
    )


def predictions(count: int = 4) -> Predictions:
    return Predictions(
        genes=NB201().enumerate()[:count],
        accuracy=np.array([10.0, np.nan, 30.0, 40.0], dtype=np.float32)[:count],
        negative_cross_entropy=np.array([-2.0, -np.inf, -1.0, -0.5], dtype=np.float32)[:count],
        images=128,
        split="digits/train, held out",
    )


def scores(count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    asked = predictions(count)
    return asked.accuracy.astype(np.float64), asked.negative_cross_entropy.astype(np.float64)


def test_a_record_reads_back_as_it_was_written(smoke: Run) -> None:
    smoke.folder.mkdir(parents=True)
    write_record(smoke, record())
    assert read_record(smoke.record_path) == record()


def test_a_record_is_never_rewritten(smoke: Run) -> None:
    smoke.folder.mkdir(parents=True)
    write_record(smoke, record())
    with pytest.raises(StoreError, match="already exists; a record is never rewritten"):
        write_record(smoke, record(1))
    assert read_record(smoke.record_path).seed == 0


@pytest.mark.parametrize("content", ["", "{}", '{"schema": 2, "preset"', "[1]", '{"schema": 2, "unknown": 2}'])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    with pytest.raises(StoreError, match=r"record\.json is not a readable record .*delete it to run again"):
        read_record(path)


@pytest.mark.parametrize(("field", "value"), [("seed", "0"), ("recipe", []), ("predictions", {"n": 4}), ("preset", 3)])
def test_a_field_of_another_kind_is_named(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(asdict(record()) | {field: value}))
    with pytest.raises(StoreError, match=rf"record\.json is not a readable record \(.*({field}|sha256)"):
        read_record(path)


@pytest.mark.parametrize("schema", [1, 99])
def test_a_record_of_another_schema_is_named(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"schema": schema}))
    with pytest.raises(StoreError, match=f"has schema {schema}, this version reads 2; use the version that wrote it"):
        read_record(path)


def test_a_log_probability_is_stored_where_there_is_one(tmp_path: Path) -> None:
    plain, learned = tmp_path / "plain.h5", tmp_path / "learned.h5"
    found = replace(predictions(), log_probability=np.array([-9.0, -8.5, -7.0, -10.0], dtype=np.float32))
    write_predictions(predictions(), plain)
    write_predictions(found, learned)
    assert read_predictions(plain).scores == ("accuracy", "negative-cross-entropy")
    assert read_predictions(learned).scores == ("accuracy", "negative-cross-entropy", "log-probability")
    np.testing.assert_array_equal(read_predictions(learned).by("log-probability"), [-9.0, -8.5, -7.0, -10.0])


def test_a_log_probability_of_other_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.h5"
    write_predictions(predictions(), path)
    with h5py.File(path, "a") as file:
        file["log_probability"] = np.zeros(3, dtype=np.float32)
    with pytest.raises(StoreError, match=r"predictions\.h5 is not readable \(a score is \(3,\) for 4 architectures\)"):
        read_predictions(path)


def copied(run: Run, pretend: Callable, **change: object) -> Run:
    """Return another run in whose folder the files of a finished one lie."""
    pretend(run, 1.0)
    other = replace(run, **change)
    shutil.copytree(run.folder, other.folder)
    return other


def edited(path: Path, **change: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def test_a_finished_run_is_read_with_its_predictions(finished: tuple[Run, Predictions]) -> None:
    run, predicted = finished
    assert (run.status, run.damage) == ("done", "")
    np.testing.assert_array_equal(run.read().predictions.accuracy, predicted.accuracy)
    assert run.read().record.recipe == describe(run.recipe)


def test_a_copied_seed_is_not_another_seed(smoke: Run, pretend: Callable) -> None:
    other = copied(smoke, pretend, seed=1)
    assert (smoke.status, other.status) == ("done", "damaged")
    with pytest.raises(StoreError, match=r"seed-1/record\.json has seed 0, but is in the folder of seed 1; restore"):
        other.read()


def test_another_recipes_record_is_noticed(smoke: Run, pretend: Callable) -> None:
    other = copied(smoke, pretend, recipe=replace(smoke.recipe, clip=1.0))
    assert f"has recipe {smoke.hash}, but is in the folder of recipe {other.hash}" in other.damage
    edited(other.record_path, recipe_hash=other.hash)
    assert "records another recipe than its folder names (it differs in clip)" in other.damage


def test_another_presets_record_is_noticed(smoke: Run, pretend: Callable) -> None:
    assert "has preset smoke, but is in the folder of preset demo" in copied(smoke, pretend, preset="demo").damage


@pytest.mark.parametrize("change", ["reversed", "fewer", "absent", "truncated"])
def test_changed_predictions_are_noticed(smoke: Run, pretend: Callable, change: str) -> None:
    whole, path = pretend(smoke, 1.0), smoke.folder / PREDICTIONS
    if change == "reversed":
        write_predictions(replace(whole, accuracy=whole.accuracy[::-1].copy()), path)
    elif change == "fewer":
        some = {name: getattr(whole, name)[:60] for name in ("genes", "accuracy", "negative_cross_entropy")}
        write_predictions(replace(whole, **some), path)
    elif change == "absent":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9])
    told = "cannot be read" if change == "absent" else "was changed or replaced; restore the run, or delete"
    assert smoke.status == "damaged"
    assert told in smoke.damage


def test_predictions_that_were_replaced_are_read_again(smoke: Run, pretend: Callable) -> None:
    whole = pretend(smoke, 1.0)
    record = smoke.read().record
    np.testing.assert_array_equal(StoredRun(record, smoke.folder).predictions.accuracy, whole.accuracy)
    turned = replace(whole, accuracy=whole.accuracy[::-1].copy())
    write_predictions(turned, smoke.folder / PREDICTIONS)
    np.testing.assert_array_equal(StoredRun(record, smoke.folder).predictions.accuracy, turned.accuracy)


def test_fewer_predictions_than_recorded_are_noticed_even_with_the_right_digest(smoke: Run, pretend: Callable) -> None:
    pretend(smoke, 1.0)
    edited(smoke.record_path, predictions=asdict(read_record(smoke.record_path))["predictions"] | {"n": 60})
    assert "has 500 predictions, its record says 60" in smoke.damage


def test_a_record_that_was_mended_is_read_again(smoke: Run, pretend: Callable) -> None:
    pretend(smoke, 1.0)
    good = smoke.record_path.read_text()
    smoke.record_path.write_text(good[:-9])
    assert smoke.status == "damaged"
    smoke.record_path.write_text(good)
    assert smoke.status == "done"


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 4},
        {"optimizer": SGD(rate=0.05, nesterov=True, weight_decay=5e-4, unsampled_params="decay")},
        {"paths": Uniform()},
        {"norm": Tracked()},
        {"space": NB201(mask=("none",))},
        {"clip": 5.0},
        {"prediction_batch": 64},
    ],
)
def test_any_changed_setting_is_another_run(smoke: Run, change: dict) -> None:
    assert replace(smoke, recipe=replace(smoke.recipe, **change)).folder != smoke.folder


def test_preset_and_seed_are_part_of_a_runs_identity(smoke: Run) -> None:
    assert replace(smoke, preset="laptop").folder != smoke.folder
    assert replace(smoke, seed=1).folder != smoke.folder
    same = FilledRecipe(**{field.name: getattr(smoke.recipe, field.name) for field in fields(FilledRecipe)})
    assert replace(smoke, recipe=same).folder == smoke.folder


def test_predictions_read_back_with_diverged_ones_kept(tmp_path: Path) -> None:
    write_predictions(predictions(), tmp_path / "p.h5")
    found = read_predictions(tmp_path / "p.h5")
    np.testing.assert_array_equal(found.accuracy, predictions().accuracy)
    np.testing.assert_array_equal(found.negative_cross_entropy, predictions().negative_cross_entropy)
    np.testing.assert_array_equal(found.genes, predictions().genes)
    assert (found.images, found.split) == (128, "digits/train, held out")


def test_truncated_predictions_are_named(tmp_path: Path) -> None:
    path = tmp_path / "p.h5"
    write_predictions(predictions(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StoreError, match=r"p\.h5 is not readable"):
        read_predictions(path)


def test_predictions_of_a_whole_space_stay_below_a_hundred_kilobytes(tmp_path: Path) -> None:
    genes = NB201().enumerate()
    unique, same = np.unique(NB201().canonical(genes), axis=0, return_inverse=True)
    rng = np.random.default_rng(0)
    whole = Predictions(
        genes=genes,
        accuracy=(rng.integers(100, 700, len(unique)) / 10).astype(np.float32)[same],
        negative_cross_entropy=-rng.random(len(unique)).astype(np.float32)[same],
        images=1000,
        split="x",
    )
    write_predictions(whole, tmp_path / "p.h5")
    assert (tmp_path / "p.h5").stat().st_size < 100_000


def test_partial_predictions_continue_where_they_stopped(tmp_path: Path) -> None:
    path = tmp_path / "progress.npy"
    PartialPredictions(path).append(*scores(), 2.0)
    found = PartialPredictions(path)
    assert len(found) == 4
    np.testing.assert_array_equal(found.values[:, 0], predictions().accuracy)


def test_a_record_without_earlier_versions_is_read(smoke: Run) -> None:
    smoke.folder.mkdir(parents=True)
    content = asdict(record())
    del content["earlier_versions"]
    smoke.record_path.write_text(json.dumps(content))
    assert read_record(smoke.record_path).earlier_versions == []


def test_the_time_of_a_killed_process_counts_for_what_it_left(tmp_path: Path) -> None:
    path = tmp_path / "progress.npy"
    PartialPredictions(path).append(*scores(), 2.0)
    resumed = PartialPredictions(path)
    resumed.append(*scores(2), 3.0)
    assert resumed.seconds == pytest.approx(5.0)


def test_damaged_partial_predictions_are_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "progress.npy"
    path.write_bytes(b"torn")
    assert len(PartialPredictions(path)) == 0
    assert not path.exists()


def test_a_file_that_cannot_be_written_says_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*record\.json .*run again"):
        write_whole(tmp_path / "absent" / "record.json", "{}")
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="which is a folder; name a file"):
        write_whole(tmp_path, "text")
