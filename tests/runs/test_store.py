"""Runs on disk."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.errors import StoreError
from bench.optimize.optimizers.sgd import SGD
from bench.predict.predictions import Predictions
from bench.recipe.recipe import Recipe
from bench.runs.store import (
    PartialPredictions,
    Record,
    Run,
    claimed,
    read_predictions,
    read_record,
    write_predictions,
    write_record,
    write_whole,
)
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.supernets.norms.tracked import Tracked


def record(seed: int = 0) -> Record:
    return Record(
        preset="smoke",
        recipe_hash="abc",
        recipe={"is": "recipe"},
        seed=seed,
        table={"name": "t", "sha256": "s"},
        images={"name": "digits"},
        scores={},
        budget={"updates": 1},
        seconds={"train": 1.0, "predict": 2.0},
        versions={},
        machine={},
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
    assert smoke.status == "done"


def test_a_record_is_never_rewritten(smoke: Run) -> None:
    smoke.folder.mkdir(parents=True)
    write_record(smoke, record())
    with pytest.raises(StoreError, match="exists already; a record is never rewritten"):
        write_record(smoke, record(1))
    assert read_record(smoke.record_path).seed == 0


@pytest.mark.parametrize("content", ["", "{}", '{"schema": 1, "preset"', "[1]", '{"schema": 1, "unknown": 2}'])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    with pytest.raises(StoreError, match=r"record\.json is not a readable record .*delete it to run again"):
        read_record(path)


def test_a_record_of_a_newer_schema_asks_for_an_update(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"schema": 99}))
    with pytest.raises(StoreError, match="has schema 99, this version reads 1; update supernet-bench"):
        read_record(path)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 4},
        {"optimizer": SGD(rate=0.05, unsampled_params="decay")},
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
    assert replace(smoke, preset="laptop").hash != smoke.hash
    assert replace(smoke, seed=1).folder != smoke.folder
    assert replace(smoke, recipe=Recipe(**vars(smoke.recipe))).folder == smoke.folder


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


def test_only_one_process_holds_a_run_at_a_time(smoke: Run) -> None:
    with claimed(smoke) as mine:
        assert mine
        with claimed(smoke) as second:
            assert not second
    with claimed(smoke) as again:
        assert again


def test_partial_predictions_continue_where_they_stopped(tmp_path: Path) -> None:
    path = tmp_path / "progress.npy"
    PartialPredictions(path).append(*scores(), 2.0)
    found = PartialPredictions(path)
    assert len(found) == 4
    np.testing.assert_array_equal(found.values[:, 0], predictions().accuracy)


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
    with pytest.raises(StoreError, match=r"cannot write .*record\.json .*run again: nothing finished is lost"):
        write_whole(tmp_path / "absent" / "record.json", "{}")
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="which is a folder; name a file"):
        write_whole(tmp_path, "text")
