"""What `plan` estimates from, where studies lack a size."""

from pathlib import Path

import pytest

from bench.cli import plan as command
from bench.errors import RecipeError
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
