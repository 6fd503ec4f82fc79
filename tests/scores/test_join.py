import numpy as np
import pytest

from bench.errors import DataError
from bench.scores.files.prediction_file import PredictionFile
from bench.scores.join import join, join_file

ARCHS = ["00000000", "00000001", "00000002", "00000012"]


@pytest.fixture
def table(make_table):
    return make_table("macro/cifar10/test/50ep", ARCHS, [90.0, 91.0, 92.0, 93.0])


def file(tmp_path, archs, scores):
    where = [f"line {entry + 2}" for entry in range(len(archs))]
    return PredictionFile(path=tmp_path / "mine.csv", archs=archs, scores=np.array(scores), where=where)


def test_predictions_are_laid_in_the_order_of_the_table(tmp_path, table):
    joined = join_file(file(tmp_path, ARCHS[::-1], [4.0, 3.0, 2.0, 1.0]), table)
    assert joined.prediction.tolist() == [1, 2, 3, 4]
    assert joined.name == "mine"
    assert joined.present.all()


def test_missing_unknown_and_duplicate_predictions_are_counted(tmp_path, table):
    joined = join_file(file(tmp_path, [*ARCHS[:2], "22222222", ARCHS[0], "22222222"], [1.0, 2.0, 7.0, 1.0, 7.0]), table)
    assert joined.present.tolist() == [True, True, False, False]
    assert np.isnan(joined.prediction[2:]).all()
    assert (joined.unknown, joined.duplicates) == (1, 2)


def test_a_repeated_diverged_prediction_is_a_duplicate(tmp_path, table):
    assert join_file(file(tmp_path, [ARCHS[0]] * 2, [np.nan, np.nan]), table).duplicates == 1


def test_two_scores_of_one_architecture_are_refused(tmp_path, table):
    with pytest.raises(DataError, match=r"mine.csv: line 2 and line 4 give architecture 0+ two scores, 1.0 and 5"):
        join_file(file(tmp_path, [ARCHS[0], ARCHS[1], ARCHS[0]], [1.0, 2.0, 5.0]), table)


def test_two_scores_of_one_architecture_in_arrays_name_their_entries(table):
    with pytest.raises(DataError, match=r"run: entry 1 and entry 2 give architecture 00000001 two scores"):
        join("run", table.genes[[1, 1]], np.array([1.0, np.nan]), table)


def test_an_architecture_of_another_space_names_file_line_and_table(tmp_path, table):
    message = r"mine.csv, line 3: '0000' has 4 digits, .*; is it an architecture of 'macro/cifar10/test/50ep'\?"
    with pytest.raises(DataError, match=message):
        join_file(file(tmp_path, [ARCHS[0], "0000"], [1.0, 2.0]), table)
