"""What One-shot neural channel search claims: what works and what's next."""

from bench.study.claim import Claim, Compared, OfRow, Test, Untested, Within

PAPER = "One-shot neural channel search"


def claim(section: str, says: str, test: Test) -> Claim:
    """Return a claim of this paper."""
    return Claim(paper=PAPER, section=section, says=says, test=test)


SHARED = {
    "front conv": "tau .4306 against .7718",
    "end conv": "tau .5137 against .7718",
    "independent conv": "tau .3760 against .7718",
    "front norm": "tau .7899 against .7718",
    "end norm": "tau .7829 against .7718",
    "independent norm": "tau .7823 against .7718",
    "independent classifier": "tau .7895 against .7718",
    "front conv and norm": "tau .4764 against .7718",
    "end conv and norm": "tau .4638 against .7718",
    "independent conv and norm": "tau .2867 against .7718",
    "front norm, independent classifier": "tau .7875 against .7718",
    "end norm, independent classifier": "tau .7995 against .7718",
    "independent norm and classifier": "tau .7813 against .7718",
}
"""The rows of Table 3."""
COUNT = "18"

CLAIMS = (
    *(
        claim("4.2, Table 3", f"{row[0].upper()}{row[1:]}: {words}.", Compared(study="channel-sharing", row=row))
        for row, words in SHARED.items()
    ),
    *(
        claim("4.1, Table 2", f"{name}: tau {tau} against .7718 (FairNAS).", Compared(study="channel-methods", row=row))
        for name, row, tau in (
            ("SPOS", "SPOS", ".7655"),
            ("AutoSlim", "AutoSlim, equal updates", ".7787"),
            ("Its best settings", "the paper's best, equal updates", ".8304"),
        )
    ),
    claim("4.3, Table 4", "Uniform widths: tau .7655 against .7718 of fair ones.", Compared(
        study="channel-sampling", row="uniform",
    )),
    *(
        claim("4.3, the figure of n", f"18 networks per update rank better than one ({loss}).", Compared(
            study="architecture-batch", row=f"{COUNT}, {loss}, same batch, equal updates",
        ))
        for loss in ("labels", "running teacher")
    ),
    *(
        claim("4.3, the figure of n", f"From 16 to 18 networks per update tau still rises ({loss}).", Compared(
            study="architecture-batch", row=f"{COUNT}, {loss}, same batch, equal updates", effect="better",
            metric="kendall-tau-b", against=f"16, {loss}, same batch, equal updates",
        ))
        for loss in ("labels", "running teacher")
    ),
    *(
        claim("4.3, the figure of n", f"Own batches rank worse than one batch ({count} networks, {loss}).", Compared(
            study="architecture-batch", row=f"{count}, {loss}, own batches, equal updates",
        ))
        for loss in ("labels", "running teacher")
        for count in (2, 18)
    ),
    claim("4.4, Table 5", "A fixed teacher: tau .7657 against .7718 of labels.", Compared(
        study="distillation", row="fixed teacher",
    )),
    claim("4.4, the figure of n", "With 18 networks per update a running teacher ranks better than labels.", Compared(
        study="architecture-batch", row=f"{COUNT}, running teacher, same batch, equal updates", effect="better",
        metric="kendall-tau-b", against=f"{COUNT}, labels, same batch, equal updates",
    )),
    claim("4.5", "Counting parameters alone has a tau of about .5: from .4 to .6.", Within(
        study="channel-sharing", row="full", metric="tau-of-size", low=0.4, high=0.6,
    )),
    claim("4.5", "Even with fair paths tau is not stable from epoch to epoch.", Untested(
        why="the stored runs of this study did not follow tau while they trained",
        like=OfRow(study="channel-sharing", row="full"), times=2.0,
    )),
)  # fmt: skip
