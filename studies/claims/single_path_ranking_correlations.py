"""What Exploring single-path architecture search ranking correlations claims."""

from collections.abc import Iterable

from bench.spaces.nb201 import NB201
from bench.study.claim import ACCURACY, Claim, Compared, Favours, Kept, OfRow, Test, Untested, Within
from studies.masking import CONV1, CONV3, POOL, SKIP, ZERO

PAPER = "Exploring single-path architecture search ranking correlations"
TRUTH = "nb201/cifar10/test/200ep"
TAU, TREND, CONTRAST = "kendall-tau-b", "top-n-trend", "top-10-minus-top-500"
BASELINE = OfRow(study="baseline", row="baseline")


def claim(section: str, says: str, test: Test) -> Claim:
    """Return a claim of this paper."""
    return Claim(paper=PAPER, section=section, says=says, test=test)


def without(*operations: str) -> NB201:
    """Return the space without these operations."""
    return NB201(mask=operations)


def trends(study: str, section: str, says: str, rows: Iterable[str]) -> tuple[Claim, ...]:
    """Return a claim per row that reports its own effect."""
    return tuple(claim(section, says.format(row), Compared(study=study, row=row)) for row in rows)


MASKS = (
    claim("4.1, Figure 3", "Every one of the best 500 cells has a 3x3 convolution.", Kept(
        truth=TRUTH, space=without(CONV3), high=0.0,
    )),
    *(
        claim("4.1, Figure 3", f"More of the best 500 cells have {name} than {other}.", Kept(
            truth=TRUTH, space=without(operation), than=without(less),
        ))
        for name, operation, other, less in (
            ("3x3 Conv", CONV3, "Skip", SKIP),
            ("Skip", SKIP, "1x1 Conv", CONV1),
            ("1x1 Conv", CONV1, "Zero", ZERO),
            ("Zero", ZERO, "Pool", POOL),
        )
    ),
    *(
        claim("6", f"Without Zero and Pool most of the best {top} cells remain.", Kept(
            truth=TRUTH, space=without(ZERO, POOL), top=top, low=0.5,
        ))
        for top in (10, 50, 500)
    ),
    claim("5", "The best cell and the tenth differ by about .013 %, without Skip by about .027 %.", Untested(
        why="it is about the accuracy on NAS-Bench-201's validation images, which the public table of means lacks",
        cost="no training: 0 minutes, and a release of NAS-Bench-201 with the validation accuracies",
    )),
    claim("4.1", "The baseline predicts the best 10 cells as the best 500: A_10 and A_500 differ by less than .25 "
          "standard deviations.", Within(study="masking", row="baseline", metric=CONTRAST, low=-0.25, high=0.25)),
    claim("5", "Nowhere in the whole space is tau within the best cells high: among the best 50 it is below .5.",
          Within(study="baseline", row="baseline", metric="kendall-tau-b/top-50", high=0.5)),
    claim("4.1, Figure 2", "Without Zero tau is higher.", Compared(
        study="masking", row="no Zero", effect="better", metric=TAU,
    )),
    *trends("masking", "4.1, Figure 4", "The trend is better with {}.", ("no Zero", "no Pool")),
    *trends("masking", "4.1, Figure 4", "The trend is worse with {}.", ("no Skip", "no 1x1", "no 3x3")),
    claim("4.1, Figure 4", "Masking Skip is the most harmful to the trend: worse than masking 1x1 Conv.", Compared(
        study="masking", row="no Skip", effect="worse", metric=TREND, against="no 1x1",
    )),
    *trends("masking", "4.1, Figure 4", "The trend is better with {}.", ("no Zero, no Pool", "no Zero, no Skip")),
    *trends(
        "masking", "4.1, Figure 4", "Masking Pool and another operation is harmful: {}.",
        ("no Pool, no Skip", "no Pool, no 1x1", "no Pool, no 3x3"),
    ),
    claim("4.1, Figure 4", "The smaller the space, the easier the ranking: tau is higher with no Zero, no Pool.",
          Compared(study="masking", row="no Zero, no Pool", effect="better", metric=TAU)),
    *trends("network-size", "6", "In the whole space a {} network has a better trend.", ("medium",)),
    claim("6", "Medium networks stay below 20 % accuracy.", Within(
        study="network-size", row="medium", metric=ACCURACY, high=20.0,
    )),
    claim("4.1", "Medium networks vary more from seed to seed than small ones.", Untested(
        why="three seeds do not tell two variances apart", like=BASELINE, times=4.0, seeds=20,
    )),
)  # fmt: skip

TRANSFORMERS = (
    *trends(
        "linear-transformers", "4.2, Figure 5", "Where Zero or Pool remain, transformers worsen the trend: {}.",
        ("LT on Skip", "LT on Skip and Pool", "no Zero, LT on Skip", "no Zero, LT on Skip and Pool"),
    ),
    *trends(
        "linear-transformers", "4.2, Figure 5", "Where only Skip and convolutions remain, they improve it: {}.",
        ("no Zero, no Pool, LT on Skip",),
    ),
    claim("4.2", "Transformers on Pool too rank no better than those on Skip alone.", Compared(
        study="linear-transformers", row="LT on Skip and Pool", effect="same", metric=TAU, against="LT on Skip",
    )),
    claim("4.2", "In a fitting space transformers let medium networks generalize.", Untested(
        why="no row has medium networks with transformers", like=OfRow(study="masking", row="no Zero, no Pool"),
        times=4.0,
    )),
    claim("4.2", "Transformers make training stabler: seeds vary less.", Untested(
        why="three seeds do not tell two variances apart", like=BASELINE, seeds=20,
    )),
)  # fmt: skip

TRAINING = (
    *trends(
        "topology-sharing", "4.3, Figure 6", "Cells that are free in training worsen the trend: {}.",
        ("free topology",),
    ),
    claim("4.3, Figure 6", "Cells that are free in training leave tau almost the same.", Compared(
        study="topology-sharing", row="free topology", effect="same", metric=TAU,
    )),
    claim("4.3, Figure 6", "Cells that are free in training let medium networks predict at all.", Untested(
        why="no row has medium networks with free cells", like=BASELINE, times=4.0,
    )),
    claim("4.3, Figure 6", "Uniform paths reach a higher accuracy than strictly fair ones.", Compared(
        study="path-sampling", row="uniform, one path", effect="better", metric=ACCURACY,
    )),
    claim("4.3, Figure 6", "Uniform paths rank as strictly fair ones do, or slightly worse.", Compared(
        study="path-sampling", row="uniform, one path",
    )),
    claim("4.3", "Uniform paths let medium networks predict above chance.", Untested(
        why="no row has medium networks with uniform paths", like=BASELINE, times=4.0,
    )),
    claim("4.3, Figure 6", "Warm-up changes nothing.", Compared(study="warm-up-and-clipping", row="cosine, warm-up")),
    claim("4.3, Figure 6", "In some spaces warm-up is harmful: no Zero.", Compared(
        study="training-variations", row="no Zero, cosine, warm-up", effect="worse", metric=TREND,
    )),
    claim("4.3, Figure 6", "Clipping gradients has no notable effect.", Compared(
        study="warm-up-and-clipping", row="cosine, clipped at 5",
    )),
    *trends("regularization", "4.3, Figure 6", "{} worsen the trend.", ("AutoAugment and smoothing",)),
    claim("4.3, Figure 6", "Without Zero and Pool, AutoAugment and smoothing worsen the trend as well.", Compared(
        study="training-variations", row="no Zero, no Pool, AutoAugment and smoothing", effect="worse", metric=TREND,
    )),
    claim("4.3", "Regularization favours convolutions.", Favours(
        study="regularization", row="AutoAugment and smoothing", choices=(CONV1, CONV3),
    )),
)  # fmt: skip

CLAIMS = (*MASKS, *TRANSFORMERS, *TRAINING)
