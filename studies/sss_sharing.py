"""Which weights should networks of different widths share, where images and truth are of one data set?"""

from dataclasses import replace

from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.predicted_against_true import predicted_against_true
from bench.recipe.recipe import Recipe
from bench.sample.paths.strict_fair import StrictFair
from bench.spaces.nats_sss import NatsSss
from bench.study.study import Reported, Row, Study
from bench.supernets.nats_sss import NatsSssNet
from bench.supernets.norms.batch_statistics import BatchStatistics

WIDTHS = Recipe(
    space=NatsSss(),
    norm=BatchStatistics(affine=True),
    paths=StrictFair(count=1),
    clip=5.0,  # as in the study channel-sharing
)
"""Full convolution, norm and classifier, one fair path per update, cross-entropy: the paper's default, sec. 4.1."""

TRUTH = "nats-sss/cifar10/test/90ep"
PAPER = "One-shot neural channel search"
TAU = "kendall-tau-b"


def shared(name: str, effect: str, words: str, conv: str = "full", norm: str = "full", classifier: str = "full") -> Row:
    """Return the row with the sharing of a row of Table 3, and what the paper reports of it in its own space."""
    return Row(
        name,
        replace(WIDTHS, construct=NatsSssNet(conv=conv, norm=norm, classifier=classifier)),
        f"{PAPER}, Table 3, in its own space on CIFAR-100: {words}",
        score="negative-cross-entropy",
        reported=Reported(effect, TAU, f"in another space: {words}"),
    )


STUDY = Study(
    name="sss-sharing",
    question="Do networks of different widths that share less rank better, with images and truth of CIFAR-10?",
    source=f"{PAPER}, sec. 4.2, Table 3, whose space and data set are others",
    truth=TRUTH,
    baseline=WIDTHS,
    seeds=(0, 1, 2),
    rows=(
        Row("full", WIDTHS, f"{PAPER}, Table 3: all shared, tau .7718", score="negative-cross-entropy"),
        shared("front conv", "worse", "tau .4306 against .7718", conv="front"),
        shared("end conv", "worse", "tau .5137 against .7718", conv="end"),
        shared("independent conv", "worse", "tau .3760 against .7718", conv="independent"),
        shared("front norm", "better", "tau .7899 against .7718", norm="front"),
        shared("end norm", "better", "tau .7829 against .7718", norm="end"),
        shared("independent norm", "better", "tau .7823 against .7718", norm="independent"),
        shared("independent classifier", "better", "tau .7895 against .7718", classifier="independent"),
        shared("independent conv and norm", "worse", "tau .2867 against .7718", conv="independent", norm="independent"),
        shared(
            "end norm, independent classifier",
            "better",
            "tau .7995 against .7718",
            norm="end",
            classifier="independent",
        ),
    ),
    figures=(CHANNEL_METRICS, predicted_against_true("full", "independent conv", "end norm, independent classifier")),
)
