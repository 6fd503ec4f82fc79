import json

import numpy as np
import pytest

from bench.errors import DataError
from bench.scores.files.arch_file import competition_json, predictions_csv, read_archs
from bench.scores.files.prediction_file import read_predictions
from bench.spaces.macro import Macro
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.tables.frame import Columns


def write(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return tmp_path / name


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("a.json", '{"one": {"arch": "00000000", "acc": 1}, "two": {"arch": "22212202"}}', ["one", "two"]),
        ("a.json", '{"one": "00000000", "two": "22212202"}', ["one", "two"]),
        ("a.json", '{"00000000": 1, "22212202": null}', ["arch1", "arch2"]),
        ("a.csv", "name,arch,acc\none,00000000,1\ntwo,22212202,2\n", ["one", "two"]),
        ("a.csv", "Arch_Str\n00000000\n22212202\n", ["arch1", "arch2"]),
        ("a.txt", "00000000\n\n22212202\n", ["arch1", "arch2"]),
    ],
)
def test_every_form_of_list_is_read_in_its_order(tmp_path, file, text, names):
    found = read_archs(write(tmp_path, file, text), Macro())
    assert found.names == names
    assert found.spelled == ["00000000", "22212202"]
    np.testing.assert_array_equal(found.genes, [[0] * 8, [2, 2, 2, 1, 2, 2, 0, 2]])


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("a.txt", "00000000\n0000000\n", r"a\.txt, line 2: '0000000' has 7 digits.*an architecture of 'macro'"),
        ("a.csv", "arch\n00000003\n", r"a\.csv, line 2: '00000003' has characters other"),
        ("a.json", '{"one": {"arch": "x"}}', r"a\.json, key 'one': 'x' has 1 digits"),
        ("a.json", '{"one": {"acc": 1}}', r"key 'one': one column must be called arch"),
        ("a.json", '{"one": {"arch": null}}', r"key 'one': arch is null; write an architecture in quotes"),
        ("a.json", '{"one": {"arch": [2, 2]}}', r"key 'one': arch is \[2, 2\]; write an architecture in quotes"),
        ("a.csv", "name,arch,Name\none,00000000,two\n", "header: 2 columns are called name and Name; keep one"),
        ("a.txt", "\n", "holds no architectures"),
        ("a.csv", "name,arch\none,00000000\none,00000001\n", "names 2 architectures 'one'"),
    ],
)
def test_a_list_that_does_not_fit_says_where(tmp_path, file, text, message):
    with pytest.raises(DataError, match=message):
        read_archs(write(tmp_path, file, text), Macro())


def test_a_list_that_is_no_text_is_said(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe0000")
    with pytest.raises(DataError, match=r"a\.txt cannot be read as text: .*; save it as UTF-8, one architecture"):
        read_archs(tmp_path / "a.txt", Macro())


def test_a_list_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match="does not exist; give a file of architectures"):
        read_archs(tmp_path / "none.json", Macro())
    with pytest.raises(DataError, match="is a folder; give a file of architectures"):
        read_archs(tmp_path, Macro())


def test_what_is_written_in_the_competition_s_form_is_read_back(tmp_path):
    archs = read_archs(write(tmp_path, "a.txt", "00000000\n22212202\n"), Macro())
    back = read_predictions(write(tmp_path, "out.json", competition_json(archs, np.array([0.25, np.nan]))))
    assert back.archs == archs.spelled
    np.testing.assert_array_equal(back.scores, [0.25, np.nan])


def test_what_is_written_as_csv_is_read_back(tmp_path):
    archs = read_archs(write(tmp_path, "a.json", '{"one": "00000000", "a, b": "22212202"}'), Macro())
    path = write(tmp_path, "out.csv", predictions_csv(archs, np.array([1 / 3, -np.inf])))
    back = read_predictions(path)
    assert back.archs == archs.spelled
    np.testing.assert_array_equal(back.scores, [1 / 3, np.nan])
    assert read_archs(path, Macro()).names == ["one", "a, b"]


@pytest.mark.parametrize(
    "content",
    [
        [{"name": "one", "arch": "00000000"}, {"name": None, "arch": "22212202"}],
        {"name": ["one", None], "arch": ["00000000", "22212202"]},
        {"name": {"0": "one", "1": None}, "arch": {"0": "00000000", "1": "22212202"}},
    ],
)
def test_records_and_columns_are_lists_of_architectures_too(tmp_path, content):
    found = read_archs(write(tmp_path, "a.json", json.dumps(content)), Macro())
    assert (found.names, found.spelled) == (["one", "arch2"], ["00000000", "22212202"])


def test_the_column_of_architectures_is_chosen(tmp_path):
    path = write(tmp_path, "a.tsv", "cell\tarch\n22212202\tx\n")
    assert read_archs(path, Macro(), Columns(arch="cell")).spelled == ["22212202"]


def test_integers_are_refused_with_the_reason(tmp_path):
    with pytest.raises(DataError, match=r"a.txt, line 1: .*files number operations and"):
        read_archs(write(tmp_path, "a.txt", "(1, 2, 3, 4, 0, 1)\n"), NB201())
    with pytest.raises(DataError, match=r"key 'x': arch is \[1, 2\]; write .* as its string, such as '\|nor"):
        read_archs(write(tmp_path, "a.json", '{"x": [1, 2]}'), NB201())


@pytest.mark.slow
def test_the_fifty_thousand_of_the_competition_come_back_letter_by_letter(real_data, tmp_path):
    path = real_data / "cvpr2021_track1_winner_predictions.csv"
    archs = read_archs(path, Track1())
    assert len(archs.names) == 50_000
    assert set(archs.names) == {f"arch{number}" for number in range(1, 50_001)}
    again = json.loads(competition_json(archs, np.arange(50_000.0)))
    lines = [line.split(",") for line in path.read_text().splitlines()[1:]]
    assert [(name, entry["arch"]) for name, entry in again.items()] == [(line[0], line[1]) for line in lines]
    spelled = Track1().spell_all(archs.genes)
    assert spelled == [arch.rsplit("-", 1)[0] for arch in archs.spelled], "all but the unused twentieth number"
