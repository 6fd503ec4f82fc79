"""Ids in the texts of a figure -> the names that a paper prints."""

import inspect
import re
from functools import cache
from typing import Any

from bench.errors import DataError
from bench.scores.metrics import METRICS
from bench.spaces import SPACES
from bench.truth import Truth

DATASETS = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imagenet16-120": "ImageNet16-120"}
METRIC_NAMES = {
    "kendall-tau-b": "Kendall's tau",
    "sparse-kendall-tau": "sparse Kendall's tau",
    "weighted-kendall-tau": "weighted Kendall's tau",
    "spearman": "Spearman's rho",
    "pearson": "Pearson's r",
    "top-n-trend": "top-N trend by seed",
    "precision-at-top": "precision at top",
    "surpass-random-search": "chance to surpass random search",
    "regret": "regret (percentage points)",
}
"""Those of other metrics are their ids, with spaces."""
SETTINGS = {"truth-0.1%": "", "n-10": "", "kcyu-1e-3": ""}
"""Settings that a title leaves out: a study's figures use one of them."""
WORDS: tuple[tuple[str, Any], ...] = (
    (r"live-params", "live parameters"),
    (r"\bparams\b", "parameters"),
    (r"(?<=\w)_(?=\w)", " "),
    (r"\bimagenet-flops\b", "FLOPs at ImageNet's size"),
    (r"\bflops\b", "FLOPs"),
    (r"\bbitops\b", "bit operations"),
    (r"\bconv-3x3\b", "3x3 convolutions"),
    (r"\bsum-of-widths\b", "sum of widths"),
    (r"\bmflops\b", "MFLOPs"),
    (r"\brandom([-\n])(\d{4,})\b", lambda found: f"random{found[1].replace('-', ' ')}{int(found[2]):,}"),
    (r"\brandom-(\d{1,3})\b", r"random \1"),
    (r"Kendall's tau-b", "Kendall's tau"),
    (r"\btau-b\b", "tau"),
    *((rf"\b{name}/(\w+)", rf"{title} \1") for name, title in DATASETS.items()),
)
MEASURED = re.compile(r"(?:[a-z]+\d+_)?([a-z]+\d*)_(latency|energy)")
"""The ids of costs that were measured: the images, the device, the quantity."""
UNITS = {"latency": "ms", "energy": "mJ"}
"""Those of the measured costs."""
TRUTH = re.compile(r"[a-z0-9][a-z0-9.-]*/[a-z0-9.-]+/[a-z0-9.-]+/[a-z0-9.-]+(?:@[\w.-]+)*")


def readable(text: str) -> str:
    """Return a text with names for ids; a metric's id may be broken at its slash.

    >>> readable("kendall-tau-b\\ntop-50 ↑"), readable("tau-b 0.52, random-1000")
    ("Kendall's tau\\ntop 50 ↑", 'tau 0.52, random 1,000')
    >>> readable("truth: nb201/cifar10/test/200ep")
    'truth: NAS-Bench-201, CIFAR-10 test, 200 epochs'
    """
    text = TRUTH.sub(lambda found: truth_name(found[0]), text)
    for pattern, name in _metrics():
        text = pattern.sub(name, text)
    for word, name in WORDS:
        text = re.sub(word, name, text)
    return text


def cost_label(cost: str) -> str:
    """Return the name of a cost with its unit, as an axis has it.

    >>> cost_label("flops"), cost_label("params"), cost_label("c10_pixel3_latency")
    ('FLOPs', 'parameters', 'latency on pixel3 (ms)')
    """
    if found := MEASURED.fullmatch(cost):
        return f"{found[2]} on {found[1]} ({UNITS[found[2]]})"
    return readable(cost)


def truth_name(spelled: str) -> str:
    """Return the name of a truth: its space, images, split, training and release.

    >>> truth_name("macro/cifar10/test/50ep@seeds")
    'NAS-Bench-Macro, CIFAR-10 test, 50 epochs, seeds'
    """
    try:
        truth = Truth.parse(spelled)
    except DataError:  # only looks like one
        return spelled
    budget = re.sub(r"^(\d+)ep$", lambda found: f"{found[1]} epochs", truth.budget)
    images = DATASETS.get(truth.dataset, truth.dataset)
    return ", ".join(
        part for part in (space_name(truth.space), f"{images} {truth.split}", budget, truth.release) if part
    )


def space_name(space: str) -> str:
    """Return what a space's first line calls it, the id of an unknown one."""
    if space not in SPACES.names():
        return space
    return (inspect.getdoc(SPACES.get(space)) or space).split("\n")[0].partition(":")[0]


@cache
def _metrics() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns of metrics' ids and their names, longer ids first; ids of one plain word stand alone."""
    found = []
    for metric in sorted(METRICS.names(), key=len, reverse=True):
        base, *settings = metric.split("/")
        told = [SETTINGS.get(setting, setting.replace("-", " ")) for setting in settings]
        name = METRIC_NAMES.get(base, base.replace("-", " "))
        joined = r"[/\n]".join(map(re.escape, (base, *settings)))
        pattern = joined if "-" in metric else rf"^{joined}(?= ?[↑↓]?$)"
        found.append((re.compile(rf"(?<![\w/-]){pattern}(?![\w/-])"), "\n".join([name, *filter(None, told)])))
    return tuple(found)
