"""Local sharing: the pair step, the meta step, the clusters, the phases, and who uses which copy."""

import copy
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.contracts.training import differences, same
from bench.errors import RecipeError
from bench.optimize.sharing import pairs, settling
from bench.optimize.sharing.clusters import Rule, assigned, bounds, clusters, in_equal_shares
from bench.optimize.sharing.matching import MetaNetworks, degree_gradient
from bench.optimize.sharing.pairs import give, pair_step
from bench.optimize.sharing.timetable import moment
from bench.optimize.updates import Batch
from bench.optimize.updates.local_sharing import LocalSharing
from bench.optimize.updates.one_level import OneLevel
from bench.predict.trained import TrainedSupernet
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.rng import stream
from bench.sample.images.image_set import digits
from bench.sample.images.images import Images
from bench.sample.paths.uniform import Uniform
from bench.spaces.macro import Macro
from bench.spaces.mbconv import MBConv
from bench.spaces.nb201 import NB201
from bench.supernets.layers import local
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.macro import MacroNet
from bench.supernets.mbconv import MBConvNet
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train.checkpoint import read_checkpoint, write_checkpoint
from bench.types import Copied, Mixture

FEW = Images(dataset="digits", train=64, held_out=16, batch=16, shift=0.0)  # 4 updates per epoch
SMALL = {"pool": 60, "images": 4, "meta_every": 1, "representatives": 2}
PLAIN = {
    "images": FEW,
    "paths": Uniform(count=1),
    "construct": NB201Net(cells=1, width=2, resolution=8, reduction="pooled"),
}


@pytest.fixture(autouse=True)
def standardized_by_few(monkeypatch):
    monkeypatch.setattr(settling, "SCALED_BY", 6)


@pytest.fixture(scope="module")
def learned(train):
    """Return a finished training with two copies of each operation's weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "SCALED_BY", 6)
        return train(4, **PLAIN, update=LocalSharing(**SMALL))


# pure functions


def rows_of(scalars):
    return 1 / (1 + np.exp(scalars[None] - scalars[:, None]))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_clusters_partition_the_architectures_into_intervals_of_the_scalar(count):
    scalars = stream(0, "scalars").normal(size=60)
    found = clusters(rows_of(scalars), scalars, count, seed=0)
    assert sorted(set(found.tolist())) == list(range(count))
    assert (np.diff(found[np.argsort(scalars)]) >= 0).all()
    limits = bounds(scalars, found, count)
    assert np.searchsorted(limits, scalars, side="right").tolist() == found.tolist()


def test_fewer_different_scalars_than_clusters_have_no_clusters():
    scalars = np.array([1.0, 1.0, 2.0])
    assert clusters(rows_of(scalars), scalars, 3, seed=0) is None
    assert clusters(rows_of(scalars), scalars, 2, seed=0).tolist() == [0, 0, 1]


def test_copies_drawn_in_equal_shares_differ_by_one_at_most():
    found = np.bincount(in_equal_shares(11, 3, stream(0, "shares")))
    assert sorted(found) == [3, 4, 4]


def test_each_cluster_gets_its_own_copy_with_the_smallest_sum_of_losses():
    losses = stream(0, "losses").random((4, 4))
    best = min(permutations(range(4)), key=lambda copies: sum(losses[c, copy] for c, copy in enumerate(copies)))
    assert assigned(losses) == best


def test_a_rule_gives_the_copy_of_the_interval_and_a_drawn_one_keeps_its_shares():
    rule = Rule(bounds=(0.0, 1.0), copies=(2, 0, 1), shares=(0.2, 0.3, 0.5))
    assert [rule.copy(scalar, (0,), 0) for scalar in (-1.0, 0.5, 2.0)] == [2, 0, 1]
    assert Rule.read(rule.described()) == rule
    drawn = replace(rule, bounds=None)
    found = np.bincount([drawn.copy(0.0, (number,), 5) for number in range(2_000)]) / 2_000
    assert found == pytest.approx([0.2, 0.3, 0.5], abs=0.04)


def test_the_phases_are_those_of_the_source():
    each = [moment((epoch + 0.5) / 150, 16, 10 / 150, 44 / 150) for epoch in range(150)]  # T_w 10, 16 x (3 + 3), T_f 44
    assert each[:10] == [(0, False)] * 10
    for layer in range(16):
        start = 10 + 6 * layer
        assert each[start : start + 6] == [(layer, True)] * 3 + [(layer + 1, False)] * 3
    assert each[106:] == [(16, False)] * 44


def meta(channels=5, members=12):
    found = MetaNetworks(0.01)
    entering = torch.from_numpy(stream(0, "entering").normal(size=(members, channels)))
    found.standardize((0, 2), entering, stream(0, "meta"))
    found.weight[0, 2] = torch.from_numpy(stream(1, "meta").normal(size=channels))
    return found, entering


def test_without_a_bias_the_degrees_of_a_pair_sum_to_one_and_of_an_architecture_with_itself_are_a_half():
    found, entering = meta()
    scalars = found.scalar((0, 2), entering)
    rows = found.rows((0, 2), scalars, scalars)
    assert torch.allclose(rows + rows.T, torch.ones_like(rows), atol=1e-12)
    assert torch.allclose(rows.diagonal(), torch.full((12,), 0.5, dtype=torch.float64))
    assert rows[3, 7].item() == pytest.approx(found.degree((0, 2), entering[3], entering[7]).item(), abs=1e-12)


def test_a_feature_that_is_equal_in_all_architectures_counts_nothing():
    found = MetaNetworks(0.01)
    entering = torch.from_numpy(stream(0, "entering").normal(size=(8, 3)))
    entering[:, 1] = 0.7
    found.standardize((0, 2), entering, stream(0, "meta"))
    other = entering[0] + torch.tensor([0.0, 5.0, 0.0])
    assert found.degree((0, 2), entering[0], other).item() == 0.5


def two_losses():
    """Return two losses of their own weights in double precision, and both weights: a_i's and a_j's copies differ."""
    rng = stream(0, "two")
    values, target = (torch.from_numpy(rng.normal(size=size)) for size in ((6, 4), (6,)))
    mine, theirs = (torch.from_numpy(rng.normal(size=4)) for _ in range(2))
    return (
        lambda w: ((values @ w).tanh() - target).square().mean(),
        lambda w: ((values @ w).sin()).square().mean(),
        mine,
        theirs,
    )


def test_the_meta_gradient_is_that_of_second_order_autograd_and_of_finite_differences():
    loss_one, loss_other, mine, theirs = two_losses()
    rate, difference = 0.3, torch.from_numpy(stream(0, "difference").normal(size=3))

    def after(weight, bias):
        w = mine.clone().requires_grad_()
        of_one = torch.autograd.grad(loss_one(w), w, create_graph=True)[0]
        v = theirs.clone().requires_grad_()
        of_other = torch.autograd.grad(loss_other(v), v)[0]
        return w - rate * (of_one + torch.sigmoid(weight @ difference + bias) * of_other), of_other

    weight = torch.tensor([0.2, -0.4, 0.1], dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    moved, of_other = after(weight, bias)
    exact = torch.autograd.grad(loss_one(moved), (weight, bias))
    new = moved.detach().requires_grad_()
    agreement = torch.autograd.grad(loss_one(new), new)[0] @ of_other
    degree = torch.sigmoid(weight @ difference + bias).detach()
    found = degree_gradient(rate, agreement, degree, difference)
    assert torch.allclose(found[0], exact[0], rtol=1e-10)
    assert torch.allclose(found[1], exact[1], rtol=1e-10)
    step = 1e-5
    numeric = (loss_one(after(weight, bias + step)[0]) - loss_one(after(weight, bias - step)[0])) / (2 * step)
    assert found[1].item() == pytest.approx(numeric.item(), rel=1e-6)


def test_a_degree_rises_where_the_gradients_agree():
    for sign in (1.0, -1.0):
        found, entering = meta()
        before = found.degree((0, 2), entering[0], entering[1])
        found.learn((0, 2), 0.1, torch.tensor(sign), entering[0], entering[1])
        change = found.degree((0, 2), entering[0], entering[1]) - before
        assert change.item() * sign > 0


# the step


def weights(training, plain):
    """Return the trained weights by the names that they have in a plain supernet."""
    return {name: training.weights[f"base.{name}"] for name in plain.weights}


@pytest.mark.slow
def test_one_copy_and_no_exchange_is_uniform_sampling_bit_for_bit(train):
    plain = train(2, **PLAIN)
    update = LocalSharing(copies=1, degree=0.0, pool=15_625, images=4)
    shared = train(2, **PLAIN, update=update)
    assert shared.states["update"].pair_updates > 0 or shared.states["update"].settled == 6
    assert all(torch.equal(value, plain.weights[name]) for name, value in weights(shared, plain).items())
    assert shared.streams["paths"].bit_generator.state == plain.streams["paths"].bit_generator.state
    assert shared.forward_passes > plain.forward_passes


class Noted:
    """A trainer that computes nothing but the gradients of one pair step."""

    def __init__(self, training):
        self.training, self.asked = training, []
        self.supernet, self.optimizer, self.progress = training.supernet, training.optimizer, 0.0

    def losses(self, batch, update):
        self.asked.append(list(batch.choices))
        return self.training.losses(batch, update)

    def scales(self, choices):
        return [1.0] * len(choices)

    def descend(self):
        pass


def gradients_of_a_pair(train, learning=0, **settings):
    """Return a training and the sub-networks of one pair step, whose gradients are left in the weights."""
    training = train(0, **PLAIN, update=LocalSharing(**(SMALL | settings)))
    state, noted = training.states["update"], Noted(training)
    state.begin()
    state.set_pool(np.array([[3, 1, 2, 0, 3, 1], [3, 2, 2, 1, 1, 3]], dtype=np.int8))  # two with ops 0 and 2 in common
    state.copies = np.zeros_like(state.pool)
    batch = Batch(choices=[(3, 1, 2, 0, 3, 1)], images=np.arange(16))
    training.supernet.train()
    pair_step(state, noted, [batch], learning)
    return training, noted.asked[0], batch


def separate(training, choice, batch):
    """Return the gradients of one sub-network alone, by name."""
    kept = {name: None if w.grad is None else w.grad.clone() for name, w in training.supernet.named_parameters()}
    training.supernet.zero_grad()
    training.losses(Batch(choices=[choice], images=batch.images), [choice])[0].backward()
    found = {name: None if w.grad is None else w.grad.clone() for name, w in training.supernet.named_parameters()}
    for name, weight in training.supernet.named_parameters():
        weight.grad = kept[name]
    return found


@pytest.mark.parametrize("degree", [1.0, 0.3])
def test_one_copy_and_a_degree_are_the_gradients_of_two_paths_in_the_layers_that_both_have(train, degree):
    training, (one, *others), batch = gradients_of_a_pair(train, copies=1, degree=degree)
    [other] = others
    mine, theirs = separate(training, one, batch), separate(training, other, batch)
    common = {f"{edge}/{one.arch[edge]}" for edge in range(6) if one.arch[edge] == other.arch[edge] in (2, 3)}
    shared = 0
    for name, weight in training.supernet.named_parameters():
        if mine[name] is None:
            assert weight.grad is None
            continue
        added = any(f"operations.{place}." in name for place in common)
        shared += added
        wanted = mine[name] + degree * theirs[name] if added else mine[name]
        assert torch.allclose(weight.grad, wanted, rtol=1e-5, atol=1e-7), name
    assert shared


def test_the_partner_gives_the_gradient_at_its_own_copy_to_the_others_copy(train):
    training = train(0, **PLAIN, update=LocalSharing(**SMALL, degree=1.0))
    state = training.states["update"]
    one, other = Copied((3, 0, 0, 0, 1, 0), (0,) * 6), Copied((3, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0, 0))
    training.supernet.train()
    training.supernet.seen = {}
    images = np.arange(16)
    losses = training.losses(Batch(choices=[one, other], images=images), [one])
    losses[0].backward(retain_graph=True)
    before = [w.grad.clone() for w in training.supernet.weights_of((0, 3), 0)]
    [given] = give(state, one, other, training.supernet.seen, losses[1], 1.0, images)
    assert given.layer == (0, 3)
    for weight, old, gradient in zip(training.supernet.weights_of((0, 3), 0), before, given.gradient, strict=True):
        assert torch.allclose(weight.grad, old + gradient)
    assert all(w.grad is None for w in training.supernet.weights_of((0, 3), 1))


CHAINS = {
    "macro": (Macro(), MacroNet(width=2, resolution=8), (0, 1, 2, 1, 2, 0, 1, 2), (0, 2, 2, 1, 0, 0, 2, 2)),
    "mbconv": (MBConv(), MBConvNet(), (0, 1, 2, 3, 4, 5, 0, 1) * 2, (0, 2, 2, 3, 0, 5, 1, 1) * 2),
}
"""Two networks that have some layers in common; in Macro also identities with weights, of layers 0 and 5."""


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("case", CHAINS)
def test_in_a_chain_the_partner_adds_its_gradient_in_the_layers_that_both_have_alone(train, monkeypatch, case):
    space, construct, one, other = CHAINS[case]
    update = LocalSharing(**SMALL, degree=0.3)
    training = train(0, **(PLAIN | {"construct": construct}), space=space, update=update)
    state, supernet = training.states["update"], training.supernet.train()
    state.set_pool(np.array([one, other], dtype=np.int8))
    state.copies, state.settled = np.zeros_like(state.pool), space.decisions
    mine, theirs = Copied(one, (0,) * space.decisions), Copied(other, (1,) * space.decisions)
    monkeypatch.setattr(pairs, "_partner", lambda *_: theirs)
    batch = Batch(choices=[one], images=np.arange(16))
    pair_step(state, Noted(training), [batch], 0)
    own, given = separate(training, mine, batch), separate(training, theirs, batch)
    names = {id(weight): name for name, weight in supernet.named_parameters()}
    common = [layer for layer in enumerate(one) if layer in supernet.layers and other[layer[0]] == layer[1]]
    assert 0 < len(common) < space.decisions
    added = {}
    for layer in common:
        ours, copies = (supernet.weights_of(layer, number) for number in (0, 1))
        added |= {id(a): given[names[id(b)]] for a, b in zip(ours, copies, strict=True)}
    for name, weight in supernet.named_parameters():
        if own[name] is None:
            assert weight.grad is None, name
            continue
        wanted = own[name] + 0.3 * added[id(weight)] if id(weight) in added else own[name]
        assert torch.allclose(weight.grad, wanted, rtol=1e-4, atol=1e-7), name
    assert sum(bool(gradient.any()) for gradient in added.values()) > len(added) / 2


# the whole


@pytest.mark.slow
def test_every_copy_is_used_and_every_member_with_weights_has_its_cluster_s_copy(learned):
    state = learned.states["update"]
    assert state.settled == 6
    for (decision, choice), rule in state.rules.items():
        users = state.users((decision, choice))
        assert set(state.copies[users, decision].tolist()) == {0, 1}
        assert len(rule.bounds) == 1
        assert sorted(rule.copies) == [0, 1]
    without = np.isin(state.pool, (2, 3), invert=True)
    assert (state.copies[without] == 0).all()


@pytest.mark.slow
def test_a_random_assignment_has_the_cluster_sizes_of_the_learned_one(train, learned):
    drawn = train(4, **PLAIN, update=LocalSharing(**SMALL, assignment="random"))
    first = (0, 2)  # of the layer that is settled first, before the two trainings part
    assert drawn.states["update"].rules[first].shares == learned.states["update"].rules[first].shares
    assert drawn.states["update"].rules[first].bounds is None
    one, other = (training.states["update"].copies[:, 0].tolist() for training in (drawn, learned))
    assert one != other


@pytest.mark.slow
def test_prediction_uses_the_states_and_not_random_copies(learned):
    trained = TrainedSupernet.of(learned)
    state, genes = learned.states["update"], learned.states["update"].pool[:12]
    first, again = trained.ask(genes), trained.ask(genes[::-1])
    assert first.negative_cross_entropy.tolist() == again.negative_cross_entropy[::-1].tolist()
    canonical = NB201().canonical(genes)
    row = next(
        r for r, arch in enumerate(canonical.tolist()) if tuple(arch) in state.row_of and np.isin(arch, (2, 3)).any()
    )
    arch = tuple(canonical[row].tolist())
    images, labels = learned.held_out.batch(np.arange(16), None, flip=False)
    named = Copied(arch, tuple(state.copies[state.row_of[arch]].tolist()))
    learned.supernet.eval()
    with torch.inference_mode():
        wanted = -functional.cross_entropy(learned.supernet(images, named).double(), labels).item()
    assert first.negative_cross_entropy[row] == pytest.approx(wanted, rel=1e-6)


def test_an_architecture_outside_the_pool_gets_the_copies_of_the_nearest_clusters(learned):
    state = learned.states["update"]
    learned.supernet.eval()
    outside = next(
        arch
        for arch in map(tuple, NB201().enumerate().tolist())
        if arch[0] == 3 and arch[4] == 1 and arch not in state.row_of
    )
    copies = state.copies_of(outside)
    entering = state.entering([Copied(outside, (0,) * 6)], [(0, 3)])[0][0, 3]
    rule = state.rules[0, 3]
    above = float(state.meta.scalar((0, 3), entering)) >= rule.bounds[0]
    assert copies[0] == rule.copies[int(above)]
    assert copies == state.copies_of(outside)


@pytest.mark.slow
@pytest.mark.parametrize("norm", [Tracked(affine=True), Recalibrated(images=16)])
def test_other_norms_predict_and_are_not_disturbed_by_features(train, norm):
    training = train(2, **PLAIN, norm=norm, update=LocalSharing(**SMALL))
    before = {name: value.clone() for name, value in training.weights.items()}
    found = TrainedSupernet.of(training).ask(NB201().enumerate()[7_000:7_010])
    assert np.isfinite(found.negative_cross_entropy).all()
    assert all(torch.equal(value, before[name]) for name, value in training.weights.items())


@pytest.mark.slow
def test_a_training_killed_in_any_phase_continues_bit_for_bit(train, tmp_path):
    def fresh():
        return train(0, of=6, **(PLAIN | {"images": replace(FEW, train=32)}), update=LocalSharing(**SMALL))

    whole, points = fresh(), []
    while not whole.finished:
        whole.train_epoch()
        points.append(tmp_path / f"{whole.epoch}.pt")
        write_checkpoint(whole.checkpoint(), points[-1])
    settled = set()
    for point in points[:-1]:
        cut = fresh()
        cut.restore(read_checkpoint(point, "cpu"))
        settled.add(cut.states["update"].settled)
        cut.run()
        assert differences(whole.checkpoint(), cut.checkpoint()) == [], point
        assert same(whole.predicting_weights(), cut.predicting_weights())
    assert len(settled) >= 4  # before, between and after the layers


@pytest.mark.slow
def test_a_stored_training_predicts_what_the_trained_one_does(learned, tmp_path):
    saved = tmp_path / "checkpoint.pt"
    write_checkpoint(learned.checkpoint(), saved)
    genes = NB201().enumerate()[9_000:9_020]
    loaded = TrainedSupernet.load(saved, learned.recipe, digits(), 0).ask(genes)
    assert (
        loaded.negative_cross_entropy.tolist() == TrainedSupernet.of(learned).ask(genes).negative_cross_entropy.tolist()
    )


@pytest.mark.slow
def test_a_chain_of_blocks_is_shared_by_the_same_code(train):
    small = MacroNet(width=2, resolution=8)
    training = train(6, **(PLAIN | {"construct": small}), space=Macro(), update=LocalSharing(**(SMALL | {"pool": 30})))
    state = training.states["update"]
    assert state.settled == 8
    assert [decision for decision, choice in state.layers if choice == 0] == [0, 2, 5]  # strided identities
    rule = state.rules[0, 1]
    assert rule.bounds is None  # the stem gives every network the same
    assert sorted(rule.shares) == pytest.approx([0.5, 0.5], abs=0.05)
    assert all(state.rules[layer].bounds is not None for layer in state.layers if layer[0] > 0)
    found = TrainedSupernet.of(training).ask(Macro().enumerate()[3_000:3_005])
    assert np.isfinite(found.negative_cross_entropy).all()
    predicted_with_their_copies(training, Macro())


def predicted_with_their_copies(training, space):
    """Members are predicted with the copies of the state, which are not the first ones alone."""
    state, supernet = training.states["update"], training.supernet
    own = np.flatnonzero((space.canonical(state.pool) == state.pool).all(axis=1) & state.copies.any(axis=1))[:5]
    assert len(own) == 5
    found = TrainedSupernet.of(training).ask(state.pool[own])
    images, labels = training.held_out.batch(np.arange(16), None, flip=False)
    supernet.eval()
    for place, row in enumerate(own.tolist()):
        arch, losses = state.at(row), []
        for copies in (state.copies[row].tolist(), [0] * space.decisions):
            with torch.inference_mode():
                logits = supernet(images, Copied(arch, tuple(copies))).double()
            losses.append(functional.cross_entropy(logits, labels).item())
        assert -found.negative_cross_entropy[place] == pytest.approx(losses[0], rel=1e-5)
        assert abs(losses[1] - losses[0]) > 1e-3


@pytest.mark.slow
def test_bottlenecks_are_shared_by_the_same_code(train):
    slots = PLAIN | {"construct": MBConvNet(), "images": replace(FEW, batch=8)}
    update = LocalSharing(**(SMALL | {"representatives": 1}))
    training = train(2, of=9, **slots, space=MBConv(), update=update)  # the first layers suffice
    state = training.states["update"]
    assert len(state.layers) == 16 * 6
    assert sorted(state.rules) == [layer for layer in state.layers if layer[0] < state.settled]
    assert 2 < state.settled < 16
    for layer, rule in state.rules.items():
        assert (rule.bounds is None) == (layer[0] == 0), "the stem gives every network the same"
        assert set(state.copies[state.users(layer), layer[0]].tolist()) == {0, 1}
    assert not state.copies[:, state.settled :].any()
    predicted_with_their_copies(training, MBConv())


# what enters the layers


def plain_copy(supernet):
    """Return a copy of a supernet, without its copies' assignment, whose norms use their batch's statistics."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supernet, "assignment", None)
        plain = copy.deepcopy(supernet).eval()
    for layer in plain.modules():
        if isinstance(layer, NormLayer):
            layer.running_mean = layer.running_var = None
    return plain


def plainly_entering(plain, images, named):
    """Return what enters every layer: means of what hooks see in a pass."""
    found, hooks = {}, []
    for layer in enumerate(named.arch):

        def note(module, entered, layer=layer):
            found.setdefault(layer, []).append(entered[0].relu().mean(dim=(0, 2, 3)))

        modules = [plain.module_of(name, named.copies[layer[0]]) for name in plain.layers.get(layer, ())]
        hooks += [module.register_forward_pre_hook(note) for module in modules]
    with torch.no_grad():
        plain(images, named)
    for hook in hooks:
        hook.remove()
    return {layer: torch.cat(values) for layer, values in found.items()}


WATCHED = {
    "nb201": (NB201(), PLAIN["construct"], BatchStatistics()),
    "nb201, tracked": (NB201(), PLAIN["construct"], Tracked(affine=True)),
    "macro": (Macro(), MacroNet(width=2, resolution=8), BatchStatistics()),
    "mbconv": (MBConv(), MBConvNet(), BatchStatistics()),
}


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("case", WATCHED)
def test_the_observer_sees_what_a_pass_of_a_copy_sees_and_disturbs_nothing(train, case):
    space, construct, norm = WATCHED[case]
    slots = PLAIN | {"construct": construct, "norm": norm}
    supernet = train(0, **slots, space=space, update=LocalSharing(**SMALL)).supernet
    rng, images = stream(0, "watched"), torch.from_numpy(stream(0, "images").normal(size=(4, 1, 8, 8))).float()
    observer = supernet.train().observer()
    with torch.no_grad():
        for weight in supernet.parameters():
            weight += 0.1 * torch.from_numpy(rng.normal(size=weight.shape)).float()  # the observer sees it
    before, plain = {name: value.clone() for name, value in supernet.state_dict().items()}, plain_copy(supernet)
    for arch in space.sample(rng, 4).tolist():
        named = Copied(tuple(arch), tuple(rng.integers(2, size=space.decisions).tolist()))
        wanted = plainly_entering(plain, images, named)
        found = observer.entering(images, named, supernet.layers)
        assert found.keys() == wanted.keys()
        assert all(torch.equal(value, wanted[layer]) for layer, value in found.items())
        for layer, value in list(wanted.items())[-1:]:
            [(only, again)] = observer.entering(images, named, [layer]).items()
            assert only == layer
            assert torch.equal(again, value)
    assert all(module.training for module in supernet.modules())
    assert all(torch.equal(value, before[name]) for name, value in supernet.state_dict().items())


@pytest.mark.slow
def test_the_copies_of_one_outside_are_those_of_a_pass_for_every_decision(learned):
    state = learned.states["update"]
    learned.supernet.eval()
    state.refresh()
    outside = [tuple(arch) for arch in NB201().canonical(NB201().sample(stream(0, "outside"), 12)).tolist()]
    used, plain = set(), plain_copy(learned.supernet)
    for arch in outside:
        if arch in state.row_of:
            continue
        copies = [0] * 6
        for decision in range(6):
            layer = (decision, arch[decision])
            if layer in state.rules:
                entering = plainly_entering(plain, state.images, Copied(arch, tuple(copies)))
                scalar = float(state.meta.scalar(layer, entering[layer]))
                copies[decision] = state.moved[layer].copy(scalar, arch, state.salt + decision)
        assert state.copies_of(arch) == tuple(copies)
        used.add(tuple(copies))
    assert len(used) > 2


def test_scalars_are_those_with_the_copies_given_before(learned):
    state, plain = learned.states["update"], plain_copy(learned.supernet)
    for arch in map(tuple, NB201().canonical(NB201().sample(stream(1, "outside"), 4)).tolist()):
        noted, wanted, copies = [], [], [0] * 6
        state.walked(arch, lambda layer, scalar, noted=noted: noted.append(scalar) or 1)
        for decision in (d for d in range(6) if (d, arch[d]) in state.rules):
            layer = (decision, arch[decision])
            entering = plainly_entering(plain, state.images, Copied(arch, tuple(copies)))
            wanted.append(float(state.meta.scalar(layer, entering[layer])))
            copies[decision] = 1
        assert noted == wanted


@pytest.mark.slow
def test_clusters_keep_their_shares_of_the_pool_when_weights_move_the_scalars(learned):
    state = copy.deepcopy(learned.states["update"])
    supernet = state.supernet.eval()
    with torch.no_grad():
        for weight in supernet.base.stem.parameters():
            weight += 3 * torch.from_numpy(stream(1, "moved").normal(size=weight.shape)).float()
    state.refresh()
    moved = state.moved
    state.refresh()
    assert state.moved is moved  # the weights are the same
    changed = 0
    for layer, rule in state.rules.items():
        found, before, equal = [], [], 0
        for row in state.users(layer):
            arch, copies = state.at(int(row)), state.copies[row].astype(int).tolist()
            given = Copied(arch, (*copies[: layer[0]], *[0] * (6 - layer[0])))
            for entering in state.entering([given], [layer]):
                scalars = [float(state.meta.scalar(layer, each)) for each in entering.values()]
                found += [moved[layer].copy(scalar, arch, 0) for scalar in scalars]
                equal += scalars == list(moved[layer].bounds)
                before += [rule.copy(scalar, arch, 0) for scalar in scalars]
        used = state.copies[state.users(layer), layer[0]].tolist()
        uncertain = len(used) - len(found) + equal  # those that do not run, and equal cells at the bound
        assert found.count(1) == pytest.approx(used.count(1), abs=uncertain)
        changed += abs(before.count(1) - used.count(1)) > uncertain
    assert changed > 3


def test_more_patterns_of_copies_than_are_kept_give_the_logits_of_forward(learned, monkeypatch):
    monkeypatch.setattr(local, "MOST_PATTERNS", 2)
    supernet = learned.supernet.eval()
    views = []
    monkeypatch.setattr(
        type(supernet.base), "on_images", lambda view, images: views.append(view) or (lambda arch: view(images, arch))
    )
    images = torch.from_numpy(stream(0, "images").normal(size=(4, 1, 8, 8))).float()
    arch, numbers = (3, 2, 3, 1, 2, 3), [0, 1, 0, 2, 1, 0]
    patterns = [(0,) * 6, (1, 0, 1, 0, 0, 1), (1,) * 6]
    with torch.inference_mode():
        logits = supernet.on_images(images)
        for number in numbers:
            named = Copied(arch, patterns[number])
            assert torch.equal(logits(named), supernet(images, named))
    assert len(views) == 5  # 0 1 (0 is kept) 2, which drops 1; 1, which drops 0; and 0 again


# sizes


def test_the_pool_is_the_preset_s_and_a_row_may_multiply_it():
    recipe = Recipe(update=LocalSharing())
    assert {name: preset.fill(recipe).update.pool for name, preset in PRESETS.items()} == {
        "smoke": 100,
        "demo": 500,
        "laptop": 500,
        "laptop-cifar100": 500,
        "paper": 10_000,
        "full": 10_000,
    }
    assert PRESETS["laptop"].fill(recipe, {"update.pool": 0.5}).update.pool == 250
    assert PRESETS["laptop"].fill(Recipe(update=LocalSharing(pool=7))).update.pool == 7


# bad settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"copies": 0}, "local-sharing.copies is 0; allowed: a whole number, 1 or more, copies"),
        ({"warm_up": 0.8}, "local-sharing.warm_up + fine_tuning is 1.09333; allowed: less than 1"),
        ({"degree": 1.5}, "local-sharing.degree is 1.5; allowed: 0 to 1, or None: learned"),
        ({"assignment": "best"}, "local-sharing.assignment is 'best'; allowed: learned, random"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(RecipeError) as error:
        LocalSharing(**settings)
    assert words in str(error.value)


def test_more_copies_than_users_are_refused(train):
    with pytest.raises(RecipeError, match=r"copies is 4, but only . of the 6 architectures in its pool have choice"):
        train(1, **PLAIN, update=LocalSharing(**(SMALL | {"copies": 4, "pool": 6})))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"operations_on": "node"}, "names none; allowed: a construct with `modules_by_choice`"),
        ({"kernel_1x1": "centre"}, "names none; allowed: a construct with `modules_by_choice`"),
        ({"topology": "free"}, "cells of different architectures"),
        ({"split": 0}, "split is 0, but local sharing"),
    ],
)
def test_supernets_whose_weights_are_shared_otherwise_are_refused(train, changed, words):
    with pytest.raises(RecipeError) as error:
        train(0, **(PLAIN | {"construct": replace(PLAIN["construct"], **changed)}), update=LocalSharing())
    assert words in str(error.value)


def test_a_mask_that_leaves_no_weights_is_named(train):
    masked = PLAIN | {"space": NB201(mask=("nor_conv_1x1", "nor_conv_3x3"))}
    with pytest.raises(RecipeError, match="what the mask leaves of space 'nb201' has none; mask fewer"):
        train(0, **masked, update=LocalSharing())


def test_a_mixture_is_refused(learned):
    with pytest.raises(RecipeError, match="one architecture, not a Mixture"):
        learned.supernet.named(Mixture(torch.ones(6, 5)))


def test_a_plain_update_has_no_copies():
    assert OneLevel().copies is None
