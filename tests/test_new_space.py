"""A new space, its supernet and its sizes are two new files; everything else finds them."""

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import pytest

from bench.allowed import at_least
from bench.errors import RecipeError
from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.slot import OPEN, setting
from bench.spaces.macro import Macro
from bench.supernets import Construct
from tests.spaces.toy import Toy

pytestmark = pytest.mark.slow
SPACE = '''"""A toy: three operations in a small graph."""

from dataclasses import dataclass

import numpy as np

from bench.errors import DataError
from bench.spaces import Space

LETTERS = "ncp"
NONE = 0


@dataclass(frozen=True, kw_only=True)
class Toy(Space):
    """A toy: three edges in a row and past it; an architecture without a path from input to output is invalid.

    Spelled as three letters: n (none), c (convolution), p (pooling); edges 0 and 1 in a row, edge 2 past both.
    """

    @property
    def choices(self):
        return (("none", "conv", "pool"),) * 3

    def valid(self, genes):
        used = genes != NONE
        return (used[:, 0] & used[:, 1]) | used[:, 2]

    def parse(self, text):
        if len(text) != 3 or set(text) - set(LETTERS):
            raise DataError(f"'{text}' must be three of the letters n, c, p")
        return tuple(LETTERS.index(letter) for letter in text)

    def spell(self, arch):
        return "".join(LETTERS[choice] for choice in arch)

    def extremes(self):
        return np.array([[0, 0, 2], [1, 1, 1]], dtype=np.int8)

    def costs(self, genes):
        return {"params": 10 + 36.0 * (genes == 1).sum(axis=1)}
'''
SUPERNET = '''"""Supernets of the toy space."""

from dataclasses import dataclass
from typing import ClassVar

from bench.allowed import at_least
from bench.slot import OPEN, setting
from bench.supernets import Construct
from bench.supernets.norms.tracked import Tracked


@dataclass(frozen=True, kw_only=True)
class ToyNet(Construct):
    """A stem of `width` channels, three edges, a classifier."""

    space: ClassVar[str] = "toy"
    sizes: ClassVar = {
        "smoke": {"width": 4, "resolution": 8, "images.train": 64, "images.batch": 32, "epochs": 2},
        "laptop": {"width": 16, "resolution": 16},
    }
    stand_alone: ClassVar = {
        "toy/digits/test/1ep": {"preset": "smoke", "norm": Tracked(affine=True), "images.held_out": 0, "epochs": 1}
    }

    width: int = setting(OPEN, at_least(1, "channels"))

    def module(self, space, norm, *, channels, classes):
        from torch import nn
        from torch.nn import functional

        from bench.supernets.layers.norm_layer import NormLayer
        from bench.supernets.layers.supernet import Supernet

        class ToySupernet(Supernet):
            def __init__(self, width):
                super().__init__()
                self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
                self.edges = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(3))
                self.norms = nn.ModuleList(NormLayer(width, norm) for _ in range(3))
                self.classifier = nn.Linear(width, classes)

            def edge(self, place, choice, values):
                if choice == 1:
                    return functional.relu(self.norms[place](self.edges[place](values)))
                return functional.avg_pool2d(values, 3, 1, 1) if choice == 2 else 0 * values

            def forward(self, images, choice):
                values = self.stem(images)
                row = self.edge(1, choice[1], self.edge(0, choice[0], values))
                return self.classifier((row + self.edge(2, choice[2], values)).mean(dim=(2, 3)))

        return ToySupernet(self.width)
'''
STUDY = """from dataclasses import replace

from bench.optimize.averagings.checkpoint_averaging import CheckpointAveraging
from bench.recipe.recipe import Recipe
from bench.sample.paths.uniform import Uniform
from bench.spaces.toy import Toy
from bench.study.study import Row, Study

TOY = Recipe(space=Toy(), paths=Uniform())
STUDY = Study(
    name="toy", question="Does averaging help?", source="here", truth={truth}, baseline=TOY, seeds=(0,),
    rows=(Row("toy", TOY), Row("averaged", replace(TOY, averaging=CheckpointAveraging(count=2)))),
)
"""
OWN_STUDY = """from bench.recipe.recipe import Recipe
from bench.sample.paths.uniform import Uniform
from bench.spaces import SPACES
from bench.study.study import Row, Study

TOYS = Recipe(space=SPACES.get("toys")(), paths=Uniform())
STUDY = Study(
    name="toys-baseline", question="How well does it rank?", source="here", truth="toys/digits/test/1ep",
    baseline=TOYS, rows=(Row("baseline", TOYS),), seeds=(0,),
)
"""
TRUTH = "toy/digits/test/1ep"
VALID = sorted("".join(text) for text in product("ncp", repeat=3) if "n" not in text[:2] or text[2] != "n")


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Return a copy of the project with the two files, and nothing else changed."""
    folder = tmp_path_factory.mktemp("clone")
    for part in ("bench", "studies"):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("data/embedded", "data/sources.toml", "pyproject.toml"):
        (folder / part).parent.mkdir(exist_ok=True)
        (shutil.copytree if (PROJECT / part).is_dir() else shutil.copy)(PROJECT / part, folder / part)
    (folder / "bench" / "spaces" / "toy.py").write_text(SPACE)
    (folder / "bench" / "supernets" / "toy.py").write_text(SUPERNET)
    return folder


@pytest.fixture(scope="module")
def call(clone):
    """Return the command line of that clone: it gives what was printed, and expects an exit code."""

    def run(*words, code=0):
        ran = subprocess.run(
            [sys.executable, "-c", "from bench.cli import main; main()", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=clone,
            env={name: value for name, value in os.environ.items() if name != "SUPERNET_BENCH_DATA"}
            | {"PYTHONPATH": str(clone), "COLUMNS": "200"},
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    return run


@pytest.fixture(scope="module")
def ran(clone, call):
    """Return what was printed by a run of the study without a truth."""
    (clone / "my_study.py").write_text(STUDY.format(truth=None))
    return call("run", "my_study.py", "--preset", "smoke", "--jobs", "1")


def records(clone):
    return [json.loads(path.read_text()) for path in sorted((clone / "results").rglob("record.json"))]


def test_two_new_files_are_all_that_differs(clone):
    def differing(ours, theirs):
        found = filecmp.dircmp(ours, theirs, ignore=["__pycache__"])
        assert not found.left_only
        assert not found.diff_files
        yield from (Path(theirs) / name for name in found.right_only)
        for name in found.common_dirs:
            yield from differing(Path(ours) / name, Path(theirs) / name)

    new = {
        str(path.relative_to(clone))
        for part in ("bench", "studies")
        for path in differing(PROJECT / part, clone / part)
    }
    assert new == {"bench/spaces/toy.py", "bench/supernets/toy.py"}


def test_the_space_and_its_supernet_are_listed_and_shown(call):
    assert re.search("toy +A toy: three edges in a row and past it", call("list", "spaces"))
    assert "toy-net" in call("list", "constructs")
    found = json.loads(call("show", "toy", "--json"))
    assert found["size"] == len(VALID) == 22
    assert found["valid"] == "some combinations: see its `valid`"
    assert found["construct"] == "toy-net"
    assert found["sizes"]["laptop"] == "width=16, resolution=16"


def test_a_study_without_a_truth_trains_and_predicts_every_architecture(clone, ran):
    assert "toy, seed 0: trained" in ran
    assert "averaged, seed 0: trained" in ran
    assert "study 'toy' names no truth: its predictions are stored but not scored" in ran
    found = records(clone)
    assert len(found) == 2
    for record in found:
        assert record["recipe"]["construct"] == {
            "is": "toy-net", "resolution": 8, "split": None, "split_after": 0.5, "width": 4
        }  # fmt: skip
        assert record["recipe"]["images"]["batch"] == 32
        assert record["predictions"]["n"] == 22
        assert record["budget"]["updates"] == 2 * 2


def test_the_same_study_with_a_csv_as_truth_scores_the_same_runs(clone, call, ran):
    lines = [f"{arch},{50 + 10 * arch.count('c') + arch.count('p')}" for arch in VALID]
    (clone / "mine.csv").write_text("\n".join(["arch,accuracy", *lines]) + "\n")
    assert f"{TRUTH}: 22 architectures" in call("data", "add", "mine.csv", "--name", TRUTH)
    before = {path: path.stat().st_mtime_ns for path in (clone / "results").rglob("record.json")}
    (clone / "my_study.py").write_text(STUDY.format(truth=repr(TRUTH)))
    told = call("run", "my_study.py", "--preset", "smoke")
    assert "trained" not in told, "the runs are stored"
    assert "averaged" in told
    assert "params" in told, "the trivial predictor of the space"
    assert before == {path: path.stat().st_mtime_ns for path in (clone / "results").rglob("record.json")}


@pytest.mark.slow
def test_both_files_hold_their_contracts(call, tmp_path):
    space, net = as_plugin(tmp_path)
    told = call("check", space, net).splitlines()
    assert told == ["spaces toys: 19 of 19 checks passed", "constructs toys-net: 15 of 15 checks passed"]


def as_plugin(folder):
    """Return the two files outside of the clone, under names of their own."""
    space, net = folder / "toy_space.py", folder / "toy_net.py"
    space.write_text(SPACE.replace("class Toy(", "class Toys("))
    names = (("class ToyNet(", "class ToysNet("), ('= "toy"', '= "toys"'), ('"toy/', '"toys/'))
    text = SUPERNET
    for old, new in names:
        text = text.replace(old, new)
    net.write_text(text)
    return space, net


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_users_own_space_gets_its_own_truth_without_an_edit_elsewhere(call, tmp_path):
    """The table is built by processes that load the user's files, continued, stored, shown, and ranks a supernet."""
    space, net = as_plugin(tmp_path)
    folder, table, name = tmp_path / "data", tmp_path / "toys.h5", "toys/digits/test/1ep"
    plugins = ("--plugin", space, "--plugin", net)
    build = (*plugins, "table", "build", name, "--out", table, "--data", folder)
    assert "5 of 5 architectures (seed 0: 5)" in call(*build, "--random", 5, "--seeds", 0, "--jobs", 2)
    (journal,) = (folder / "building").glob("*.jsonl")
    first = journal.read_text().splitlines()
    told = call(*build, "--random", 7, "--seeds", 0, "--jobs", 1)
    assert "7 of 7 architectures" in told
    assert journal.read_text().splitlines()[:5] == first, "what was trained is trained once"
    assert f"{name}: 7 of 22 architectures, seed 0" in call(*plugins, "data", "add", table, "--data", folder)
    found = json.loads(call(*plugins, "show", "toys-net", "--json"))
    assert list(found["tables it builds"]) == [name]
    (tmp_path / "mine.py").write_text(OWN_STUDY)
    told = call(*plugins, "run", tmp_path / "mine.py", "--preset", "smoke", "--jobs", 1, "--data", folder)
    assert "baseline, seed 0: trained" in told
    assert f"truth {name} (7 of 22 architectures)" in told
    assert "params (trivial)" in told
    told = call(*build, "--random", 23, code=2)
    assert "error: 23 random architectures of 'toys': it has only 22" in told
    assert "train them one by one (--together 1)" in call(*build, "--random", 3, "--together", 8, code=2)


@dataclass(frozen=True, kw_only=True)
class OtherNet(Construct):
    """Another construct of NAS-Bench-Macro, with sizes of its own."""

    space: ClassVar[str] = "macro"
    sizes: ClassVar = {
        "laptop": {"resolution": 16, "width": 24, "images.batch": 96, "epochs": 5, "population": "random-50"}
    }

    width: int = setting(OPEN, at_least(1, "channels"))
    depth: int = setting(8)

    def module(self, space, norm, *, channels, classes):
        raise NotImplementedError


def test_another_construct_of_a_space_brings_its_own_sizes():
    laptop = find_preset("laptop")
    with pytest.raises(RecipeError, match="space 'toy' has no supernet yet"):
        laptop.fill(Recipe(space=Toy()))
    filled = laptop.fill(Recipe(space=Macro(), construct=OtherNet()))
    assert (filled.construct.resolution, filled.construct.width) == (16, 24)
    own = laptop.fill(Recipe(space=Macro(), construct=OtherNet(width=32)))
    assert own.construct.width == 32, "a preset overrides nothing that a recipe sets"
    assert (filled.images.batch, filled.epochs) == (96, 5)
    assert filled.images.train == laptop.images.train
    with pytest.raises(RecipeError, match="construct 'other-net' has no sizes at preset 'demo'; it has laptop"):
        find_preset("demo").fill(Recipe(space=Macro(), construct=OtherNet()))
