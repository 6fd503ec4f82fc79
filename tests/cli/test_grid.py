"""Tables of text: no number and no word broken at any width, and the same cells in every format."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bench.cli import app
from bench.cli.folded import folded, pieces, say
from bench.cli.grid import FORMATS, chosen_format, print_grid, spelled_grid
from bench.cli.layout import parts_of
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


@pytest.mark.parametrize("width", [1, 9, 20])
def test_an_output_that_is_too_narrow_for_anything_has_all_texts(monkeypatch, capsys, width):
    told = "".join(printed(monkeypatch, capsys, width)).replace(" ", "")
    assert told.count("[-.56") == 6


def test_a_table_that_is_too_wide_is_printed_in_parts_with_the_names_in_each(monkeypatch, capsys):
    lines = [*LINES, *([f"row {one}", *LINES[0][1:]] for one in range(9))]
    told = printed(monkeypatch, capsys, 60, lines=lines)
    assert sum(line.split()[:1] == ["b"] for line in told) > 1
    assert sum(line.split()[:1] == ["b"] for line in printed(monkeypatch, capsys, 250, lines=lines)) == 1


WORD = st.from_regex(r"\A[a-z]{1,9}([-_/@:|=(,][a-z]{1,9}){0,4}\Z")
NUMBER = st.floats(-1e6, 1e6).flatmap(
    lambda one: st.sampled_from([f"{one:,.2f}", f"{one:+.1f}", f"[{one:.2f},>{one:,.0f}]"])
)


@given(st.text("ab-_/@:|+=(,;.12 ", max_size=40), st.integers(1, 30))
def test_a_folded_text_is_the_whole_text_in_lines_that_fit(text, width):
    lines = folded(text, width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(WORD | NUMBER, min_size=1))
def test_words_that_fit_are_not_broken(words):
    width = max(map(len, words))
    assert " ".join(folded(" ".join(words), width)) == " ".join(words)


@given(WORD)
def test_a_word_that_does_not_fit_is_folded_where_its_parts_are_joined(word):
    parts = pieces(word)
    assert "".join(parts) == word
    assert len(parts) == len(re.findall("[a-z]+", word))
    ends = {sum(map(len, parts[:count])) for count in range(len(parts) + 1)}
    lines = folded(word, max(map(len, parts)))
    assert {sum(map(len, lines[:count])) for count in range(len(lines) + 1)} <= ends


@given(NUMBER)
def test_a_number_has_no_joint(number):
    assert pieces(number) == [number]


def test_numbers_that_belong_together_have_no_joint():
    assert pieces("2,048/15,625") == ["2,048/15,625"]
    assert pieces("12:30") == ["12:30"]


def test_columns_that_tell_lines_apart_stand_in_every_part():
    headings = ["row", "model", *(f"{count} truths" for count in (20, 40, 80, 160))]
    lines = [[row, model, *[".66 [.65,.67]"] * 4] for row in ("baseline", "alone") for model in ("ridge", "forest")]
    parts = parts_of(headings, lines, 50)
    assert len(parts) > 1
    assert {part.columns[:2] for part in parts} == {(0, 1)}
    one_model = parts_of(headings, lines[::2], 50)
    assert {part.columns[0] for part in one_model} == {0}
    assert 1 not in one_model[-1].columns, "the row alone tells them apart"


def test_a_column_of_long_texts_is_not_narrow_beside_others():
    text = "words of a sentence that tells what a row is and where it is from, " * 2
    parts = parts_of(
        ["row", "changes", "source"], [[f"the row of number {one}", "x" * 36, text] for one in range(5)], 80
    )
    assert [part.columns for part in parts] == [(0, 1), (0, 2)]
    assert parts[1].widths[1] > 40


def test_texts_of_a_few_characters_are_not_folded():
    parts = parts_of(["row", "seeds", "score"], [["a" * 20, "3 of 3", ".50 [.44,.56]"]], 40)
    assert [part.widths for part in parts] == [(20, 6), (20, 13)]


def test_a_table_of_texts_that_is_too_wide_is_a_list_of_its_lines(monkeypatch, capsys):
    headings = ["paper", "section", "says", "we find", "interval", "cost"]
    words = "what a paper says of a method on a benchmark and of another one beside it, " * 3
    lines = [["a paper", "4.2, Table 2", f"{one} {words}", words, words, ""] for one in range(30)]
    told = printed(monkeypatch, capsys, 80, headings, lines)
    assert sum(line.startswith(" paper ") for line in told) == 30
    assert sum(line.startswith(" says ") for line in told) == 30
    assert not any("cost" in line for line in told), "what is empty is left out"
    assert max(map(len, told)) <= 80


def test_numbers_end_below_each_other(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    print_grid(["", "1", "2"], [["no", "+3.9", "-"], ["edge", "-10.1", "+0.1"]], numbers=True)
    told = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert told[0].index("1") == told[2].index(".9") + 1 == told[3].index(".1") + 1


def test_a_text_is_folded_on_a_terminal_alone(monkeypatch, capsys):
    text = "  a: " + "word " * 20
    monkeypatch.delenv("COLUMNS", raising=False)
    say(text.rstrip(), hang=2)
    assert capsys.readouterr().out.count("\n") == 1
    monkeypatch.setenv("COLUMNS", "40")
    say(text.rstrip(), hang=2)
    first, second, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("  a: word")
    assert second.startswith("    word")
    assert max(map(len, (first, second, *others))) <= 40
    say("one\ntwo\n\n- three", flow=True, before="x  ")
    assert capsys.readouterr().out == "x  one two\n   \n   - three\n"


@pytest.mark.parametrize(
    "words", [("show", "local-sharing"), ("show", "darts"), ("show", "nb101"), ("list",)], ids=" ".join
)
def test_nothing_printed_on_a_terminal_of_80_columns_is_wider(monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "80")
    told = CliRunner().invoke(app, list(words)).output.splitlines()
    assert len(told) > 40
    assert max(map(len, told)) <= 80


@pytest.mark.parametrize("width", range(14, 40))
def test_a_number_of_architectures_stays_beside_its_n(monkeypatch, capsys, width):
    monkeypatch.setenv("COLUMNS", str(width))
    print_grid(["row (n = 1,000)", "tau"], [["a", "1"]], "truth x, n = 1,000")
    assert capsys.readouterr().out.count("n = 1,000") == 2


def test_a_table_without_lines_is_its_headings(monkeypatch, capsys):
    assert any(line.split() == ["one", "two"] for line in printed(monkeypatch, capsys, 80, ["one", "two"], []))


def test_a_wide_table_without_lines_is_its_headings_too(monkeypatch, capsys):
    headings = [f"heading{place}" for place in range(12)]
    told = " ".join(printed(monkeypatch, capsys, 80, headings, []))
    assert all(heading in told for heading in headings)


@pytest.mark.parametrize("text", ["行の名前がとても長い", "🚀 rocket, a wide sign", "a\tb"])
def test_texts_of_wide_characters_are_not_cut(monkeypatch, capsys, text):
    told = "".join(printed(monkeypatch, capsys, 40, ["row", "n"], [[text, "1"], ["a", "2"]]))
    for sign in text.replace("\t", ""):
        assert sign in told
    assert "…" not in told


@pytest.mark.parametrize("width", [24, 36])
def test_no_number_of_a_list_is_broken_on_a_narrow_output(monkeypatch, capsys, width):
    headings = ["study", *(f"what the {name} searcher finds" for name in ("random", "evolution", "other"))]
    told = printed(monkeypatch, capsys, width, headings, [["a", *["91.43 [90.43,93.17]"] * 3]])
    assert sum("[90.43,93.17]" in line for line in told) == 3


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
