"""A trained supernet as a value: from a training or its checkpoint, asked once for each distinct architecture."""

from dataclasses import replace

import numpy as np
import pytest

from bench.errors import StoreError
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.predict import trained as module
from bench.predict.trained import TrainedSupernet
from bench.rng import stream
from bench.sample.images import device_images
from bench.spaces.nb201 import NB201
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train import training as loop
from bench.train.checkpoint import write_checkpoint

SPACE = NB201()
GENES = SPACE.sample(stream(0, "test"), 15)
SLOTS = {
    "plain": {},
    "tracked": {"norm": Tracked(affine=True)},
    "recalibrated": {"norm": Recalibrated(images=100)},
    "averaged": {"averaging": ExponentialAveraging(decay=0.9)},
    "an ensemble": {"averaging": CheckpointEnsemble(count=2)},
    "few-shot": {"construct": NB201Net(split=0)},
}


def same(first, second):
    np.testing.assert_array_equal(first.accuracy, second.accuracy)
    np.testing.assert_array_equal(first.negative_cross_entropy, second.negative_cross_entropy)


@pytest.mark.slow
@pytest.mark.parametrize("slots", SLOTS.values(), ids=SLOTS)
def test_a_checkpoint_answers_like_the_training_that_wrote_it(train, images, tmp_path, slots):
    training = train(1, **slots)
    write_checkpoint(training.checkpoint(), tmp_path / "checkpoint.pt")
    loaded = TrainedSupernet.load(tmp_path / "checkpoint.pt", training.recipe, images, 0)
    same(loaded.ask(GENES), TrainedSupernet.of(training).ask(GENES))


@pytest.mark.slow
def test_a_checkpoint_is_asked_without_optimizer_and_training_images(train, images, tmp_path, monkeypatch):
    training = train(1)
    write_checkpoint(training.checkpoint(), tmp_path / "checkpoint.pt")
    prepared, own = [], device_images.DeviceImages.of.__func__

    def counted(cls, images, chosen, **settings):
        prepared.append(len(chosen))
        return own(cls, images, chosen, **settings)

    monkeypatch.setattr(device_images.DeviceImages, "of", classmethod(counted))
    monkeypatch.setattr(type(training.recipe.optimizer), "build", lambda *_: pytest.fail("an optimizer was built"))
    TrainedSupernet.load(tmp_path / "checkpoint.pt", training.recipe, images, 0)
    assert sorted(prepared) == [0, 128], "held-out images, and none to recalibrate on"


def test_predictions_come_in_the_order_asked_and_say_where_from(train):
    found = TrainedSupernet.of(train(1)).ask(GENES)
    np.testing.assert_array_equal(found.genes, GENES)
    assert (found.images, found.split) == (128, "digits/train, held out")
    assert found.accuracy.dtype == found.negative_cross_entropy.dtype == np.float32
    np.testing.assert_array_equal(found.by("accuracy"), found.accuracy.astype(np.float64))
    np.testing.assert_array_equal(found.by("negative-cross-entropy"), found.negative_cross_entropy.astype(np.float64))


@pytest.mark.slow
def test_an_ensemble_predicts_the_mean_of_its_members(train):
    trained = TrainedSupernet.of(train(2, averaging=CheckpointEnsemble(count=2)))
    whole, members = trained.ask(GENES), trained.members
    apart = []
    for member in members:
        trained.members = [member]
        apart.append(trained.ask(GENES).by("negative-cross-entropy"))
    assert not np.array_equal(*apart)
    np.testing.assert_allclose(whole.by("negative-cross-entropy"), np.mean(apart, axis=0), rtol=1e-6)


def test_architectures_that_differ_in_dead_edges_alone_are_asked_once(train):
    genes = np.array([(0, 0, 0, 1, 3, 2), (0, 0, 0, 1, 0, 0), (1, 0, 0, 1, 0, 0)], dtype=np.int8)
    steps = []
    found = TrainedSupernet.of(train(0)).ask(genes, report=lambda step: steps.append((step.done, step.total)))
    assert steps == [(1, 1)]
    assert len(set(found.negative_cross_entropy)) == 1


@pytest.mark.slow
def test_asking_continues_from_its_own_list_alone(train, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10)
    trained = TrainedSupernet.of(train(1))
    genes, others = (np.unique(SPACE.canonical(SPACE.sample(stream(s, "archs"), 30)), axis=0) for s in (0, 1))
    whole = trained.ask(genes)

    class Killed(Exception):
        pass

    def kill(step):
        if step.done == 15:
            raise Killed

    with pytest.raises(Killed):
        trained.ask(genes, progress=tmp_path / "progress", report=kill)
    other = trained.ask(others, progress=tmp_path / "progress")
    assert not np.array_equal(other.negative_cross_entropy[:10], whole.negative_cross_entropy[:10])
    steps = []
    again = trained.ask(genes, progress=tmp_path / "progress", report=lambda step: steps.append(step.done))
    same(again, whole)
    assert min(steps) == 11, "ten were done before"
    assert again.seconds > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("seed", "was trained with seed 0, this run has seed 1"),
        ("recipe", "was trained with recipe .*, this run has recipe"),
        ("images", "was trained with images .*, this run has images"),
        ("epochs", "is a training after epoch 1 of 2; finish the training first"),
    ],
)
def test_another_checkpoint_is_refused(train, images, tmp_path, change, told):
    training, path = train(1, of=2 if change == "epochs" else 1), tmp_path / "checkpoint.pt"
    write_checkpoint(training.checkpoint(), path)
    recipe = replace(training.recipe, clip=1.0) if change == "recipe" else training.recipe
    others = replace(images, x_train=images.x_train[::-1].copy()) if change == "images" else images
    with pytest.raises(StoreError, match=rf"checkpoint\.pt {told}"):
        TrainedSupernet.load(path, recipe, others, int(change == "seed"))


@pytest.mark.slow
def test_a_training_is_not_continued_with_other_kernels(train, tmp_path, monkeypatch):
    first, second = train(1, of=2), train(0, of=2)
    write_checkpoint(first.checkpoint(), tmp_path / "checkpoint.pt")
    monkeypatch.setattr(loop, "kernels", lambda device: "CPU OTHER")
    with pytest.raises(StoreError, match=r"was computed by CPU .*, this process computes by CPU OTHER, which rounds"):
        second.continue_from(tmp_path / "checkpoint.pt")


@pytest.mark.slow
def test_a_few_shot_supernet_that_never_reached_its_split_answers_with_the_first_copy(train, images, tmp_path):
    training = train(1, construct=NB201Net(split=0, split_after=0.99))
    write_checkpoint(training.checkpoint(), tmp_path / "checkpoint.pt")
    loaded = TrainedSupernet.load(tmp_path / "checkpoint.pt", training.recipe, images, 0)
    same(loaded.ask(GENES), TrainedSupernet.of(training).ask(GENES))
