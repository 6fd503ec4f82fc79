"""What How to train your supernet claims in its abstract and introduction, the parts that were read."""

from bench.study.claim import Claim, Compared, NoProxy, Searched, Test, Untested

PAPER = "How to train your supernet"
TAU = "kendall-tau-b"


def claim(section: str, says: str, test: Test) -> Claim:
    """Return a claim of this paper."""
    return Claim(paper=PAPER, section=section, says=says, test=test)


CLAIMS = (
    *(
        claim("abstract", f"Proper settings are key: {row} ranks worse.", Compared(
            study="learning-rate", row=row, effect="worse", metric=TAU,
        ))
        for row in ("a quarter of the rate", "four times the rate")
    ),
    *(
        claim("abstract", f"Proper settings are key: {row} of training rank {effect}.", Compared(
            study="epochs", row=row,
        ))
        for row, effect in (
            ("a third of the epochs", "worse"),
            ("two thirds of the epochs", "worse"),
            ("twice the epochs", "better"),
            ("four times the epochs", "better"),
        )
    ),
    *(
        claim("abstract", f"Commonly used heuristics hurt: {row} ranks worse.", Compared(study="low-fidelity", row=row))
        for row in ("half the channels", "half the images", "a quarter of the images")
    ),
    *(
        claim("abstract", f"Commonly used heuristics hurt: {row} ranks worse.", Compared(
            study="dropout", row=row, effect="worse", metric=TAU,
        ))
        for row in ("path dropout .2", "global dropout .2")
    ),
    claim(
        "introduction",
        "Batch norm cannot track the statistics of a supernet's inputs: tracked ones rank worse than the batch's.",
        Compared(study="batch-norm", row="tracked", effect="worse", metric=TAU),
    ),
    claim(
        "abstract",
        "Random search on a properly trained supernet is as good as a more complex search.",
        Searched(
            study="search-algorithms", row="best recipe", search="1,000 cells", searcher="random", against="evolution",
            effect="same",
        ),
    ),
    claim(
        "introduction",
        "The accuracy of a supernet does not tell how well it ranks.",
        NoProxy(study="supernet-accuracy"),
    ),
    claim(
        "introduction",
        "The findings hold in three benchmark spaces.",
        Untested(
            why="most rows of NAS-Bench-101 and DARTS are not trained, and its own DARTS cells are not installed",
            cost="about 130 minutes of one core for the rest of nb101-batch-norm and darts-baselines; "
            "'supernet-bench plan' says which runs",
        ),
    ),
)  # fmt: skip
