"""`check`: run the contract suites on the slots, spaces, metrics, readers and studies of a user's file."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from bench.cli.look import REGISTRIES
from bench.errors import BenchError, place_of
from bench.registry import load_plugin
from bench.slot import kebab


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("check")(check)


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Python files with slots, spaces, metrics, readers or studies."),
    ],
    sample: Annotated[
        Path | None, typer.Option(help="A valid file or folder for the readers of FILE (default: one they write).")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="With --sample: the name of its table, if the format names none.")
    ] = None,
) -> None:
    """Check your own file: a slot, space, metric or reader.

    Return values and refused settings are checked, and that an interrupted training continues.

    Exit code 0: all checks passed; 1: one failed; 2: a file cannot be read, or defines nothing to check.

    Examples:

      supernet-bench check my_sampler.py

      supernet-bench check my_space.py my_supernet.py

      supernet-bench check my_metric.py my_study.py

      supernet-bench check my_reader.py --sample published.json
    """
    if sample is not None and not sample.exists():
        raise BenchError(f"--sample {sample} does not exist; give a valid file or folder of the reader's format")
    if name is not None and sample is None:
        raise BenchError(f"--name {name} without --sample; name the file whose table it is with --sample FILE")
    modules = [load_plugin(path) for path in files]  # load all first: a supernet may need the space of another file
    found = [(path, entries) for path, module in zip(files, modules, strict=True) if (entries := defined_in(module))]
    if nothing := [str(path) for path in files if path not in [path for path, _ in found]]:
        raise BenchError(
            f"{', '.join(nothing)} defines nothing to check; allowed: a class derived from the base of one of "
            f"{', '.join(kind for kind, registry in REGISTRIES.items() if not registry.instances)}, a Metric or a Study"
        )
    import torch

    from bench.contracts.readers import Sample, samples_given

    torch.set_num_threads(1)  # as in every run, so that a seed gives the same bits
    everything = [entry for _, entries in found for entry in entries]
    valid = [Sample(path=sample, name=name)] if sample is not None else []
    given = {entry: valid for kind, entry, _ in everything if kind == "readers" and valid}
    with samples_given(given):
        passed = [_passes(*entry) for entry in everything]
    if not all(passed):
        raise typer.Exit(1)


def _passes(kind: str, name: str, entry: Any) -> bool:
    """Print the result of one implementation; return whether it passed every check."""
    from bench.contracts import suites

    if lacking := sorted(getattr(entry, "__abstractmethods__", ())):
        typer.echo(f"{kind} {name}: not checked; {entry.__name__} ({place_of(entry)}) lacks {', '.join(lacking)}")
        return False
    suite = suites()[kind]
    passed, failure = suite.first_failure(entry)
    result = f"{kind} {name}: {passed} of {len(suite.checks)} checks passed"
    typer.echo(f"{result}, then {failure}" if failure else result)
    return not failure


def defined_in(module: ModuleType) -> list[tuple[str, str, Any]]:
    """Return kind, name and value of everything a file itself defines, including abstract classes without a subclass.

    Raises `BenchError` if it uses a name that is already registered.
    """
    found: list[tuple[str, str, Any]] = []
    for kind, registry in REGISTRIES.items():
        for name in registry.names():
            if registry.origin(name).rpartition(":")[0] == module.__file__:
                found.append((kind, name, registry.get(name)))
        if registry.instances:
            continue
        own = [value for value in vars(module).values() if _is_own(value, registry.base, module)]
        for value in own:
            derived = any(issubclass(other, value) for other in own if other is not value)
            if inspect.isabstract(value) and not derived:
                found.append((kind, kebab(value.__name__), value))
    return found


def _is_own(value: Any, base: type, module: ModuleType) -> bool:
    return inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__
