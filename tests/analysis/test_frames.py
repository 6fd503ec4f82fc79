"""What the figures of a study are drawn from."""

from pathlib import Path

import pandas as pd

from bench.analysis.frames import Frames
from bench.figures.predicted_against_true import predicted_against_true
from bench.recipe.preset import PRESETS
from bench.runs.plan import plan
from bench.study.study import STUDIES


def test_a_figure_of_some_rows_shows_them_of_a_whole_study_and_all_of_a_part(tmp_path: Path) -> None:
    study = STUDIES.get("masking")
    rows = plan(study, PRESETS["smoke"], (0,), tmp_path)
    figure = predicted_against_true("no Zero")
    frame = pd.DataFrame({"row": [row.name for row in study.rows]})

    def shown(part: slice) -> set[str]:
        frames = Frames(study, rows[part], [], tmp_path)
        frames.predictions = frame[part]
        return set(frames.shown(figure).row)

    assert shown(slice(None)) == {"no Zero"}
    assert shown(slice(2, 4)) == {row.name for row in study.rows[2:4]}
    assert "no Zero" not in shown(slice(2, 4)), "so that the part differs from the figure's rows"
