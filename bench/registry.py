"""Finds implementations by their folder: a new file in the folder is a new entry, with no list to edit."""

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from bench.errors import BenchError, UnknownName, unknown_name
from bench.slot import kebab

Entry = TypeVar("Entry")
ENTRY_POINT_GROUP = "supernet_bench.plugins"
_plugins: dict[str, ModuleType] = {}


class Registry(Generic[Entry]):
    """All concrete subclasses of `base`, or all instances of it, that the modules of `package` define.

    A class is listed under its name in kebab case, an instance under its `name`; instances may also be in a
    module-level tuple.
    """

    def __init__(self, kind: str, package: str, base: Any, *, instances: bool = False) -> None:
        self.kind, self.package, self.base, self.instances = kind, package, base, instances
        self._entries: dict[str, tuple[Entry, str]] | None = None
        self._plugins_read: tuple[ModuleType, ...] = ()

    def names(self) -> list[str]:
        """Return every registered name, sorted."""
        return sorted(self._load())

    def all(self) -> list[Entry]:
        """Return every entry: by module, then in the order of definition."""
        return [entry for entry, _ in self._load().values()]

    def get(self, name: str) -> Entry:
        """Return the entry called `name`; raises `UnknownName` with the closest one."""
        entries = self._load()
        if name not in entries:
            raise unknown_name(
                _singular(self.kind), name, entries, f"'supernet-bench list {self.kind}' shows all {len(entries)}"
            )
        return entries[name][0]

    def origin(self, name: str) -> str:
        """Return `file:line` of the entry's definition."""
        self.get(name)
        return self._load()[name][1]

    def _load(self) -> dict[str, tuple[Entry, str]]:
        loaded = tuple(_plugins.values())
        if self._entries is None or self._plugins_read != loaded:
            self._plugins_read = loaded
            entries: dict[str, tuple[Entry, str]] = {}
            for module in self._modules():
                for name, entry, where, defined in self._entries_of(module):
                    if name in entries and entries[name][0] is entry:  # a module may import another's instance
                        if defined and module.__name__.startswith(f"{self.package}."):
                            entries[name] = (entry, where)
                        continue
                    if name in entries:
                        raise BenchError(
                            f"two {self.kind} are called '{name}': {entries[name][1]} and {where}; rename one of them"
                        )
                    entries[name] = (entry, where)
            self._entries = entries
        return self._entries

    def _modules(self) -> Iterator[ModuleType]:
        package = _own_package(self.package)
        for info in pkgutil.iter_modules(package.__path__):
            name = f"{self.package}.{info.name}"
            try:
                yield importlib.import_module(name)
            except Exception as error:
                raise BenchError(
                    f"{name.replace('.', '/')}.py cannot be imported: {type(error).__name__}: {error}; fix the file"
                ) from error
        yield from _plugins.values()

    def _entries_of(self, module: ModuleType) -> Iterator[tuple[str, Any, str, bool]]:
        """Yield name, entry, `file:line`, and whether the module surely defines it: an instance may be imported."""
        for attribute, value in vars(module).items():
            if self.instances:
                for item in value if isinstance(value, tuple) else (value,):
                    if isinstance(item, self.base):
                        name = getattr(item, "name")  # noqa: B009 - every listed instance has one
                        line = _line_of(module, attribute)
                        yield name, item, f"{module.__file__}:{line or 1}", item is value and line > 0
            elif (
                inspect.isclass(value)
                and issubclass(value, self.base)
                and value.__module__ == module.__name__
                and value is not self.base
                and not inspect.isabstract(value)
            ):
                yield kebab(value.__name__), value, f"{module.__file__}:{inspect.getsourcelines(value)[1]}", True


def _own_package(name: str) -> ModuleType:
    """Import a package; raises `BenchError` if one of the user's hides that of this installation, and runs none of it.

    A package that this installation has not, such as a test's, is imported as it is found.
    """
    top = name.partition(".")[0]
    ours = Path(__file__).resolve().parent.parent / top
    spec = importlib.util.find_spec(top)
    found = [Path(place).resolve() for place in (spec and spec.submodule_search_locations) or ()]
    if ours.is_dir() and found and ours not in found:
        raise BenchError(
            f"the folder {found[0]} hides the package '{top}' of supernet-bench in {ours.parent}; start with the "
            "command 'supernet-bench' or 'python -m supernet_bench', or start elsewhere, or rename that folder"
        )
    return importlib.import_module(name)


def _singular(kind: str) -> str:
    return {"studies": "study", "losses": "loss", "paths": "paths"}.get(kind, kind.removesuffix("s"))


def _line_of(module: ModuleType, attribute: str) -> int:
    """Return the line that assigns a name of a module, 0 if none does, as where it is imported."""
    lines = inspect.getsource(module).splitlines()
    return next((n for n, text in enumerate(lines, 1) if text.startswith((f"{attribute} ", f"{attribute}:"))), 0)


def load_plugin(path: Path) -> ModuleType:
    """Import a user's file so that every registry lists what it defines; raises `BenchError` if that fails."""
    path = path.resolve()
    key = str(path)
    if key in _plugins:
        return _plugins[key]
    if not path.is_file():
        raise BenchError(f"plug-in {path} does not exist; give the path of a Python file")
    name = f"supernet_bench_plugin_{len(_plugins)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BenchError(f"plug-in {path} is not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        fix = "fix the file"
        if isinstance(error, UnknownName):
            fix += ", or load the file that defines the name before it: 'supernet-bench --plugin FILE ...'"
        raise BenchError(f"plug-in {path} cannot be imported: {type(error).__name__}: {error}; {fix}") from error
    _plugins[key] = module
    return module


def load_entry_points() -> list[ModuleType]:
    """Import every installed package's entry point in the group `supernet_bench.plugins`."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name not in _plugins:
            module = point.load()
            if not isinstance(module, ModuleType):
                raise BenchError(
                    f"entry point '{point.name}' = '{point.value}' must name a module, not an object in it"
                )
            _plugins[point.name] = module
    return list(_plugins.values())


@contextmanager
def plugins_forgotten() -> Iterator[None]:
    """Inside, no plug-in is loaded; afterwards those are that were before, and no other."""
    before = dict(_plugins)
    _plugins.clear()
    try:
        yield
    finally:
        _plugins.clear()
        _plugins.update(before)


def plugin_place(error: BaseException) -> str:
    """Return `file:line` of the plug-in code in which an error, or its cause, was raised; empty if in none."""
    place, step = "", error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in _plugins:
            place = f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}"
        step = step.tb_next
    cause = error.__cause__ or error.__context__
    return place or (plugin_place(cause) if cause else "")


def plugin_paths() -> tuple[Path, ...]:
    """Return the files loaded with `load_plugin`, for a worker process to load again."""
    return tuple(Path(key) for key in _plugins if key.endswith(".py"))
