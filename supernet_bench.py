"""The command `supernet-bench`, also `python -m supernet_bench`: safe beside folders called bench or studies."""

import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
"""The folder that holds this installation's bench/ and studies/."""


def settle_path(names: tuple[str, ...] = ("bench", "studies")) -> None:
    """Put `HERE` first on the module path if another package on it has one of the names.

    That happens where PYTHONPATH, or `python -m`, puts a folder of the user's before the installed packages.
    """
    for name in names:
        spec = find_spec(name)
        found = (spec and spec.submodule_search_locations) or ()
        if HERE / name not in (Path(place).resolve() for place in found):
            sys.path.insert(0, str(HERE))
            return


def main() -> None:
    """Run the command line."""
    settle_path()
    from bench.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
