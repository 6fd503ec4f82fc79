"""Each check of the kinds that train finds what it is there for: an implementation that breaks it and nothing else."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from bench.contracts import suites
from bench.optimize.averagings import Kept, copied
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.updates.one_level import OneLevel
from bench.sample.paths.uniform import Uniform
from bench.slot import State
from bench.spaces.nb201 import NB201
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics

slot = dataclass(frozen=True, kw_only=True)


@slot
class Doubled(ExponentialAveraging):
    """Averages twice the weights."""

    def update(self, kept, weights, updates, total):
        super().update(kept, {name: 2 * weight for name, weight in weights.items()}, updates, total)


@slot
class Live(NoAveraging):
    """Keeps the weights that are trained."""

    def start(self, weights):
        return Kept({0: weights})


@slot
class Promises(NoAveraging):
    """Promises two members."""

    @property
    def members(self):
        return 2


@slot
class Touches(NoAveraging):
    """Shrinks the weights that are trained."""

    def update(self, kept, weights, updates, total):
        with torch.no_grad():
            for weight in weights.values():
                weight.mul_(0.5)


class Forgetful(Kept):
    """Stores nothing."""

    def state_dict(self):
        return {}

    def load_state_dict(self, saved):
        return


@slot
class Forgets(ExponentialAveraging):
    """Forgets its average with the process."""

    def start(self, weights):
        return Forgetful({0: copied(weights)})


@slot
class Partial(NoAveraging):
    """Predicts with half of the names."""

    def predicting(self, kept, weights):
        return [{name: weights[name] for name in sorted(weights)[1:]}]


@slot
class Half(SGD):
    """Trains half of the weights."""

    def build(self, supernet):
        return torch.optim.SGD(list(supernet.parameters())[::2], lr=self.rate)


@slot
class Rests(SGD):
    """Forgets the gradients without a step."""

    def step(self, optimizer):
        optimizer.zero_grad(set_to_none=True)


@slot
class Keeps(SGD):
    """Keeps the gradients after the step."""

    def step(self, optimizer):
        optimizer.step()


@slot
class OwnRate(SGD):
    """Steps at a rate of its own."""

    def step(self, optimizer):
        for group in optimizer.param_groups:
            group["lr"] = 0.1
        super().step(optimizer)


@slot
class Idle(OneLevel):
    """Computes gradients and does not step."""

    def step(self, state, trainer, batches):
        trainer.descend = lambda: None
        found = super().step(state, trainer, batches)
        trainer.supernet.zero_grad(set_to_none=True)
        del trainer.descend
        return found


@slot
class Leaves(OneLevel):
    """Leaves a gradient behind."""

    def step(self, state, trainer, batches):
        found = super().step(state, trainer, batches)
        for weight in trainer.supernet.parameters():
            weight.grad = torch.ones_like(weight)
        return found


@slot
class Mean(OneLevel):
    """Returns the mean loss alone."""

    def step(self, state, trainer, batches):
        return super().step(state, trainer, batches).mean()


@slot
class Grows(Cosine):
    """Grows to twice the peak."""

    def factor(self, progress):
        return 2 * super().factor(progress)


@slot
class Low(Cosine):
    """Never reaches the peak."""

    def factor(self, progress):
        return super().factor(progress) / 2


@slot
class Further(Cosine):
    """Lets small paths step twice as far."""

    def path_factor(self, progress, complexity):
        return 2.0 - complexity


@slot
class Remembers(Cosine):
    """Falls with every question."""

    asked: ClassVar = []

    def factor(self, progress):
        self.asked.append(progress)
        return super().factor(progress) * 0.9999 ** len(self.asked)


@slot
class Whole(BatchStatistics):
    """Says that a new batch counts five times."""

    @property
    def momentum(self):
        return 5


@slot
class Minus(BatchStatistics):
    """Asks for fewer than no images."""

    @property
    def recalibration_images(self):
        return -3


def wrapped(method):
    """Return a `module` whose supernet has another method."""

    def module(self, space, norm, *, channels, classes):
        built = NB201Net.module(self, space, norm, channels=channels, classes=classes)
        method(built)
        return built

    return module


@slot
class NoSizes(NB201Net):
    """Has sizes at no preset."""

    sizes: ClassVar = {}


@slot
class WrongSizes(NB201Net):
    """Names a setting that nothing has."""

    sizes: ClassVar = {"smoke": {**NB201Net.sizes["smoke"], "height": 3}}


@slot
class Fewer(NB201Net):
    """Gives logits of too few classes."""

    module = wrapped(
        lambda built: setattr(built.classifier, "bias", None) or built.register_forward_hook(lambda *a: a[2][:, 1:])
    )


@slot
class OwnSeed(NB201Net):
    """Draws its weights from NumPy's global generator."""

    module = wrapped(
        lambda built: [
            weight.data.copy_(torch.from_numpy(np.random.default_rng().random(tuple(weight.shape))))
            for weight in built.parameters()
        ]
    )


@slot
class Ones(NB201Net):
    """Starts every weight at one half."""

    module = wrapped(lambda built: [weight.data.fill_(0.5) for weight in built.parameters()])


@slot
class Together(NB201Net):
    """Answers otherwise on shared images."""

    module = wrapped(lambda built: setattr(built, "on_images", lambda images: lambda choice: built(images, choice) + 1))


@slot
class Same(NB201Net):
    """Ignores its choice."""

    module = wrapped(
        lambda built: setattr(built, "forward", lambda images, choice: type(built).forward(built, images, (3,) * 6))
    )


class Counting(State):
    """A number that is not stored."""

    count = 0


@slot
class Stateful(NB201Net):
    """Scales its weights by a number of updates that it does not store."""

    def start(self, supernet):
        state = Counting()
        state.supernet = supernet
        return state

    def update(self, state, progress, kept):
        state.count += 1
        with torch.no_grad():
            for weight in state.supernet.parameters():
                weight.mul_(1 + 1e-3 * state.count)


@slot
class OutOfStep(Uniform):
    """Draws the extremes once in three calls, which it counts itself."""

    calls: ClassVar = []

    def draw(self, space, rng):
        self.calls.append(1)
        return np.array([space.extremes()[0]]) if len(self.calls) % 3 == 0 else super().draw(space, rng)


@slot
class Spelling(NB201):
    """Spells in capitals, which it cannot read."""

    def spell(self, arch):
        return super().spell(arch).upper()


@slot
class Apart(NB201):
    """Takes every cell for its own representative."""

    def representative(self, genes):
        return genes


@slot
class Elsewhere(NB201):
    """Names representatives that are no cells."""

    def representative(self, genes):
        return np.full_like(genes, 9)


@slot
class Silent(Uniform):
    def draw(self, space, rng):
        return super().draw(space, rng)


BROKEN = [
    ("averagings", Doubled, "the average of resting weights", "changed 'a' although no weight changed"),
    ("averagings", Live, "what is kept takes no gradient", "keeps weights that take gradients"),
    ("averagings", Promises, "as many members as promised", "returned 1 members; `members` is 2"),
    ("averagings", Touches, "never touches the weights", "changed the weights that are trained"),
    (
        "averagings",
        Forgets,
        "a killed training",
        "differs from an uninterrupted one in the weights that predict",
    ),
    ("averagings", Partial, "the average of resting weights", r"returned weights named \['b'\]"),
    ("spaces", Apart, "the same have one representative", "tells apart architectures of one canonical form"),
    ("spaces", Elsewhere, "the same have one representative", "returned .*, not an architecture"),
    ("optimizers", Half, "every weight of the supernet once", r"holds \d+ of \d+ weights"),
    ("optimizers", Rests, "a step moves the weights", "did not change '.*', which had a gradient"),
    ("optimizers", Keeps, "a step moves the weights", "kept the gradient of"),
    ("optimizers", OwnRate, "a rate of zero", "changed '.*' at a learning rate of 0"),
    ("updates", Mean, "the loss of every path", r"returned shape \(\)"),
    ("updates", Idle, "moves the weights", "changed no weight in an epoch"),
    ("updates", Leaves, "leaves no gradient", "left a gradient of '.*' behind"),
    ("schedules", Grows, "between zero and the peak", "returned 2.0 at progress 0"),
    ("schedules", Low, "between zero and the peak", "is never above 0.5"),
    ("schedules", Further, "never steps further", "returned 2.0 at progress 0 for complexity 0"),
    ("schedules", Remembers, "equal progress", "depends on earlier calls"),
    ("norms", Whole, "a fraction of a batch", "has momentum 5"),
    ("norms", Minus, "a number of images", "has recalibration_images -3"),
    ("constructs", NoSizes, "its sizes fill a recipe", "has sizes at no preset"),
    ("constructs", WrongSizes, "its sizes fill a recipe", "names 'height'; allowed: settings of wrong-sizes"),
    ("constructs", Fewer, "finite logits", r"gives logits of shape \(8, 4\)"),
    ("constructs", OwnSeed, "equal seeds give equal weights", "builds different weights for equal seeds"),
    ("constructs", Ones, "others differ", "builds equal weights for different seeds"),
    ("constructs", Together, "answer as each alone", "gives other logits for .* than forward"),
    ("constructs", Same, "sub networks differ", "the same logits; does forward use its choice"),
    ("constructs", Stateful, "whatever the settings", "differs from an uninterrupted one in supernet"),
    ("paths", OutOfStep, "equal streams", "drew different architectures|gave different updates"),
    ("paths", Silent, "says what it is in a docstring", "has no docstring"),
    ("spaces", Spelling, "spelling and parsing", "refuses '.*', the string of"),
]


@pytest.mark.parametrize(("kind", "broken", "law", "told"), BROKEN, ids=[f"{k}-{b.__name__}" for k, b, _, _ in BROKEN])
def test_a_broken_implementation_fails_its_check_with_file_and_line(kind, broken, law, told):
    [check] = [check for check in suites()[kind].checks if law in check.name]
    failure = check.failure(broken)
    assert re.search(told, failure), failure
