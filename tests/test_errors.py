"""An error is one short line, whatever it quotes."""

import sys

import pytest

from bench.errors import LONGEST, BenchError, DataError, RecipeError, StoreError, check_name, installing, shown


@pytest.mark.parametrize(
    "hostile",
    ["a\nb\r\nc", "\x1b[2J\x1b]0;title\x07", "x" * 11_000_000, "\n" * 3_000_000, "\x00" * 5_000, "\udc80", "a\u202eb"],
    ids=["lines", "escapes", "megabytes", "empty lines", "zeros", "surrogate", "right to left"],
)
@pytest.mark.parametrize("kind", [DataError, StoreError, BenchError])
def test_whatever_a_message_quotes_it_is_one_short_printable_line(kind, hostile):
    text = str(kind(f"table.csv, line 3: '{hostile}' is no architecture; correct the row"))
    assert len(text) <= LONGEST
    assert text.isprintable()
    assert text.startswith("table.csv, line 3: '")
    assert text.endswith("' is no architecture; correct the row")


def test_a_short_message_stays_as_it_is():
    text = "größe 'a  b' →  3; rename it"
    assert str(DataError(text)) == text


def test_an_error_in_an_error_is_not_escaped_twice():
    inner = DataError("a\x00b")
    assert str(StoreError(f"{inner}")) == str(inner) == "a\\x00b"


def test_a_long_value_shows_its_ends_and_its_length():
    assert shown("a" * 50 + "b" * 50) == f"{'a' * 20} ... (100 characters) ... {'b' * 20}"


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", "/x", "..", ".", "", "-rf", "a b", "a\n", "é", "a" * 101])
def test_a_name_that_could_be_a_path_is_refused(name):
    with pytest.raises(RecipeError, match=r"the study's name '.*' is not allowed; use letters, digits"):
        check_name("study", name)


@pytest.mark.parametrize("name", ["masking", "my_heuristic", "v2.1", "A-b", "_mine", "a" * 100])
def test_a_name_of_letters_digits_and_three_signs_is_allowed(name):
    check_name("study", name)


def test_a_package_is_installed_by_pip_or_where_there_is_none_by_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installing("submitit") == f"{sys.executable} -m pip install submitit"
    monkeypatch.setattr("bench.errors.find_spec", lambda name: None)
    assert installing("submitit") == f"uv pip install --python {sys.executable} submitit"
