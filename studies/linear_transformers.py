"""Do linear transformers on skip (and pool) help a supernet to rank?"""

from collections.abc import Mapping
from dataclasses import replace

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import over_top_n
from bench.study.panels import in_panel
from bench.study.study import Reported, Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE
from studies.masking import FULL, MASKS, NO_ZERO, NO_ZERO_POOL, PAPER, POOL, SKIP, without
from studies.network_size import WIDE

ON_SKIP, ON_BOTH = {"LT on Skip": (SKIP,)}, {"LT on Skip": (SKIP,), "LT on Skip and Pool": (SKIP, POOL)}
WIDER = "wide"
FIGURE, WIDE_FIGURE = "sec. 4.2, Figure 5", "Appendix D, Figure 12"
HARMFUL = Reported("worse", "top-n-trend", "always harmful to the trend if other operations than convolutions remain")
GOOD = Reported("better", "top-n-trend", "good if all other operations are convolutions")


def panel(
    name: str,
    source: str,
    transformers: Mapping[str, tuple[str, ...]],
    reported: Reported | None,
    times: Mapping[str, float] | None = None,
) -> tuple[Row, ...]:
    """Return the rows without and with transformers on some operations, in the space of a panel."""
    space, sizes = without(*MASKS.get(name, ())), times or {}
    variations = (
        Row(row, replace(space, construct=NB201Net(linear_transformers=on)), source, times=sizes, reported=reported)
        for row, on in transformers.items()
    )
    return in_panel(name, Row("baseline", space, source, times=sizes), *variations, main=name == FULL)


STUDY = Study(
    name="linear-transformers",
    question="Do linear transformers on skip, or on skip and pool, help a supernet to rank?",
    source=f"{PAPER}, sec. 4.2, Figures 5 and 12",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        *panel(FULL, FIGURE, ON_BOTH, HARMFUL),
        *panel(NO_ZERO, FIGURE, ON_BOTH, HARMFUL),
        *panel(NO_ZERO_POOL, FIGURE, ON_SKIP, GOOD),
        *panel(WIDER, WIDE_FIGURE, ON_BOTH, None, WIDE),
    ),
    figures=(over_top_n("over-top-n", "Figure 5", FULL, NO_ZERO, NO_ZERO_POOL, WIDER), ADDITIONAL_METRICS),
)
