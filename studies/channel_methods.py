"""Which published method ranks widths best?"""

from dataclasses import replace

from bench.figures.against_source import AGAINST_SOURCE
from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.predicted_against_true import predicted_against_true
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.recipe.recipe import Recipe
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.uniform import Uniform
from bench.study.study import Reported, Row, Study
from bench.supernets.track1 import Track1Net
from studies.channel_sharing import CHANNELS, DEFAULT_TAU, TAU, TRUTH

SIXTEEN = Sandwich(between=16, fair=True)
"""The largest, the smallest and a fair block of 16: the paper's best number of networks per update."""

AUTOSLIM = replace(CHANNELS, paths=Sandwich(between=2), loss=RunningTeacher())
BEST = replace(
    CHANNELS,
    paths=SIXTEEN,
    loss=RunningTeacher(),
    construct=Track1Net(conv="full", norm="end", classifier="independent"),
)
"""papers/neural-channel-search, section 4.1."""


def both_budgets(name: str, recipe: Recipe, about: str, networks: int, published: float) -> tuple[Row, Row]:
    """Return a method at equal forward passes, with fewer updates, and at equal updates, as in the paper's code.

    The paper's results are for the second.
    """
    at_passes = Row(
        name,
        recipe,
        f"Table 2: {about}, at equal forward passes",
        times={"images.fraction": 1 / networks},
        score="negative-cross-entropy",
        published=published,
    )
    words = f"tau {published:.4f} against {DEFAULT_TAU}".replace("0.", ".")
    return at_passes, replace(
        at_passes,
        name=f"{name}, equal updates",
        source=f"Table 2: {about}, at equal updates, as in the paper's code",
        times={},
        reported=Reported("better", TAU, words),
    )


STUDY = Study(
    name="channel-methods",
    question="Which published method ranks widths best, at equal forward passes and at equal updates?",
    source="One-shot neural channel search, sec. 4.1, Table 2",
    truth=TRUTH,
    baseline=CHANNELS,
    seeds=(0, 1, 2),
    rows=(
        Row("FairNAS", CHANNELS, "Table 2", score="negative-cross-entropy", published=DEFAULT_TAU),
        Row(
            "SPOS",
            replace(CHANNELS, paths=Uniform()),
            "Table 2",
            score="negative-cross-entropy",
            published=0.7655,
            reported=Reported("worse", TAU, "tau .7655 against .7718"),
        ),
        *both_budgets("AutoSlim", AUTOSLIM, "sandwich and running teacher", 4, 0.7787),
        *both_budgets(
            "the paper's best",
            BEST,
            "full convolution, norm per outgoing width, own classifiers, fair, 18 networks per update",
            18,
            0.8304,
        ),
    ),
    figures=(
        CHANNEL_METRICS,
        AGAINST_SOURCE,
        predicted_against_true("AutoSlim", "the paper's best", "the paper's best, equal updates"),
    ),
)
