"""Two rows, or a row and a file, paired over shared seeds and architectures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.compare import NO_SEED, Side, compare, side_of_file, side_of_row
from bench.analysis.results_words import title_of
from bench.cli.compare import print_comparison
from bench.errors import ComparisonError
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.cost import Cost
from bench.runs.plan import PlannedRow
from bench.runs.store import Run
from bench.scores.join import Joined
from bench.scores.metrics import METRICS
from bench.spaces.nb201 import NB201
from bench.study.study import Row
from bench.tables.catalog import open_table

TAU = METRICS.get("kendall-tau-b")


@pytest.fixture(scope="module")
def table():
    whole = open_table("nb201/digits/test/30ep", data_folder(None))
    few = Population("connected-500", whole.space).among(whole.genes)
    return replace(whole, genes=whole.genes[few], accuracy=whole.accuracy[few])


def everything(table):
    return Population("all", table.space, table.genes)


def side(table, name="side", seeds=(0, 1, 2), noise=1.0, **about):
    """Return predictions that are the truth with noise of its own in every seed."""
    present = np.ones(len(table.genes), dtype=bool)
    by_seed = {
        seed: Joined(
            name=name,
            prediction=table.mean + noise * np.random.default_rng(seed).normal(size=len(table.genes)),
            present=present,
        )
        for seed in seeds
    }
    return Side(**{"name": name, "space": NB201(), "by_seed": by_seed, "cost": None, "preset": "smoke", **about})


def test_a_better_row_is_found_better_and_the_difference_is_that_of_the_means(table):
    good, bad = side(table, "good", noise=0.1), side(table, "bad", noise=30.0)
    found = compare(good, bad, table, everything(table), [TAU], resamples=50).differences[TAU.name]
    assert found.verdict == "first is better"
    taus = [np.mean([TAU(joined.prediction, table.mean) for joined in one.by_seed.values()]) for one in (good, bad)]
    assert (found.first, found.second) == pytest.approx(taus)
    assert found.value.value == pytest.approx(taus[0] - taus[1])
    assert (
        compare(bad, good, table, everything(table), [TAU], resamples=50).differences[TAU.name].verdict
        == "second is better"
    )


def test_only_shared_seeds_count(table):
    found = compare(
        side(table, seeds=(0, 1, 2)), side(table, seeds=(1, 2, 5)), table, everything(table), [TAU], resamples=20
    )
    assert found.seeds == (1, 2)
    assert found.differences[TAU.name].value.value == 0, "the same predictions"
    with pytest.raises(ComparisonError, match=r"has seeds \[0\], 'side' \[4\]: no seed is shared; run one of them"):
        compare(side(table, seeds=(0,)), side(table, seeds=(4,)), table, everything(table), [TAU])


@pytest.mark.slow
def test_the_population_is_that_of_the_smaller_space(table):
    masked = side(table, space=NB201(mask=("none",)))
    found = compare(masked, side(table), table, everything(table), [TAU], resamples=20)
    assert found.n == NB201(mask=("none",)).contains(table.genes).sum() < len(table.genes)


@pytest.mark.slow
def test_architectures_that_one_side_lacks_are_left_out(table):
    few = side(table)
    for joined in few.by_seed.values():
        joined.present[100:] = False
    assert compare(few, side(table), table, everything(table), [TAU], resamples=20).n == 100
    for joined in few.by_seed.values():
        joined.present[1:] = False
    with pytest.raises(ComparisonError, match="share 1 architectures of 'all'; at least 2 are needed"):
        compare(few, side(table), table, everything(table), [TAU])


@pytest.mark.parametrize("what", ["preset", "images"])
def test_rows_of_different_presets_or_images_are_refused(table, what):
    with pytest.raises(ComparisonError, match=f"have different {what} .* cannot be compared"):
        compare(side(table, **{what: "one"}), side(table, **{what: "other"}), table, everything(table), [TAU])


@pytest.mark.slow
def test_a_file_is_laid_beside_every_seed(table, tmp_path):
    path = tmp_path / "mine.json"
    archs = [table.space.spell(tuple(genes)) for genes in table.genes.tolist()]
    path.write_text(json.dumps(dict(zip(archs, table.mean.tolist(), strict=True))))
    file = side_of_file(path, table)
    assert list(file.by_seed) == [NO_SEED]
    found = compare(file, side(table, noise=30.0), table, everything(table), [TAU], resamples=50)
    assert found.seeds == (0, 1, 2)
    assert found.differences[TAU.name].first == pytest.approx(1)
    assert found.differences[TAU.name].verdict == "first is better"


def test_a_row_without_a_finished_run_says_so(table, tmp_path):
    run = Run(find_preset("smoke").fill(Recipe()), "smoke", 0, tmp_path)
    with pytest.raises(ComparisonError, match="row 'mine' has no finished run at preset 'smoke'; run its study first"):
        side_of_row(PlannedRow(Row("mine", run.recipe), (run,)), table)


def test_a_row_is_read_by_the_score_it_ranks_by(table, finished):
    run, predictions = finished
    for score, values in (
        ("accuracy", predictions.accuracy),
        ("negative-cross-entropy", predictions.negative_cross_entropy),
    ):
        found = side_of_row(PlannedRow(Row("mine", run.recipe, score=score), (run,)), table)
        at, known = table.rows(predictions.genes)
        np.testing.assert_array_equal(found.by_seed[0].prediction[at[known]], values[known].astype(float))
        assert found.cost == Cost(minutes=pytest.approx(0.05), images=3840, processors=("a processor",))
    assert (
        side_of_row(PlannedRow(replace(Row("mine", run.recipe)), (run,)), table, "negative-cross-entropy")
        .by_seed[0]
        .prediction.max()
        < 0
    )


def test_a_comparison_has_the_supernet_accuracy_of_rows_on_the_shared_architectures(table, finished, capsys):
    run, predictions = finished
    row = side_of_row(PlannedRow(Row("mine", run.recipe, score="negative-cross-entropy"), (run,)), table)
    found = compare(row, side(table, name="file", seeds=(0,)), table, everything(table), [TAU], resamples=20)
    at = table.rows(predictions.genes)[1]
    assert found.accuracies[0].by_seed == pytest.approx((predictions.accuracy[at].astype(float).mean(),))
    assert (found.accuracies[0].images, found.accuracies[1]) == (128, None)
    print_comparison(found, "smoke")
    assert f"mean supernet accuracy - chance, %: mine {found.accuracies[0].spelled()}" in capsys.readouterr().out


@pytest.mark.slow
def test_a_comparison_without_a_value_or_an_interval_says_why(table, capsys):
    first = side(table, "first", seeds=(0,))
    ones = Joined(name="one", prediction=np.ones(len(table.genes)), present=np.ones(len(table.genes), dtype=bool))
    for prediction, told in (
        (ones.prediction, f"{title_of(TAU.name)}: undefined, second: the prediction is constant"),
        (np.eye(1, len(table.genes))[0], f"{title_of(TAU.name)}: no interval, defined on "),
    ):
        second = side(table, "second", by_seed={0: replace(ones, prediction=prediction)})
        print_comparison(compare(first, second, table, everything(table), [TAU], resamples=20), "smoke")
        out = capsys.readouterr().out
        assert told in out
        assert "nan" not in out


@pytest.mark.parametrize(("seeds", "marked"), [((0,), True), ((0, 1), False)])
def test_an_interval_of_one_seed_is_marked(table, capsys, seeds, marked):
    first, second = (side(table, name=name, seeds=seeds) for name in ("first", "second"))
    print_comparison(compare(first, second, table, everything(table), [TAU], resamples=5), "smoke")
    out = capsys.readouterr().out
    assert ("]* " in out, "* of one seed, over architectures alone" in out) == (marked, marked)


def test_fixed_predictions_far_below_zero_get_a_hint_about_the_sign(table, capsys):
    good, present = side(table, "good", by_seed={}), np.ones(len(table.genes), dtype=bool)
    turned = Joined(name="turned", prediction=-table.mean, present=present)
    sides = [replace(good, name=name, by_seed={NO_SEED: turned}) for name in ("turned", "params (trivial)")]
    print_comparison(compare(*sides, table, everything(table), [TAU], resamples=5), "smoke")
    out = " ".join(capsys.readouterr().out.split())
    assert "turned: its tau-b is clearly negative; if its sign is wrong, score it with --lower-is-better" in out
    assert "params (trivial): its tau-b" not in out


@pytest.mark.slow
def test_a_comparison_says_what_the_supernets_were_trained_on(table):
    found = compare(
        side(table, trained_on="digits"),
        side(table, name="file"),
        table,
        Population("connected-500", table.space, table.genes),
        [TAU],
    )
    assert found.trained_on == "digits"


def test_the_images_of_a_row_are_those_of_all_its_runs(table, tmp_path, pretend):
    recipe = find_preset("smoke").fill(Recipe())
    runs = tuple(Run(recipe, "smoke", seed, tmp_path) for seed in (0, 1))
    for run in runs:
        pretend(run, 1.0)
    same = side_of_row(PlannedRow(Row("same", recipe), runs), table)
    record = json.loads(runs[1].record_path.read_text())
    record["images"]["sha256"] = "y"
    runs[1].record_path.write_text(json.dumps(record))
    mixed = side_of_row(PlannedRow(Row("mixed", recipe), runs), table)
    assert (same.images, mixed.images) == ("x", "x and y")
    with pytest.raises(ComparisonError, match="have different images"):
        compare(mixed, same, table, Population("connected-500", table.space, table.genes), [TAU])


@pytest.mark.slow
def test_a_comparison_says_how_much_of_its_space_the_truth_covers(table, capsys):
    found = compare(side(table, "a"), side(table, "b"), table, everything(table), [TAU], resamples=2)
    assert found.coverage == "500 of 15,625"
    print_comparison(found, "smoke")
    assert "truth nb201/digits/test/30ep (500 of 15,625 architectures)" in " ".join(capsys.readouterr().out.split())
