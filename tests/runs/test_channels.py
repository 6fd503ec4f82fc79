"""The channel space from images to record: a stand-in with CIFAR-100's hundred classes and 32x32 pixels."""

from dataclasses import replace

import numpy as np
import pytest

from bench.places import PROJECT
from bench.predict.many import predict
from bench.recipe.preset import find_preset
from bench.rng import stream
from bench.runs.execute import execute
from bench.runs.predictions_file import read_predictions
from bench.runs.published import published_of
from bench.runs.scored_on import predicted_population
from bench.runs.store import Run, read_record
from bench.sample.images.image_files import open_images
from bench.sample.images.images import Images
from bench.scores.files.arch_file import read_archs
from bench.scores.files.prediction_file import read_predictions as read_predictions_file
from bench.spaces.track1 import Track1
from bench.tables.catalog import open_table
from bench.train.training import Training
from bench.truth import Truth
from studies.channel_methods import BEST
from studies.channel_sharing import CHANNELS, TRUTH


@pytest.fixture(scope="module")
def data(with_track1):
    """Return a data folder with the competition's table, and noise in CIFAR-100's place."""
    rng = stream(0, "stand-in")
    arrays = {}
    for split, count in (("train", 300), ("test", 100)):
        arrays[f"x_{split}"] = rng.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)
        arrays[f"y_{split}"] = (np.arange(count) % 100).astype(np.uint8)
    (with_track1 / "images").mkdir(exist_ok=True)
    np.savez(with_track1 / "images" / "cifar100.npz", **arrays)
    return with_track1


SMALL = Images(dataset="cifar100", train=200, held_out=64, batch=64, shift=0.125, flip=True)


@pytest.mark.slow
def test_a_hundred_classes_at_their_own_size_are_trained_predicted_and_recorded(data, tmp_path):
    filled = find_preset("paper").fill(replace(BEST, images=SMALL, epochs=1))
    assert (filled.construct.resolution, filled.schedule.slot_name()) == (32, "warm-up")
    smoke = replace(filled, construct=replace(filled.construct, resolution=8), prediction_batch=64)
    run = Run(smoke, "smoke", 0, tmp_path)
    table = open_table(Truth.parse(TRUTH), data)
    asked = predicted_population(smoke.space, find_preset("smoke"), table)
    assert execute(run, asked, data) == "trained"
    record, predictions = read_record(run.record_path), read_predictions(run.folder / "predictions.h5")
    assert record.images["name"] == "cifar100"
    assert record.budget["forward_passes"] == 3 * 18
    assert len(predictions.genes) == 50, "as many as preset smoke ranks"
    assert np.isfinite(predictions.negative_cross_entropy).all()
    assert table.rows(predictions.genes)[1].all()


def test_the_classifier_has_the_classes_of_its_images(data):
    recipe = find_preset("laptop").fill(replace(CHANNELS, images=SMALL))
    training = Training(recipe, open_images("cifar100", data), 0)
    assert training.supernet.classifier.copies["any-any"].out_features == 100


@pytest.mark.slow
def test_the_winner_s_published_predictions_are_a_stored_row(real_data):
    """They are those of the CSV, for every network whose accuracy is known."""
    stored = published_of(Truth.parse(TRUTH), PROJECT / "results")
    [winner] = [found for found in stored if found.name == "track1-winner"]
    path = real_data / "cvpr2021_track1_winner_predictions.csv"
    asked, said = read_archs(path, Track1()), read_predictions_file(path).scores
    theirs = dict(zip(map(bytes, asked.genes), said, strict=True))
    assert len(winner.predictions.genes) == 1_000
    for genes, score in zip(winner.predictions.genes, winner.predictions.accuracy, strict=True):
        assert score == pytest.approx(theirs[bytes(genes)], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_predictions_of_widths_depend_on_neither_order_nor_chunk_nor_threads(data, threads):
    recipe = find_preset("smoke").fill(CHANNELS)
    training = Training(recipe, open_images("digits", data), 0)
    genes = np.unique(recipe.space.sample(stream(1, "archs"), 12), axis=0)

    def asked(some, threads):
        return predict(training.supernet.eval(), some, training.held_out, batch=32, threads=threads)[1]

    whole = asked(genes, threads)
    np.testing.assert_array_equal(whole, np.concatenate([asked(genes[k : k + 1], 1) for k in range(len(genes))]))
    mixed = stream(2, "archs").permutation(len(genes))
    np.testing.assert_array_equal(whole[mixed], asked(genes[mixed], threads))
    assert len(set(whole.tolist())) == len(genes)
