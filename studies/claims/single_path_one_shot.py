"""What Single path one-shot neural architecture search with uniform sampling claims."""

from bench.study.claim import ACCURACY, Claim, Compared, OfRow, Searched, Untested, Within

PAPER = "Single path one-shot"
TAU = "kendall-tau-b"
SUPERNET = "12 GPU days to train the supernet and 16 to retrain what is found (Table 7), on ImageNet"
QUANTIZED = "GPU days, on ImageNet: the paper gives no time for this search"


def claim(section: str, says: str, test: Compared | Within | Searched | Untested) -> Claim:
    """Return a claim of this paper."""
    return Claim(paper=PAPER, section=section, says=says, test=test)


def imagenet(section: str, says: str, cost: str = SUPERNET) -> Claim:
    """Return a claim about ImageNet accuracies of retrained networks."""
    return claim(section, says, Untested(why="needs ImageNet and the retraining of what is found", cost=cost))


CLAIMS = (
    *(
        claim("3, Figure 1", f"Dropping paths trains worse than single paths: {row}.", Compared(
            study="dropout", row=row, effect="worse", metric=ACCURACY,
        ))
        for row in ("path dropout .1", "path dropout .2")
    ),
    claim("3", "Paths drawn uniformly over FLOPs are slightly better than uniform ones.", Compared(
        study="channel-sampling", row="uniform over FLOPs", effect="better", metric=TAU, against="uniform",
    )),
    claim("3", "The supernet's own batch-norm statistics do not fit its sub-networks: recalibrated ones rank better.",
          Compared(study="batch-norm", row="recalibrated", effect="better", metric=TAU, against="tracked")),
    claim("3, Figure 2", "Evolution finds better architectures than random search.", Searched(
        study="search-algorithms", row="uniform, one path", search="1,000 cells", searcher="evolution",
    )),
    imagenet("4, Table 3", "Block search: 74.3 % by evolution, 73.8 by random search, 73.7 for random networks."),
    imagenet("4, Table 4", "Channel search: 73.9 % against 73.4 without and 73.1 for random widths."),
    imagenet("4, Table 4", "Blocks, then channels: 74.7 %."),
    imagenet("4, Table 5", "In the spaces of FBNet and ProxylessNAS it finds networks as good or better."),
    imagenet("4, Table 6", "Mixed precision searched in one supernet beats equal bit widths in most cases.", QUANTIZED),
    imagenet("4, Table 7", "Training takes less memory and less time than two gradient-based methods."),
    claim("4, Table 8", "Supernets rank better than random search, whose tau is 0: whole space, CIFAR-10.", Within(
        study="search-algorithms", row="uniform, one path", metric=TAU, low=0.0,
    )),
    *(
        claim("4, Table 8", f"Supernets rank better than random search, whose tau is 0: {row}, CIFAR-10.", Within(
            study="masking", row=row, metric=TAU, low=0.0,
        ))
        for row in ("no 1x1", "no Pool", "no Pool, no 1x1")
    ),
    *(
        claim("4, Table 8", f"CIFAR-10, {row}: tau {tau} against .55 in the whole space.", Compared(
            study="masking", row=row, effect=effect, metric=TAU,
        ))
        for row, effect, tau in (
            ("no 1x1", "same", ".55"), ("no Pool", "better", ".58"), ("no Pool, no 1x1", "better", ".64"),
        )
    ),
    *(
        claim("4, Table 8", says, Untested(
            why=f"no {images} images are installed, so no supernet is trained on them",
            like=OfRow(study="masking", row="baseline"), times=4.0,
        ))
        for images, says in (
            ("CIFAR-100", "CIFAR-100: tau .56 in the whole space, .54, .53 and .59 in the three reduced ones."),
            ("ImageNet16-120", "ImageNet16-120: tau .54 in the whole space, .42, .55 and .53 in the reduced ones."),
        )
    ),
)  # fmt: skip
