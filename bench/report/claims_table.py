"""The table of claims as Markdown, CSV and a page of text."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from bench.scores.difference import SMALLEST_DETECTABLE
from bench.study.claim import Claim

AGREES, DISAGREES, CANNOT_TELL, NOT_TESTED = "agrees", "disagrees", "cannot tell", "not tested yet"
VERDICTS = (AGREES, DISAGREES, CANNOT_TELL, NOT_TESTED)
PLURAL = {AGREES: "agree", DISAGREES: "disagree"}
HEADINGS = ("paper", "section", "paper says", "we find", "n, interval", "so far", "not tested yet: what it would cost")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim, what the stored runs say of it, and what is left to run.

    `verdict` is one of `VERDICTS`. `measured` and `precision` are in words, empty without a stored run; `left` says why
    it is not tested and at what cost, or which seeds are missing; empty if nothing is.
    """

    claim: Claim
    verdict: str
    measured: str = ""
    precision: str = ""
    left: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the line of the table, in the order of `HEADINGS`."""
        claim = self.claim
        return (claim.paper, claim.section, claim.says, self.measured, self.precision, self.verdict, self.left)


def counts(judged: Sequence[Judged]) -> str:
    """Return how many claims have each verdict, in one sentence."""
    numbers = {verdict: sum(one.verdict == verdict for one in judged) for verdict in VERDICTS}
    found = [
        f"{number} {verdict if number == 1 else PLURAL.get(verdict, verdict)}" for verdict, number in numbers.items()
    ]
    return f"{len(judged)} claim{'' if len(judged) == 1 else 's'}: {', '.join(found)}"


def markdown(judged: Sequence[Judged]) -> str:
    """Return the table as Markdown, one line per claim."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(one.cells for one in judged)]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def comma_separated(judged: Sequence[Judged]) -> str:
    """Return the table as CSV with a header, one line per claim."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([HEADINGS, *(one.cells for one in judged)])
    return written.getvalue()


ABOUT = (
    "A claim stands in our own words; its verdict comes from the stored runs. Differences are the row minus its "
    "reference, paired over seeds; their variance is pooled over the rows of the study that have the same reference, "
    "so that an interval may be shorter than that of 'compare', which knows two rows alone. An interval that covers "
    f"zero decides nothing, nor does one seed. Smallest detectable: {SMALLEST_DETECTABLE}. Uncorrected: "
    "distinguishable by itself, but not after a correction for the other differences of its study (Benjamini-Hochberg, "
    "q above 5 %). tau_a is "
    "the paper's trend, of predictions averaged over seeds; -1 is best. It has few values and no useful interval, so "
    "an effect on it is judged by A_10 - A_500, in standard deviations of the top 500, higher is better; where the two "
    "go opposite ways, the verdict is 'cannot tell'. Cost: minutes of one core for all missing seeds, as 'plan' "
    "expects them"
)
"""How the table is made, in words."""


def document(judged: Sequence[Judged], preset: str) -> str:
    """Return the table as a Markdown page: how many claims have each verdict, the table, and how it is made."""
    head = f"# Claims of the papers, and what the stored runs of preset `{preset}` say"
    return f"{head}\n\n{counts(judged)}.\n\n{markdown(judged)}\n{ABOUT}.\n"
