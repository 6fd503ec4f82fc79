"""The channel space from images to record: a stand-in with CIFAR-100's hundred classes and 32x32 pixels."""

from dataclasses import replace

import numpy as np
import pytest

from bench.execute import execute
from bench.places import PROJECT
from bench.preset import find_preset
from bench.rng import stream
from bench.sample.image_files import open_images
from bench.sample.images import Images
from bench.store import Run, read_predictions, read_record
from bench.tables.catalog import open_table
from bench.train import Training
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


def test_a_hundred_classes_at_their_own_size_are_trained_predicted_and_recorded(data, tmp_path):
    filled = find_preset("paper").fill(replace(BEST, images=SMALL, epochs=1))
    assert (filled.net.resolution, filled.schedule.slot_name()) == (32, "warm-up")
    smoke = replace(filled, net=replace(filled.net, resolution=8), prediction_batch=64)
    run = Run(smoke, "smoke", 0, tmp_path)
    assert execute(run, TRUTH, data) == "trained"
    record, predictions = read_record(run.record_path), read_predictions(run.folder / "predictions.h5")
    assert record.images["name"] == "cifar100"
    assert record.budget["forward_passes"] == 3 * 18
    assert len(predictions.genes) == 50, "as many as preset smoke ranks"
    assert np.isfinite(predictions.negative_cross_entropy).all()
    assert open_table(TRUTH, data).rows(predictions.genes)[1].all()


def test_the_classifier_has_the_classes_of_its_images(data):

    recipe = find_preset("laptop").fill(replace(CHANNELS, images=SMALL))
    training = Training(recipe, open_images("cifar100", data), 0)
    assert training.supernet.classifier.copies["any-any"].out_features == 100


def test_the_winner_s_published_predictions_are_a_stored_row():
    assert (PROJECT / "results" / "published" / "track1-winner" / "predictions.h5").is_file()
