"""Strictly fair sampling: every block trains each choice of a decision equally often."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.allowed import Maybe, at_least
from bench.errors import RecipeError
from bench.sample.paths import Paths
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Genes

BLOCKS = 1_000
"""Blocks that are drawn before a space is taken to have too few without an invalid architecture."""


def block_size(space: Space) -> int:
    """Return the number of architectures in a fair block: the least common multiple of the numbers of choices."""
    return math.lcm(*[len(allowed) for allowed in space.allowed])


def fair_block(space: Space, rng: np.random.Generator) -> Genes:
    """Return a block [path, decision]: per decision a random permutation in which its choices are equally frequent.

    A block with an invalid architecture is drawn again; raises `RecipeError` if `BLOCKS` in a row have one.
    """
    block = block_size(space)
    for _ in range(BLOCKS):
        columns = [
            rng.permutation(np.repeat(np.asarray(allowed, dtype=np.int8), block // len(allowed)))
            for allowed in space.allowed
        ]
        genes = np.stack(columns, axis=1)
        if space.valid(genes).all():
            return genes
    raise RecipeError(
        f"each of {BLOCKS:,} fair blocks of {block} architectures has one that is invalid in space "
        f"'{space.slot_name()}'; use another sampler, such as uniform"
    )


def in_turn(space: Space, rng: np.random.Generator, count: int) -> Iterator[Genes]:
    """Yield `count` architectures at a time from one fair block after another, [path, decision] each."""
    waiting = fair_block(space, rng)
    while True:
        while len(waiting) < count:
            waiting = np.concatenate([waiting, fair_block(space, rng)])
        yield waiting[:count]
        waiting = waiting[count:]


@dataclass(frozen=True, kw_only=True)
class StrictFair(Paths):
    """Fair blocks: per decision a random permutation of its choices; path k takes the k-th of each.

    One block per update, or, with a `count`, that many architectures per update from one block after another; a block
    that is unfinished at the end of an epoch is dropped. If decisions have different numbers of choices, the block's
    size is their least common multiple, and a choice appears block / choices times. Where some combinations are
    invalid, a block that holds one is drawn again. FairNAS: same batch, mean of the gradients (the default). The code
    of papers/single-path-ranking-correlations: `same_batch=False, reduction="sum"`.
    Differs from the paper: in papers/neural-channel-search, section 3.3, a decision with n choices takes each of them
    once in every n architectures; here, as in its code, it may repeat a choice earlier, and only whole blocks are
    fair. Source: Chu et al., FairNAS; papers/single-path-ranking-correlations, section 3.1; `count`:
    papers/neural-channel-search, section 3.3.
    """

    count: int | None = setting(None, Maybe(at_least(1, "paths per update"), "a block"))

    def per_update(self, space: Space) -> int:
        return self.count or block_size(space)

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        return next(in_turn(space, rng, self.per_update(space)))

    def updates(self, space: Space, rng: np.random.Generator, state: State) -> Iterator[Genes]:
        """Yield updates; a block continues over updates until it is used up."""
        return in_turn(space, rng, self.per_update(space))
