"""A report -> one self-contained HTML page.

Rendered by Jinja2 with autoescape. The tables are plain HTML, which can be printed and read without a script; thirty
lines of script sort and filter them, while a table library would add most of a megabyte to the page.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from bench.analysis.results_table import NO_RUN, SCORE_LABELS, SIZES, ResultRow, best_trivial
from bench.analysis.results_words import (
    ABOUT_BEST_TRIVIAL,
    ABOUT_INTERVALS,
    ABOUT_TREND,
    BEST_TRIVIAL,
    OF_SIZE,
    about_size,
    arrow_of,
)
from bench.report.build import Part, Report
from bench.report.claims_table import ABOUT, HEADINGS, counts
from bench.runs.cost import ELSEWHERE, minutes_beside
from bench.scores.difference import SMALLEST_TOLD
from bench.scores.interval import Value
from bench.scores.pooled import ABOUT_POOLED
from bench.scores.seeds import MEAN_TREND
from bench.truth import Truth

COLUMNS = {
    "kendall-tau-b": "tau-b",
    MEAN_TREND: "top-N trend",
    "top-10-minus-top-500": "top 10 - top 500",
    "kendall-tau-b/top-50": "top-50 tau-b",
    "sparse-kendall-tau/truth-0.1%": "sparse tau",
    "precision-at-top/5%": "P@5%",
}


def page(report: Report) -> str:
    """Return the page's HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["interval"] = interval
    source = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    headings = {name: f"{text} {arrow_of(name)}" for name, text in COLUMNS.items()}
    return environment.get_template("page.html").render(
        report=report,
        columns=headings,
        lines_of=_lines,
        mark=ELSEWHERE,
        policy=policy(source),
        of_size=OF_SIZE,
        sized=_sized,
        about_size=about_size,
        best_trivial=best_trivial,
        best_trivial_heading=BEST_TRIVIAL,
        about_best_trivial=ABOUT_BEST_TRIVIAL,
        about_intervals=ABOUT_INTERVALS,
        about_trend=ABOUT_TREND,
        about_pooled=ABOUT_POOLED,
        smallest_told=SMALLEST_TOLD,
        claim_headings=HEADINGS,
        about_claims=ABOUT,
        counts=counts,
    )


def _sized(part: Part) -> list["Line"]:
    """Return the lines of rows with a tau, where the sizes of the networks are known."""
    return [line for line in _lines(part) if SIZES[0] in line.row.scores and line.row.n]


def policy(template: str) -> str:
    """Return the content security policy of a page: its own script and style by their digests, and no address.

    >>> policy("<style></style><script>1</script>")[:67]
    "default-src 'none'; img-src data:; style-src 'sha256-47DEQpj8HBSa+/"
    """
    allowed = []
    for tag in ("style", "script"):
        [content] = re.findall(f"<{tag}>(.*?)</{tag}>", template, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        allowed.append(f"{tag}-src 'sha256-{digest}'")
    return "; ".join(["default-src 'none'", "img-src data:", *allowed, "base-uri 'none'", "form-action 'none'"])


@dataclass(kw_only=True)
class Line:
    """A line of a table: a row, its study (empty for a reference), its tau-b against other truths."""

    row: ResultRow
    minutes: str
    study: str = ""
    others: dict[Truth, float] = field(default_factory=dict)


def _lines(part: Part) -> list[Line]:
    """Return the lines of a table: every row once by each score, then the reference rows.

    A row shown by several studies is listed under the first of them.
    """
    first = next((row.cost for section in part.sections for row in section.rows if row.cost), None)
    lines: dict[tuple[str, str], Line] = {}
    for section in part.sections:
        ranks_by = {row.name: SCORE_LABELS[row.score] for row in section.study.rows}
        for row in section.rows:
            line = Line(row=row, minutes=minutes_beside(row.cost, first), study=section.study.name)
            line = lines.setdefault((section.runs[row.name], row.by), line)
            if row.by == ranks_by[row.name]:
                line.others = line.others or section.others[row.name]
    return [*lines.values(), *(Line(row=row, minutes=minutes_beside(None, first)) for row in part.references)]


def interval(value: Value) -> str:
    """Return a score with its interval, "-" if there is no run.

    >>> interval(Value(value=0.5, low=0.4, high=0.61, n=9, resampled="seeds"))
    '0.50 [0.40, 0.61]'
    """
    return "-" if value.reason == NO_RUN else value.spelled("{:.2f}".format, ", ")
