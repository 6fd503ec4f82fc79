"""What unfinished runs will take."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.optimize.averagings.checkpoint_averaging import CheckpointAveraging
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.losses.fixed_teacher import FixedTeacher
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.expected import Expected, minutes_left, work
from bench.runs.plan import PlannedRow, plan
from bench.runs.store import Run
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.study.study import STUDIES, Row
from bench.supernets.norms.recalibrated import Recalibrated

SMOKE = PRESETS["smoke"]
PLAIN = SMOKE.fill(Recipe(paths=Uniform(count=2)))


def planned(runs: list[Run]) -> list[PlannedRow]:
    return [PlannedRow(Row(str(number), run.recipe), (run,)) for number, run in enumerate(runs)]


def minutes(number: float, gpu: str = "") -> Expected:
    return Expected(minutes=pytest.approx(number), gpu=gpu)


def test_training_counts_every_image_that_a_path_sees() -> None:
    longer = replace(PLAIN, epochs=5 * PLAIN.epochs)
    own = replace(longer, paths=Uniform(count=4, same_batch=False))  # an epoch's batches are shared out, not repeated
    assert work(longer).train == 5 * work(PLAIN).train == 2 * work(own).train
    taught = replace(longer, loss=FixedTeacher())
    assert work(taught).train == work(longer).train * 3 / 2, "the teacher is one path more"


def test_prediction_counts_every_image_that_an_architecture_is_asked_on() -> None:
    asked = work(PLAIN).predict
    assert work(replace(PLAIN, images=replace(PLAIN.images, held_out=4 * PLAIN.images.held_out))).predict == 4 * asked
    assert work(replace(PLAIN, averaging=CheckpointEnsemble(count=3))).predict == 3 * asked
    assert work(replace(PLAIN, averaging=CheckpointAveraging(count=3))).predict == asked
    assert work(replace(PLAIN, norm=Recalibrated(images=PLAIN.images.held_out))).predict == 2 * asked
    assert work(replace(PLAIN, space=NB201(mask=("none",)))).predict == asked * 4**6 / 5**6


def test_both_grow_with_the_network() -> None:
    for factor, larger in ((2, {"construct.cells": 2}), (3, {"construct.width": 3}), (4, {"construct.resolution": 2})):
        found, plain = work(SMOKE.fill(Recipe(paths=Uniform(count=2)), larger)), work(PLAIN)
        assert (found.train, found.predict) == (factor * plain.train, factor * plain.predict)


def test_another_seed_costs_what_the_finished_ones_took(tmp_path: Path, pretend) -> None:
    rows = plan(STUDIES.get("baseline"), SMOKE, (0, 1, 2), tmp_path)
    assert minutes_left(rows) == {run.folder: None for run in rows[0].runs}
    pretend(rows[0].runs[0], 1.0)  # three seconds
    assert minutes_left(rows) == {run.folder: minutes(3 / 60) for run in rows[0].runs[1:]}


def test_another_recipe_costs_by_its_work_as_the_finished_ones_of_its_rows(tmp_path: Path, pretend) -> None:
    """Made-up runs take a second of training and two of prediction."""
    longer = replace(PLAIN, epochs=5 * PLAIN.epochs)
    stored, other = (Run(each, "smoke", 0, tmp_path) for each in (PLAIN, replace(PLAIN, clip=1.0)))
    wanted = Run(replace(longer, images=replace(PLAIN.images, held_out=256)), "smoke", 0, tmp_path)
    pretend(stored, 1.0)
    pretend(other, 1.0)
    cost = {wanted.folder: minutes((5 + 2 * 2) / 60)}
    assert minutes_left(planned([stored, wanted])) == cost
    assert minutes_left(planned([wanted]), [stored, other]) == cost, "of another study"
    assert minutes_left(planned([wanted])) == {wanted.folder: None}


def test_times_of_the_same_update_are_taken_first(tmp_path: Path, pretend) -> None:
    """Made-up runs take a second of training and two of prediction, however much their work is."""
    mixed = replace(PLAIN, update=DartsFirstOrder())
    plain, mixture = (Run(each, "smoke", 0, tmp_path) for each in (replace(PLAIN, epochs=3 * PLAIN.epochs), mixed))
    wanted = Run(replace(mixed, epochs=2 * PLAIN.epochs), "smoke", 0, tmp_path)
    pretend(plain, 1.0)
    assert minutes_left(planned([plain, wanted])) == {wanted.folder: minutes((2 / 3 + 2) / 60)}, "no other is stored"
    pretend(mixture, 1.0)
    assert minutes_left(planned([plain, wanted]), [mixture]) == {wanted.folder: minutes((2 + 2) / 60)}


def test_a_run_that_several_rows_show_is_counted_once(tmp_path: Path, pretend) -> None:
    stored, wanted = Run(PLAIN, "smoke", 0, tmp_path), Run(PLAIN, "smoke", 1, tmp_path)
    pretend(stored, 1.0)
    assert minutes_left(planned([wanted, wanted]), [stored]) == {wanted.folder: minutes(3 / 60)}


def test_runs_of_another_kind_of_space_say_nothing(tmp_path: Path, pretend) -> None:
    stored = Run(PLAIN, "smoke", 0, tmp_path)
    pretend(stored, 1.0)
    channels = Run(SMOKE.fill(Recipe(space=Track1(), paths=Uniform())), "smoke", 0, tmp_path)
    assert minutes_left(planned([channels]), [stored]) == {channels.folder: None}


def test_runs_of_another_size_tell_roughly_if_no_others_do(tmp_path: Path, pretend) -> None:
    """Made-up runs take a second of training and two of prediction."""
    far, wanted = (Run(PLAIN, preset, 0, tmp_path) for preset in ("smoke", "demo"))
    pretend(far, 1.0)
    rough = replace(minutes(3 / 60), rough=True)
    assert minutes_left(planned([wanted]), [], lambda: [far]) == {wanted.folder: rough}
    near = Run(replace(PLAIN, clip=1.0), "demo", 0, tmp_path)
    pretend(near, 1.0)

    def never() -> list[Run]:
        raise AssertionError("runs of another size are looked up though others tell")

    assert minutes_left(planned([wanted]), [near], never) == {wanted.folder: minutes(3 / 60)}
    unfinished = Run(PLAIN, "laptop", 0, tmp_path)
    assert minutes_left(planned([unfinished]), [], lambda: [unfinished]) == {unfinished.folder: None}


def test_other_seeds_of_a_recipe_tell_more_than_its_work(tmp_path: Path, pretend) -> None:
    """Both made-up recipes took three seconds, though one has five times the other's epochs."""
    longer = replace(PLAIN, epochs=5 * PLAIN.epochs)
    done = [Run(each, "smoke", 0, tmp_path) for each in (PLAIN, longer)]
    for run in done:
        pretend(run, 1.0)
    wanted = Run(longer, "smoke", 1, tmp_path)
    assert minutes_left(planned([*done, wanted])) == {wanted.folder: minutes(3 / 60)}


def test_times_of_a_card_are_of_that_card_and_give_way_to_those_of_a_core(tmp_path: Path, pretend) -> None:
    """Made-up runs take a second of training and two of prediction."""
    carded, wanted, on_core = (Run(PLAIN, "smoke", seed, tmp_path) for seed in range(3))
    longer = Run(replace(PLAIN, epochs=5 * PLAIN.epochs), "smoke", 0, tmp_path)
    pretend(carded, 1.0, gpu="a card")
    left = minutes_left(planned([carded, wanted, longer]))
    assert left == {wanted.folder: minutes(3 / 60, "a card"), longer.folder: minutes(7 / 60, "a card")}
    pretend(on_core, 1.0)
    left = minutes_left(planned([carded, on_core, wanted, longer]))
    assert left == {wanted.folder: minutes(3 / 60), longer.folder: minutes(7 / 60)}
    left = minutes_left(planned([carded, on_core, wanted, longer]), card=True)
    assert left == {wanted.folder: minutes(3 / 60, "a card"), longer.folder: minutes(7 / 60, "a card")}
    left = minutes_left(planned([on_core, wanted]), card=True)
    assert left == {wanted.folder: minutes(3 / 60)}, "no time on a card is stored"
