"""What local sharing knows: the pool, who uses which copy, the meta networks, and the images of its features."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from jaxtyping import Int8

from bench.errors import RecipeError
from bench.optimize.sharing.clusters import Rule, bounds_of_shares
from bench.optimize.sharing.matching import Layer, MetaNetworks
from bench.slot import State
from bench.spaces import Space
from bench.types import Arch, Choice, Copied, Genes

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from bench.optimize.updates.local_sharing import LocalSharing

MOST_DRAWS = 100
NUMBERS = ("settled", "scaled", "pair_updates", "salt")


class Observer(Protocol):
    """What local sharing uses to look at sub-networks; see bench/supernets/layers/observer.py."""

    def entering(self, images: "Tensor", named: Copied, wanted: Collection[Layer]) -> "dict[Layer, Tensor]":
        """Return what enters the wanted layers that run."""


class CopiedSupernet(Protocol):
    """What local sharing uses of its supernet; see bench/supernets/layers/local.py."""

    layers: dict[Layer, Any]
    assignment: Any
    seen: "dict[Copied, dict[Layer, Tensor]] | None"
    images: "Tensor | None"

    def observer(self) -> "Observer":
        """Return what looks at values without disturbing the supernet."""

    def parameters(self) -> "Iterator[torch.nn.Parameter]":
        """Return all weights, those of all copies included."""

    def weights_of(self, layer: Layer, number: int) -> "list[torch.nn.Parameter]":
        """Return the parameters of one copy."""


class Sharing(State):
    """The state of local sharing; `places` are the decisions with copies, in the order in which they are settled.

    `settled` and `scaled` count layers: those whose copies are fixed, and before which features were last standardized.
    `pair_updates` counts the updates with partners since a layer was settled. `salt` draws copies outside the pool.
    """

    def __init__(self, settings: "LocalSharing", supernet: "nn.Module", space: Space, rng: np.random.Generator) -> None:
        self.settings, self.space, self.rng = settings, space, rng
        self.supernet = cast(CopiedSupernet, supernet)
        self.layers = sorted(self.supernet.layers)
        self.places = sorted({decision for decision, _ in self.layers})
        self.meta = MetaNetworks(settings.meta_rate)
        self.pool: Genes = np.empty((0, self.space.decisions), dtype=np.int8)
        self.copies: Int8[np.ndarray, "arch decision"] = self.pool.copy()
        self.rules: dict[Layer, Rule] = {}
        self.settled = self.pair_updates = self.salt = 0
        self.scaled = -1
        self.images: Tensor | None = None
        self._observer: Observer | None = None
        self.row_of: dict[Arch, int] = {}
        self.moved: dict[Layer, Rule] = {}
        self._moved_by = ""  # the digest of the weights
        self.supernet.assignment = self

    def begin(self) -> None:
        """Draw the pool before the first update; raises `RecipeError` if a choice has fewer members than copies."""
        if len(self.pool):
            return
        self.set_pool(self._drawn())
        self.copies = np.zeros_like(self.pool)
        self.salt = int(self.rng.integers(2**31))
        for decision, choice in self.layers:
            if (users := int((self.pool[:, decision] == choice).sum())) < self.settings.copies:
                raise RecipeError(
                    f"{self.settings.slot_name()}.copies is {self.settings.copies}, but only {users} of the "
                    f"{len(self.pool)} architectures in its pool have choice {choice} at decision {decision}; allowed: "
                    "at most as many copies as users; enlarge the pool"
                )

    def _drawn(self) -> Genes:
        space, count = self.space, self.settings.pool
        name = f"{self.settings.slot_name()}.pool"
        if space.listable and count >= space.size:
            return space.enumerate()
        found: Genes = np.empty((0, space.decisions), dtype=np.int8)
        for _ in range(MOST_DRAWS):
            found = np.concatenate([found, space.sample(self.rng, count)])
            first = np.sort(np.unique(found, axis=0, return_index=True)[1])
            found = found[first]
            if len(found) >= count:
                return np.unique(found[:count], axis=0)
        raise RecipeError(f"{name} is {count}, but sampling finds only {len(found)} architectures; take fewer")

    def set_pool(self, pool: Genes) -> None:
        """Take the architectures that are trained and clustered."""
        self.pool = pool
        self.row_of = {tuple(arch): row for row, arch in enumerate(pool.tolist())}

    def member(self, choice: Choice) -> Arch:
        """Return a path, or a random member of the pool if it is outside; raises `RecipeError` for other choices."""
        if not isinstance(choice, tuple):
            raise RecipeError(f"local sharing trains architectures, not a {type(choice).__name__}; change the paths")
        return choice if choice in self.row_of else self.at(int(self.rng.integers(len(self.pool))))

    def at(self, row: int) -> Arch:
        """Return a member of the pool."""
        return tuple(int(gene) for gene in self.pool[row])

    def users(self, layer: Layer) -> np.ndarray:
        """Return the rows of the members that have the choice of a layer."""
        return np.flatnonzero(self.pool[:, layer[0]] == layer[1])

    def in_training(self, arch: Arch) -> Copied:
        """Return a member with its copies, random ones in layers that are not settled."""
        copies = self.copies[self.row_of[arch]].astype(int)
        if self.settings.copies > 1:
            for decision in self.places[self.settled :]:
                if (decision, arch[decision]) in self.supernet.layers:
                    copies[decision] = self.rng.integers(self.settings.copies)
        return Copied(arch, tuple(copies.tolist()))

    def copies_of(self, arch: Arch) -> tuple[int, ...]:
        """Return the copies with which an architecture is predicted; the first ones in layers that are not settled.

        One outside the pool gets those of the clusters in which its scalars lie with the current weights.
        """
        if arch in self.row_of:
            return tuple(self.copies[self.row_of[arch]].astype(int).tolist())
        rules = self.rules | self.moved
        return self.walked(arch, lambda layer, scalar: rules[layer].copy(scalar, arch, self.salt + layer[0]))

    def refresh(self) -> None:
        """Move the bounds of the clusters with the scalars of the pool, which the weights have moved since.

        Every cluster keeps as many members; without this, all others could lie in one cluster. Nothing happens if the
        weights are those of the last call.
        """
        if not (digest := self._digest()) or digest == self._moved_by:
            return
        noted: dict[Layer, list[tuple[float, int]]] = {}
        for arch, copies in zip(self.pool.tolist(), self.copies.tolist(), strict=True):

            def own(layer: Layer, scalar: float, copies: list[int] = copies) -> int:
                noted.setdefault(layer, []).append((scalar, copies[layer[0]]))
                return copies[layer[0]]

            self.walked(tuple(arch), own)
        self._moved_by, self.moved = digest, {}
        for layer, rule in self.rules.items():
            if rule.bounds is not None:
                scalars, used = (np.array(values) for values in zip(*noted[layer], strict=True))
                sizes = [int((used == copy).sum()) for copy in rule.copies]
                self.moved[layer] = replace(rule, bounds=bounds_of_shares(scalars, sizes))

    def _digest(self) -> str:
        """Return the SHA-256 of the weights if a layer has clusters, else ""."""
        if not any(rule.bounds is not None for rule in self.rules.values()):
            return ""
        digest = hashlib.sha256()
        for weight in self.supernet.parameters():
            digest.update(weight.detach().cpu().numpy().tobytes())
        return digest.hexdigest()

    def walked(self, arch: Arch, given: Callable[[Layer, float], int]) -> tuple[int, ...]:
        """Return the copies that are given to an architecture, decision by decision, by the scalar of each layer.

        Scalars are those with the copies given before, and the first copies after.
        """
        found = [0] * len(arch)
        known: dict[Layer, Tensor] | None = None  # what enters the layers with these copies
        for decision in self.places[: self.settled]:
            layer = (decision, arch[decision])
            rule = self.rules.get(layer)
            if rule is None or self.settings.copies == 1:
                continue
            scalar = 0.0
            if rule.bounds is not None:
                if known is None:
                    [known] = self.entering([Copied(arch, tuple(found))], self.layers)
                if layer not in known:  # it does not run: any copy will do
                    continue
                scalar = float(self.meta.scalar(layer, known[layer]))
            found[decision] = given(layer, scalar)
            known = None if found[decision] else known
        return tuple(found)

    def entering(self, choices: Iterable[Copied], wanted: Collection[Layer]) -> "list[dict[Layer, Tensor]]":
        """Return what enters the wanted layers of sub-networks, on the images of the state."""
        assert self.images is not None, "features are asked for after the first update"
        self._observer = self._observer or self.supernet.observer()
        return [self._observer.entering(self.images, choice, wanted) for choice in choices]

    def keep_images(self) -> None:
        """Keep images of the first update, on which features are computed."""
        if self.images is None and self.supernet.images is not None:
            self.images = self.supernet.images[: self.settings.images].clone()
        self.supernet.images = None

    def state_dict(self) -> dict[str, Any]:
        import torch

        return {
            "pool": torch.from_numpy(self.pool.copy()),
            "copies": torch.from_numpy(self.copies.copy()),
            "rules": [[*layer, rule.described()] for layer, rule in self.rules.items()],
            "meta": self.meta.state_dict(),
            "images": [] if self.images is None else [self.images],
            "stream": json.dumps(self.rng.bit_generator.state),
            "numbers": {name: getattr(self, name) for name in NUMBERS},
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.set_pool(saved["pool"].cpu().numpy())
        self.copies = saved["copies"].cpu().numpy()
        rules: list[tuple[int, int, Mapping[str, Any]]] = saved["rules"]
        self.rules = {(decision, choice): Rule.read(rule) for decision, choice, rule in rules}
        self.meta.load_state_dict(saved["meta"])
        self.images = saved["images"][0] if saved["images"] else None
        self.rng.bit_generator.state = json.loads(saved["stream"])
        for name in NUMBERS:
            setattr(self, name, int(saved["numbers"][name]))
