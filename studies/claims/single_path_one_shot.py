"""What Single path one-shot neural architecture search with uniform sampling claims."""

from bench.study.claim import ACCURACY, Cheaper, Claim, Compared, OfRow, Searched, Test, Untested, Within

PAPER = "Single path one-shot"
TAU = "kendall-tau-b"
SUPERNET = "12 GPU days to train the supernet and 16 to retrain what is found (Table 7), on ImageNet"
OF_THREE, OF_FOUND, JOINT = "widths of 3x3 blocks", "widths of the published blocks", "blocks and widths"
"""Rows of study channel-search."""
REDUCED = {"Reduce-1": "no 1x1", "Reduce-2": "no Pool", "Reduce-3": "no 1x1, no Pool"}
"""Rows of study reduced-spaces, and what their spaces lack."""


def claim(section: str, says: str, test: Test, images: str = "") -> Claim:
    """Return a claim of this paper."""
    return Claim(paper=PAPER, section=section, says=says, test=test, images=images)


def blocks(says: str, searcher: str, **against: str) -> Claim:
    """Return a claim of Table 3."""
    return claim(
        "4, Table 3",
        says,
        Searched(
            study="shufflenet-search",
            row="uniform over FLOPs",
            search="at most 330 M",
            searcher=searcher,
            **against,
        ),
    )


def widths(says: str, row: str, **against: str) -> Claim:
    """Return a claim of Table 4."""
    return claim(
        "4, Table 4",
        says,
        Searched(
            study="channel-search",
            row=row,
            search="at most 330 M",
            searcher="evolution",
            **against,
        ),
    )


CLAIMS = (
    *(
        claim("3, Figure 1", f"Dropping paths trains worse than single paths: {row}.", Compared(
            study="drop-path", row=row, effect="worse", metric=ACCURACY,
        ))
        for row in ("drop rate 0.2", "drop rate 0.5", "drop rate 0.8")
    ),
    claim("3", "Paths drawn uniformly over FLOPs are slightly better than uniform ones.", Compared(
        study="channel-sampling", row="uniform over FLOPs", effect="better", metric=TAU, against="uniform",
    )),
    claim("3", "The supernet's own batch-norm statistics do not fit its sub-networks: recalibrated ones rank better.",
          Compared(study="batch-norm", row="recalibrated", effect="better", metric=TAU, against="tracked")),
    claim("3, Figure 2", "Evolution finds better architectures than random search.", Searched(
        study="search-algorithms", row="uniform, one path", search="1,000 cells", searcher="evolution",
    )),
    blocks("Blocks found by evolution are better than those of random search: 74.3 against 73.8 %.", "evolution"),
    blocks("Blocks found by random search are better than random ones: 73.8 against 73.7 %.", "random",
           against_search="random select"),
    *(
        blocks(f"Blocks found by evolution are better than one block everywhere: 74.3 against {top} %, {name}.",
               "evolution", against=name)
        for name, top in (
            ("all choice_3", 73.4), ("all choice_5", 73.5), ("all choice_7", 73.6), ("all choice_x", 73.5),
        )
    ),
    widths("Widths of 3x3 blocks found by evolution are better than equal ones: 73.9 against 73.4 %.", OF_THREE,
           against="all choice_3"),
    widths("Widths of 3x3 blocks found by evolution are better than random ones: 73.9 against 73.1 %.", OF_THREE,
           against_search="random select"),
    widths("Blocks, then widths: 74.7 % against 74.3 for the blocks alone.", OF_FOUND, against="published blocks"),
    widths("Blocks, then widths, is slightly better than both at once.", OF_FOUND, against="evolution",
           against_row=JOINT),
    claim("4, Table 5", "In the spaces of FBNet and ProxylessNAS it finds networks as good or better.", Untested(
        why="needs ImageNet and the retraining of what is found", cost=SUPERNET,
    )),
    *(
        claim("4, Table 6", f"Mixed precision beats equal bits at their bit operations: {top} against {of_equal} %.",
              Searched(study="bits-search", row="uniform", search=f"bit operations of {name}", searcher="evolution",
                       against=name))
        for name, top, of_equal in (("2W2A", 66.4, 65.6), ("4W4A", 70.5, 69.3))
    ),
    *(
        claim("4, Table 7", f"A single path takes less {of} than {words}: {numbers}.", Cheaper(
            study="paths-memory", row="single path", against=row, of=of,
        ))
        for row, words, memory, time in (
            ("two paths", "the two of ProxylessNAS", "24G against 37G", "12 against 15 GPU days"),
            ("mixture of all", "the mixture of FBNet", "24G against 63G", "12 against 20 GPU days"),
        )
        for of, numbers in (("memory", memory), ("training time", time))
    ),
    claim("4, Table 8", "Supernets rank better than random search, whose tau is 0: whole space, CIFAR-10.", Within(
        study="search-algorithms", row="uniform, one path", metric=TAU, low=0.0,
    )),
    *(
        claim("4, Table 8", f"Supernets rank better than random search, whose tau is 0: {REDUCED[row]}, CIFAR-10.",
              Within(study="reduced-spaces", row=row, metric=TAU, low=0.0))
        for row in REDUCED
    ),
    *(
        claim("4, Table 8", f"{name}, {REDUCED[row]}: tau {tau} against {whole} in the whole space.", Compared(
            study="reduced-spaces", row=row, effect=effect, metric=TAU,
        ), images)
        for name, images, whole, found in (
            ("CIFAR-10", "", ".55", (("same", ".55"), ("better", ".58"), ("better", ".64"))),
            ("CIFAR-100", "cifar100", ".56", (("worse", ".54"), ("worse", ".53"), ("better", ".59"))),
        )
        for row, (effect, tau) in zip(REDUCED, found, strict=True)
    ),
    claim("4, Table 8", "ImageNet16-120: tau .54 in the whole space, .42, .55 and .53 in the reduced ones.", Untested(
        why="no ImageNet16-120 images are installed, so no supernet is trained on them",
        like=OfRow(study="reduced-spaces", row="Original"), times=4.0,
    )),
)  # fmt: skip
