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
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.runs.execute import execute
from bench.runs.store import Run, read_record
from bench.sample.images.images import Images
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.spaces.nb201 import NB201
from bench.train.checkpoint import read_checkpoint, write_checkpoint
from bench.train.teacher import teacher_recipe, trained_teacher
from bench.train.training import Training

FEW = Images(dataset="digits", train=160, held_out=8, batch=16)  # 10 batches
SMALL = NB201(mask=("none", "avg_pool_3x3"))
TRUTH = "nb201/digits/test/30ep"


def test_a_student_learns_the_probabilities_of_its_teacher():
    rng = np.random.default_rng(0)
    own, teacher = (torch.from_numpy(rng.normal(size=(4, 3))) for _ in range(2))
    p, q = (np.exp(v.numpy()) / np.exp(v.numpy()).sum(axis=1, keepdims=True) for v in (teacher, own))
    expected = -(p * np.log(q)).sum(axis=1).mean()
    for loss in (RunningTeacher(), FixedTeacher()):
        assert loss.taught(own, torch.tensor([0, 1, 2, 0]), teacher).item() == pytest.approx(expected, rel=1e-12)


def test_a_loss_without_a_teacher_takes_no_notice_of_one():
    own, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    assert CrossEntropy().taught(own, labels, torch.randn(4, 3)) == CrossEntropy()(own, labels)


def asked_of(training):
    """Return the losses of a sandwich's three paths on the first 16 images, and those written out."""
    values, labels = training.images.batch(np.arange(16), None, flip=False)
    small, large = (tuple(int(g) for g in arch) for arch in training.recipe.space.extremes())
    archs = [large, small, (1, 3, 1, 3, 1, 3)]
    with torch.no_grad():
        logits = {arch: training.supernet(values, arch) for arch in archs}
    return training._losses(archs, values, labels), logits, labels, archs


def test_the_running_teacher_learns_labels_and_teaches_all_others(train):
    training = train(0, images=FEW, paths=Sandwich(between=1), loss=RunningTeacher())
    losses, logits, labels, archs = asked_of(training)
    soft = logits[archs[0]].softmax(dim=1)
    torch.testing.assert_close(losses[0], functional.cross_entropy(logits[archs[0]], labels))
    for loss, arch in zip(losses[1:], archs[1:], strict=True):
        torch.testing.assert_close(loss, functional.cross_entropy(logits[arch], soft))
    assert training.forward_passes == 0, "the teacher is one of the paths"


def test_no_gradient_of_a_student_reaches_the_teacher(train):
    """Only the largest has the convolution of the last edge: what students say must not move it."""
    training = train(0, images=FEW, paths=Sandwich(between=1), loss=RunningTeacher())
    values, labels = training.images.batch(np.arange(16), None, flip=False)
    large, student = (3,) * 6, (1,) * 6
    only_large = training.supernet.stages[2][0].operations["5/3"].conv.weight
    for weights, moved in (((1.0, 0.0), True), ((0.0, 1.0), False)):
        losses = training._losses([large, student], values, labels)
        training.supernet.zero_grad()
        sum(weight * loss for weight, loss in zip(weights, losses, strict=True)).backward()
        assert bool(only_large.grad is not None and only_large.grad.any()) == moved


def test_on_batches_of_their_own_students_ask_the_teacher_there(train):
    paths = Sandwich(between=1, same_batch=False)
    training = train(1, images=FEW, paths=paths, loss=RunningTeacher())
    assert training.updates == 3  # 10 batches, three per update
    assert training.forward_passes == 3 * (3 + 2), "two students ask the teacher once each"
    assert train(1, images=FEW, paths=replace(paths, same_batch=True), loss=RunningTeacher()).forward_passes == 10 * 3


def test_a_running_teacher_must_be_trained_in_every_update(train):
    with pytest.raises(RecipeError, match=r"'running-teacher' needs the largest .* 'strict-fair' do not give"):
        train(0, images=FEW, paths=StrictFair(), loss=RunningTeacher())


def test_the_fixed_teacher_is_the_largest_architecture_trained_alone(train, images):
    recipe = train(0, images=FEW, loss=FixedTeacher(epochs=2), averaging=ExponentialAveraging()).recipe
    alone = teacher_recipe(recipe)
    training = Training(alone, images, 0)
    (largest,) = next(training._drawn_from(training.streams["paths"]))
    assert largest == (3,) * 6
    assert (alone.epochs, type(alone.loss).__name__, alone.averaging.slot_name()) == (2, "CrossEntropy", "no-averaging")
    assert teacher_recipe(replace(recipe, loss=FixedTeacher())).epochs == recipe.epochs


def test_a_teacher_is_stored_and_continued_bit_for_bit(train, images, tmp_path):
    recipe = train(0, images=FEW, loss=FixedTeacher(epochs=3)).recipe
    whole = trained_teacher(recipe, images, 0, "cpu", tmp_path / "whole.pt", lambda step: None)
    cut = Training(teacher_recipe(recipe), images, 0)
    cut.train_epoch()
    write_checkpoint(cut.checkpoint(), tmp_path / "cut.pt")
    again = trained_teacher(recipe, images, 0, "cpu", tmp_path / "cut.pt", lambda step: None)
    assert again.updates == whole.updates == 30
    for name, values in whole.supernet.state_dict().items():
        assert torch.equal(values, again.supernet.state_dict()[name])
    assert read_checkpoint(tmp_path / "cut.pt", "cpu").epoch == 3


def test_a_teacher_of_other_images_is_not_taken(train, images, tmp_path):
    recipe = train(0, images=FEW, loss=FixedTeacher(epochs=1)).recipe
    trained_teacher(recipe, images, 0, "cpu", tmp_path / "teacher.pt", lambda step: None)
    others = replace(images, x_train=images.x_train[::-1].copy())
    with pytest.raises(StoreError, match="was trained on other images of 'digits'"):
        trained_teacher(recipe, others, 0, "cpu", tmp_path / "teacher.pt", lambda step: None)


def test_all_paths_learn_from_the_fixed_teacher_which_costs_a_pass_per_batch(train):
    training = train(0, images=FEW, paths=Sandwich(between=1), loss=FixedTeacher())
    training.teacher = train(0, images=FEW, seed=5).supernet.eval()
    losses, logits, _, archs = asked_of(training)
    values, _ = training.images.batch(np.arange(16), None, flip=False)
    with torch.no_grad():
        soft = training.teacher(values, (3,) * 6).softmax(dim=1)
    for loss, arch in zip(losses, archs, strict=True):
        torch.testing.assert_close(loss, functional.cross_entropy(logits[arch], soft))
    assert training.forward_passes == 1


def test_a_run_with_a_fixed_teacher_bills_it(recipe, tmp_path):
    slots = {"space": SMALL, "images": FEW, "epochs": 2, "paths": Sandwich(between=1), "loss": FixedTeacher()}
    run = Run(find_preset("smoke").fill(replace(recipe, **slots)), "smoke", 0, tmp_path)
    steps = []
    assert execute(run, TRUTH, data_folder(), report=lambda step: steps.append(step.phase)) == "trained"
    record = read_record(run.record_path)
    assert list(record.seconds) == ["teacher", "train", "predict"]
    assert list(dict.fromkeys(steps)) == ["teacher", "train", "predict"]
    assert record.budget["forward_passes"] == 2 * 10 * 4
    assert record.budget["teacher_forward_passes"] == 2 * 10
    assert json.loads(run.record_path.read_text())["recipe"]["loss"] == {"is": "fixed-teacher", "epochs": None}


def test_a_teacher_without_epochs_is_refused():
    with pytest.raises(RecipeError, match=r"fixed-teacher\.epochs is 0; allowed: 1 or more"):
        FixedTeacher(epochs=0)
