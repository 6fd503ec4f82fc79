"""An architecture from a cell of a file: its string in the space, never integers."""

import json
import re
from typing import Any

from bench.errors import DataError, shown
from bench.spaces import Space
from bench.types import Arch

ARCH = 200
"""Characters of an architecture that an error quotes."""
INTEGERS = re.compile(r"[\[(]?\s*\d+(\s*[\s,;_-]\s*\d+)*\s*,?\s*[\])]?")
"""What tuples of choice indices, and an architecture's index in a table, look like as text."""


def parse_arch(cell: Any, space: Space) -> Arch:
    """Return the architecture that a cell of a file spells; raises `DataError` with a short reason.

    Tuples of integers and indices are refused: benchmarks number operations and edges in different orders, which a
    file does not tell.
    """
    if not isinstance(cell, str):
        raise DataError(f"{shown(json.dumps(cell))}; write an architecture in quotes{_why(cell, space)}")
    try:
        return space.parse(cell)
    except DataError as error:
        why = _why(cell, space)
        short = shown(cell, ARCH)
        told = f"'{short}'; write an architecture{why}" if why else str(error).replace(cell, short)
    raise DataError(shown(told, 600))


def _why(cell: Any, space: Space) -> str:
    """Return why integers are no architecture, as the end of "write an architecture"; empty for anything else."""
    example = space.spell(tuple(space.extremes()[1].tolist()))
    integers = isinstance(cell, int | list) if not isinstance(cell, str) else bool(INTEGERS.fullmatch(cell.strip()))
    if not integers or INTEGERS.fullmatch(example):
        return ""
    return (
        f" as its string, such as '{example}': files number operations and architectures in different orders, and "
        "a wrong one turned a tau of .577 into -.008"
    )
