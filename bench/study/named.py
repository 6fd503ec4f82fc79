"""Studies and rows by the names that commands and Python take: STUDY, STUDY:ROW or FILE.py."""

from pathlib import Path

from bench.errors import RecipeError, unknown_name
from bench.registry import load_plugin
from bench.study.heuristic import studies_of, study_against
from bench.study.study import STUDIES, Row, Study


def find_study(spelled: str, *, beside: str = "baseline") -> Study:
    """Return the study that STUDY or FILE.py names; raises `BenchError` if there is none.

    For a file: the study that it defines, else a study of two rows, the row `beside` and the same row with the slots
    of the file.
    """
    if not spelled.endswith(".py"):
        return STUDIES.get(spelled)
    module = load_plugin(Path(spelled))
    own = studies_of(module)
    if len(own) > 1:
        raise RecipeError(f"{spelled} defines {len(own)} studies ({', '.join(s.name for s in own)}); keep one per file")
    return own[0] if own else study_against(module, Path(spelled).stem, *find_row(beside, beside=beside))


def find_row(spelled: str, *, beside: str) -> tuple[Study, Row]:
    """Return the study and row that STUDY, STUDY:ROW or FILE.py names; for a file, its last row."""
    if spelled.endswith(".py"):
        study = find_study(spelled, beside=beside)
        return study, study.rows[-1]
    name, colon, row_name = spelled.partition(":")
    study = STUDIES.get(name)
    if not colon:
        return study, study.rows[0]
    rows = {row.name: row for row in study.rows}
    if row_name not in rows:
        raise unknown_name("row", row_name, rows, f"'supernet-bench show {name}' describes them")
    return study, rows[row_name]
