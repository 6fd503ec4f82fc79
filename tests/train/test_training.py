import hashlib
import threading
import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.errors import RecipeError
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules.one_cycle import OneCycle
from bench.rng import stream
from bench.sample.images.images import Images
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train import training as trainer
from bench.train.device import clock
from bench.train.log import write_log
from bench.train.training import describe_budget

SIXTEEN = Images(dataset="digits", train=256, held_out=128, batch=16)  # 16 batches
FIVE = Images(dataset="digits", train=80, held_out=8, batch=16)  # 5 batches


def digest(weights):
    """Return the digest of all weights, bit for bit."""
    content = b"".join(name.encode() + value.detach().numpy().tobytes() for name, value in weights.items())
    return hashlib.sha256(content).hexdigest()


def gradient(weights):
    """Return the gradient of all weights as one vector, zeros where there is none."""
    return torch.cat([torch.zeros(w.numel()) if w.grad is None else w.grad.flatten() for w in weights])


@dataclass(frozen=True, kw_only=True)
class Recorder(SGD):
    """Keeps the gradients of every update and moves nothing."""

    seen = []  # noqa: RUF012 - of the class, since the instance is frozen

    def step(self, optimizer):
        self.seen.append(gradient(optimizer.param_groups[0]["params"]))
        optimizer.zero_grad(set_to_none=True)


@pytest.fixture
def gradients(train):
    """Return the gradient of every update of an epoch, one vector each; zeros where no path led."""

    def run(**slots):
        Recorder.seen.clear()
        train(optimizer=Recorder(rate=0.05, weight_decay=0.0), **slots)
        return list(Recorder.seen)

    return run


@pytest.fixture(scope="module")
def once(train):
    """Return the plain recipe after its one epoch."""
    return train()


def test_the_same_seed_gives_the_same_bits(train, once):
    assert digest(train().weights) == digest(once.weights)


@pytest.mark.slow
def test_another_seed_gives_other_weights_and_another_order_of_images(train, once):
    other = train(seed=1)
    assert digest(other.weights) != digest(once.weights)
    first, second = (next(train(0, seed=seed).updates_of_epoch())[1] for seed in (0, 1))
    assert first[0].images.tolist() != second[0].images.tolist()


@pytest.mark.parametrize(
    ("paths", "updates", "passes"),
    [
        (StrictFair(), 16, 80),
        (StrictFair(same_batch=False), 3, 15),
        (Uniform(), 16, 16),
        (Uniform(count=4), 16, 64),
        (Uniform(count=4, same_batch=False), 4, 16),
        (Uniform(count=20, same_batch=False), 1, 20),
    ],
    ids=str,
)
def test_an_epoch_passes_over_the_images_once_unless_paths_share_a_batch(train, paths, updates, passes):
    training = train(0, paths=paths, images=SIXTEEN)
    epoch = list(training.updates_of_epoch())
    assert training.updates_per_epoch == len(epoch) == updates
    assert sum(len(batch.choices) for _, batches in epoch for batch in batches) == passes


def test_the_budget_counts_what_was_spent(train):
    expected = {"epochs": 2, "updates": 8, "forward_passes": 40, "images_seen": 40 * 64}
    assert describe_budget(train(2)) == expected


def test_paths_with_their_own_batches_see_every_image_at_most_once(train):
    updates = list(train(0, paths=StrictFair(same_batch=False), images=SIXTEEN).updates_of_epoch())
    seen = np.concatenate([batch.images for _, batches in updates for batch in batches])
    assert len(set(seen)) == len(seen) == 3 * 5 * 16


def test_paths_of_one_batch_see_the_same_images_and_an_epoch_sees_each_once(train):
    updates = [batches for _, batches in train(0).updates_of_epoch()]
    assert all(len(batches) == 1 and len(batches[0].choices) == 5 for batches in updates)
    assert sorted(np.concatenate([batch.images for (batch,) in updates])) == list(range(256))


@pytest.mark.slow
@pytest.mark.parametrize("same_batch", [True, False])
def test_the_summed_gradient_is_the_mean_gradient_times_the_number_of_paths(gradients, same_batch):
    mean = gradients(paths=StrictFair(same_batch=same_batch), images=FIVE)[0]
    summed = gradients(paths=StrictFair(same_batch=same_batch, reduction="sum"), images=FIVE)[0]
    torch.testing.assert_close(5 * mean, summed)


@pytest.mark.slow
def test_the_mean_gradient_is_that_of_the_mean_loss_on_the_shared_batch(gradients, train):
    recorded = gradients()[0]
    training = train(0)
    _, [shared] = next(training.updates_of_epoch())
    archs = shared.choices
    values, labels = training.images.batch(shared.images, stream(0, "augmentation"), flip=training.recipe.images.flip)
    torch.stack([functional.cross_entropy(training.supernet(values, arch), labels) for arch in archs]).mean().backward()
    torch.testing.assert_close(recorded, gradient(training.supernet.parameters()), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_clipping_bounds_the_norm_of_an_update_and_keeps_its_direction(gradients):
    free, clipped = gradients()[0], gradients(clip=0.01)[0]
    assert free.norm() > 0.01
    torch.testing.assert_close(clipped, free * 0.01 / free.norm(), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("unsampled", ["freeze", "decay"])
def test_weights_outside_the_path_rest_or_decay(train, unsampled):
    slots = {"paths": Uniform(), "optimizer": SGD(rate=0.05, unsampled_params=unsampled)}
    one_update = Images(dataset="digits", train=64, held_out=0, batch=64)
    before, training = train(0, images=one_update, **slots), train(images=one_update, **slots)
    _, [only] = next(before.updates_of_epoch())
    [arch] = only.choices
    before.supernet(before.images.batch(np.arange(4), None, flip=False)[0], arch).sum().backward()
    for name, weight in before.supernet.named_parameters():
        moved = not torch.equal(weight, training.weights[name])
        assert moved == (weight.grad is not None or unsampled == "decay"), name


@pytest.mark.slow
def test_the_schedule_sets_the_rate_of_every_update(train):
    training = train(0, of=2, schedule=OneCycle())
    rates = []
    training.run(after_update=lambda: rates.append(training.optimizer.param_groups[0]["lr"]))
    assert rates == [0.05 * OneCycle().factor(update / 8) for update in range(8)]


@pytest.mark.slow
def test_the_loss_falls_and_the_accuracy_rises_on_digits(train):
    training = train(
        6,
        construct=NB201Net(cells=1, width=4, resolution=8, reduction="residual"),
        paths=Uniform(),
        images=Images(dataset="digits", train=700, held_out=200, batch=32, flip=False, shift=0.0),
        optimizer=SGD(rate=0.2, nesterov=True, weight_decay=0.0),
    )
    assert training.log[-1].loss < 0.8 * training.log[0].loss
    assert np.mean(training.log[-1].probe_accuracy) > np.mean(training.log[0].probe_accuracy) + 15


@pytest.mark.slow
def test_the_log_holds_a_line_per_epoch(train, tmp_path):
    training = train(2)
    write_log(training.log, tmp_path / "train.jsonl")
    lines = (tmp_path / "train.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert '"epoch": 2, "updates": 8, "forward_passes": 40' in lines[1]


@pytest.mark.slow
def test_nothing_held_out_leaves_the_probes_empty(train):
    assert train(images=replace(SIXTEEN, held_out=0)).log[0].probe_accuracy == []


def test_the_probes_are_the_same_for_every_seed(train):
    assert train(0, seed=0).probes == train(0, seed=1).probes


@pytest.mark.slow
def test_probing_changes_no_later_bit(train):
    probed, other = (train(0, of=2, norm=Tracked(), images=FIVE) for _ in range(2))
    other.probes = []
    for training in (probed, other):
        training.run()
    assert digest(other.weights) == digest(probed.weights)
    assert len(probed.log[0].probe_accuracy) == 5


@pytest.mark.slow
def test_a_finished_training_runs_no_further(train):
    training = train()
    before = digest(training.weights)
    training.run()
    assert (training.epoch, digest(training.weights)) == (1, before)


@pytest.mark.slow
def test_the_averaged_weights_answer_predictions_where_the_recipe_averages(train, once):
    training = train(averaging=ExponentialAveraging(decay=0.9), norm=Tracked())
    [averaged] = training.predicting_weights()
    assert digest(averaged) != digest(training.weights)
    assert averaged.keys() == training.weights.keys(), "tracked statistics too"
    assert averaged is training.kept.sets[0]
    assert once.predicting_weights() == [once.weights]


def test_recalibration_sees_training_images_centred_in_prediction_batches(train):
    training = train(0, norm=Recalibrated(images=200), prediction_batch=128)
    batches = training.calibration_batches()
    assert [len(batch) for batch in batches] == [128, 72]
    expected = training.images.batch(np.arange(200), None, flip=False)[0]
    assert torch.equal(torch.cat(batches), expected)
    assert train(0).calibration_batches() == []


@pytest.mark.slow
def test_each_epoch_is_billed_with_the_time_of_its_updates(train, monkeypatch):
    ticks = iter([10.0, 13.0, 20.0, 25.0])
    monkeypatch.setattr(trainer, "clock", lambda device: next(ticks))
    training = train(2)
    assert [line.seconds for line in training.log] == [3, 5]
    assert training.seconds == 8


def test_the_work_of_every_thread_is_billed():
    def work():
        while time.thread_time() < 0.1:
            pass

    started = clock("cpu")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert clock("cpu") - started >= 0.09


def test_time_that_a_run_did_not_compute_is_not_billed():
    started = clock("cpu")
    time.sleep(0.2)
    assert clock("cpu") - started < 0.1
    started = clock("cuda")
    time.sleep(0.05)
    assert clock("cuda") - started >= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fraction", "same_batch", "updates"), [(1, True, 16), (0.5, True, 8), (0.5, False, 1), (1, False, 3)]
)
def test_a_fraction_of_the_images_is_that_part_of_an_epochs_updates(train, fraction, same_batch, updates):
    images = replace(SIXTEEN, fraction=fraction)
    training = train(2, images=images, paths=StrictFair(same_batch=same_batch))
    assert training.updates == 2 * updates


def test_an_epoch_of_a_fraction_visits_other_images_than_the_one_before(train):
    training = train(0, of=2, images=replace(SIXTEEN, fraction=0.25))
    first, second = (
        {int(i) for _, batches in training.updates_of_epoch() for i in batches[0].images} for _ in range(2)
    )
    assert len(first) == len(second) == 64
    assert first != second


@pytest.mark.parametrize("fraction", [0, 1.5])
def test_no_fraction_and_more_than_all_are_refused(fraction):
    with pytest.raises(RecipeError, match=rf"images\.fraction is {fraction}; allowed: above 0 to 1"):
        Images(fraction=fraction)
