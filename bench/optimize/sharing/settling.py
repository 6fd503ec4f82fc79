"""Settling a layer: clusters of the pool's architectures for each choice, and the copy of each cluster."""

from typing import TYPE_CHECKING

import numpy as np

from bench.optimize.sharing.clusters import Rule, assigned, bounds, clusters, in_equal_shares
from bench.optimize.sharing.matching import Layer
from bench.optimize.sharing.state import Sharing
from bench.optimize.sharing.timetable import moment
from bench.optimize.updates import Batch, Trainer
from bench.types import Choice

if TYPE_CHECKING:
    from torch import Tensor

COLUMNS = 512
"""Largest number of architectures to which degrees are computed for clustering."""
SCALED_BY = 16
"""Number of architectures with each choice over which features are standardized."""


def settle(state: Sharing, trainer: Trainer, batch: Batch) -> int | None:
    """Settle the layers whose time has come; return the decision that is being learned, None between two."""
    settings = state.settings
    due, learning = moment(trainer.progress, len(state.places), settings.warm_up, settings.fine_tuning)
    if state.images is None:  # only in the first update
        return None
    while state.settled < due:
        decision = state.places[state.settled]
        for layer in state.layers:
            if layer[0] == decision and settings.copies > 1:
                _settle(state, trainer, batch, layer)
        state.settled += 1
        state.pair_updates = 0
    if not learning:
        return None
    if settings.degree is None and state.scaled != state.settled:
        standardize(state)
        state.scaled = state.settled
    return state.places[state.settled]


def standardize(state: Sharing) -> None:
    """Set the scale of the features that enter the layers that are not settled."""
    import torch

    open_places = set(state.places[state.settled :])
    layers = [layer for layer in state.layers if layer[0] in open_places]
    chosen: set[int] = set()
    for layer in layers:
        users = set(state.users(layer).tolist())
        others = np.array(sorted(users - chosen), dtype=int)
        missing = min(len(others), max(0, SCALED_BY - len(users & chosen)))
        chosen |= set(state.rng.choice(others, missing, replace=False).tolist())
    found = state.entering([state.in_training(state.at(row)) for row in sorted(chosen)], layers)
    for layer in layers:
        entering = [each[layer] for each in found if layer in each]
        if len(entering) > 1:
            state.meta.standardize(layer, torch.stack(entering), state.rng)


def _settle(state: Sharing, trainer: Trainer, batch: Batch, layer: Layer) -> None:
    import torch

    settings, rng, decision = state.settings, state.rng, layer[0]
    users = state.users(layer)
    found = state.entering([state.in_training(state.at(row)) for row in users], [layer])
    running = np.array([layer in each for each in found])  # the edge of a cell may be dead: it needs no copy
    users, entering = users[running], [each[layer] for each in found if layer in each]
    labels: np.ndarray | None = None
    degrees: tuple[float, float] | None = None
    if entering and settings.degree is None:
        if layer not in state.meta.scale:
            state.meta.standardize(layer, torch.stack(entering), rng)
        scalars = state.meta.scalar(layer, torch.stack(entering))
        columns = np.sort(rng.choice(len(users), min(len(users), COLUMNS), replace=False))
        rows = state.meta.rows(layer, scalars, scalars[torch.from_numpy(columns).to(scalars.device)]).cpu().numpy()
        numbers, degrees = scalars.cpu().numpy(), (float(rows.min()), float(rows.max()))
        labels = clusters(rows, numbers, settings.copies, int(rng.integers(2**31)))
    if labels is None:
        copies, rule = in_equal_shares(len(users), settings.copies, rng), None
    else:
        numbering = tuple(range(settings.copies))
        if settings.numbering == "loss":
            numbering = assigned(_losses(state, trainer, batch, layer, users, labels))
        copies = np.array(numbering)[labels]
        rule = bounds(numbers, labels, settings.copies)
        if settings.assignment == "random":
            copies, rule = rng.permutation(copies), None
    state.copies[users, decision] = copies
    shares = np.bincount(copies, minlength=settings.copies) / max(len(copies), 1)
    state.rules[layer] = Rule(
        bounds=rule,
        copies=() if rule is None else numbering,
        shares=tuple(float(share) for share in shares),
        degrees=degrees,
    )


def _losses(
    state: Sharing, trainer: Trainer, batch: Batch, layer: Layer, users: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return the mean loss of representatives of each cluster with each copy, [cluster, copy]."""
    import torch

    count, decision = state.settings.copies, layer[0]
    asked: list[Choice] = []
    sizes = []
    for cluster in range(count):
        members = users[labels == cluster]
        chosen = state.rng.choice(members, min(len(members), state.settings.representatives), replace=False)
        named = [state.in_training(state.at(int(row))) for row in chosen]
        for copy in range(count):
            asked += [
                type(each)(each.arch, (*each.copies[:decision], copy, *each.copies[decision + 1 :])) for each in named
            ]
        sizes += [len(named)] * count
    with torch.no_grad():
        losses: Tensor = torch.stack(trainer.losses(Batch(choices=asked, images=batch.images), asked))
    parts = losses.double().cpu().split(sizes)
    return np.array([float(part.mean()) for part in parts]).reshape(count, count)
