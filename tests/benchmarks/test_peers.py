"""Supernets of other projects against ours, tried on stand-ins with the interface of those projects."""

import json
import sys

import pytest
import typer

from benchmarks import peer_projects, peers

OPERATIONS = """
from torch import nn

class Convolution(nn.Module):
    def __init__(self, before, after, kernel, stride=1, affine=False):
        super().__init__()
        norm = nn.BatchNorm2d(after, affine=affine, track_running_stats=affine)
        self.op = nn.Sequential(nn.ReLU(), nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=not affine), norm)

    def forward(self, x):
        return self.op(x)

class Nothing(nn.Module):
    def forward(self, x):
        return 0 * x

class Reduction(nn.Module):
    def __init__(self, before, affine):
        super().__init__()
        self.conv_a = Convolution(before, 2 * before, 3, 2, affine=affine)
        self.conv_b = Convolution(2 * before, 2 * before, 3, affine=affine)
        self.downsample = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(before, 2 * before, 1, bias=False))

    def forward(self, x):
        return self.conv_b(self.conv_a(x)) + self.downsample(x)
"""
CELLS = """
from torch import nn
from OPERATIONS import Convolution, Nothing, Reduction

class Cell(nn.Module):
    def __init__(self, width):
        super().__init__()
        ends = [f"{target}<-{source}" for target in range(1, 4) for source in range(target)]
        self.edges = nn.ModuleDict({name: nn.ModuleList(self.choices(width)) for name in ends})

    def choices(self, width):
        pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        return [Nothing(), nn.Identity(), Convolution(width, width, 1), Convolution(width, width, 3), pool]

    def forward(self, x, chosen):
        nodes = [x]
        for target in range(1, 4):
            ends = [(source, f"{target}<-{source}") for source in range(target)]
            nodes.append(sum(self.edges[name][chosen[name]](nodes[source]) for source, name in ends))
        return nodes[3]

class Network(nn.Module):
    def __init__(self, width, classes, affine):
        super().__init__()
        norm = {"affine": affine, "track_running_stats": affine}
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width, **norm))
        reductions = [Reduction(width, affine), Reduction(2 * width, affine)]
        self.cells = nn.ModuleList([Cell(width), reductions[0], Cell(2 * width), reductions[1], Cell(4 * width)])
        self.lastact = nn.Sequential(nn.BatchNorm2d(4 * width, **norm), nn.ReLU())
        self.classifier = nn.Linear(4 * width, classes)

    def run(self, x, chosen):
        x = self.stem(x)
        for cell in self.cells:
            x = cell(x, chosen) if isinstance(cell, Cell) else cell(x)
        return self.classifier(self.lastact(x).mean((2, 3)))
"""
AUTODL = {
    "cell_operations": OPERATIONS,
    "cell_searchs/genotypes": """
class Structure:
    @staticmethod
    def str2structure(text):
        found = Structure()
        nodes = [node.strip("|").split("|") for node in text.split("+")]
        found.edges = {f"{target}<-{op[-1]}": op[:-2] for target, node in enumerate(nodes, 1) for op in node}
        return found
""",
    "cell_searchs/search_cells": CELLS.replace("OPERATIONS", "..cell_operations"),
    "cell_searchs/search_model_random": """
from .genotypes import Structure
from .search_cells import Network

class TinyNetworkRANDOM(Network):
    def __init__(self, C, N, max_nodes, num_classes, search_space, affine, track_running_stats):
        assert (N, max_nodes, affine, track_running_stats) == (1, 4, False, False)
        super().__init__(C, num_classes, affine=True)
        self.names = search_space

    def forward(self, inputs):
        chosen = {edge: self.names.index(name) for edge, name in self.arch_cache.edges.items()}
        return None, self.run(inputs, chosen)
""",
}
PA_DA = {
    "cell_operations": OPERATIONS,
    "search_cells": CELLS.replace("OPERATIONS", "models.cell_operations"),
    "supernet": """
from models.search_cells import Network

class Supernet201(Network):
    def __init__(self, C, N, max_nodes, num_classes, search_space, affine=False, track_running_stats=False):
        assert (N, max_nodes, affine, track_running_stats) == (1, 4, False, False)
        super().__init__(C, num_classes, affine=False)

    def forward(self, inputs, sampled_arch):
        edges = sorted(self.cells[0].edges)
        return self.run(inputs, dict(zip(edges, sampled_arch)))
""",
}


def checkout(folder, files, old="", new=""):
    """Write a stand-in of a project's checkout, in which one text is replaced by another."""
    for name, text in files.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new) if old else text)
    assert not old or any(old in text for text in files.values())


def autodl(tmp_path, old="", new=""):
    checkout(tmp_path / "autodl" / "xautodl" / "models", AUTODL, old, new)
    return tmp_path / "autodl"


def pa_da(tmp_path, old="", new=""):
    checkout(tmp_path / "pa-da" / "nasbench201" / "models", PA_DA, old, new)
    return tmp_path / "pa-da"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(peers, "SIZES", {"large": (4, 16, 8), "width 2, 8x8": (2, 8, 8)})
    monkeypatch.setattr(peers, "QUICK", peers.Size(turns=1, images=16, archs=2, predicted=8))


def refused(capsys, **paths):
    """Return the one line with which the command refuses a checkout."""
    with pytest.raises(typer.Exit) as ended:
        peers.main(quick=True, **paths)
    assert ended.value.exit_code == 2
    [line] = capsys.readouterr().err.splitlines()
    return line


def test_both_projects_and_ours_are_the_same_network_and_are_timed(tmp_path, capsys):
    peers.main(autodl(tmp_path), pa_da(tmp_path), as_json=True, quick=True)
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["setting"] for row in rows] == [
        f"{project}, {what}, width 2, 8x8" for project in ("AutoDL-Projects", "PA-DA") for what in ("train", "predict")
    ]
    for row in rows:
        assert row["difference"] < 1e-12
        assert row["theirs"] > 0
        assert row["ratio"] == pytest.approx(row["ours"] / row["theirs"])
    weights = 3 * 9 * 2 + 6 * 10 * (2**2 + 4**2 + 8**2) + 9 * (8 + 16 + 32 + 64) + 8 + 32 + 8 * 10 + 10
    biases = 6 * 2 * (2 + 4 + 8)
    assert {row["our parameters"] for row in rows} == {weights}
    affine = 2 * (2 + 2 * 4 + 2 * 8 + 8)
    reductions = 2 * 4 + 2 * 8
    assert [row["their parameters"] - weights - biases for row in rows] == [affine, affine, reductions, reductions]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("count_include_pad=False", "count_include_pad=True"),
        ("x = self.stem(x)", "x = self.stem(x).detach()"),
    ],
    ids=["other logits", "other gradients"],
)
def test_a_supernet_that_is_another_network_ends_with_code_one(tmp_path, capsys, old, new):
    with pytest.raises(typer.Exit) as ended:
        peers.main(pa_da=pa_da(tmp_path, old, new), as_json=True, quick=True)
    assert ended.value.exit_code == 1
    assert max(row["difference"] for row in json.loads(capsys.readouterr().out)["rows"]) > 1e-3


def test_without_a_checkout_the_command_says_what_to_name(capsys):
    line = "error: no project to compare with; name a checkout: --autodl PATH, --pa-da PATH, or both"
    assert refused(capsys) == line


@pytest.mark.parametrize("file", peer_projects.PADA.needed)
def test_a_folder_without_a_file_is_no_checkout(tmp_path, capsys, file):
    folder = pa_da(tmp_path)
    (folder / file).unlink()
    expected = f"error: {folder} is no checkout of PA-DA (https://github.com/ShunLu91/PA-DA): {file} is missing"
    assert refused(capsys, pa_da=folder) == expected


def test_a_module_that_is_not_installed_is_named(tmp_path, capsys):
    folder = autodl(tmp_path, "from .genotypes", "import a_module_of_theirs\nfrom .genotypes")
    expected = f"error: AutoDL-Projects in {folder} imports 'a_module_of_theirs', which is neither there nor installed"
    assert refused(capsys, autodl=folder) == expected


def test_a_checkout_that_another_module_hides_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "models.supernet", pytest)
    assert f"instead of {tmp_path}/pa-da; remove it there" in refused(capsys, pa_da=pa_da(tmp_path))


def test_another_version_of_a_project_is_refused(tmp_path, capsys):
    renamed = pa_da(tmp_path / "class", "class Supernet201", "class Supernet202")
    assert "has no class Supernet201; check out another version of PA-DA" in refused(capsys, pa_da=renamed)
    other = pa_da(tmp_path / "parts", "conv_b", "second")
    expected = "has no 'cells.1.conv_b.op.1.weight'; check out another version of PA-DA"
    assert expected in refused(capsys, pa_da=other)


@pytest.mark.parametrize("old", ["from models.search_cells", "super().__init__(C", "x = self.stem(x)"])
def test_a_supernet_that_needs_a_gpu_is_named(tmp_path, capsys, old):
    """When its code is imported, when it is built, and when it computes."""
    failing = "None; raise AssertionError('no CUDA'); " + old
    expected = "error: the supernet of PA-DA does not run on the CPU: AssertionError: no CUDA"
    assert refused(capsys, pa_da=pa_da(tmp_path, old, failing)) == expected


def test_a_checkout_is_left_as_it_is_and_its_modules_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path, modules = list(sys.path), set(sys.modules)
    files = sorted(pa_da(tmp_path).rglob("*"))
    peer_projects.PADA(tmp_path / "pa-da")
    assert sorted((tmp_path / "pa-da").rglob("*")) == files
    assert sys.path == path
    assert set(sys.modules) == modules
    assert not sys.dont_write_bytecode
