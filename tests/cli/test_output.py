"""What the command prints, wherever it is printed to."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from bench import __version__
from bench.analysis.results_csv import results_csv
from bench.analysis.results_table import result_rows
from bench.cli import INTERRUPTED, app, main
from bench.cli.results_table import print_results
from bench.errors import BenchError
from bench.places import PROJECT, data_folder
from bench.population import Population
from bench.tables.catalog import open_table

SCORED = (
    "arch,score\n"
    "|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,1\n"
    "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,2\n"
    "|nor_conv_1x1~0|+|avg_pool_3x3~0|none~1|+|none~0|skip_connect~1|nor_conv_3x3~2|,3\n"
)


@pytest.fixture
def scored(tmp_path):
    (tmp_path / "mine.csv").write_text(SCORED)
    return ["score", str(tmp_path / "mine.csv"), "--table", "nb201/digits/test/30ep", "--resamples", "1"]


@pytest.mark.parametrize("group", [(), ("data",), ("table",)], ids=" ".join)
def test_help_says_what_each_command_does_in_a_whole_sentence(monkeypatch, group):
    monkeypatch.setenv("COLUMNS", "80")
    told = CliRunner().invoke(app, [*group, "--help"]).output.partition("Commands:")[2].partition("Exit codes:")[0]
    cut = [line.split()[0] for line in told.splitlines() if line.endswith("...")]
    assert told
    assert cut == []


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_an_output_that_is_not_utf8_gets_replaced_characters(scored, encoding, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", ["supernet-bench", *scored])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    out.flush()
    told = out.buffer.getvalue().decode(encoding)
    assert "? higher is better" in told


def test_the_version_needs_no_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["supernet-bench", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().out) == (0, f"{__version__}\n")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_a_process_with_such_an_output_ends_well(scored, encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(PROJECT)}
    ran = subprocess.run([sys.executable, "-m", "bench", *scored], env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert b"? higher is better" in ran.stdout


def test_python_m_bench_is_the_command():
    ran = subprocess.run([sys.executable, "-m", "bench", "--version"], cwd=PROJECT, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, f"{__version__}\n")


def test_help_says_what_the_exit_codes_mean_and_how_to_complete():
    told = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert "0 done; 1 a run or a check failed" in told
    assert f"{INTERRUPTED} stopped by Ctrl-C" in told
    assert "--install-completion" in told


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("words", [["list", "paths"], ["plan", "baseline"], ["data", "list"]], ids=" ".join)
def test_a_table_is_printed_in_every_format_and_no_other_is_taken(words):
    csv_lines = CliRunner().invoke(app, [*words, "--format", "csv"]).stdout.splitlines()
    marked = CliRunner().invoke(app, [*words, "--format", "markdown"]).stdout.splitlines()
    assert len(marked) == len(csv_lines) + 1 > 2
    assert CliRunner().invoke(app, [*words, "--format", "latex"]).stdout.rstrip().endswith(r"\end{tabular}")
    asked = (CliRunner().invoke(app, [*words, *how]).stdout for how in (["--format", "json"], ["--json"]))
    assert json.loads(next(asked)) == json.loads(next(asked))
    with pytest.raises(BenchError, match="--format html; allowed: table, markdown, latex, csv, json"):
        CliRunner().invoke(app, [*words, "--format", "html"], catch_exceptions=False)


@pytest.mark.usefixtures("few_resamples")
def test_csv_of_results_is_the_file_of_them(capsys):
    whole = open_table("nb201/digits/test/30ep", data_folder())
    few = replace(whole, genes=whole.genes[:60], accuracy=whole.accuracy[:60])
    everything = Population("all", few.space, few.genes)
    print_results([], few, everything, how="csv")
    told = capsys.readouterr()
    assert told.out == results_csv(result_rows([], few, everything))
    assert all(float(line["value"]) <= 60 for line in csv.DictReader(io.StringIO(told.out)) if line["value"])
    assert "population all" in told.err
