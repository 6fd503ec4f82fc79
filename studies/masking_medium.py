"""Which operations make a cell space hard to rank, for a medium supernet?"""

from bench.study.study import Study
from studies.baseline import BASE
from studies.masking import FIGURE_4, FIGURE_7, FIGURE_9, PAPER, masked_rows

MEDIUM = {"construct.cells": 2, "construct.width": 2}
"""Twice the cells per stage and twice the channels, as the paper's medium network compared with its small one."""

STUDY = Study(
    name="masking-medium",
    question="Which operations make a cell space hard to rank, for a medium supernet?",
    source=f"{PAPER}, sec. 4.1, Figures 4, 7 and 9, bottom rows",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=masked_rows(MEDIUM, reported=False),
    figures=(FIGURE_4, FIGURE_7, FIGURE_9),
)
