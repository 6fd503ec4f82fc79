"""What a submission asks of Slurm."""

import os
import re
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.runs.slurm.settings import Request, read_settings


def test_a_settings_file_gives_options_of_sbatch_and_lines_before_the_run(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('account = "vision"\ncpus_per_task = 4\nexclusive = true\nsetup = ["module load cuda"]\n')
    assert read_settings(path) == (
        {"account": "vision", "cpus-per-task": 4, "exclusive": True},
        ("module load cuda",),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("account", "site.toml cannot be read (Expected '=' after a key"),
        ("time = 3", "site.toml: time is set by supernet-bench (use --hours); remove it"),
        ("job_name = 'x'", "job_name is set by supernet-bench ('plan' finds jobs by their name); remove it"),
        ("parsable = true", "parsable is set by supernet-bench (supernet-bench reads what sbatch prints); remove it"),
        ("nodes = 2", "nodes is set by supernet-bench (a run is one process); remove it"),
        ("'a b' = 1", "'a b' is no long option of sbatch; allowed: account, mem, constraint, ..."),
        ("mem = 1.5", "mem is 1.5; allowed: a text, a whole number or true"),
        ("mem = false", "mem is False; allowed: a text, a whole number or true"),
        ('mem = """1\n#SBATCH --time=9"""', "allowed: a text, a whole number or true"),
        ('mem = "1\\u0000"', "mem is '1\\x00'; allowed: a text, a whole number or true"),
        ('setup = ["a\\u0000"]', "setup is ['a\\x00']; allowed: a list of lines"),
        ("mem = " + "[" * 10_000, "site.toml cannot be read (maximum recursion depth exceeded"),
        ("[mem]\nx = 1", "mem is {'x': 1}; allowed: a text, a whole number or true"),
        ("setup = 'module load cuda'", "setup is 'module load cuda'; allowed: a list of lines"),
    ],
)
def test_an_option_that_is_not_allowed_names_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(BenchError, match=re.escape(told)):
        read_settings(path)


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"none.toml cannot be read \(No such file or directory\); give a TOML file"):
        read_settings(tmp_path / "none.toml")


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.toml")
    with pytest.raises(BenchError, match=r"--settings .*site.toml is a device or a pipe"):
        read_settings(tmp_path / "site.toml")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"hours": 0.0}, "--hours 0; allowed: from a minute, 0.017, to 10000"),
        ({"hours": float("nan")}, "--hours nan; allowed"),
        ({"gpus": 2}, "--gpus 2; allowed: 0 or 1, as a run uses one card"),
        ({"parallel": 0}, "--parallel 0; allowed: 1 or more"),
    ],
)
def test_a_value_outside_its_range_is_told(values: dict[str, float], told: str) -> None:
    with pytest.raises(BenchError, match=re.escape(told)):
        Request(**values)  # type: ignore[arg-type]


def test_half_an_hour_is_thirty_minutes() -> None:
    assert Request(hours=0.5).minutes == 30
