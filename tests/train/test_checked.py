"""What plug-ins return is checked through real training: at the first update, at a later one, and where a run fails."""

import hashlib
import json
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.errors import PluginError
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.losses import Loss
from bench.optimize.losses.fixed_teacher import FixedTeacher
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.updates.one_level import OneLevel
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.registry import load_plugin
from bench.rng import stream
from bench.runs.execute import execute
from bench.runs.store import Run
from bench.sample.images.images import Images
from bench.sample.paths import Paths
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.slot import setting
from bench.spaces import Space
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.tracked import Tracked
from bench.train.checked import checked_paths, paths_per_update, try_first_update
from bench.train.start import start_training

FEW = Images(dataset="digits", train=96, held_out=8, batch=16, shift=0.0, flip=False)  # 6 batches
MASKED = NB201(mask=("none", "avg_pool_3x3"))
RIGHT = 3
"""Updates before a plug-in begins to be wrong."""


@dataclass(frozen=True, kw_only=True)
class Wrong(Paths):
    """Three uniform paths, from update `after` on changed by a function in `CHANGES`."""

    after: int = 0
    change: str = "nothing"

    def per_update(self, space):
        return 3

    def draw(self, space, rng):
        genes = space.sample(rng, 3)
        Wrong.drawn = getattr(Wrong, "drawn", 0) + 1
        return CHANGES[self.change](genes) if Wrong.drawn > self.after else genes


@dataclass(frozen=True, kw_only=True)
class WrongUpdates(Wrong):
    """The same, drawn by an iterator of its own."""

    def updates(self, space, rng, state):
        return self._updates(space, rng) if self.change != "no iterator" else [space.sample(rng, 3)]

    def _updates(self, space, rng):
        for _ in range(self.after):
            yield space.sample(rng, 3)
        if self.change == "ends":
            return
        while True:
            yield CHANGES[self.change](space.sample(rng, 3))


def stop(genes):
    raise StopIteration


def outside(genes, choice):
    genes = genes.astype(int)
    genes[1, 4] = choice
    return genes


CHANGES = {
    "choice 5 of five": lambda genes: outside(genes, 5),
    "a masked choice": lambda genes: outside(genes, 0),
    "a negative choice": lambda genes: outside(genes, -1),
    "a choice beyond a byte": lambda genes: outside(genes, 257),
    "one path of three": lambda genes: genes[:1],
    "a decision too few": lambda genes: genes[:, :5],
    "floats": lambda genes: genes.astype(float),
    "flags": lambda genes: genes > 1,
    "one axis": lambda genes: genes[0],
    "a list": lambda genes: genes.tolist(),
    "nothing at all": lambda genes: None,
    "a StopIteration": stop,
}
TOLD = {
    "choice 5 of five": r"drew choice 5 at decision 4 of space 'nb201'; allowed there: 1, 2, 3$",
    "a masked choice": r"drew choice 0 at decision 4 of space 'nb201'; allowed there: 1, 2, 3$",
    "a negative choice": r"drew choice -1 at decision 4",
    "a choice beyond a byte": r"drew choice 257 at decision 4",
    "one path of three": r"returned shape \(1, 6\); expected .* of shape \(3, 6\): per_update returned 3",
    "a decision too few": r"returned shape \(3, 5\); expected",
    "floats": r"returned float64 of shape \(3, 6\); expected whole numbers \[path, decision\] of shape \(3, 6\)",
    "flags": r"returned bool of shape \(3, 6\); expected whole numbers",
    "one axis": r"returned int8 of shape \(6,\); expected whole numbers",
    "a list": r"returned list; expected whole numbers",
    "nothing at all": r"returned NoneType; expected whole numbers",
    "a StopIteration": r"raised StopIteration; expected architectures",
}
MISTAKES = pytest.mark.parametrize("change", CHANGES)


@pytest.fixture(autouse=True)
def fresh(monkeypatch, no_plugins):
    """Begin every test with no update drawn, and with no plug-in."""
    monkeypatch.setattr(Wrong, "drawn", 0, raising=False)


@pytest.fixture
def start(train):
    """Return a training before its first update, in the masked space."""
    return lambda **slots: train(0, **({"images": FEW, "space": MASKED} | slots))


def digest(training):
    """Return the digest of all that a training holds, bit for bit."""
    checkpoint = training.checkpoint()
    content = json.dumps([checkpoint.streams, checkpoint.updates, checkpoint.forward_passes]).encode()
    for part in (checkpoint.supernet, *checkpoint.slots["averaging"].values()):
        content += b"".join(name.encode() + value.detach().numpy().tobytes() for name, value in part.items())
    return hashlib.sha256(content + repr(checkpoint.slots["optimizer"]).encode()).hexdigest()


@pytest.mark.quick_cases(0, 5)
@MISTAKES
def test_a_wrong_draw_is_found_on_the_trial_before_anything_is_trained(start, change):
    training = start(paths=Wrong(change=change))
    before = digest(training)
    with pytest.raises(PluginError, match=rf"^paths 'wrong' \(.*test_checked\.py:\d+\) {TOLD[change]}"):
        try_first_update(training)
    assert digest(training) == before


@pytest.mark.slow
@MISTAKES
@pytest.mark.parametrize("kind", [Wrong, WrongUpdates])
def test_a_draw_that_is_wrong_after_some_updates_is_found_there(start, kind, change):
    training = start(paths=kind(change=change, after=RIGHT))
    with pytest.raises(PluginError, match=rf"^paths '{kind.slot_name()}' \(.*test_checked\.py:\d+\) {TOLD[change]}"):
        training.train_epoch()
    assert training.updates == RIGHT


def test_updates_that_end_early_are_named(start):
    training = start(paths=WrongUpdates(change="ends", after=RIGHT))
    with pytest.raises(
        PluginError, match=r"'wrong-updates' \(.*\) ended within an epoch; expected an endless iterator"
    ):
        training.train_epoch()
    assert training.updates == RIGHT


def test_updates_that_are_no_iterator_are_named(start):
    with pytest.raises(
        PluginError, match=r"'wrong-updates' \(.*\) returned list; expected an endless iterator over updates"
    ):
        start(paths=WrongUpdates(change="no iterator")).train_epoch()


@pytest.mark.parametrize("count", [0, -1, 2.0, True, None, "3"])
def test_a_number_of_paths_that_is_none_is_refused_before_a_training_starts(start, monkeypatch, count):
    monkeypatch.setattr(Wrong, "per_update", lambda self, space: count)
    with pytest.raises(PluginError, match=rf"'wrong' \(.*\) returned {count!r}; expected a whole number, 1 or more"):
        start(paths=Wrong())


@dataclass(frozen=True, kw_only=True)
class Chain(NB201):
    """Cells whose first two edges hold the same operation."""

    def valid(self, genes):
        return genes[:, 0] == genes[:, 1]


@dataclass(frozen=True, kw_only=True)
class Careless(Paths):
    """A path that does not ask whether it is valid."""

    def per_update(self, space):
        return 1

    def draw(self, space, rng):
        return np.array([[1, 2, 3, 3, 3, 3]])


def test_an_invalid_combination_is_named():
    rng = stream(0, "paths")
    with pytest.raises(
        PluginError, match=r"drew \[1, 2, 3, 3, 3, 3\], which is not a valid architecture of space 'chain'"
    ):
        checked_paths(Careless().draw(Chain(), rng), Careless(), Chain(), 1)
    assert checked_paths(np.array([[2, 2, 3, 3, 3, 3]]), Careless(), Chain(), 1).dtype == np.int8


@dataclass(frozen=True, kw_only=True)
class WrongLoss(Loss):
    """A cross-entropy, from call `after` on changed by a function in `LOSSES`."""

    after: int = 0
    change: str = setting("nothing")

    def __call__(self, logits, labels):
        WrongLoss.called = getattr(WrongLoss, "called", 0) + 1
        loss = functional.cross_entropy(logits, labels, reduction="none")
        return LOSSES[self.change](loss) if WrongLoss.called > self.after else loss.mean()


@dataclass(frozen=True, kw_only=True)
class WrongCount(Loss):
    """Losses of a batch that are too few, or no list."""

    change: str = "one too few"

    def __call__(self, logits, labels):
        return functional.cross_entropy(logits, labels)

    def of_batch(self, state, asked, choices):
        found = super().of_batch(state, asked, choices)
        return {"one too few": found[1:], "stacked": torch.stack(found), "a generator": iter(found)}[self.change]


LOSSES = {
    "a vector": lambda loss: loss,
    "a vector of one": lambda loss: loss.mean()[None],
    "a number": lambda loss: loss.mean().item(),
    "whole numbers": lambda loss: loss.mean().round().long(),
    "nothing": lambda loss: None,
    "no gradient": lambda loss: loss.mean().detach(),
}
LOSS_TOLD = {
    "a vector": r"returned shape \(16,\) of torch.float32; expected a scalar tensor, the mean over the batch",
    "a vector of one": r"returned shape \(1,\) of",
    "a number": "returned float; expected a scalar tensor",
    "whole numbers": r"returned shape \(\) of torch.int64; expected a scalar tensor",
    "nothing": "returned NoneType; expected a scalar tensor",
    "no gradient": "returned a tensor that needs no gradient; expected one computed from the logits",
}


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("after", [0, RIGHT * 5])
@pytest.mark.parametrize("change", LOSSES)
def test_a_wrong_loss_is_named_at_the_first_update_and_at_a_later_one(start, monkeypatch, change, after):
    monkeypatch.setattr(WrongLoss, "called", 0, raising=False)
    training = start(loss=WrongLoss(change=change, after=after), paths=StrictFair(count=5))
    with pytest.raises(PluginError, match=rf"^loss 'wrong-loss' \(.*test_checked\.py:\d+\) {LOSS_TOLD[change]}"):
        training.train_epoch()
    assert training.updates == after // 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("one too few", "returned 2 losses; expected a list of 3, one per path"),
        ("stacked", "returned Tensor; expected a list of 3"),
        ("a generator", "returned list_iterator; expected a list of 3"),
    ],
)
def test_losses_of_a_batch_are_one_per_path(start, change, told):
    with pytest.raises(PluginError, match=rf"loss 'wrong-count' \(.*test_checked\.py:\d+\) {told}"):
        try_first_update(start(loss=WrongCount(change=change), paths=Sandwich(between=1)))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_named_on_the_trial(start, monkeypatch, value):
    monkeypatch.setitem(LOSSES, "not finite", lambda loss: loss.mean() * value)
    monkeypatch.setattr(WrongLoss, "called", 0, raising=False)
    with pytest.raises(
        PluginError, match=rf"'wrong-loss' \(.*\) returned \[{value}.*\] in the first update; expected f"
    ):
        try_first_update(start(loss=WrongLoss(change="not finite")))


@dataclass(frozen=True, kw_only=True)
class WrongStep(OneLevel):
    """An update that returns something else than the losses of its paths."""

    change: str = "the mean"

    def step(self, state, trainer, batches):
        losses = super().step(state, trainer, batches)
        return {"the mean": losses.mean(), "a list": losses.tolist(), "gradients": losses.requires_grad_()}[self.change]


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("change", "got"), [("the mean", r"shape \(\)"), ("a list", "list"), ("gradients", r"shape \(5,\) with gradients")]
)
def test_an_update_returns_the_losses_of_its_paths(start, change, got):
    told = rf"update 'wrong-step' \(.*test_checked\.py:\d+\) returned {got}; expected the losses \[path\] of 5 sub-netw"
    with pytest.raises(PluginError, match=told):
        try_first_update(start(update=WrongStep(change=change), paths=StrictFair(count=5)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "slots",
    [
        {},
        {"construct": NB201Net(split=0, split_after=0.0)},
        *(
            pytest.param(slots, marks=pytest.mark.slow)
            for slots in (
                {"norm": Tracked(affine=True), "averaging": ExponentialAveraging(decay=0.9)},
                {"paths": Sandwich(between=1, fair=True), "loss": RunningTeacher()},
                {"paths": StrictFair(count=2, same_batch=False)},
                {"construct": NB201Net(topology="free", path_dropout=0.3, global_dropout=0.3)},
            )
        ),
    ],
    ids=["default", "few-shot", "tracked, averaged", "running teacher", "own batches", "free, dropout"],
)
def test_the_trial_changes_no_bit_of_the_training(start, slots):
    tried, other = start(**slots), start(**slots)
    before = digest(tried)
    try_first_update(tried)
    assert digest(tried) == before
    assert not any(weight.grad is not None for weight in tried.supernet.parameters())
    tried.train_epoch()
    other.train_epoch()
    assert digest(tried) == digest(other)


PLUGIN = '''
from dataclasses import dataclass
from bench.sample.paths import Paths
from bench.optimize.losses import Loss
CALLS = []
@dataclass(frozen=True, kw_only=True)
class Own(Paths):
    """One path."""
    def per_update(self, space):
        return 1
    def draw(self, space, rng):
        CALLS.append(1)
        genes = space.sample(rng, 1)
        if len(CALLS) > {after}:
            {mistake}
        return genes
'''


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("after", [0, 4], ids=["at once", "later"])
@pytest.mark.parametrize(
    ("mistake", "line", "error"),
    [
        ("return [][0]", 15, "IndexError: list index out of range"),
        ("raise StopIteration", 11, r"paths 'own' \(.*\) raised StopIteration; expected"),
        ("genes[0, 2] = 77", 11, r"paths 'own' \(.*\) drew choice 77 at decision 2 of space 'nb201'"),
    ],
)
def test_a_failed_run_keeps_the_plug_ins_file_and_line_and_the_traceback(tmp_path, mistake, line, error, after):
    path = tmp_path / "own.py"
    path.write_text(PLUGIN.format(mistake=mistake, after=after))
    module = load_plugin(path)
    recipe = find_preset("smoke").fill(Recipe(images=FEW, paths=module.Own(), space=MASKED))
    run = Run(recipe, "smoke", 0, tmp_path / "results")
    with pytest.raises((IndexError, PluginError), match=error.removeprefix("IndexError: ")):
        execute(run, Population("connected-500", MASKED), data_folder())
    kept = json.loads((run.folder / "failed.json").read_text())
    assert kept["error"].startswith(error.split(r" \(")[0])
    assert f"{path}:{line}" in kept["error"]
    assert kept["traceback"].startswith("Traceback")
    assert len(module.CALLS) == after + 1
    assert (run.folder / "checkpoint.pt").exists() is False
    assert run.status == "failed"


@pytest.mark.parametrize(
    ("space", "paths"), [(NB201(), StrictFair()), (Track1(), Sandwich(between=16, fair=True))], ids=["nb201", "track1"]
)
def test_checking_an_update_takes_less_than_a_hundred_microseconds(space: Space, paths):
    """Of a training's update, which takes ten milliseconds and more."""
    count = paths_per_update(paths, space)
    drawn = paths.draw(space, stream(0, "paths"))
    check = getattr(checked_paths, "__wrapped__", checked_paths)  # without the tests' own check of shapes
    times = []
    for _ in range(20):
        started = time.thread_time()
        for _ in range(50):
            check(drawn, paths, space, count)
        times.append((time.thread_time() - started) / 50)
    assert min(times) < 100e-6


@pytest.mark.slow
def test_a_choice_is_checked_in_the_space_that_is_trained_and_not_in_the_whole(start):
    training = start(paths=Wrong(change="a masked choice"), space=NB201())
    training.train_epoch()
    assert training.epoch == 1


@dataclass(frozen=True, kw_only=True)
class WrongRate(Cosine):
    """Returns something else than a factor."""

    value: object = None

    def factor(self, progress):
        return self.value


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, "half", None, True])
def test_a_schedule_returns_a_finite_factor(start, value):
    told = r"schedule 'wrong-rate' \(.*test_checked\.py:\d+\) returned .*; expected a finite number, 0 or more"
    with pytest.raises(PluginError, match=told):
        try_first_update(start(schedule=WrongRate(value=value)))


@pytest.mark.slow
def test_a_mistake_is_found_before_a_teacher_is_trained(images):
    recipe = find_preset("smoke").fill(Recipe(images=FEW, loss=FixedTeacher(), paths=Wrong(change="choice 5 of five")))
    steps = []
    with pytest.raises(PluginError, match="paths 'wrong'"):
        start_training(recipe, images, 0, report=steps.append)
    assert not steps
