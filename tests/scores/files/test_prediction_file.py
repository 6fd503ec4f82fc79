import json

import numpy as np
import pytest

from bench.errors import DataError
from bench.scores.files.prediction_file import read_predictions


def written(folder, name, text):
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "arch,score\n01,1.5\n",
        "Architecture,Accuracy\n01,1.5\n",
        "name,ARCH_STR,acc\narch1,01,1.5\n",
        "prediction, Arch String \n1.5,01\n",
    ],
)
def test_a_csv_is_read_whatever_its_columns_are_called(tmp_path, text):
    read = read_predictions(written(tmp_path, "p.csv", text))
    assert (read.archs, read.scores.tolist(), read.where) == (["01"], [1.5], ["line 2"])


@pytest.mark.parametrize(
    ("content", "where"),
    [({"01": 1.5}, "key '01'"), ({"arch1": {"arch": "01", "acc": 1.5, "epoch": 3}}, "key 'arch1'")],
)
def test_a_json_is_read_in_both_styles(tmp_path, content, where):
    read = read_predictions(written(tmp_path, "p.json", content))
    assert (read.archs, read.scores.tolist(), read.where) == (["01"], [1.5], [where])


def test_diverged_scores_are_kept_as_they_are(tmp_path):
    csv = read_predictions(written(tmp_path, "p.csv", "arch,acc\na,nan\nb,-inf\nc,1\n"))
    object_ = read_predictions(written(tmp_path, "p.json", '{"a": null, "b": -Infinity, "c": 1}'))
    np.testing.assert_array_equal(csv.scores, [np.nan, -np.inf, 1])
    np.testing.assert_array_equal(object_.scores, csv.scores)


@pytest.mark.parametrize("column", ["loss", "Valid_Loss", "error", "top-1 error", "cross entropy", "NLL"])
def test_a_column_of_losses_is_read_in_the_direction_that_is_stated(tmp_path, column):
    for path in (
        written(tmp_path, "p.csv", f"arch,{column}\na,1.5\nb,nan\n"),
        written(
            tmp_path, "p.json", f'{{"x": {{"arch": "a", "{column}": 1.5}}, "y": {{"arch": "b", "{column}": null}}}}'
        ),
    ):
        with pytest.raises(
            DataError, match=f"is lower better in column '{column}'. add --lower-is-better to .* or --hi"
        ):
            read_predictions(path)
        np.testing.assert_array_equal(read_predictions(path, lower_is_better=True).scores, [-1.5, np.nan])
        np.testing.assert_array_equal(read_predictions(path, lower_is_better=False).scores, [1.5, np.nan])


def test_beside_an_accuracy_a_loss_is_read_only_if_lower_is_better(tmp_path):
    path = written(tmp_path, "p.csv", "arch,acc,loss\na,70,1.5\n")
    read = [read_predictions(path, lower_is_better=lower) for lower in (None, False, True)]
    assert [(file.column, file.scores.tolist()) for file in read] == [("acc", [70]), ("acc", [70]), ("loss", [-1.5])]
    two = written(tmp_path, "two.csv", "arch,loss,error\na,70,1.5\n")
    with pytest.raises(DataError, match="one column must be called loss or error; loss and error all match"):
        read_predictions(two, lower_is_better=True)


def test_any_scores_change_sign_if_lower_is_better(tmp_path):
    assert read_predictions(written(tmp_path, "p.json", '{"a": 1, "b": 2}'), lower_is_better=True).scores.tolist() == [
        -1,
        -2,
    ]


def test_repeated_keys_of_a_json_are_both_read(tmp_path):
    assert read_predictions(written(tmp_path, "p.json", '{"a": 1, "a": 2}')).scores.tolist() == [1, 2]


@pytest.mark.slow
def test_the_published_predictions_are_read_whole(real_data):
    read = read_predictions(real_data / "cvpr2021_track1_winner_predictions.csv")
    assert len(read.archs) == 50_000
    assert (read.scores[0], read.where[0]) == (41.57, "line 2")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.txt", "", r"p.txt: unknown extension '.txt'; allowed: .csv, .tsv, .json, each also with .gz"),
        ("p.csv", "", r"p.csv is empty; its first line must name the columns"),
        ("p.csv", "arch,acc\n", r"p.csv holds no predictions; write one architecture and its score per"),
        ("p.json", "{}", r"p.json holds no predictions"),
        ("p.csv", "arch,flops\na,1\n", r"p.csv, header: one column must be called score or .*; none matches"),
        ("p.csv", "a,1\nb,2\n", r"p.csv, header: one column must be called arch or .* among \['a', '1'\]"),
        ("p.csv", "arch,acc,score\na,1,2\n", r"p.csv, header: .*; acc and score all match"),
        ("p.csv", "arch,acc\na,1\nb,high\n", r"p.csv, line 3: score 'high' is not a number; write nan where"),
        ("p.csv", "arch,acc\na,1_0\n", r"p.csv, line 2: score '1_0' is not a number"),
        ("p.json", '{"a": "1_0"}', r"p.json, key 'a': score '1_0' is not a number"),
        ("p.csv", "arch,acc\na,\n", r"p.csv, line 2: score '' is not a number"),
        ("p.csv", "arch,acc\na\n", r"p.csv, line 2: 1 cells, but the header names 2 columns"),
        ("p.json", '{"a": 1, "b"', r"p.json cannot be read as JSON \(truncated\?\): .*; copy or write it again"),
        ("p.json", "[1, 2]", r"p.json holds a list; expected \{arch: score\}, .* or as pandas writes"),
        (
            "p.json",
            '{"a": ' + "9" * 400 + "}",
            r"p.json, key 'a': score 9+ \.\.\. \(400 characters\) \.\.\. 9+ is not a number",
        ),
        ("p.json", '{"a": true}', r"p.json, key 'a': score True is not a number"),
        ("p.json", '{"a": {"arch": "b"}}', r"p.json, key 'a': one column must be called score or .*; none matches"),
        ("p.json", '{"a": [1]}', r"p.json, key 'a': score \[1\] is not a number"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_place_and_remedy(tmp_path, name, text, message):
    with pytest.raises(DataError, match=message):
        read_predictions(written(tmp_path, name, text))


def test_a_file_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none.csv does not exist; give a CSV or JSON file of predictions"):
        read_predictions(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"is a folder; give a CSV or JSON file of predictions"):
        read_predictions(tmp_path)


@pytest.mark.parametrize("name", ["p.csv", "p.json"])
def test_a_binary_file_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\x89HDF\xff\xfe\x00")
    with pytest.raises(DataError, match=name):
        read_predictions(path)
