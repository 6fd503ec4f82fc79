"""`python docs/versions.py FOLDER` writes the first page of the site, which lists the versions in that folder."""

import sys
from pathlib import Path

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>supernet-bench</title>
<h1>supernet-bench</h1>
<ul>
{lines}
</ul>
</html>
"""


def versions(site: Path) -> list[str]:
    """Return the versions that have a folder with a first page, the newest first."""
    found = [page.parent.name for page in site.glob("*/index.html") if _numbers(page.parent.name)]
    return sorted(found, key=_numbers, reverse=True)


def _numbers(version: str) -> list[int]:
    """Return the numbers of a version, none for another name.

    >>> _numbers("1.10.0"), _numbers("_static")
    ([1, 10, 0], [])
    """
    parts = version.split(".")
    return [int(part) for part in parts] if all(part.isdecimal() for part in parts) else []


def write(site: Path) -> None:
    """Write the page that lists the versions."""
    lines = (f'<li><a href="{version}/index.html">version {version}</a></li>' for version in versions(site))
    (site / "index.html").write_text(PAGE.format(lines="\n".join(lines)))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
