"""How well do the ingredients that trials favoured rank together?"""

from dataclasses import replace

from bench.figures.bias import BIAS
from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.sample.paths.uniform_distinct import UniformDistinct
from bench.sample.paths.uniform_nonlinear import UniformNonlinear
from bench.study.study import Row, Study
from studies.baseline import BASE

DISTINCT = replace(BASE, paths=UniformDistinct(count=5))
LINEAR = replace(DISTINCT, schedule=PerArchitecture(steepest=1.0))
OWN_RATES = replace(DISTINCT, schedule=PerArchitecture())
ENSEMBLE = replace(OWN_RATES, averaging=CheckpointEnsemble(count=2))
ONE_PATH = replace(ENSEMBLE, paths=UniformDistinct(count=1))
SPREAD = replace(LINEAR, paths=UniformNonlinear(count=1), averaging=CheckpointEnsemble(count=2))
LONGER = {"epochs": 4}
LONGER_ONE_PATH = {"epochs": 20}  # as many passes with one path per update

SPREAD_ROW = Row(
    "paths spread, linear decay, two checkpoints",
    SPREAD,
    "as the best recipe, but paths spread over numbers of convolutions (EFS-NAS, AAAI 2025; study few-shot) and one "
    "rate for all",
    times=LONGER_ONE_PATH,
)
STUDY = Study(
    name="best-recipe",
    question="How well do the ingredients that trials favoured rank together, at up to three times the cost?",
    source="the papers that the rows name; trials of one other seed chose among them (docs/results.md)",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "FairNAS"),
        Row("distinct cells", DISTINCT, "Ning et al., NeurIPS 2021: de-isomorphic sampling"),
        Row("distinct, linear decay", LINEAR, "and the rate falls linearly, instead of one cycle"),
        Row("distinct, own rates", OWN_RATES, "and faster for smaller architectures: DYNAS (CVPR 2025)"),
        Row("distinct, own rates, 4x epochs", OWN_RATES, "and longer training", times=LONGER),
        Row(
            "distinct, own rates, 4x epochs, two checkpoints",
            ENSEMBLE,
            "and the mean of two checkpoints' predictions: Ning et al.",
            times=LONGER,
        ),
        Row(
            "best recipe",
            ONE_PATH,
            "and one path per update: as many forward passes, five times the updates; study paths-per-update",
            times=LONGER_ONE_PATH,
        ),
        SPREAD_ROW,
        Row(
            "paths spread, linear decay, two cells per stage",
            replace(SPREAD, averaging=NoAveraging()),
            "deeper, as the benchmark's networks are; with one checkpoint, as two cells take longer to predict",
            times={"epochs": 16, "construct.cells": 2},
        ),
    ),
    figures=(OVER_TOP_N, ADDITIONAL_METRICS, TAU_OVER_MINUTES, BIAS),
)
