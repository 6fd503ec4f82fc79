"""The notebooks of docs/ run, and print what is stored in them."""

from pathlib import Path
from typing import Any

import pytest

from bench.places import PROJECT

NOTEBOOKS = sorted((PROJECT / "docs" / "notebooks").glob("*.ipynb"))


def texts(notebook: Any) -> list[str]:
    """Return what each cell prints or shows, as plain text; messages on stderr are the kernel's."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    printed = [output for output in outputs if output.get("name") != "stderr"]
    return [output["data"]["text/plain"] if "data" in output else output["text"] for output in printed]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.slow
@pytest.mark.enable_socket  # the kernel is asked over a local one
@pytest.mark.filterwarnings("default")  # what jupyter warns of is not ours to mend
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    stored = nbformat.read(path, 4)
    shown = texts(stored)
    assert shown
    NotebookClient(stored, timeout=600, startup_timeout=600, kernel_name="python3").execute()
    assert texts(stored) == shown
