"""Who is asked: stored predictions of a whole space, and a memory of what was asked before."""

from collections.abc import Callable

import numpy as np

from bench.errors import StoreError
from bench.predict.predictions import Predictions
from bench.search.loop import Ask
from bench.spaces import Space
from bench.spaces.lookup import places_in
from bench.types import Genes, PerArch


class StoredAnswers:
    """Answers from stored predictions, without a supernet; raises `StoreError` for an architecture that they lack."""

    def __init__(self, predictions: Predictions, space: Space) -> None:
        order = np.argsort(space.keys(predictions.genes), kind="stable")
        self.space, self.keys, self.order = space, space.keys(predictions.genes)[order], order
        self.predictions = predictions

    def has(self, genes: Genes) -> bool:
        """Return whether every architecture is predicted."""
        return bool(places_in(self.keys, self.space.keys(genes))[1].all())

    def __call__(self, genes: Genes) -> Predictions:
        places, found = places_in(self.keys, self.space.keys(genes))
        if not found.all():
            arch = self.space.spell(tuple(int(gene) for gene in genes[np.flatnonzero(~found)[0]]))
            raise StoreError(f"the stored predictions lack architecture {arch}; train the run again to ask its weights")
        return self.predictions.taken(self.order[places])


class Remembering:
    """Asks another only for what is new to it, over all searches on one supernet.

    Architectures of one canonical form are asked once. They may differ in their `log_probability`.
    """

    def __init__(
        self, ask: Ask, space: Space, log_probability: Callable[[Genes], PerArch | None] = lambda genes: None
    ) -> None:
        self.ask, self.space, self.log_probability = ask, space, log_probability
        self.memory: dict[bytes, tuple[np.float32, np.float32]] = {}
        self.about = (0, "")

    def __call__(self, genes: Genes) -> Predictions:
        canonical = self.space.canonical(genes)
        keys = self.space.keys(canonical).tolist()
        new = {key: row for row, key in enumerate(keys) if key not in self.memory}
        seconds = 0.0
        if new:
            answer = self.ask(canonical[list(new.values())])
            self.memory |= zip(new, zip(answer.accuracy, answer.negative_cross_entropy, strict=True), strict=True)
            self.about, seconds = (answer.images, answer.split), answer.seconds
        learned = self.log_probability(genes)
        accuracy, loss = np.array([self.memory[key] for key in keys], dtype=np.float32).reshape(-1, 2).T
        return Predictions(
            genes=genes,
            accuracy=np.ascontiguousarray(accuracy),
            negative_cross_entropy=np.ascontiguousarray(loss),
            images=self.about[0],
            split=self.about[1],
            seconds=seconds,
            log_probability=None if learned is None else learned.astype(np.float32),
        )
