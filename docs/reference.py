"""The pages of the site that are made: every study with its stored results, every heuristic, every metric."""

import dataclasses
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.cli.show_study import changes
from bench.files import write_whole
from bench.optimize.averagings import AVERAGINGS
from bench.optimize.losses import LOSSES
from bench.optimize.optimizers import OPTIMIZERS
from bench.optimize.schedules import SCHEDULES
from bench.optimize.updates import UPDATES
from bench.registry import Registry
from bench.sample.paths import PATHS
from bench.scores.metrics import METRICS
from bench.search.searchers import SEARCHERS
from bench.slot import OPEN, Slot, allowed_by, describe
from bench.study.study import STUDIES, Row, Study
from bench.supernets import CONSTRUCTS
from bench.supernets.norms import NORMS

SLOTS: dict[str, tuple[str, Registry[Any]]] = {
    "paths": ("Paths: which sub-networks an update trains", PATHS),
    "update": ("Updates: what a step does with them", UPDATES),
    "loss": ("Losses", LOSSES),
    "optimizer": ("Optimizers", OPTIMIZERS),
    "schedule": ("Schedules of the learning rate", SCHEDULES),
    "averaging": ("Averaging of weights or predictions", AVERAGINGS),
    "norm": ("Norms", NORMS),
    "construct": ("Supernets", CONSTRUCTS),
}
"""Slot of a recipe -> title and registry."""
RESULTS = Path("plots")
PRESETS_SHOWN = ("laptop", "laptop-cifar100", "full", "paper")


def write(folder: Path, project: Path) -> None:
    """Write every page into `folder`; what is there and has no page any more is deleted."""
    pages = {"heuristics.md": heuristics(), "metrics.md": metrics(), "searchers.md": searchers()}
    pages |= {f"study-{study.name}.md": page_of(study, folder, project) for study in STUDIES.all()}
    pages["studies.md"] = studies()
    folder.mkdir(parents=True, exist_ok=True)
    for left in set(folder.glob("*.md")) - {folder / name for name in pages}:
        left.unlink()
    for name, text in pages.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            write_whole(folder / name, text.encode())


def studies() -> str:
    """Return the list of studies with their questions."""
    lines = [
        "# Studies",
        "",
        "Each study is a table of recipes with a question. `supernet-bench run STUDY` runs one.",
        "",
    ]
    lines += ["| study | question |", "| --- | --- |"]
    lines += [f"| [{study.name}](study-{study.name}.md) | {study.question} |" for study in STUDIES.all()]
    lines += ["", "```{toctree}", ":hidden:", "", *(f"study-{study.name}" for study in STUDIES.all()), "```", ""]
    return "\n".join(lines)


def page_of(study: Study, folder: Path, project: Path) -> str:
    """Return a study's page: question, source, rows, and what is stored of it."""
    lines = [f"# {study.name}", "", study.question, "", f"Source: {study.source}.", ""]
    lines += [f"Truth: {study.truth or 'none'}. Commands: `supernet-bench plan {study.name}`, `run`, `plot`.", ""]
    lines += ["| row | changes to the baseline | source | reported there |", "| --- | --- | --- | --- |"]
    lines += [row_line(row, study) for row in study.rows]
    stored = list(results(study, folder, project))
    return "\n".join([*lines, "", *(stored or ["## Results", "", "No results of this study are stored."]), ""])


def row_line(row: Row, study: Study) -> str:
    """Return a row of a study as a line of its table."""
    cells = [row.name, "; ".join(changes(row, study)) or "nothing", row.source or ""]
    told = row.reported.words if row.reported else ""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in [*cells, told]) + " |"


def results(study: Study, folder: Path, project: Path) -> Iterator[str]:
    """Yield the lines of what `plot` wrote of a study: its tables and figures, by preset."""
    for preset in PRESETS_SHOWN:
        stored = project / RESULTS / study.name / preset
        if not (stored / "results.md").exists():
            continue
        yield from (f"## Results at preset {preset}", "", (stored / "results.md").read_text().strip(), "")
        for figure in sorted(stored.glob("*.png")):
            yield from (f"![{figure.stem}]({os.path.relpath(figure, folder)})", "")


def heuristics() -> str:
    """Return every entry of every slot of a recipe: what it is, its settings, and the studies whose rows use it."""
    lines = ["# Heuristics", "", "Everything that a recipe can be made of. A file of your own is one more entry.", ""]
    for slot, (title, registry) in SLOTS.items():
        lines += [f"## {title}", ""]
        for name in registry.names():
            entry = registry.get(name)
            lines += [f"### {name}", "", words_of(entry), "", *settings_of(entry), *used_by(slot, entry)]
    return "\n".join(lines)


def searchers() -> str:
    """Return every searcher with its settings."""
    lines = ["# Searchers", "", "What `supernet-bench search ROW --by NAME` can ask a trained supernet with.", ""]
    for name in SEARCHERS.names():
        entry = SEARCHERS.get(name)
        lines += [f"## {name}", "", words_of(entry), "", *settings_of(entry)]
    return "\n".join(lines)


def metrics() -> str:
    """Return every kind of metric with its definition and the names under which it is listed."""
    lines = ["# Metrics", "", "All take predictions and truth of the same architectures; higher is better in both.", ""]
    kinds: dict[str, list[Any]] = {}
    for metric in METRICS.all():
        kinds.setdefault(getattr(metric, "about", "") or inspect.getdoc(type(metric)) or "", []).append(metric)
    for about, found in kinds.items():
        name = found[0].name
        heading = name if len(found) == 1 else f"{name.partition('/')[0]}/..."
        named = ", ".join(f"`{metric.name}`" for metric in found)
        words = about.strip().removeprefix("Return ")
        lines += [f"## {heading}", "", words[:1].upper() + words[1:], ""]
        lines += [f"Names: {named}. Better: {found[0].better}.", ""]
    return "\n".join(lines)


def words_of(entry: type) -> str:
    """Return the docstring of an entry without its examples of code."""
    paragraphs = (inspect.getdoc(entry) or "").split("\n\n")
    return "\n\n".join(text for text in paragraphs if not text.startswith(">>>"))


def settings_of(entry: type) -> list[str]:
    """Return the table of an entry's settings, nothing if it has none."""
    fields = dataclasses.fields(entry)
    if not fields:
        return []
    lines = ["| setting | default | allowed |", "| --- | --- | --- |"]
    for field in fields:
        default = field.default_factory() if callable(field.default_factory) else field.default
        told = "the preset's" if default is OPEN else describe(default)
        allowed = allowed_by(field)
        kind = getattr(field.type, "__name__", field.type)
        lines.append(
            f"| `{field.name}` | {told} | {kind if allowed is None else allowed} |".replace("None |", "none |")
        )
    return [*lines, ""]


def used_by(slot: str, entry: type) -> list[str]:
    """Return a line of links to the studies whose rows differ from their baseline by this entry."""
    found = [study.name for study in STUDIES.all() if any(uses(row, study, slot, entry) for row in study.rows)]
    return [f"Studies: {', '.join(f'[{name}](study-{name}.md)' for name in found)}.", ""] if found else []


def uses(row: Row, study: Study, slot: str, entry: type) -> bool:
    """Return whether a row has this entry in the slot, with other settings than its study's baseline."""
    mine: Slot = getattr(row.recipe, slot)
    return type(mine) is entry and describe(mine) != describe(getattr(study.baseline, slot))
