"""What a training log says of the choices that an update learned."""

import json

import numpy as np
import pytest

from bench.errors import StoreError
from bench.runs.training_log import read_probabilities
from bench.spaces.nb201 import NB201

SPACE = NB201()
TABLE = [[0.2] * 5] * 6


def logged(folder, *lines):
    (folder / "train.jsonl").write_text("".join(line + "\n" for line in lines))
    return folder


def epoch(rows):
    return json.dumps({"epoch": 1, "learned": {"probabilities": rows}})


def test_the_probabilities_of_every_epoch_are_read(tmp_path):
    other = [[1.0, 0, 0, 0, 0]] * 6
    found = read_probabilities(logged(tmp_path, epoch(TABLE), epoch(other)), SPACE)
    assert list(found) == [1, 2]
    np.testing.assert_array_equal(found[2], other)


def test_an_update_that_learns_none_has_none(tmp_path):
    assert read_probabilities(logged(tmp_path, json.dumps({"epoch": 1})), SPACE) == {}
    assert read_probabilities(logged(tmp_path, json.dumps({"learned": {"more": 1}})), SPACE) == {}


def test_the_probabilities_of_a_training_that_diverged_are_nan(tmp_path):
    assert np.isnan(read_probabilities(logged(tmp_path, epoch([[float("nan")] * 5] * 6)), SPACE)[1]).all()


def test_a_missing_log_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"train\.jsonl cannot be read \(No such file.*restore it, or delete"):
        read_probabilities(tmp_path, SPACE)


@pytest.mark.parametrize("line", ["{", "[]", "3", "\xff"])
def test_a_line_that_is_no_object_is_named(tmp_path, line):
    with pytest.raises(StoreError, match=r"train\.jsonl, line 2 is no JSON object"):
        read_probabilities(logged(tmp_path, epoch(TABLE), line), SPACE)


@pytest.mark.parametrize(
    "rows", [3, [[0.2] * 5] * 5, [[0.2] * 4] * 6, [[0.2] * 4 + [1.1]] * 6, [["0.2"] * 5] * 6, [[True] * 5] * 6]
)
def test_probabilities_of_another_shape_or_range_are_named(tmp_path, rows):
    with pytest.raises(StoreError, match=r"line 1: probabilities are .*; expected 6 lists of 5 numbers from 0 to 1"):
        read_probabilities(logged(tmp_path, epoch(rows)), SPACE)


@pytest.mark.parametrize("learned", [[1], "text", 3])
def test_what_was_learned_is_an_object(tmp_path, learned):
    with pytest.raises(StoreError, match="line 1: probabilities are"):
        read_probabilities(logged(tmp_path, json.dumps({"learned": learned})), SPACE)
