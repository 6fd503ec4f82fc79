"""Distillation: what the teacher is, what it changes, and what it costs."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.errors import RecipeError, StoreError
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.optimize.losses.fixed_teacher import FixedTeacher
from bench.optimize.losses.running_teacher import RunningTeacher, taught
from bench.optimize.updates import Batch
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.execute import execute
from bench.runs.store import Run, read_record
from bench.sample.images.images import Images
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.spaces.nb201 import NB201
from bench.train.checked import try_first_update
from bench.train.checkpoint import read_checkpoint, write_checkpoint
from bench.train.start import TEACHER, start_training
from bench.train.training import Training

FEW = Images(dataset="digits", train=160, held_out=8, batch=16, shift=0.0, flip=False)  # 10 batches
SMALL = NB201(mask=("none", "avg_pool_3x3"))


def test_a_student_learns_the_probabilities_of_its_teacher():
    rng = np.random.default_rng(0)
    own, teacher = (torch.from_numpy(rng.normal(size=(4, 3))) for _ in range(2))
    p, q = (np.exp(v.numpy()) / np.exp(v.numpy()).sum(axis=1, keepdims=True) for v in (teacher, own))
    expected = -(p * np.log(q)).sum(axis=1).mean()
    assert taught(own, teacher).item() == pytest.approx(expected, rel=1e-12)


FIRST = np.arange(16)


def asked_of(training):
    """Return the losses of a sandwich's three paths on the first 16 images, and those written out."""
    values, labels = training.images.batch(FIRST, None, flip=False)
    small, large = (tuple(int(g) for g in arch) for arch in training.recipe.space.extremes())
    archs = [large, small, (1, 3, 1, 3, 1, 3)]
    with torch.no_grad():
        logits = {arch: training.supernet(values, arch) for arch in archs}
    return training.losses(Batch(choices=archs, images=FIRST), archs), logits, labels, archs


def test_the_running_teacher_learns_labels_and_teaches_all_others(train):
    training = train(0, images=FEW, paths=Sandwich(between=1), loss=RunningTeacher())
    losses, logits, labels, archs = asked_of(training)
    soft = logits[archs[0]].softmax(dim=1)
    torch.testing.assert_close(losses[0], functional.cross_entropy(logits[archs[0]], labels))
    for loss, arch in zip(losses[1:], archs[1:], strict=True):
        torch.testing.assert_close(loss, functional.cross_entropy(logits[arch], soft))
    assert training.forward_passes == 3, "the teacher is one of the paths"


def test_no_gradient_of_a_student_reaches_the_teacher(train):
    """Only the largest has the convolution of the last edge: what students say must not move it."""
    training = train(0, images=FEW, paths=Sandwich(between=1), loss=RunningTeacher())
    large, student = (3,) * 6, (1,) * 6
    only_large = training.supernet.stages[2][0].operations["5/3"].conv.weight
    for weights, moved in (((1.0, 0.0), True), ((0.0, 1.0), False)):
        losses = training.losses(Batch(choices=[large, student], images=FIRST), [large, student])
        training.supernet.zero_grad()
        sum(weight * loss for weight, loss in zip(weights, losses, strict=True)).backward()
        assert bool(only_large.grad is not None and only_large.grad.any()) == moved


@pytest.mark.slow
def test_on_batches_of_their_own_students_ask_the_teacher_there(train):
    paths = Sandwich(between=1, same_batch=False)
    training = train(1, images=FEW, paths=paths, loss=RunningTeacher())
    assert training.updates == 3  # 10 batches, three per update
    assert training.forward_passes == 3 * (3 + 2), "two students ask the teacher once each"
    assert train(1, images=FEW, paths=replace(paths, same_batch=True), loss=RunningTeacher()).forward_passes == 10 * 3


def test_a_running_teacher_must_be_trained_in_every_update(train):
    training = train(0, images=FEW, paths=StrictFair(), loss=RunningTeacher())
    with pytest.raises(RecipeError, match=r"'running-teacher' needs the largest .* in every update, .*Sandwich"):
        try_first_update(training)


def taught_by_fixed(images, seed=0, folder=None, **settings):
    """Return the training of a student and that of its teacher."""
    recipe = find_preset("smoke").fill(Recipe(images=FEW, loss=FixedTeacher(**settings), paths=Sandwich(between=1)))
    return start_training(recipe, images, seed, folder=folder)


def test_the_fixed_teacher_is_the_largest_architecture_trained_alone():
    recipe = find_preset("smoke").fill(Recipe(loss=FixedTeacher(epochs=2), averaging=ExponentialAveraging(), epochs=4))
    alone = recipe.loss.trained_first(recipe)
    assert alone.paths.draw(alone.space, np.random.default_rng(0)).tolist() == [[3] * 6]
    assert (alone.epochs, type(alone.loss).__name__, alone.averaging.slot_name()) == (2, "CrossEntropy", "no-averaging")
    assert FixedTeacher().trained_first(recipe).epochs == 4
    assert CrossEntropy().trained_first(recipe) is None


@pytest.mark.slow
def test_a_teacher_is_stored_and_continued_bit_for_bit(images, tmp_path):
    _, whole = taught_by_fixed(images, epochs=3, folder=tmp_path)
    assert read_checkpoint(tmp_path / TEACHER, "cpu").epoch == 3
    cut = Training(whole.recipe, images, 0)
    cut.train_epoch()
    write_checkpoint(cut.checkpoint(), tmp_path / TEACHER)
    _, again = taught_by_fixed(images, epochs=3, folder=tmp_path)
    assert again.updates == whole.updates == 30
    for name, values in whole.supernet.state_dict().items():
        assert torch.equal(values, again.supernet.state_dict()[name])


@pytest.mark.slow
@pytest.mark.parametrize(("change", "told"), [("images", "images"), ("seed", "seed 0, this run has seed 1")])
def test_a_teacher_of_other_images_or_another_seed_is_not_taken(images, tmp_path, change, told):
    taught_by_fixed(images, epochs=1, folder=tmp_path)
    others = replace(images, x_train=images.x_train[::-1].copy()) if change == "images" else images
    with pytest.raises(StoreError, match=rf"teacher\.pt was trained with {told}"):
        taught_by_fixed(others, seed=int(change == "seed"), epochs=1, folder=tmp_path)


@pytest.mark.slow
def test_all_paths_learn_from_the_fixed_teacher_which_costs_a_pass_per_batch(images):
    training, teacher = taught_by_fixed(images, epochs=1)
    losses, logits, _, archs = asked_of(training)
    values, _ = training.images.batch(FIRST, None, flip=False)
    with torch.no_grad():
        soft = teacher.supernet(values, (3,) * 6).softmax(dim=1)
    for loss, arch in zip(losses, archs, strict=True):
        torch.testing.assert_close(loss, functional.cross_entropy(logits[arch], soft))
    assert training.forward_passes == 3 + 1


@pytest.mark.slow
def test_a_run_with_a_fixed_teacher_bills_it(tmp_path):
    slots = {"space": SMALL, "images": FEW, "epochs": 2, "paths": Sandwich(between=1), "loss": FixedTeacher()}
    run = Run(find_preset("smoke").fill(Recipe(**slots)), "smoke", 0, tmp_path)
    steps = []
    assert (
        execute(run, Population("connected-500", SMALL), data_folder(), report=lambda step: steps.append(step.phase))
        == "trained"
    )
    record = read_record(run.record_path)
    assert list(record.seconds) == ["teacher", "train", "followed", "predict"]
    assert list(dict.fromkeys(steps)) == ["teacher", "train", "predict"]
    assert record.budget["forward_passes"] == 2 * 10 * 4
    assert record.budget["teacher_forward_passes"] == 2 * 10
    assert json.loads(run.record_path.read_text())["recipe"]["loss"] == {"is": "fixed-teacher", "epochs": None}


def test_a_teacher_without_epochs_is_refused():
    with pytest.raises(RecipeError, match=r"fixed-teacher\.epochs is 0; allowed: a whole number, 1 or more"):
        FixedTeacher(epochs=0)
