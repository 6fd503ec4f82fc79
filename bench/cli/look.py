"""`list` and `show`: what is registered, with settings, source and file:line."""

import dataclasses
import inspect
import json
import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format, print_grid
from bench.cli.show_space import about_space, for_people, sizes
from bench.cli.show_study import print_study
from bench.errors import unknown_name
from bench.optimize.averagings import AVERAGINGS
from bench.optimize.losses import LOSSES
from bench.optimize.optimizers import OPTIMIZERS
from bench.optimize.schedules import SCHEDULES
from bench.optimize.updates import UPDATES
from bench.recipe.preset import PRESETS
from bench.registry import Registry
from bench.sample.paths import PATHS
from bench.scores.metrics import METRICS, Metric
from bench.search.searchers import SEARCHERS
from bench.slot import OPEN, allowed_by, describe
from bench.spaces import SPACES, Space
from bench.study.study import STUDIES, Row, Study
from bench.supernets import CONSTRUCTS, Construct
from bench.supernets.norms import NORMS
from bench.tables.readers import READERS, Reader

REGISTRIES: dict[str, Registry[Any]] = {
    registry.kind: registry
    for registry in (
        *(STUDIES, SPACES, CONSTRUCTS, NORMS, PATHS, UPDATES, OPTIMIZERS, SCHEDULES, LOSSES, AVERAGINGS),
        *(SEARCHERS, METRICS, READERS),
    )
}
KINDS = (*REGISTRIES, "presets")


def kinds(incomplete: str) -> list[str]:
    """Return the kinds that begin so, which a shell completes."""
    return [name for name in KINDS if name.startswith(incomplete)]


def known(incomplete: str) -> list[str]:
    """Return the names that begin so, which a shell completes."""
    return [name for name in every_name() if name.startswith(incomplete)]


def register(app: typer.Typer) -> None:
    """Add the verbs to the root command."""
    app.command("list")(list_names)
    app.command("show")(show)


def list_names(
    kind: Annotated[
        str | None,
        typer.Argument(
            help=f"One of {', '.join(KINDS)} (default: all).",
            autocompletion=kinds,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    shown_as: Format = "table",
) -> None:
    """List what is registered: studies, spaces, slots and others.

    Examples:

      supernet-bench list

      supernet-bench list paths

      supernet-bench list studies --json
    """
    how = chosen_format(shown_as, as_json)
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind", kind, KINDS, "'supernet-bench list' shows everything")
    kinds = [kind] if kind else list(KINDS)
    found = {name: _described(name) for name in kinds}
    if how == "json":
        typer.echo(json.dumps(found, indent=1))
        return
    if how != "table":
        lines = [[name, entry, about] for name, entries in found.items() for entry, about in entries.items()]
        print_grid(["kind", "name", "what it is"], lines, how=how)
        return
    for name, entries in found.items():
        typer.echo(f"{name}")
        width = max(map(len, entries), default=0)
        for entry, about in entries.items():
            say(about, before=f"  {entry:{width}}  ")


def _described(kind: str) -> dict[str, str]:
    if kind == "presets":
        return {name: preset.about for name, preset in PRESETS.items()}
    registry = REGISTRIES[kind]
    found = {name: _first_line(registry.get(name)) for name in registry.names()}
    return {name: about + _in_tables(name) for name, about in found.items()} if kind == "metrics" else found


def _in_tables(metric: str) -> str:
    """Return what tables call a metric, empty if they call it by its name."""
    from bench.analysis.results_words import title_of

    title = title_of(metric)
    return f" (in tables: {title})" if title != metric else ""


def _first_line(entry: Any) -> str:
    if isinstance(entry, Study):
        return entry.question
    if inspect.isclass(entry) and issubclass(entry, Reader):
        return entry.form
    text = inspect.getdoc(entry) if inspect.isclass(entry) else getattr(entry, "about", "")
    line = (text or "").strip().split("\n")[0].removeprefix("Return ")  # a metric's function says what it returns
    return line[:1].upper() + line[1:]


def show(
    name: Annotated[
        str,
        typer.Argument(
            help="A name printed by 'list', or a table printed by 'data list'.",
            autocompletion=known,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    shown_as: Format = "table",
) -> None:
    """Print the settings of a name, its source, and where it is.

    That is the file and line that define it.

    Examples:

      supernet-bench show baseline

      supernet-bench show strict-fair

      supernet-bench show updates/local-sharing

      supernet-bench show nb201

      supernet-bench show nb201/digits/test/30ep

      supernet-bench show laptop --json

      supernet-bench show path-sampling --format markdown
    """
    how = chosen_format(shown_as, as_json)
    found = _find(name)
    if how == "json":
        typer.echo(json.dumps(found, indent=1, default=str))
        return
    if found["kind"] == "studies":
        print_study(STUDIES.get(found["name"]), found["defined at"], how)
        for other in found.get("also", ()):
            say(f"of this name there is also: 'supernet-bench show {other}'", err=how != "table")
        return
    if how != "table":
        print_grid(["what", "value"], list(_pairs(found)), how=how)
        return
    for key, value in (for_people(found) if found["kind"] == "spaces" else found).items():
        if value is None:
            continue
        if isinstance(value, dict | list):
            say(f"{key}:")
            say("\n".join(f"  {line}" for line in _lines(value)), hang=2)
        else:
            say(f"{key}: {value:,}" if isinstance(value, int) else f"{key}: {value}", flow=key == "about")


def _pairs(found: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield a line per value, those of a dictionary each named after it, its text in one line; None is left out."""
    for key, value in found.items():
        if isinstance(value, dict):
            yield from ([f"{key}: {name}", _in_a_line(one)] for name, one in value.items())
        elif value is not None:
            yield [key, _in_a_line(value)]


def _in_a_line(value: Any) -> str:
    text = "; ".join(_lines(value)) if isinstance(value, dict | list) else str(value)
    return " ".join(text.split())


def every_name() -> list[str]:
    """Return all names that `show` knows but those of tables."""
    return [*PRESETS, *(entry for registry in REGISTRIES.values() for entry in registry.names())]


def _find(name: str) -> dict[str, Any]:
    if name.count("/") == 3:
        return _table(name)
    wanted, _, plain = name.partition("/")
    kinds = [kind for kind, registry in REGISTRIES.items() if name in registry.names()]
    if kinds:
        plain = name
    elif wanted in REGISTRIES and plain in REGISTRIES[wanted].names():
        kinds = [wanted]
    if kinds:
        kind, *others = kinds
        registry = REGISTRIES[kind]
        also = {"also": [f"{other}/{plain}" for other in others]} if others else {}
        about = _about(registry.get(plain))
        return {"name": plain, "kind": kind, **also, "defined at": registry.origin(plain), **about}
    if name in PRESETS:
        preset = PRESETS[name]
        return {"name": name, "kind": "presets", **_settings(preset)}
    raise unknown_name("name", name, every_name(), "'supernet-bench list' shows everything")


def _table(name: str) -> dict[str, Any]:
    """Return what a stored table holds and its source."""
    from numpy import isfinite

    from bench.places import data_folder
    from bench.tables.catalog import open_table

    table = open_table(name, data_folder())
    return {
        "name": table.name,
        "kind": "tables",
        "architectures": table.coverage or f"{len(table.genes):,}",
        "architectures per seed": dict(zip(table.seeds, isfinite(table.accuracy).sum(axis=0).tolist(), strict=True)),
        "accuracy": f"{table.mean.min():.2f} to {table.mean.max():.2f} percent, higher is better",
        "costs": list(table.costs),
        "source": table.source,
        "citation": table.citation,
        "sha256": table.sha256,
        "sha256 of the source": table.source_sha256,
    }


def _about(entry: Any) -> dict[str, Any]:
    if isinstance(entry, Study):
        return {
            "question": entry.question,
            "source": entry.source,
            "truth": "none" if entry.truth is None else str(entry.truth),
            "seeds": list(entry.seeds),
            "figures": [figure.name for figure in entry.figures],
            "rows": {row.name: _row(row, entry) for row in entry.rows},
            "baseline": describe(entry.baseline),
        }
    if inspect.isclass(entry) and issubclass(entry, Reader):
        named = "named by the format" if entry.names_itself else "named by 'supernet-bench data add --name'"
        return {"about": _words(entry), "format": entry.form, "tables": named}
    if inspect.isclass(entry) and dataclasses.is_dataclass(entry):
        settings = {field.name: _setting(field) for field in dataclasses.fields(entry)}
        more = about_space(entry) if issubclass(entry, Space) else sizes(entry) if issubclass(entry, Construct) else {}
        return {"about": _words(entry), "settings": settings, **more}
    if isinstance(entry, Metric):
        return _metric(entry)
    return _settings(entry)


def _metric(entry: Metric) -> dict[str, Any]:
    """Return a metric's definition, what it is computed on, and its range."""
    from bench.analysis.results_words import title_of

    definition = (inspect.getdoc(entry.function) or "").split(">>>")[0].strip().removeprefix("Return ")
    high = "the number of architectures" if entry.high is None else f"{entry.high:g}"
    on = "all predictions, as it is of the true top" if entry.of_true_top else "the named population"
    return {
        "about": definition[:1].upper() + definition[1:],
        "in tables": title_of(entry.name),
        "better": entry.better,
        "range": "any number" if entry.high == math.inf == -entry.low else f"{entry.low:g} to {high}",
        "computed on": on,
        "undefined": f"where {entry.undefined}",
        "settings": {name: value for name, value in entry.settings.items()} or None,
    }


def _words(entry: type) -> str:
    """Return the docstring of a class without its examples of code."""
    paragraphs = (inspect.getdoc(entry) or "").split("\n\n")
    return "\n\n".join(paragraph for paragraph in paragraphs if not paragraph.startswith(">>>"))


def _setting(field: "dataclasses.Field[Any]") -> dict[str, Any]:
    """Return the default of a setting and its allowed values."""
    default = field.default
    if default is dataclasses.MISSING:
        default = field.default_factory() if field.default_factory is not dataclasses.MISSING else "required"
    allowed = allowed_by(field)
    return {
        "default": "the preset's" if default is OPEN else describe(default),
        "allowed": str(getattr(field.type, "__name__", field.type) if allowed is None else allowed),
    }


def _settings(entry: Any) -> dict[str, Any]:
    return {
        field.name: describe(getattr(entry, field.name))
        for field in dataclasses.fields(entry)
        if not callable(getattr(entry, field.name)) or dataclasses.is_dataclass(getattr(entry, field.name))
    }


def _row(row: Row, study: Study) -> dict[str, Any]:
    """Return a row's source and its changes to the baseline; default values are left out."""
    about: dict[str, Any] = {"source": row.source, **_delta(row.recipe, study.baseline)}
    if row.times:
        about["times"] = dict(row.times)
    if row.score != "accuracy":
        about["ranked by"] = row.score
    if row.against:
        about["against"] = row.against
    if row.reported:
        about["reported"] = row.reported.words
    if row.published is not None:
        about["tau in the source"] = row.published
    return about


def _delta(recipe: Any, baseline: Any) -> dict[str, Any]:
    """Return the slots in which a row differs from its baseline."""
    row, base = describe(recipe), describe(baseline)
    return {slot: value for slot, value in row.items() if value != base[slot]}


def _lines(value: Any) -> list[str]:
    """Return the lines of a list or dictionary: a line per key if its values are flat, else JSON."""
    if not value:
        return ["none"]
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return [", ".join(map(str, value))]
    if isinstance(value, dict):
        lines = [_line(key, item) for key, item in value.items()]
        if all(lines):
            return lines
    return json.dumps(value, indent=1, default=str).splitlines()[1:-1]


def _line(key: str, value: Any) -> str:
    """Return a key with its flat value; empty for a nested value."""
    if isinstance(value, dict):
        if not value or any(isinstance(item, dict) for item in value.values()):
            return ""
        return f"{key}: " + "; ".join(f"{name}: {item}" for name, item in value.items())
    return "" if isinstance(value, list) else f"{key}: {value}"
