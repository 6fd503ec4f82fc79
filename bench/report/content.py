"""What the page shows: studies with their rows, answers and figures, grouped by truth."""

from dataclasses import dataclass

from bench.analysis.results_table import ResultRow
from bench.report.answers import Answer
from bench.report.bias_map import BiasMap
from bench.report.claims_table import Judged
from bench.report.drawn import Drawn
from bench.scores.seeds import MEAN_TREND
from bench.study.study import Study
from bench.truth import Truth

COLUMNS = (
    "kendall-tau-b",
    "kendall-tau-b/top-50",
    "sparse-kendall-tau/truth-0.1%",
    "precision-at-top/5%",
    MEAN_TREND,
    "top-10-minus-top-500",
)
"""The metrics of the leaderboard."""


@dataclass(frozen=True, kw_only=True)
class StudySection:
    """A study with its rows, its answer and its figures; `missing` names rows without all seeds, and damaged runs.

    `runs` maps each row to its recipe hash, which identifies a row shown by several studies. `others` holds tau-b
    against other truths.
    """

    study: Study
    rows: tuple[ResultRow, ...]
    runs: dict[str, str]
    others: dict[str, dict[Truth, float]]
    answers: tuple[Answer, ...]
    sentence: str
    missing: tuple[str, ...]
    figures: tuple[Drawn, ...]

    @property
    def at_chance(self) -> list[str]:
        """Return a line per row whose supernets are at chance."""
        return list(dict.fromkeys(filter(None, (row.accuracy.verdict(row.name) for row in self.rows if row.accuracy))))


@dataclass(frozen=True, kw_only=True)
class Part:
    """All studies with one truth, and their references: published and trivial predictors.

    `coverage` is "3 of 15,625" if the truth's table lacks architectures. `mismatch` is a note if the supernets were
    trained on other images than those of the truth. `seeded` names the release of the truth whose ceiling is shown,
    empty for the truth itself. `bias` holds the bias of the best recipe, of the study `baseline`, and of the best
    trivial predictor.
    """

    truth: Truth
    coverage: str
    other_truths: tuple[Truth, ...]
    other_labels: tuple[str, ...]
    population: str
    images: str
    mismatch: str
    sections: tuple[StudySection, ...]
    references: tuple[ResultRow, ...]
    seeded: str = ""
    bias: tuple[BiasMap, ...] = ()

    @property
    def published(self) -> bool:
        """Return whether a source prints a tau for any row."""
        return any(row.published is not None for section in self.sections for row in section.rows)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All studies at one preset, grouped by truth: rows with different truths are in different tables.

    `without_runs` are studies without stored runs, `without_truth` studies whose runs are not scored,
    `without_table` lines that name studies whose table is not stored, and how to get it. `damaged` names unusable
    files: runs, published predictions, and tables, whose studies are not shown. `claims` are those of the papers, each
    with what the stored runs say of it.
    """

    preset: str
    parts: tuple[Part, ...]
    claims: tuple[Judged, ...] = ()
    without_runs: tuple[Study, ...] = ()
    without_truth: tuple[Study, ...] = ()
    without_table: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
