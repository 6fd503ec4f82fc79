"""The states that architectures with equal leading genes share."""

from bench.supernets.layers.prefixes import Prefixes


def test_a_state_is_computed_once_per_prefix_in_a_row_and_is_that_of_its_own_genes():
    kept, steps = Prefixes(), []

    def state_of(arch):
        def step(place, state):
            steps.append(arch[: place + 1])
            return (*state, arch[place])

        return kept.last(arch, (), step)

    for arch in ((0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 0, 1), (1, 0, 1)):
        assert state_of(arch) == arch
    assert steps == [
        *((0,), (0, 0), (0, 0, 0)),
        *((0, 0, 1),),
        *((0, 1), (0, 1, 1)),
        *((0, 0), (0, 0, 1)),
        *((1,), (1, 0), (1, 0, 1)),
    ]
