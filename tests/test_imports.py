"""Imports follow the data flow; nothing points back."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from bench.places import PROJECT

FLOW = {
    # module or folder of bench: what it may import, directly; its own folder is always allowed
    "errors": "",
    "types": "",
    "places": "",
    "rng": "",
    "untrusted": "errors",
    "device": "errors places",
    "files": "errors",
    "processes": "errors files",
    "allowed": "",
    "slot": "errors allowed",
    "registry": "errors slot",
    "spaces": "errors allowed types slot registry",
    "truth": "errors",
    "population": "errors types rng spaces",
    "costs": "errors untrusted files types spaces",
    "tables": "errors untrusted files types places slot registry spaces costs truth",
    "sample": "errors untrusted allowed files types rng slot registry device spaces",
    "optimize": "errors allowed types rng slot registry device spaces sample",
    "supernets": "errors allowed types rng slot registry device spaces optimize",
    "recipe": "errors allowed registry slot spaces sample optimize supernets",
    "train": "processes errors untrusted files device types rng slot spaces sample optimize supernets recipe",
    "predict": "processes errors untrusted files types rng spaces sample optimize supernets recipe train",
    "search": "processes errors untrusted allowed costs files rng types registry slot spaces predict",
    "scores": "errors files types rng registry spaces truth population tables predict search",
    "few_truths": "errors types rng spaces scores",
    # the one training module that makes a Table: it trains without one
    "stand_alone": "processes errors untrusted files types rng registry spaces sample optimize supernets recipe train "
    "predict truth tables",
    "figures": "errors types rng spaces truth scores",
    "study": "errors registry types slot spaces sample optimize supernets recipe search truth figures",
    "runs": "processes errors untrusted files device places registry types slot "
    "spaces truth population costs tables sample supernets recipe train predict search scores study",
    "analysis": "errors types spaces truth population tables few_truths scores predict search recipe figures study "
    "runs",
    "contracts": "errors files allowed types rng registry slot spaces tables sample optimize supernets recipe train "
    "predict scores search costs study stand_alone",
    "report": "processes errors truth figures analysis recipe runs scores study tables",
}
"""The command line (bench.cli) and Python's way in (bench.api) may import everything."""


def imported(source, package):
    """Return the names of all modules that `source` in `package` imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "bench" else {module}
    return found


def upward(name, source):
    """Return what `source`, the module `name`, imports against the flow."""
    package = name.rpartition(".")[0]
    part = name.split(".")[1]
    allowed = {part, "__version__", *FLOW[part].split()}
    return sorted(
        module
        for module in imported(source, package)
        if module == "studies"
        or module.startswith("studies.")
        or (module.startswith("bench.") and module.split(".")[1] not in allowed)
    )


COMMANDS = ("cli", "api.py", "__main__.py")
FILES = [path.relative_to(PROJECT) for path in sorted((PROJECT / "bench").rglob("*.py"))]
MODULES = [".".join(path.with_suffix("").parts) for path in FILES if path.parts[1] not in ("__init__.py", *COMMANDS)]
VERBS = [path for path in FILES if path.parts[1] in COMMANDS]


def test_every_module_imports_only_along_the_flow():
    found = {name: upward(name, (PROJECT / name.replace(".", "/")).with_suffix(".py").read_text()) for name in MODULES}
    assert len(found) > 200
    assert {name: modules for name, modules in found.items() if modules} == {}


def test_the_command_line_names_no_study():
    found = {str(path): imported((PROJECT / path).read_text(), "bench.cli") for path in VERBS}
    assert len(found) > 20
    assert [path for path, modules in found.items() if any(module.startswith("studies") for module in modules)] == []


def test_the_flow_has_no_circle():
    order = list(FLOW)
    assert all(order.index(used) < order.index(part) for part, uses in FLOW.items() for used in uses.split())


PARTS = sorted({path.parts[1] for path in FILES if len(path.parts) > 2} - {"supernets", "optimize", "train"})
"""Elsewhere two modules may name each other's type: a network and its construct, a state and the slot that starts it.
"""


@pytest.mark.parametrize("part", PARTS)
def test_modules_of_a_part_do_not_import_each_other_in_a_circle(part):
    paths = {".".join(path.with_suffix("").parts): path for path in FILES if path.parts[1] == part}
    own = {name: imported((PROJECT / path).read_text(), name.rpartition(".")[0]) for name, path in paths.items()}
    order = TopologicalSorter({name: used & own.keys() - {name} for name, used in own.items()})
    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("bench.spaces.mine", "from bench.tables.table import Table", ["bench.tables.table"]),
        ("bench.spaces.mine", "def f():\n    import bench.train.training", ["bench.train.training"]),
        ("bench.spaces.mine", "from bench import train", ["bench.train"]),
        ("bench.spaces.mine", "from ..scores import METRICS", ["bench.scores"]),
        ("bench.sample.mine", "import studies.baseline", ["studies.baseline"]),
        ("bench.spaces.mine", "from .space import Space\nimport numpy\nfrom bench.errors import DataError", []),
    ],
)
def test_an_upward_import_is_caught(name, source, found):
    assert upward(name, source) == found


@pytest.mark.parametrize("part", ["sample", "optimize", "supernets", "recipe", "train", "predict", "search"])
def test_a_heuristic_never_sees_a_table(part):
    reached, todo = set(), [part]
    while todo:
        for used in FLOW[todo.pop()].split():
            if used not in reached:
                reached.add(used)
                todo.append(used)
    assert not reached & {"tables", "scores", "store", "study"}


@pytest.mark.slow
def test_listing_everything_imports_nothing_heavy_and_running_leaves_torch_to_the_workers():
    code = (
        "import sys, bench.cli; from bench.cli.look import list_names; list_names(None, False, 'table');"
        "print({'torch', 'pandas', 'matplotlib', 'seaborn', 'scipy', 'sklearn', 'h5py'} & set(sys.modules));"
        "import bench.runs.local, bench.cli.results_table; print({'torch'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert ran.stdout.splitlines()[-2:] == ["set()", "set()"]
