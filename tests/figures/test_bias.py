"""The heat map of the bias: the numbers of the cells, and what is left out."""

import numpy as np
import pandas as pd
import pytest

from bench.figures.bias import BIAS
from bench.figures.figure import Caption
from bench.scores.bias import bias, choices_of
from bench.scores.prediction_frame import arch_column
from bench.spaces.nb201 import NB201
from bench.truth import Truth

CAPTION = Caption(Truth.parse("nb201/cifar10/test/200ep"), "smoke", "some images")


def frame(rows=("one", "other"), seeds=2):
    rng = np.random.default_rng(0)
    genes = NB201().sample(rng, 60)
    genes = np.unique(genes, axis=0)
    truth = rng.normal(size=len(genes))
    parts = [
        pd.DataFrame(
            {"row": row, "seed": seed, "arch": arch_column(genes), "ranked": rng.normal(size=len(genes)), "true": truth}
        )
        for row in rows
        for seed in range(seeds)
    ]
    whole = pd.concat(parts, ignore_index=True)
    whole.attrs["space"] = "nb201"
    return whole, genes, truth


def test_a_cell_is_the_mean_rank_error_of_its_choice_over_the_connected_cells():
    whole, genes, truth = frame(rows=("one",))
    by_seed = [whole[whole.seed == seed].ranked.to_numpy() for seed in (0, 1)]
    names = choices_of("nb201", genes)
    kept = names.connected
    expected = bias(names.genes[kept], [one[kept] for one in by_seed], truth[kept])
    lines = BIAS.numbers(whole)
    assert len(lines) == 30
    assert set(lines.n) == {int(kept.sum())}
    found = lines.pivot(index="decision", columns="choice", values="error")
    assert found.loc["0-3", "skip_connect"] == pytest.approx(expected.mean[3, 1])
    assert lines.share.iloc[0] == pytest.approx(expected.share)


def test_an_architecture_that_one_seed_lacks_is_left_out():
    whole, genes, _ = frame(rows=("one",))
    connected = NB201().connected(genes)
    lost = arch_column(genes)[connected][0]
    fewer = whole[~((whole.arch == lost) & (whole.seed == 1))]
    fewer.attrs = whole.attrs
    assert BIAS.numbers(fewer).n.iloc[0] == connected.sum() - 1


def test_every_row_has_a_heat_map_that_shows_its_numbers():
    lines = BIAS.numbers(frame()[0])
    drawn = BIAS.draw(lines, CAPTION)
    maps = [ax for ax in drawn.axes if ax.images]
    assert [ax.get_title().split("\n")[0] for ax in maps] == ["one", "other"]
    shown = maps[0].images[0].get_array()
    one = lines[lines.row == "one"]
    expected = one[(one.decision == "1-2") & (one.choice == "avg_pool_3x3")].error.iloc[0]
    assert float(shown[4, 2]) == pytest.approx(expected)
    assert maps[0].images[0].get_clim() == maps[1].images[0].get_clim()
    assert f"{round(expected):+d}" in {text.get_text() for text in maps[0].texts}


def test_operations_have_their_readable_names_and_a_count_that_all_rows_have_stands_once():
    lines = BIAS.numbers(frame()[0])
    drawn = BIAS.draw(lines, CAPTION)
    assert [text.get_text() for text in drawn.axes[0].get_yticklabels()] == list(NB201().readable_choices[0])
    told = f"n = {lines.n.iloc[0]}, seeds: 2"
    assert drawn.get_suptitle().endswith(told)
    assert not [ax.get_title() for ax in drawn.axes if "seeds" in ax.get_title()]
    lines.loc[lines.row == "other", "seeds"] = 3
    drawn = BIAS.draw(lines, CAPTION)
    assert "seeds" not in drawn.get_suptitle()
    assert [ax.get_title().rpartition("; ")[2] for ax in drawn.axes[:2]] == [told, told.replace("2", "3")]


def test_choices_of_an_unknown_space_keep_their_names():
    lines = BIAS.numbers(frame(rows=("one",))[0])
    drawn = BIAS.draw(lines, Caption(Truth.parse("mine/cifar10/test/200ep"), "smoke", "some images"))
    assert [text.get_text() for text in drawn.axes[0].get_yticklabels()] == list(NB201().choices[0])
