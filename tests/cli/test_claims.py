"""`claims`: the options, and what they refuse."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError
from bench.report.claims_table import HEADINGS
from bench.study.claim import CLAIMS

PAPER = "Distribution consistent NAS"


def run(*words):
    return CliRunner().invoke(app, ["claims", "--preset", "smoke", *words], catch_exceptions=False)


def test_the_claims_of_one_paper_are_printed(tmp_path):
    ran = run("--paper", "distribution consistent", "--results", str(tmp_path))
    assert ran.exit_code == 0
    claimed = [claim for claim in CLAIMS.all() if claim.paper == PAPER]
    assert len([line for line in ran.output.splitlines() if line.startswith(f"| {PAPER} |")]) == len(claimed)
    assert "| One-shot neural channel search |" not in ran.output
    assert "no run in this space is stored to estimate from" in ran.output


def test_on_a_narrow_terminal_every_claim_is_a_list_of_its_texts(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    ran = run("--paper", PAPER, "--format", "table", "--results", str(tmp_path))
    told = ran.output.splitlines()
    assert max(map(len, told)) <= 80
    claimed = [claim for claim in CLAIMS.all() if claim.paper == PAPER]
    assert len([line for line in told if line.split()[:1] == ["paper"] and PAPER in line]) == len(claimed)
    assert told[0].startswith(f"{len(claimed)} claims: ")


@pytest.mark.slow
def test_csv_is_written_to_the_named_file(tmp_path):
    out = tmp_path / "claims.csv"
    ran = run("--paper", PAPER, "--format", "csv", "--out", str(out), "--results", str(tmp_path))
    assert ran.output == f"{out}\n"
    lines = list(csv.reader(io.StringIO(out.read_text())))
    assert lines[0] == list(HEADINGS)
    assert {line[5] for line in lines[1:]} == {"not tested yet"}


def test_latex_and_json_hold_a_line_per_claim(tmp_path):
    claimed = [claim for claim in CLAIMS.all() if claim.paper == PAPER]
    words = ("--paper", PAPER, "--results", str(tmp_path))
    told = json.loads(run(*words, "--format", "json").output)
    assert [(one["paper says"], one["so far"]) for one in told] == [(one.says, "not tested yet") for one in claimed]
    latex = run(*words, "--format", "latex").output
    assert latex.count(f"{PAPER} & ") == len(claimed)
    assert latex.startswith("\\begin{tabular}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--format", "table", "--out", "a.txt"),
            "--format table, but a.txt is a file; allowed for a file: markdown, latex, csv, json",
        ),
        (("--format", "html"), "--format html; allowed: table, markdown, latex, csv, json"),
        (
            ("--paper", "ENAS"),
            "--paper 'ENAS' is in no name of a paper; these are known: Distribution consistent NAS, ",
        ),
        (("--preset", "pocket"), "unknown preset 'pocket'"),
    ],
)
def test_a_wrong_option_is_one_line(words, said):
    with pytest.raises(BenchError) as raised:
        run(*words)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
