"""One reader of files with columns: every form gives the same rows."""

import gzip
import json
import tracemalloc

import pytest

from bench.errors import DataError
from bench.tables import text_file
from bench.tables.frame import ARCH_COLUMNS, KEY, VALUE, Columns, read_frame

ROWS = [("a", 1.5), ("b", None), ("a", 2.5)]
RECORDS = [{"arch": arch, "score": score} for arch, score in ROWS]
FORMS = {
    "list of records": RECORDS,
    "dict of lists": {"arch": [arch for arch, _ in ROWS], "score": [score for _, score in ROWS]},
    "pandas' default": {
        "arch": {str(row): arch for row, (arch, _) in enumerate(ROWS)},
        "score": {str(row): score for row, (_, score) in enumerate(ROWS)},
    },
    "records by name": {f"arch{row}": record for row, record in enumerate(RECORDS)},
}


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="t.json"):
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return to_file


def cells(path, **chosen):
    frame = read_frame(path, Columns(**chosen))
    arch, score = frame.column(ARCH_COLUMNS, chosen.get("arch")), frame.column(["score"], chosen.get("value"))
    return [(arch, score) for (_, arch), (_, score) in zip(frame.cells(arch), frame.cells(score), strict=True)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["t.json", "T.JSON.gz"])
def test_every_form_of_json_gives_the_same_cells(write, form, name):
    assert cells(write(FORMS[form], name)) == ROWS


def test_a_data_frame_as_pandas_writes_it_is_read_in_its_three_orientations(write):
    import pandas as pd

    frame = pd.DataFrame(RECORDS)
    for orient in ("columns", "records", "index"):
        assert cells(write(frame.to_json(orient=orient))) == ROWS
    assert cells(write(frame.to_csv(), "t.csv")) == [("a", "1.5"), ("b", ""), ("a", "2.5")]


@pytest.mark.parametrize(("name", "by"), [("t.csv", ","), ("t.csv", ";"), ("t.tsv", "\t"), ("t.csv.gz", ";")])
def test_cells_are_separated_by_what_separates_the_names(write, name, by):
    lines = [("ARCH", "Score"), ("a,b" if by != "," else "a;b", "1"), ("c", "2")]
    path = write("".join(by.join(line) + "\r\n" for line in lines), name)
    assert cells(path) == lines[1:]


def test_a_column_is_chosen_by_its_exact_name_first_then_in_any_case(write):
    path = write("Cell,cell,synflow\na,b,1\n", "t.csv")
    assert cells(path, arch="cell", value="SynFlow") == [("b", "1")]
    with pytest.raises(DataError, match=r"one column must be called 'CELL' \(--arch-column\); Cell and cell all match"):
        read_frame(path).column(ARCH_COLUMNS, "CELL")


def test_a_chosen_column_tells_columns_from_entries(write):
    assert cells(write({"cell": {"0": "a"}, "loss": {"0": 3}}), arch="cell", value="loss") == [("a", 3)]


def test_an_object_of_plain_values_keeps_repeated_keys(write):
    frame = read_frame(write('{"a": 1, "a": 2}'))
    assert [(cells[KEY], cells[VALUE]) for _, cells in frame.rows] == [("a", 1), ("a", 2)]
    assert frame.of_pairs
    with pytest.raises(DataError, match=r"holds \{arch: number\} without columns; leave out --column"):
        frame.check_chosen(Columns(value="acc"))


@pytest.mark.parametrize("content", [[{"(value)": 1}, {"arch": "a"}], {"x": {"(key)": 1, "(value)": 2}}])
def test_columns_called_key_and_value_are_columns(write, content):
    assert not read_frame(write(content)).of_pairs


def test_an_entry_called_like_a_column_is_still_an_entry(write):
    assert cells(write({"arch": {"arch": "a", "score": 1}})) == [("a", 1)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"arch": "a"}, 3], r"t.json holds a list; expected"),
        ({"x": {"arch": "a", "score": 1}, "y": 2}, r"key 'y': 2 is no record as the others; write"),
        ('[{"arch": "a", "arch": "b"}]', r"entry 1: 'arch' occurs twice; keep one"),
        ('{"arch": ["a"], "score": [1], "score": [2]}', r"top level: 'score' occurs twice"),
        ({"arch": ["a", "b"], "score": [1]}, r"column 'score' has 1 rows and 'arch' 2"),
        ({"arch": {"0": "a"}, "score": {"1": 1}}, r"column 'score' has 1 rows and 'arch' 1, or other ones"),
        ([{"arch": "a", "score": 1}, {"arch": "b"}], r"entry 2: no 'score'; it has arch; add it"),
        ([{"arch": "a", "acc": 1}], r"entry 1: one column must be called score; none matches among \['arch', 'acc'\]"),
    ],
)
def test_what_does_not_fit_names_its_place(write, content, message):
    with pytest.raises(DataError, match=message):
        cells(write(content))


def test_a_truncated_gzip_is_named(write):
    path = write(FORMS["list of records"], "t.json.gz")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"t.json.gz cannot be decompressed \(truncated\?\): .*; copy or"):
        read_frame(path)


def test_a_small_file_cannot_fill_the_memory(write, monkeypatch):
    monkeypatch.setattr(text_file, "MOST_BYTES", 1_000_000)
    path = write("0" * 20_000_000, "t.csv.gz")
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"t.csv.gz has more than 1,000,000 bytes when decompressed"):
            read_frame(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_may_not_be_opened_is_named(tmp_path):
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError, match=r"t.csv cannot be read \(Is a directory\)"):
        read_frame(tmp_path / "t.csv")


@pytest.mark.parametrize(
    "content",
    [
        {f"arch {number} " * 9: [number] for number in range(2_000)},
        {"cell": [f"{number} " * 9 for number in range(2_000)], "score": list(range(2_000))},
        {"score": {f"arch {number} " * 9: number for number in range(2_000)}},
        {"a" * 100_000: {"b" * 100_000: 1}},
        [{"a" * 100_000: 1}],
        [{"arch": "a", "a" * 100_000: 1}],
    ],
)
def test_errors_are_short_however_large_the_file(write, content):
    with pytest.raises(DataError) as caught:
        cells(write(content))
    assert len(str(caught.value).replace(str(write(content)), "")) < 700
