"""How tests run: array shapes are checked, a busy machine fails nothing, and what takes long is slow."""

import atexit
import gc
import warnings
from collections import Counter
from importlib import import_module

import hypothesis
import jaxtyping
import pytest

# Before anything imports bench. A class that is imported for type checkers only cannot be looked up here, so
# bench.optimize is left out, and so are settings that may be OPEN; an int is a float, as PEP 484 has it.
SHAPES_CHECKED = [
    f"bench.{part}"
    for part in (
        *("spaces", "population", "sample.paths", "sample.images.device_images", "sample.images.image_set", "tables"),
        *("supernets.layers", "supernets.nb201.network", "supernets.track1.network", "supernets.macro.network"),
        *("supernets.nb201.stacked", "supernets.nb201.routes", "supernets.nb201.toeplitz"),
        *("supernets.nb101.convolutions", "supernets.nb101.network", "predict", "train", "scores"),
        "few_truths",
        *("stand_alone", "costs", "search"),
    )
]
jaxtyping.install_import_hook(SHAPES_CHECKED, "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

gc.disable()  # until all modules are imported: none of what they define is garbage
hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no counterexample
hypothesis.settings.load_profile("patient")
SLOW_EXAMPLES = {
    f"bench.{name}" for name in ("api.train", "api.score", "api.compare", "api.plot", "spaces.nb101.NB101")
}
"""Examples of docstrings that train a supernet, draw a thousand resamples or a figure, or list many cells."""


def pytest_configure(config) -> None:
    """Import what tests share, and with it PyTorch, where tests run: not in the process that only hands them out."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            config.pluginmanager.register(import_module("tests.fixtures"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark as slow the docstring examples that take seconds, and all but some cases of a test of `quick_cases`."""
    cases = Counter()
    for item in items:
        if item.name in SLOW_EXAMPLES:
            item.add_marker(pytest.mark.slow)
        if marker := item.get_closest_marker("quick_cases"):
            test = item.path, item.originalname
            if cases[test] not in marker.args:
                item.add_marker(pytest.mark.slow)
            cases[test] += 1


def pytest_runtestloop() -> None:
    """Let the garbage collector pass over the hundreds of thousands of objects of imported modules from now on."""
    gc.enable()
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is left of extension modules is freed at the end, as without pytest
