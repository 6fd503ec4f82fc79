"""What `plan` estimates from, where studies lack a size."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.cli import plan as command
from bench.errors import RecipeError
from bench.runs.expected import Expected
from bench.study.study import STUDIES


def test_a_study_without_sizes_at_a_preset_tells_nothing_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_of = command.rows_of

    def lacking(study, preset, *rest):
        if preset != "smoke":
            raise RecipeError(f"construct 'mine' has no sizes at preset '{preset}'; it has smoke")
        return rows_of(study, preset, *rest)

    monkeypatch.setattr(command, "rows_of", lacking)
    rows = rows_of(STUDIES.get("baseline"), "smoke", None, tmp_path)
    found = command.expected_minutes(rows, "smoke", tmp_path)
    assert found
    assert set(found.values()) == {None}


def test_csv_has_what_json_has(tmp_path: Path) -> None:
    words = ["plan", "masking", "--preset", "smoke", "--seeds", "0-2", "--results", str(tmp_path), "--format"]
    wide, whole = (CliRunner().invoke(app, [*words, how], catch_exceptions=False).stdout for how in ("csv", "json"))
    lines, rows = list(csv.DictReader(wide.splitlines())), json.loads(whole)["rows"]
    assert [line["row"] for line in lines] == [row["row"] for row in rows] != []
    for line, row in zip(lines, rows, strict=True):
        assert list(line) == list(row)
        assert (line["missing"], line["done"], line["minutes_left"]) == ("0 1 2", "", "")
        assert (row["missing"], row["done"], row["minutes_left"]) == ([0, 1, 2], [], None)


def test_a_run_that_failed_is_told_as_of_the_last_time_since_run_tries_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    [planned] = command.rows_of(STUDIES.get("baseline"), "smoke", "3", tmp_path)
    planned.runs[0].folder.mkdir(parents=True)
    (planned.runs[0].folder / "failed.json").write_text('{"error": "out of luck"}')
    command.print_plan("baseline", "smoke", [planned], tmp_path)
    assert "baseline, seed 3 failed when it was last tried: out of luck" in capsys.readouterr().out


def test_thousands_of_minutes_are_separated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [planned] = command.rows_of(STUDIES.get("baseline"), "smoke", "3", tmp_path)
    left = {planned.runs[0].folder: Expected(minutes=16045.2, rough=True)}
    monkeypatch.setattr(command, "expected_minutes", lambda *_, **__: left)
    command.print_plan("baseline", "smoke", [planned], tmp_path)
    assert "~16,045" in capsys.readouterr().out
