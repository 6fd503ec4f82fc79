"""The site: the pages of this folder, and those that `reference` writes from the registries and plots/."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import reference  # noqa: E402 - found beside this file

from bench import __version__  # noqa: E402

project, author, release = "supernet-bench", "the supernet-bench developers", __version__
copyright = "MIT licence"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"supernet-bench {release}"
html_show_copyright = False
myst_heading_anchors = 3
nb_execution_mode = "off"  # a notebook is shown as it is stored; tests/docs/test_notebooks.py runs it and compares
autodoc_typehints = "description"
autodoc_member_order = "bysource"
suppress_warnings = [
    "myst.xref_missing"
]  # links to files of the clone; tests/cli/test_readme.py checks that they exist


def setup(app: object) -> None:
    """Write the generated pages before Sphinx lists the pages of this folder."""
    reference.write(HERE / "generated", HERE.parent)
