"""Commands of a Slurm that is not there: scripts that a test writes."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that writes a command of Slurm's; nothing else is on the path but the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name: str, body: str) -> Path:
        """Write a shell script; its arguments are appended to a file, which is returned."""
        told = folder / f"{name}.told"
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "$@" >> {told}\n{body}\n')
        script.chmod(0o755)
        return told

    return write
