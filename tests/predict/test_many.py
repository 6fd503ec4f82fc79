from functools import cache

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.predict.many import predict
from bench.rng import stream
from bench.sample.images.images import Images
from bench.spaces.nb201 import NB201
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked

SPACE = NB201()
GENES = SPACE.sample(stream(0, "test"), 15)
NORMS = {"batch statistics": {}, "tracked": {"norm": Tracked()}, "recalibrated": {"norm": Recalibrated(images=32)}}
EVERY_NORM = pytest.mark.parametrize("norm", NORMS)


@pytest.fixture(scope="module")
def trained(train):
    """Ask a supernet that was trained for an epoch with some slots set; it is trained once per setting."""

    @cache
    def ask(norm):
        training = train(**NORMS[norm])
        supernet, calibration = training.supernet.eval(), training.calibration_batches()

        def answer(genes, batch=128, threads=1):
            found = predict(supernet, genes, training.held_out, batch=batch, calibration=calibration, threads=threads)
            return np.stack(found, axis=1)

        answer.supernet, answer.images = supernet, training.held_out
        return answer

    return ask


def assert_same_bits(first, second):
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
@EVERY_NORM
def test_a_prediction_does_not_depend_on_the_order_or_the_neighbours(trained, norm):
    ask, order = trained(norm), stream(1, "order").permutation(len(GENES))
    together = ask(GENES)
    assert_same_bits(ask(GENES[order]), together[order])
    assert_same_bits(ask(GENES[7:8]), together[7:8])
    assert_same_bits(ask(GENES[:6]), together[:6])
    assert_same_bits(ask(GENES), together)


@pytest.mark.slow
@EVERY_NORM
def test_the_number_of_threads_and_the_size_of_blocks_change_no_bit(trained, norm, monkeypatch):
    ask = trained(norm)
    alone = ask(GENES, 50)
    monkeypatch.setattr("bench.predict.many.BLOCK", 2)
    assert_same_bits(ask(GENES, 50, threads=3), alone)
    monkeypatch.setattr("bench.predict.many.BLOCK", 7)
    assert_same_bits(ask(GENES, 50, threads=2), alone)


def test_a_failing_architecture_stops_the_others_and_surfaces(train, monkeypatch):
    monkeypatch.setattr("bench.predict.many.BLOCK", 1)
    training, asked = train(0), []

    def stop():
        asked.append(1)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        predict(
            training.supernet.eval(),
            GENES,
            training.held_out,
            batch=128,
            threads=2,
            after_arch=stop,
        )
    assert len(asked) < len(GENES)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("batch", [128, 50])
def test_a_prediction_is_that_of_a_plain_loop_over_architectures_and_images(trained, batch):
    ask = trained("batch statistics")
    found = ask(GENES, batch)
    for row, arch in enumerate(GENES):
        right, loss = 0, 0.0
        for start in range(0, 128, batch):
            indices = np.arange(start, min(start + batch, 128))
            values, labels = ask.images.batch(indices, None, flip=False)
            with torch.inference_mode():
                logits = ask.supernet(values, tuple(int(gene) for gene in arch)).double().numpy()
            for scores, label in zip(logits, labels.tolist(), strict=True):
                right += int(scores.argmax()) == label
                loss += np.log(np.exp(scores - scores.max()).sum()) + scores.max() - scores[label]
        assert found[row, 0] == 100 * right / 128
        assert found[row, 1] == pytest.approx(-loss / 128, rel=1e-6)
    assert len(np.unique(found[:, 1])) > 10, "the sub-networks differ"


@pytest.mark.slow
def test_a_chain_of_batches_changes_nothing_where_statistics_are_tracked(trained):
    ask = trained("tracked")
    whole, parts = ask(GENES), ask(GENES, batch=50)
    np.testing.assert_array_equal(whole[:, 0], parts[:, 0])
    np.testing.assert_allclose(whole[:, 1], parts[:, 1], rtol=1e-5)


def test_a_diverged_sub_network_is_not_a_number_and_spoils_no_other(train):
    training = train(0)
    with torch.no_grad():
        training.supernet.stages[2][0].operations["3/3"].conv.weight.fill_(torch.inf)
    genes = np.array([(0, 0, 0, 1, 0, 0), (0, 0, 0, 3, 0, 0)], dtype=np.int8)
    accuracy, loss = predict(training.supernet.eval(), genes, training.held_out, batch=128)
    assert np.isnan(accuracy).tolist() == np.isnan(loss).tolist() == [False, True]


def test_no_images_to_predict_on_is_refused(train):
    training = train(0, images=Images(dataset="digits", train=64, held_out=0, batch=64))
    with pytest.raises(RecipeError, match=r"images\.held_out is 0, so no image is left to predict on; hold out some"):
        predict(training.supernet.eval(), GENES, training.held_out, batch=128)
