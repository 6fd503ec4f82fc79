import numpy as np
import pytest

from bench.errors import UnknownName
from bench.population import BEST, list_sha256, population, scored_on
from bench.scores.metrics import METRICS, all_metrics
from bench.spaces import SPACES

NB201 = SPACES.get("nb201")()
CELLS = NB201.enumerate()


@pytest.mark.parametrize(
    ("name", "size"),
    [("all", 15625), ("connected", 15284), ("random-1000", 1000), ("connected-500", 500), ("random-50", 50)],
)
def test_a_population_of_all_cells_has_its_known_size(name, size):
    assert population(name, NB201, CELLS).selected.sum() == size  # FACTS 3.1: 341 of 15,625 are disconnected


def test_canonical_holds_one_cell_of_each_class_of_connected_ones():
    selected = population("canonical", NB201, CELLS).selected
    classes = np.unique(NB201.canonical(CELLS[NB201.connected(CELLS)]), axis=0)
    np.testing.assert_array_equal(np.unique(CELLS[selected], axis=0), classes)


def test_the_random_thousand_is_the_same_on_every_machine():
    # Born from this code on 2026-11-22; depends on sha256 and the strings alone, so it never changes.
    chosen = population("random-1000", NB201, CELLS)
    assert chosen.sha256 == "e629f1d498986620b6a2f6a6a1f2589cde1b13a80973b714b58e1277c4faf757"
    assert NB201.spell(tuple(CELLS[chosen.selected][0].tolist())) == (
        "|none~0|+|none~0|none~1|+|none~0|avg_pool_3x3~1|avg_pool_3x3~2|"
    )


def test_the_random_thousand_is_spread_over_the_space():
    genes = CELLS[population("random-1000", NB201, CELLS).selected]
    np.testing.assert_allclose(np.bincount(genes.ravel(), minlength=5) / 6000, 0.2, atol=0.02)  # 4 standard errors


def test_a_smaller_table_holds_a_part_of_the_thousand_with_another_digest():
    whole, half = population("random-1000", NB201, CELLS), population("random-1000", NB201, CELLS[:8000])
    np.testing.assert_array_equal(half.selected, whole.selected[:8000])
    assert half.sha256 != whole.sha256


def test_the_thousand_of_a_space_too_large_to_list_is_taken_from_the_table():
    track1 = SPACES.get("track1")()
    genes = track1.sample(np.random.default_rng(0), 1500)
    selected = population("random-1000", track1, genes).selected
    assert selected.sum() == 1000
    np.testing.assert_array_equal(population("random-1000", track1, genes[::-1]).selected, selected[::-1])


def test_a_masked_space_leaves_its_removed_operations_out_of_every_population():
    masked = SPACES.get("nb201")(mask=("none",))
    assert population("all", masked, CELLS).selected.sum() == 4**6
    assert population("random-1000", masked, CELLS).selected.sum() == 1000


def test_the_digest_of_a_list_ignores_its_order_but_not_its_members():
    assert list_sha256(NB201, CELLS[:9]) == list_sha256(NB201, CELLS[:9][::-1])
    assert list_sha256(NB201, CELLS[:9]) != list_sha256(NB201, CELLS[1:10])


def test_an_unknown_population_names_the_closest():
    with pytest.raises(UnknownName, match="unknown population 'conected'; did you mean 'connected'"):
        population("conected", NB201, CELLS)


@pytest.mark.parametrize("metric", [metric for metric in all_metrics() if metric.of_true_top], ids=lambda m: m.name)
def test_a_metric_of_the_true_top_is_that_of_all_though_taken_over_the_best(metric):
    rng = np.random.default_rng(0)
    truth, prediction = rng.normal(size=5_000).round(2), rng.normal(size=5_000)
    known = rng.random(5_000) < 0.9
    on = scored_on(metric, known & (rng.random(5_000) < 0.1), known, truth)
    assert BEST <= on.sum() < 1_100
    assert metric(prediction[on], truth[on]) == pytest.approx(metric(prediction[known], truth[known]))


def test_other_metrics_are_taken_over_the_chosen_and_few_are_all_taken():
    chosen, known = np.array([True, False, False]), np.array([True, True, False])
    truth = np.arange(3.0)
    assert scored_on(METRICS.get("kendall-tau-b"), chosen, known, truth) is chosen
    assert scored_on(METRICS.get("top-n-trend"), chosen, known, truth) is known
    named = {metric.name for metric in all_metrics() if metric.of_true_top}
    assert named == {"top-n-trend", *(f"kendall-tau-b/top-{number}" for number in (10, 25, 50, 150, 250, 500))}
