import gzip
import json

import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import read_tables
from bench.tables.frame import Columns
from bench.tables.readers.user_file import UserFile

NAME = "macro/cifar10/valid/3ep"


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name=NAME):
        if isinstance(content, str):
            path = tmp_path / "mine.csv"
            path.write_text(content)
        else:
            path = tmp_path / "mine.npz"
            np.savez(path, **content)
        return read_tables(path, name)[0]

    return write_and_read


def test_its_reader_takes_any_csv_or_npz_under_a_name_of_the_users(tmp_path):
    for file in ("mine.csv", "mine.npz", "Mine.TSV", "mine.json", "mine.csv.gz"):
        assert UserFile(name=NAME).recognizes(tmp_path / file)
    assert not UserFile(name=NAME).recognizes(tmp_path / "mine.pickle")
    assert not UserFile.names_itself


def test_a_csv_with_one_accuracy_is_a_table_of_means(read):
    table = read("arch,accuracy\n00000001,50.5\n00000000,40\n")
    assert (table.name, table.seeds, table.mean.tolist()) == (NAME, ("mean",), [40, 50.5])


def test_a_csv_with_an_accuracy_per_seed_names_them_and_an_empty_cell_is_absent(read):
    table = read("accuracy_777,arch,accuracy_888\n50,00000001,\n40,00000000,41\n")
    assert table.seeds == ("777", "888")
    np.testing.assert_array_equal(table.accuracy, [[40, 41], [50, np.nan]])


def test_blank_lines_and_a_byte_order_mark_are_no_rows(read):
    assert len(read("\ufeffarch,accuracy\n00000001,50.5\n\n00000000,40\n").genes) == 2


@pytest.mark.parametrize("shape", [(2,), (2, 3)])
def test_an_npz_has_one_accuracy_or_one_per_seed(read, shape):
    table = read({"arch": np.array(["00000001", "00000000"]), "accuracy": np.full(shape, 50.0)})
    assert table.accuracy.shape == (2, *shape[1:]) if len(shape) == 2 else (2, 1)
    assert table.seeds == (("0", "1", "2") if len(shape) == 2 else ("mean",))


def test_the_table_name_has_no_default(read):
    with pytest.raises(
        DataError, match=r"mine.csv does not say which table it is; add --name space/dataset/split/budget"
    ):
        read("arch,accuracy\n00000001,50\n", name=None)


def test_a_missing_column_is_named(read):
    with pytest.raises(
        DataError,
        match=r"mine.csv, header: .* called accuracy; none matches among \['name', 'arch', 'acc'\]; --column NAME .*"
        "'supernet-bench score'",
    ):
        read("name,arch,acc\na,00000001,50\n")


def test_mean_and_seeds_together_are_ambiguous(read):
    with pytest.raises(DataError, match=r"mine.csv has both accuracy and accuracy_0; keep the mean or the seeds"):
        read("arch,accuracy,accuracy_0\n00000001,50,50\n")


def test_a_cell_that_is_no_number_names_line_and_column(read):
    with pytest.raises(DataError, match=r"mine.csv, line 3: accuracy is '5o', not a number; correct the cell"):
        read("arch,accuracy\n00000001,50\n00000000,5o\n")


def test_nan_in_the_only_column_names_the_line(read):
    with pytest.raises(DataError, match=r"mine.csv, line 2: no accuracy"):
        read("arch,accuracy\n00000001,nan\n")


def test_fractions_are_refused(read):
    with pytest.raises(DataError, match=r"so these are fractions"):
        read("arch,accuracy\n00000001,0.5\n00000000,0.6\n")


def test_a_csv_cut_within_a_line_names_it(read):
    with pytest.raises(DataError, match=r"mine.csv, line 3: 1 cells, but the header names 2 columns"):
        read("arch,accuracy\n00000001,50\n0000")


def test_an_unclosed_quote_is_named(read):
    with pytest.raises(DataError, match=r"mine.csv cannot be read as CSV: unexpected end of data"):
        read('arch,accuracy\n"00000001,50\n')


def test_a_file_of_blank_lines_is_empty(read):
    with pytest.raises(DataError, match=r"mine.csv is empty; its first line must name the columns"):
        read("\n")


def test_an_npz_without_accuracies_is_named(read):
    with pytest.raises(DataError, match=r"mine.npz has no column 'accuracy'; it has arch"):
        read({"arch": np.array(["00000001"])})


def test_an_npz_whose_architectures_are_numbers_is_refused(read):
    with pytest.raises(DataError, match=r"mine.npz: arch is int64 \(2,\), expected strings \[arch\]"):
        read({"arch": np.array([1, 2]), "accuracy": np.array([50.0, 60.0])})


def test_an_npz_with_more_accuracies_than_architectures_is_refused(read):
    with pytest.raises(DataError, match=r"mine.npz: accuracy is float64 \(3,\), expected .* for 2 architectures"):
        read({"arch": np.array(["00000001", "00000000"]), "accuracy": np.array([50.0, 60.0, 70.0])})


def test_an_npz_with_a_hostile_pickle_is_refused_and_nothing_runs(read, hostile, marker):
    with pytest.raises(DataError, match=r"mine.npz cannot be read as NPZ .*only numbers and strings can be read"):
        read({"arch": np.array(["00000001"]), "accuracy": np.array([hostile], dtype=object)})
    assert not marker.exists()


def test_a_truncated_npz_is_named(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, arch=np.array(["00000001"] * 100), accuracy=np.full(100, 50.0))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match=r"mine.npz cannot be read as NPZ \(truncated"):
        read_tables(path, NAME)


FORMS = {
    "t.csv": "Arch,Accuracy\n00000001,50.5\n00000000,40\n",
    "t.tsv": "ARCH\taccuracy\n00000001\t50.5\n00000000\t40\n",
    "s.csv": "architecture;ACCURACY\n00000001;50.5\n00000000;40\n",
    "records.json": [{"arch": "00000001", "accuracy": 50.5}, {"arch": "00000000", "accuracy": 40}],
    "lists.json": {"arch": ["00000001", "00000000"], "accuracy": [50.5, 40]},
    "pandas.json": {"arch": {"0": "00000001", "1": "00000000"}, "accuracy": {"0": 50.5, "1": 40}},
    "pairs.json": {"00000001": 50.5, "00000000": 40},
    "named.json": {"arch1": {"arch": "00000001", "accuracy": 50.5}, "arch2": {"arch": "00000000", "accuracy": 40}},
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_form_that_predictions_have_is_a_table_too(tmp_path, name, packed):
    text = FORMS[name] if isinstance(FORMS[name], str) else json.dumps(FORMS[name])
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    [table] = read_tables(path, NAME)
    assert (table.seeds, table.mean.tolist()) == (("mean",), [40, 50.5])


def test_seeds_are_columns_in_any_case_and_null_is_an_absent_one(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"Arch": ["00000001"], "Accuracy_777": [50], "accuracy 888": [None]}))
    [table] = read_tables(path, NAME)
    assert table.seeds == ("777", "888")
    np.testing.assert_array_equal(table.accuracy, [[50, np.nan]])
    path.write_text(json.dumps({"arch": ["00000001"], "Accuracy_7": [50], "accuracy_7": [50]}))
    with pytest.raises(DataError, match=r"mine.json has several columns 'accuracy_7'; keep one of them"):
        read_tables(path, NAME)


def test_columns_are_chosen_by_name(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("cell,arch,test,accuracy_0\n00000001,x,50,1\n")
    [table] = read_tables(path, NAME, columns=Columns(arch="cell", value="test"))
    assert (table.seeds, table.mean.tolist()) == (("mean",), [50])


def test_integers_are_refused_with_the_reason(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("arch,accuracy\n421211,50\n")
    with pytest.raises(DataError, match=r"mine.csv, line 2: .*files number operations and"):
        read_tables(path, "nb201/cifar10/test/3ep")


def test_a_published_format_has_columns_of_its_own(tmp_path):
    path = tmp_path / "t.json"
    path.write_text('{"arch1": {"acc": 0.5, "arch": "4-4"}}')
    with pytest.raises(DataError, match=r"t.json is in a published format with columns of its own; leave out --column"):
        read_tables(path, columns=Columns(value="acc"))
