import csv
import io
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bench.analysis.results_words import heading
from bench.cli import score as command
from bench.cli.results_table import short
from bench.errors import BenchError, DataError, UnknownName
from bench.scores.metrics import METRICS
from bench.spaces import SPACES
from bench.tables.store import write_table
from bench.tables.table import Table

NAME = "macro/cifar10/test/50ep"
MACRO = SPACES.get("macro")()


@pytest.fixture
def data(tmp_path):
    """Return a data folder with one small table, whose truth is the position of the architecture."""
    genes = MACRO.enumerate()[:60]
    accuracy = (90 + np.arange(60)[:, None] / 100 + np.array([0.0, 0.001])).astype(np.float32)
    costs = {"params": np.cos(np.arange(60.0))}
    table = Table(name=NAME, genes=genes, accuracy=accuracy, seeds=("1", "2"), costs=costs, source="a test")
    write_table(table, tmp_path / "data" / "tables" / f"{NAME}.h5")
    return tmp_path / "data"


def predictions(data, archs=60, score=lambda position: position):
    path = data.parent / "mine.csv"
    rows = [f"{MACRO.spell(tuple(MACRO.enumerate()[k].tolist()))},{score(k)}" for k in range(archs)]
    path.write_text("\n".join(["arch,acc", *rows]))
    return path


def run(*arguments, resamples=4):
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    words = ["score", *map(str, arguments), "--resamples", str(resamples)]
    return CliRunner().invoke(app, words, catch_exceptions=False, env={"COLUMNS": "200"})


@pytest.mark.slow
def test_the_json_holds_the_file_first_and_every_metric(data):
    ran = run(predictions(data), "--table", NAME, "--data", data, "--json")
    told = json.loads(ran.stdout)
    assert (told["truth"], told["population"], told["n"]) == (NAME, "all", 60)
    assert [row["name"] for row in told["rows"]] == ["mine", "params", "flops"]
    assert told["rows"][0]["scores"]["kendall-tau-b"]["value"] == 1
    assert set(told["rows"][0]["scores"]) == set(METRICS.names())


def test_the_table_names_truth_population_n_ceiling_and_directions(data):
    told = run(predictions(data), "--table", NAME, "--data", data).stdout
    told = " ".join(told.split())
    assert f"truth {NAME} (60 of 6,561 architectures), population all, n = 60" in told
    assert "mine (n = 60)" in told
    assert "1 [1,1]" in told
    assert "ceiling: one of 2 seeds (n = 60)" in told
    assert "tau-b ↑" in told
    assert "regret ↓" in told


def test_the_table_says_what_was_counted(data):
    path = predictions(data, archs=50, score=lambda k: "nan" if k < 3 else k // 2)
    path.write_text(path.read_text() + "\n22222222,5\n22222222,5\n")
    told = run(path, "--table", NAME, "--data", data).stdout
    assert "mine: 26 tied pairs of predictions, 3 degenerate (NaN or infinite, ranked last)" in told
    assert "10 missing from the predictions, 1 unknown to the table, 1 duplicates" in told


def test_an_undefined_score_is_shown_with_its_reason(data):
    told = run(predictions(data, score=lambda k: 7), "--table", NAME, "--data", data).stdout
    assert "spearman: undefined, the prediction is constant (mine)" in told


def test_a_score_that_few_resamples_have_is_shown_without_an_interval_and_says_so(data):
    told = run(predictions(data, score=lambda k: int(k == 8)), "--table", NAME, "--data", data).stdout
    assert " [undefined]" in told
    assert "nan" not in told
    assert "spearman: defined on 3 of 4 resamples, too few for a 95 % interval (mine)" in told


@pytest.mark.slow
def test_a_clearly_negative_tau_asks_for_the_sign(data):
    words = ("--table", NAME, "--data", data)
    asked = "mine: its tau-b is clearly negative; if its sign is wrong, score it with "
    path = predictions(data, score=lambda position: -position)
    assert f"{asked}--lower-is-better\n" in run(path, *words).stdout
    turned = run(path, *words, "--lower-is-better").stdout
    assert "1 [undefined]" in turned, "all resamples agree"
    assert asked not in turned
    ran = run(predictions(data), *words, "--lower-is-better", "--json")
    assert json.loads(ran.stdout)["rows"][0]["scores"]["kendall-tau-b"]["value"] == -1
    assert f"{asked}--higher-is-better\n" in ran.stderr
    unsure = run(predictions(data, score=lambda position: -(position * 37 % 60)), *words).stdout
    assert asked not in unsure


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("scale", "told"),
    [
        (1.0, "mine: mean accuracy 29.5 - chance 10 = 19.5 %\n"),
        (0.01, "mine: the accuracies are at most 1; write percent to see their mean beside chance\n"),
        (0.2, "mine: mean accuracy 5.9 - chance 10 = -4.1 %; its supernet is at chance or below\n"),
        (100.0, None),
    ],
)
def test_the_mean_of_predicted_accuracies_stands_beside_chance(data, scale, told):
    out = run(predictions(data, score=lambda position: scale * position), "--table", NAME, "--data", data).stdout
    assert told in out if told else "mean accuracy" not in out


def test_accuracies_in_two_units_are_named(data):
    path = predictions(data, score=lambda position: (40 + position) * (0.01 if position % 3 == 0 else 1))
    out = run(path, "--table", NAME, "--data", data).stdout
    assert "mine: 20 of 60 accuracies look like fractions beside others of up to 99" in out
    assert "mean accuracy" not in out


def test_stored_scores_of_which_lower_is_better_say_so(data, tmp_path):
    path = predictions(data, score=lambda position: -position)
    options = ("--store", "theirs", "--results", tmp_path / "results")
    run(path, "--table", NAME, "--data", data, "--lower-is-better", *options)
    about = json.loads((tmp_path / "results" / "published" / "theirs" / "about.json").read_text())
    assert about["source"] == "mine.csv; lower is better, stored negated"


@pytest.mark.slow
def test_few_architectures_bring_a_warning(data):
    told = run(predictions(data, archs=20), "--table", NAME, "--data", data).stdout
    assert "warning: only 20 architectures; a correlation over so few is mostly chance" in told
    assert "warning" not in run(predictions(data), "--table", NAME, "--data", data).stdout


def test_all_metrics_stand_one_per_line(data):
    told = run(predictions(data), "--table", NAME, "--data", data, "--all-metrics").stdout
    assert all(heading(name) in told for name in METRICS.names())


@pytest.mark.slow
def test_another_population_is_named(data):
    told = run(predictions(data), "--table", NAME, "--data", data, "--population", "random-1000").stdout
    assert "population random-1000, n = " in " ".join(told.split())


def test_a_long_scoring_shows_a_bar_with_rate_and_remaining_time(data, monkeypatch):
    monkeypatch.setattr(command, "PATIENCE", -1)
    ran = run(predictions(data), "--table", NAME, "--data", data)
    assert "40/40 resamples" in ran.stderr, "of the population and of the true top"


def test_a_short_scoring_shows_no_bar(data):
    assert run(predictions(data), "--table", NAME, "--data", data).stderr == ""


def test_an_unknown_table_names_the_closest(data):
    with pytest.raises(UnknownName, match=f"did you mean '{NAME}'"):
        run(predictions(data), "--table", "macro/cifar10/test/50", "--data", data)


def parts(data, *ranges):
    whole = predictions(data).read_text().splitlines()
    paths = []
    for number, (start, stop) in enumerate(ranges):
        paths.append(data.parent / f"part-{number}.csv")
        paths[-1].write_text("\n".join([whole[0], *whole[1 + start : 1 + stop]]))
    return paths


def test_several_files_are_one_set_of_predictions(data, tmp_path):
    files = parts(data, (0, 20), (20, 45), (45, 60))
    told = run(*files, "--table", NAME, "--data", data, "--store", "mine", "--results", tmp_path / "r").stdout
    assert "part-0 and 2 more (n = 60)" in told
    assert "1 [1,1]" in told
    about = json.loads((tmp_path / "r" / "published" / "mine" / "about.json").read_text())
    assert about["source"] == "part-0.csv, part-1.csv, part-2.csv"


def test_an_architecture_in_two_files_of_a_set_is_refused_by_name(data):
    files = parts(data, (0, 30), (29, 60))
    message = r"part-0.csv, line 31 and .*part-1.csv, line 2 both predict 00001002; .* \(1 are in two\)"
    with pytest.raises(DataError, match=message):
        run(*files, "--table", NAME, "--data", data)
    with pytest.raises(DataError, match=r"part-0.csv is given twice; name every part of the predictions once"):
        run(files[0], files[0], "--table", NAME, "--data", data)


def test_an_error_in_one_of_several_files_names_it(data):
    files = parts(data, (0, 30), (30, 60))
    files[1].write_text("arch,acc\n0000000,1\n")
    with pytest.raises(DataError, match=r"^[^ ]*part-1.csv, line 2: '0000000' has 7 digits"):
        run(*files, "--table", NAME, "--data", data)


def test_columns_are_chosen_by_name(data):
    path = predictions(data)
    path.write_text(path.read_text().replace("arch,acc", "cell,synflow"))
    chosen = ("--column", "SynFlow", "--arch-column", "cell", "--table", NAME, "--data", data)
    assert "1 [1,1]" in run(path, *chosen).stdout
    with pytest.raises(DataError, match=r"mine.csv, header: one column must be called arch .*; --arch-column NAME"):
        run(path, "--table", NAME, "--data", data)


@pytest.mark.slow
def test_the_table_has_no_default(data):
    ran = run(predictions(data))
    assert ran.exit_code == 2
    assert "Missing option '--table'" in ran.stderr


@pytest.mark.slow
def test_csv_has_the_numbers_of_the_table_and_every_format_nothing_else_on_stdout(data):
    words = ("--table", NAME, "--data", data)
    path = predictions(data, score=lambda position: position * 7 % 60)
    rows = list(csv.DictReader(io.StringIO(run(path, *words, "--format", "csv").stdout)))
    marked = [line[2:-2].split(" | ") for line in run(path, *words, "--format", "markdown").stdout.splitlines()]
    assert [row[0] for row in marked[2:]] == [f"{name} (n = 60)" for name in dict.fromkeys(row["row"] for row in rows)]
    [tau] = [row for row in rows if (row["row"], row["metric"]) == ("mine", "kendall-tau-b")]
    value, low, high = (short(float(tau[end])) for end in ("value", "low", "high"))
    assert marked[2][marked[0].index(heading("kendall-tau-b"))] == f"{value} [{low},{high}]"
    assert (tau["n"], tau["interval_over"]) == ("60", "architectures")
    assert run(path, *words, "--format", "json").stdout == run(path, *words, "--json").stdout
    assert run(path, *words, "--format", "latex").stdout.startswith(r"\begin{tabular}")


@pytest.mark.parametrize("resamples", [-1, 0, 10**11])
def test_resamples_without_end_are_refused(data, resamples):
    with pytest.raises(BenchError, match=rf"--resamples {resamples}; allowed: 1 to 1,000,000, 1000 is usual"):
        run(predictions(data), "--table", NAME, "--data", data, resamples=resamples)
