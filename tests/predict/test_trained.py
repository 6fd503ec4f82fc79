"""A ranking that was killed continues, and only with the list that it began."""

import numpy as np
import pytest

from bench import rank as ranking
from bench.predict.trained import rank
from bench.rng import stream


@pytest.fixture
def training(train):
    return train(1)


def test_a_ranking_continues_from_its_own_list_alone(training, tmp_path, monkeypatch):
    monkeypatch.setattr(ranking, "CHUNK", 10)
    space = training.recipe.space
    genes, others = (np.unique(space.canonical(space.sample(stream(s, "archs"), 30)), axis=0) for s in (0, 1))
    whole, _ = rank(training, genes, tmp_path / "whole", lambda: 1, lambda step: None)

    class Killed(Exception):
        pass

    def kill(step):
        if step.done == 15:
            raise Killed

    with pytest.raises(Killed):
        rank(training, genes, tmp_path / "progress", lambda: 1, kill)
    other, _ = rank(training, others, tmp_path / "progress", lambda: 1, lambda step: None)
    assert not np.array_equal(other.negative_cross_entropy[:10], whole.negative_cross_entropy[:10])
    steps = []
    again, _ = rank(training, genes, tmp_path / "progress", lambda: 1, lambda step: steps.append(step.done))
    np.testing.assert_array_equal(again.negative_cross_entropy, whole.negative_cross_entropy)
    assert min(steps) == 11, "ten were done before"
