"""What `--json` prints."""

import json
import math
from typing import Any


def json_line(found: Any) -> str:
    """Return a value as JSON in one line; NaN and infinite numbers, which JSON lacks, become null.

    >>> json_line({"tau": float("nan"), "n": (1, 2.5)})
    '{"tau": null, "n": [1, 2.5]}'
    """
    return json.dumps(_without_nan(found), allow_nan=False)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
