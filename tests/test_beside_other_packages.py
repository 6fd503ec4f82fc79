"""The installed program beside folders of the user's that are called bench and studies."""

import os
import subprocess
import sys

import pytest

import supernet_bench
from bench.errors import BenchError
from bench.places import PROJECT
from bench.registry import Registry
from bench.runs.local import same_module_path
from bench.study.study import Study


@pytest.fixture
def theirs(tmp_path):
    """Return a folder with a bench/ and a studies/ that leave a file where they are imported."""
    for name in ("bench", "studies"):
        (tmp_path / "theirs" / name).mkdir(parents=True)
        (tmp_path / "theirs" / name / "__init__.py").write_text(f"open(r'{tmp_path / name}', 'w').close()")
    return tmp_path / "theirs"


def python(theirs, *words, **environment):
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        [sys.executable, *words], cwd=theirs, capture_output=True, text=True, env=known | environment, timeout=60
    )
    return ran.stdout + ran.stderr


def test_the_path_is_changed_only_where_another_package_is_found_first(theirs, monkeypatch):
    before = [str(PROJECT), *sys.path]
    monkeypatch.setattr(sys, "path", list(before))
    supernet_bench.settle_path()
    assert sys.path == before
    for name in ("bench", "studies"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    sys.path.insert(0, str(theirs))
    supernet_bench.settle_path()
    assert sys.path == [str(PROJECT), str(theirs), *before]


@pytest.mark.slow
def test_the_command_finds_its_own_packages(theirs, tmp_path):
    """As the script does that is installed, with the folder of the packages on the path, but not first."""
    script = tmp_path / "script.py"
    script.write_text("import supernet_bench\nsupernet_bench.main()\n")
    path = os.pathsep.join([".", str(PROJECT)])
    assert "baseline" in python(theirs, str(script), "list", "studies", PYTHONPATH=path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["script.py", "theirs"], "nothing of theirs was imported"


@pytest.mark.slow
def test_workers_start_with_the_same_packages(theirs, tmp_path):
    (tmp_path / "own").mkdir()
    script = tmp_path / "own" / "script.py"
    script.write_text(
        f"import sys\nsys.path.insert(1, r'{PROJECT}')\nfrom bench.runs import local\n"
        "local.IMPORTED_ONCE = ['bench.errors']\n"
        "if __name__ == '__main__':\n"
        "    worker = local.worker_context().Process(target=print, args=('worked',))\n"
        "    worker.start()\n    worker.join()\n"
    )
    assert "worked" in python(theirs, str(script))
    assert not (tmp_path / "bench").exists()


def test_the_environment_is_as_before_once_a_process_has_started(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "mine")
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    monkeypatch.setattr(sys, "path", ["", "a"])
    with same_module_path():
        assert os.environ["PYTHONPATH"] == os.pathsep.join([os.getcwd(), "a"])
        assert os.environ["PYTHONSAFEPATH"] == "1"
    assert os.environ["PYTHONPATH"] == "mine"
    assert "PYTHONSAFEPATH" not in os.environ


def test_a_package_that_hides_the_studies_is_named_and_not_run(theirs, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "studies"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(theirs), *sys.path])
    message = rf"the folder {theirs}/studies hides the package 'studies' of supernet-bench in {PROJECT}; start with"
    with pytest.raises(BenchError, match=message):
        Registry("studies", "studies", Study, instances=True).names()
    assert not (tmp_path / "studies").exists()
