"""Is the accuracy of a supernet a usable proxy for its ranking?"""

from dataclasses import replace

from bench.figures.proxy import PROXY
from bench.study.study import Row, Study
from studies import (
    batch_norm,
    batch_size,
    dropout,
    epochs,
    learning_rate,
    low_fidelity,
    ofa_kernel,
    operation_placement,
    path_sampling,
    weight_decay,
    weight_sharing_batch_norm,
)
from studies.baseline import BASE

FACTORS = tuple(
    module.STUDY
    for module in (
        *(batch_norm, learning_rate, epochs, weight_decay, batch_size, low_fidelity, operation_placement),
        *(ofa_kernel, weight_sharing_batch_norm, dropout, path_sampling),
    )
)
"""The studies of factors of How to train your supernet, all in the whole space."""


def factor_rows() -> tuple[Row, ...]:
    """Return the baseline and the rows of all factors; a heuristic shared by several factors is included once."""
    rows = {(repr(BASE), "[]"): FACTORS[0].rows[0]}
    for factor in FACTORS:
        for row in factor.rows:
            named = replace(row, name=f"{factor.name}: {row.name}", panels=(factor.name,), against="", reference=False)
            rows.setdefault((repr(row.recipe), repr(sorted(row.times.items()))), named)
    return tuple(rows.values())


STUDY = Study(
    name="supernet-accuracy",
    question="Is the accuracy of a supernet a usable proxy for how well it ranks?",
    source="How to train your supernet: sparse tau against supernet accuracy, over all factors",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=factor_rows(),
    figures=(PROXY,),
)
