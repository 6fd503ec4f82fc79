"""Tables of text: no number broken at any width, and the same cells in every format."""

import csv
import io
import re

import pytest

from bench.cli.grid import FORMATS, chosen_format, print_grid, spelled_grid
from bench.errors import BenchError

HEADINGS = ["row", *(f"metric {place} ↑" for place in range(6))]
LINES = [
    ["a row with a rather long name, by -cross-entropy", *["-.1234 [-.5678,.9012]"] * 6],
    ["b", *["1,234.56"] * 6],
]


def printed(monkeypatch, capsys, width, headings=HEADINGS, lines=LINES):
    monkeypatch.setenv("COLUMNS", str(width))
    print_grid(headings, lines, "title")
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [60, 80, 81, 100, 180])
def test_no_line_is_wider_than_the_output_and_no_number_is_broken(monkeypatch, capsys, width):
    told = printed(monkeypatch, capsys, width)
    assert max(map(len, told)) <= width
    numbers = re.findall(r"\S*\d\S*", "\n".join(told))
    assert {number for number in numbers if len(number) > 1} == {"-.1234", "[-.5678,.9012]", "1,234.56"}
    assert sum(number == "1,234.56" for number in numbers) == 6


def test_a_table_that_is_too_wide_is_printed_in_parts_with_the_names_in_each(monkeypatch, capsys):
    told = printed(monkeypatch, capsys, 60)
    assert sum(line.split()[:1] == ["b"] for line in told) > 1
    assert sum(line.split()[:1] == ["b"] for line in printed(monkeypatch, capsys, 250)) == 1


def test_a_table_without_lines_is_its_headings(monkeypatch, capsys):
    assert any(line.split() == ["one", "two"] for line in printed(monkeypatch, capsys, 80, ["one", "two"], []))


def test_csv_and_markdown_hold_the_cells_as_they_are():
    lines = [['a "b", c|d', "1"]]
    assert list(csv.reader(io.StringIO(spelled_grid(["row", "n"], lines, "csv")))) == [["row", "n"], *lines]
    assert spelled_grid(["row", "n"], lines, "markdown").splitlines()[2] == '| a "b", c\\|d | 1 |'


def test_latex_escapes_what_it_would_read_as_a_command():
    told = spelled_grid(["P@5% ↑", "n"], [["a_b & c \\ 3†", "1"]], "latex")
    assert r"P@5\% $\uparrow$ & n \\" in told
    assert r"a\_b \& c \textbackslash{} 3$\dagger$ & 1 \\" in told


def test_a_wrong_format_is_refused_with_those_that_are_allowed():
    with pytest.raises(BenchError, match=f"--format html; allowed: {', '.join(FORMATS)}"):
        chosen_format("html", False)
    with pytest.raises(BenchError, match="--json and --format csv; keep one of them"):
        chosen_format("csv", True)
