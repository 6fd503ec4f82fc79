"""The whole chain in minutes, offline: handwritten digits and a truth that this project trained itself."""

from dataclasses import replace

from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.recipe import Recipe
from bench.sample.images import Images
from bench.study import Row, Study
from bench.supernets.net import Net

DIGITS = Recipe(
    net=Net(cells=1, width=4, resolution=8),
    images=Images(dataset="digits", train=700, held_out=200, batch=64, flip=False),
    epochs=30,
    prediction_batch=200,
)

STUDY = Study(
    name="demo",
    question="How well does a supernet on 8x8 digits rank cells that were trained one by one?",
    source="supernet-bench",
    table="nb201/digits/test/30ep",
    baseline=DIGITS,
    seeds=(0, 1),
    rows=(Row("baseline", replace(DIGITS), source="strictly fair paths, batch statistics"),),
    figures=(PREDICTED_AGAINST_TRUE, OVER_TOP_N),
)
