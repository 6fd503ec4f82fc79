"""The benchmarks of scores and tables compare like with like; their speed is not tested."""

import json

import numpy as np
import pytest
import typer

from benchmarks import score, table
from benchmarks.report import report


def test_the_two_ways_to_score_agree_on_the_timed_resamples():
    row = score.compared(600, resamples=score.TIMED)
    assert row["difference"] < score.EQUAL
    assert row["ratio"] == pytest.approx(row["plain"] / row["fast"])


def test_the_timed_ranking_ties_about_as_often_as_the_published_one():
    prediction, truth = score.noisy_ranking(15_625)
    assert 500 < len(np.unique(truth)) < 8000
    assert 5000 < len(np.unique(prediction)) < 15_000


def test_the_json_is_one_object_with_the_headline_on_top(capsys):
    report("title", [{"plain": 4.0, "fast": 2.0, "ratio": 2.0}, {"fast": 1.0}], as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["plain"], told["fast"], told["ratio"], len(told["rows"])) == (4, 2, 2, 2)


def test_the_table_shows_a_dash_where_a_row_has_no_number(capsys):
    report("title", [{"plain": 4.0, "fast": 2.0}, {"fast": 1.0}], as_json=False, notes=["said so"])
    told = capsys.readouterr().out
    assert "-" in told
    assert "said so" in told


def test_missing_files_are_named_and_end_with_code_two(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(table, "PUBLISHED", tmp_path)
    with pytest.raises(typer.Exit) as ended:
        table.main()
    assert ended.value.exit_code == 2
    assert f"nats_bench.csv, nats-tss-sample/meta.pickle.pbz2 not in {tmp_path}" in capsys.readouterr().err


@pytest.mark.slow
def test_the_table_answers_as_the_official_package(real_data, capsys):
    table.main(as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["difference"] < table.ROUNDED
    assert told["ratio"] > 10
