"""A report -> one self-contained HTML page.

Rendered by Jinja2 with autoescape. The tables are plain HTML, which can be printed and read without a script; a short
script sorts, filters and copies them, while a table library would add most of a megabyte to the page.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from bench.analysis.results_table import NO_RUN, SIZES, best_trivial
from bench.analysis.results_words import (
    ABOUT_BEST_TRIVIAL,
    ABOUT_INTERVALS,
    ABOUT_TREND,
    BEST_TRIVIAL,
    OF_SIZE,
    about_size,
    heading,
    title_of,
)
from bench.report.answers import MAIN
from bench.report.claims_table import ABOUT, HEADINGS, Judged, counts
from bench.report.content import COLUMNS, Report
from bench.report.leaderboard import Board, Line, board
from bench.runs.cost import ELSEWHERE, unit_of
from bench.scores.difference import SMALLEST_DETECTABLE
from bench.scores.interval import Value
from bench.scores.pooled import ABOUT_POOLED


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
    environment.filters["title_of"] = title_of
    source = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    headings = {name: heading(name) for name in COLUMNS}
    boards = [board(part) for part in report.parts]
    return environment.get_template("page.html").render(
        report=report,
        columns=headings,
        boards=boards,
        costs=[line.row.cost for one in boards for line in one.ranked],
        unit_of=unit_of,
        main=MAIN,
        spaces=list(dict.fromkeys(part.truth.space for part in report.parts)),
        place=_place,
        by_paper=_by_paper,
        mark=ELSEWHERE,
        policy=policy(source),
        of_size={name: title_of(name) for name in OF_SIZE},
        sized=_sized,
        about_size=about_size,
        best_trivial=best_trivial,
        best_trivial_heading=BEST_TRIVIAL,
        about_best_trivial=ABOUT_BEST_TRIVIAL,
        about_intervals=ABOUT_INTERVALS,
        about_trend=ABOUT_TREND,
        about_pooled=ABOUT_POOLED,
        smallest_detectable=SMALLEST_DETECTABLE,
        claim_headings=HEADINGS,
        about_claims=ABOUT,
        counts=counts,
    )


def _sized(found: Board) -> list[Line]:
    """Return the lines of rows with a tau, where the sizes of the networks are known."""
    return [line for line in found.lines if SIZES[0] in line.row.scores and line.row.n]


def _place(tau: float) -> float:
    """Return where a tau stands on an axis from 0, tau -1, to 100, tau 1."""
    return round(50 + 50 * min(max(tau, -1.0), 1.0), 1)


def _by_paper(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Return the claims of each paper."""
    papers: dict[str, list[Judged]] = {}
    for one in judged:
        papers.setdefault(one.claim.paper, []).append(one)
    return papers


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


def interval(value: Value) -> str:
    """Return a score with its interval, "-" if there is no run.

    >>> interval(Value(value=0.5, low=0.4, high=0.61, n=9, resampled="seeds"))
    '0.50 [0.40, 0.61]'
    """
    return "-" if value.reason == NO_RUN else value.spelled("{:.2f}".format, ", ")
