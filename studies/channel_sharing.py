"""Which weights should networks of different widths share?"""

from dataclasses import replace

from bench.figures.against_source import AGAINST_SOURCE
from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.predicted_against_true import predicted_against_true
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.recipe.recipe import Recipe
from bench.sample.paths.strict_fair import StrictFair
from bench.spaces.track1 import Track1
from bench.study.study import Reported, Row, Study
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.track1 import Track1Net

CHANNELS = Recipe(
    space=Track1(),
    norm=BatchStatistics(affine=True),
    paths=StrictFair(count=1),
    clip=5.0,  # the code of One-shot neural channel search; the paper names no clipping
)
"""Full convolution, norm and classifier, one fair path per update, cross-entropy: the paper's default, sec. 4.1.

Differs from the paper's code: copies that an update does not use do not change, while theirs decay and keep their
momentum (`sgd.unsampled_params`; the unused part of a shared weight decays here too). There are shortcuts where shapes
differ, as in the paper's figure; its code has one in every block (`construct.shortcut`). Source:
papers/neural-channel-search.
"""

TRUTH = "track1/cifar100/test/stand-alone"
DEFAULT_TAU = 0.7718  # Table 2, FairNAS, and the first row of Table 3
TAU = "kendall-tau-b"


def shared(name: str, published: float, conv: str = "full", norm: str = "full", classifier: str = "full") -> Row:
    """Return the row of Table 3 with this sharing and its published tau."""
    return Row(
        name,
        replace(CHANNELS, construct=Track1Net(conv=conv, norm=norm, classifier=classifier)),
        "One-shot neural channel search, Table 3",
        score="negative-cross-entropy",
        published=published,
        reported=Reported(
            "better" if published > DEFAULT_TAU else "worse", TAU, f"tau {published:.4f} against {DEFAULT_TAU}"
        ),
    )


STUDY = Study(
    name="channel-sharing",
    question="Should convolutions, norms and classifiers of different widths share one weight, or keep their own?",
    source="One-shot neural channel search, sec. 4.2, Table 3",
    truth=TRUTH,
    baseline=CHANNELS,
    seeds=(0, 1, 2),
    rows=(
        Row("full", CHANNELS, "Table 3: all shared", score="negative-cross-entropy", published=DEFAULT_TAU),
        shared("front conv", 0.4306, conv="front"),
        shared("end conv", 0.5137, conv="end"),
        shared("independent conv", 0.3760, conv="independent"),
        shared("front norm", 0.7899, norm="front"),
        shared("end norm", 0.7829, norm="end"),
        shared("independent norm", 0.7823, norm="independent"),
        shared("independent classifier", 0.7895, classifier="independent"),
        shared("front conv and norm", 0.4764, conv="front", norm="front"),
        shared("end conv and norm", 0.4638, conv="end", norm="end"),
        shared("independent conv and norm", 0.2867, conv="independent", norm="independent"),
        shared("front norm, independent classifier", 0.7875, norm="front", classifier="independent"),
        shared("end norm, independent classifier", 0.7995, norm="end", classifier="independent"),
        shared("independent norm and classifier", 0.7813, norm="independent", classifier="independent"),
    ),
    figures=(
        CHANNEL_METRICS,
        AGAINST_SOURCE,
        predicted_against_true("independent conv", "end norm, independent classifier"),
        TAU_OVER_EPOCHS,
    ),
)
