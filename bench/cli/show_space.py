"""What `show SPACE` prints: its decisions and their choices, what it restricts, its truths, studies and supernet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from bench.cli.folded import NO_BREAK
from bench.errors import RecipeError
from bench.spaces import Space
from bench.study.study import STUDIES
from bench.supernets import Construct, construct_of

LISTED = 3
"""At most so many numbers with one step are all written; more are their first two and their last."""


def about_space(kind: type[Space]) -> dict[str, Any]:
    """Return what a sampler needs to know about the unmasked space, and its supernet.

    Decisions are named if the space names them. `allowed` has only the decisions some of whose choices are masked.
    """
    space = kind()
    small, large = space.spell_all(space.extremes())
    own_form = kind.canonical is not Space.canonical
    named = kind.decision_names is not Space.decision_names
    masked = [
        (decision, _numbered(names, allowed))
        for decision, (names, allowed) in enumerate(zip(space.choices, space.allowed, strict=True))
        if len(allowed) < len(names)
    ]
    return {
        "decisions": space.decisions,
        **({"decision names": list(space.decision_names)} if named else {}),
        "choices": grouped(enumerate(_numbered(names, range(len(names))) for names in space.choices)),
        **({"allowed": grouped(masked)} if masked else {}),
        "valid": "every combination" if kind.valid is Space.valid else "some combinations: see its `valid`",
        "size": space.size,
        "smallest": small,
        "largest": large,
        "canonical form": "one per sub-network of a supernet" if own_form else "none: every architecture is its own",
        "costs": list(space.costs(space.extremes())),
        "tables": _tables_of(space.slot_name()),
        "studies": [
            name for name in STUDIES.names() if STUDIES.get(name).baseline.space.slot_name() == kind.slot_name()
        ],
        **_supernet(space),
    }


def _numbered(names: Sequence[str], kept: Sequence[int]) -> str:
    return ", ".join(f"{index} {names[index]}" for index in kept)


def grouped(texts: Iterable[tuple[int, str]]) -> dict[str, str]:
    """Return the text of every decision, those with equal texts as one.

    >>> grouped(enumerate(["a, b", "c", "a, b", "c", "a, b", "c", "a, b"]))
    {'0, 2, ..., 6': 'a, b', '1, 3, 5': 'c'}
    """
    found: dict[str, list[int]] = {}
    for decision, text in texts:
        found.setdefault(text, []).append(decision)
    return {_numbers(decisions): text for text, decisions in found.items()}


def _numbers(ascending: Sequence[int]) -> str:
    """Return numbers as text: neighbours as a range, four or more with another step by their first two and last.

    >>> _numbers([0, 1, 2, 5]), _numbers([1, 3, 5, 7]), _numbers([0, 1, 8, 9])
    ('0-2, 5', '1, 3, ..., 7', '0-1, 8-9')
    """
    steps = {after - before for before, after in pairwise(ascending)}
    if len(steps) == 1 and steps != {1} and len(ascending) > LISTED:
        return f"{ascending[0]}, {ascending[1]}, ..., {ascending[-1]}"
    runs: list[list[int]] = []
    for number in ascending:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def for_people(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is printed of a space: no choice is said twice, or parted from its number where a line is folded."""
    told: dict[str, Any] = {}
    for key, value in found.items():
        if key in ("choices", "allowed"):
            by_decision = said_once(value) if key == "choices" else value
            told[f"{key}, by decision from 0"] = {name: _unbroken(text) for name, text in by_decision.items()}
        else:
            told[key] = [name.replace(" ", NO_BREAK) for name in value] if key == "decision names" else value
    return told


def said_once(choices: Mapping[str, str]) -> dict[str, str]:
    """Return the choices of decisions without those that a line before has said.

    >>> said_once({"0-1": "0 a, 1 b", "2": "0 a, 1 b, 2 c", "3": "0 c"})
    {'0-1': '0 a, 1 b', '2': 'those of 0-1, then 2 c', '3': '0 c'}
    """
    found: dict[str, str] = {}
    for decisions, text in choices.items():
        before = [other for other in found if text.startswith(f"{choices[other]}, ")]
        longest = max(before, key=lambda other: len(choices[other]), default=None)
        own = "" if longest is None else text.removeprefix(f"{choices[longest]}, ")
        found[decisions] = f"those of {longest}, then {own}" if own else text
    return found


def _unbroken(choices: str) -> str:
    return re.sub(r"(?<=\d) (?=[^,]+(,|$))", NO_BREAK, choices)


def _tables_of(space: str) -> dict[str, str]:
    """Return the ground truths of a space, those that are stored and those that can be had, and how."""
    from bench.places import data_folder
    from bench.tables.catalog import table_paths
    from bench.tables.sources import load_sources

    found = {table: source.remedy for source in reversed(load_sources()) for table in source.tables}
    found |= dict.fromkeys(table_paths(data_folder()), "stored")
    return {name: how for name, how in sorted(found.items()) if name.startswith(f"{space}/")}


def _supernet(space: Space) -> dict[str, Any]:
    try:
        construct = construct_of(space)
    except RecipeError:
        return {"construct": "none: this space has no supernet yet"}
    return {"construct": construct.slot_name(), **sizes(construct)}


def sizes(construct: type[Construct]) -> dict[str, Any]:
    """Return the sizes that each preset fills in, and the tables that `table build` can build with their recipes."""
    tables = {"tables it builds": _spelled(construct.stand_alone)} if construct.stand_alone else {}
    return {"sizes": _spelled(construct.sizes), **tables}


def _spelled(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: ", ".join(f"{setting}={value!r}" for setting, value in own.items()) for name, own in settings.items()}
