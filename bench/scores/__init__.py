"""How well predictions rank architectures: metrics, intervals, populations, ceilings; no torch."""

import re

from bench.registry import Registry
from bench.scores.metric import Metric

METRICS: Registry[Metric] = Registry("metrics", "bench.scores", Metric, instances=True)

PANEL = (
    "kendall-tau-b",
    "kendall-tau-b/top-50",
    "spearman",
    "precision-at-top/5%",
    "top-n-trend",
    "regret",
)
"""The metrics that stand in every printed table: global rank, the top, and what a search would find."""


def all_metrics() -> list[Metric]:
    """Return every registered metric, numbers in names sorted as numbers.

    >>> [metric.name for metric in all_metrics() if "top-" in metric.name][:4]
    ['kendall-tau-b/top-10', 'kendall-tau-b/top-25', 'kendall-tau-b/top-50', 'kendall-tau-b/top-150']
    """

    def natural(name: str) -> list[tuple[float, str]]:
        numbered = re.findall(r"(\d+\.?\d*)|(\D+)", name)
        return [(float(number), "") if number else (float("inf"), text) for number, text in numbered]

    return [METRICS.get(name) for name in sorted(METRICS.names(), key=natural)]
