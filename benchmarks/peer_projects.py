"""Supernets of other projects on NAS-Bench-201, each built by the model files of a checkout of the project."""

import importlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from bench.errors import BenchError
from bench.spaces.nb201 import EDGES, NB201, OPERATIONS
from bench.types import Arch

NODES, CLASSES = 4, 10


class Peer(ABC):
    """A checkout of another project.

    `root` is the folder from which its modules are imported, `module` and `name` are those of its supernet's class.
    A folder without one of the files `needed` is no checkout. Both projects name the parts of their supernets alike,
    as one derives from the other.
    """

    project: ClassVar[str]
    address: ClassVar[str]
    root: ClassVar[str]
    module: ClassVar[str]
    name: ClassVar[str]
    needed: ClassVar[tuple[str, ...]]

    def __init__(self, checkout: Path) -> None:
        for file in self.needed:
            if not (checkout / file).is_file():
                raise BenchError(f"{checkout} is no checkout of {self.project} ({self.address}): {file} is missing")
        with self.errors_named(), imported_from((checkout / self.root).resolve()):
            try:
                self.code: Any = importlib.import_module(self.module)
            except ModuleNotFoundError as error:
                raise BenchError(
                    f"{self.project} in {checkout} imports '{error.name}', which is neither there nor installed"
                ) from error
        found = Path(self.code.__file__ or "").resolve()
        if not found.is_relative_to(checkout.resolve()):
            raise BenchError(f"{self.project} would be imported from {found} instead of {checkout}; remove it there")
        if not hasattr(self.code, self.name):
            raise BenchError(f"{found} has no class {self.name}; check out another version of {self.project}")

    @contextmanager
    def errors_named(self) -> Iterator[None]:
        """Turn any error of the project's code, such as a call of a GPU, into one line."""
        try:
            yield
        except BenchError:
            raise
        except Exception as error:
            raise BenchError(
                f"the supernet of {self.project} does not run on the CPU: {type(error).__name__}: {error}"
            ) from error

    def supernet(self, width: int) -> nn.Module:
        """Return the project's supernet: one cell per stage, whose norms use batch statistics and are not affine."""
        made: nn.Module = getattr(self.code, self.name)(width, 1, NODES, CLASSES, list(OPERATIONS), False, False)
        return made

    def like(self, ours: nn.Module, width: int) -> nn.Module:
        """Return the project's supernet with the weights of ours; raises `BenchError` if it lacks one."""
        with self.errors_named():
            theirs = self.supernet(width)
            try:
                pairs = shared_parameters(ours, theirs)
            except KeyError as error:
                raise BenchError(
                    f"the supernet of {self.project} has no {error}; check out another version of {self.project}"
                ) from error
            with torch.no_grad():
                for own, other in pairs:
                    other.copy_(own)
        return theirs

    @abstractmethod
    def logits(self, supernet: Any, images: Tensor, arch: Arch) -> Tensor:
        """Return the logits [batch, class] of an architecture."""


class AutoDL(Peer):
    """The supernet of `RANDOM`, random search with weight sharing.

    Its stem, reductions and last norm have affine norms that track statistics, whatever those of the cells do.
    """

    project = "AutoDL-Projects"
    address = "https://github.com/D-X-Y/AutoDL-Projects"
    root = "."
    module = "xautodl.models.cell_searchs.search_model_random"
    name = "TinyNetworkRANDOM"
    needed = (
        "xautodl/models/cell_operations.py",
        "xautodl/models/cell_searchs/genotypes.py",
        "xautodl/models/cell_searchs/search_cells.py",
        "xautodl/models/cell_searchs/search_model_random.py",
    )

    def logits(self, supernet: Any, images: Tensor, arch: Arch) -> Tensor:
        supernet.arch_cache = self.code.Structure.str2structure(NB201().spell(arch))
        found: Tensor = supernet(images)[1]
        return found


class PADA(Peer):
    """The supernet of all training methods of PA-DA, `spos` among them: one uniform path per update."""

    project = "PA-DA"
    address = "https://github.com/ShunLu91/PA-DA"
    root = "nasbench201"
    module = "models.supernet"
    name = "Supernet201"
    needed = (
        "nasbench201/models/cell_operations.py",
        "nasbench201/models/search_cells.py",
        "nasbench201/models/supernet.py",
    )

    def logits(self, supernet: Any, images: Tensor, arch: Arch) -> Tensor:
        found: Tensor = supernet(images, list(arch))
        return found


@contextmanager
def imported_from(folder: Path) -> Iterator[None]:
    """Import modules from a folder first and write no bytecode there; forget its modules afterwards.

    So the modules of two projects may have the same names.
    """
    writes = sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    known = set(sys.modules)
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = writes
        for name in [name for name in set(sys.modules) - known if inside(sys.modules[name], folder)]:
            del sys.modules[name]


def inside(module: ModuleType, folder: Path) -> bool:
    """Return whether a module, or a package without a file, lies in a folder."""
    places = [module.__file__] if getattr(module, "__file__", None) else getattr(module, "__path__", ())
    return any(Path(place or "").resolve().is_relative_to(folder) for place in places)


def peer_parameter(name: str) -> str:
    """Return the name that a parameter of our supernet has in the supernets of the projects."""
    match name.split("."):
        case ["stages", stage, "0", "operations", operation, "conv", "weight"]:
            edge, choice = operation.split("/")
            source, target = EDGES[int(edge)]
            return f"cells.{2 * int(stage)}.edges.{target}<-{source}.{choice}.op.1.weight"
        case ["reductions", number, "shortcut", "weight"]:
            return f"cells.{2 * int(number) + 1}.downsample.1.weight"
        case ["reductions", number, ("first" | "second") as place, "conv", "weight"]:
            return f"cells.{2 * int(number) + 1}.conv_{'a' if place == 'first' else 'b'}.op.1.weight"
        case ["stem", "conv", "weight"]:
            return "stem.0.weight"
    return name


def shared_parameters(ours: nn.Module, theirs: nn.Module) -> list[tuple[nn.Parameter, nn.Parameter]]:
    """Return the parameters of our supernet, each with that of the other; raises `KeyError` if there is none."""
    known = dict(theirs.named_parameters())
    return [(parameter, known[peer_parameter(name)]) for name, parameter in ours.named_parameters()]
