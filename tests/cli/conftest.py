"""Commands of a Slurm that is not there."""

from collections import defaultdict
from pathlib import Path

import pytest


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that writes a command of Slurm's and returns the file of its arguments."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("bench.cli.plan.expected_minutes", lambda *_, **__: defaultdict(float))  # else a second

    def write(**bodies: str) -> Path:
        for name, body in bodies.items():
            script = folder / name
            script.write_text(f'#!/bin/sh\necho "$@" >> {script}.told\n{body}\n')
            script.chmod(0o755)
        return folder

    return write
