"""Which build of PyTorch `make` installs, with an uv that only writes down how it is called."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from bench.places import PROJECT

UV = """#!/bin/sh
echo "backend=$UV_TORCH_BACKEND $*" >> "$CALLS"
[ "$1" = venv ] && mkdir -p .venv/bin && touch .venv/bin/python
case " $REACHED " in *" ${UV_TORCH_BACKEND:-usual} "*) exit 0;; esac
[ "$1" = venv ] && exit 0
echo "error: not reached" >&2
exit 2
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def make(tmp_path):
    """Return a function that makes `.venv/.demo` where uv reaches some backends: exit code, uv's installs, stderr."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text(UV)
    (tmp_path / "bin" / "uv").chmod(0o755)

    def run(*words, reached, **environment):
        known = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "MAKE"))}
        known |= {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "CALLS": str(tmp_path / "calls")}
        command = ["make", f"PYTHON={sys.executable}", ".venv/.demo", *words]
        ran = subprocess.run(
            command, cwd=tmp_path, env=known | {"REACHED": reached} | environment, capture_output=True, text=True
        )
        calls = (tmp_path / "calls").read_text().splitlines()
        return ran.returncode, [call for call in calls if " pip install " in call], ran.stderr

    return run


def test_uv_chooses_by_the_machine(make):
    code, [call], _ = make(reached="auto")
    assert code == 0
    assert call == "backend=auto pip install -q --python .venv/bin/python -c constraints.txt -e ."


def test_the_usual_build_is_taken_where_the_others_cannot_be_reached(make):
    code, calls, told = make(reached="usual")
    assert code == 0
    assert "error" not in told, "what cannot be reached is said in a line of its own"
    assert [call.split()[0] for call in calls] == ["backend=auto", "backend="]
    assert calls[1].endswith("pip install -q --python .venv/bin/python -c constraints.txt -e .")


@pytest.mark.parametrize("words", [("UV_TORCH_BACKEND=cpu",), ()])
def test_who_asks_for_the_cpu_never_gets_cuda(make, words):
    environment = {} if words else {"UV_TORCH_BACKEND": "cpu"}
    code, calls, told = make(*words, reached="usual auto", **environment)
    assert code != 0
    assert "error: not reached" in told
    assert [call.split()[0] for call in calls] == ["backend=cpu"]
    assert make(*words, reached="cpu", **environment)[0] == 0


def test_where_nothing_can_be_reached_the_error_is_told_once(make):
    code, _, told = make(reached="")
    assert code != 0
    assert told.count("error: not reached") == 1


def test_no_file_of_the_installation_names_an_address_of_packages():
    for name in ("constraints.txt", "Makefile", "pyproject.toml", ".ci/run"):
        assert not re.search(r"https?://|index-url|find-links", (PROJECT / name).read_text()), name
    assert "+cpu" not in (PROJECT / "constraints.txt").read_text(), "a pin of one build excludes the others"


def test_uv_knows_the_option_that_the_readme_names():
    uv = shutil.which("uv") or shutil.which("uv", path=os.path.dirname(sys.executable))
    if uv is None:
        pytest.skip("needs uv")
    told = subprocess.run([uv, "pip", "install", "--help"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"--torch-backend.*UV_TORCH_BACKEND=.*auto, cpu", told, flags=re.S)
    assert "uv pip install --torch-backend=cpu -c constraints.txt -e ." in (PROJECT / "README.md").read_text()
