"""Python's way in gives the numbers and the errors of the command line."""

import subprocess
import sys

import numpy as np
import pytest

from bench import api
from bench.errors import BenchError, ComparisonError, DataError, StoreError, UnknownName
from bench.places import PROJECT
from bench.scores.metrics import METRICS
from bench.tables.catalog import open_table

DIGITS = "nb201/digits/test/30ep"


@pytest.fixture(scope="module")
def table():
    return api.load_table(DIGITS)


def test_importing_the_package_or_its_api_imports_nothing_heavy():
    code = (
        "import sys; import bench; from bench import api;"
        "print({'torch', 'pandas', 'matplotlib', 'seaborn', 'scipy', 'h5py', 'typer'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert ran.stdout.strip() == "set()"


def test_a_table_has_a_line_per_architecture_with_its_mean_seeds_and_costs(table):
    stored = open_table(DIGITS, PROJECT / "data")
    assert table.arch.tolist()[:2] == stored.space.spell_all(stored.genes[:2])
    seeds = table[[f"accuracy {seed}" for seed in stored.seeds]].to_numpy(dtype=float)
    np.testing.assert_allclose(np.nanmean(seeds, axis=1), table.accuracy)
    assert {"params", "flops", "live-params"} < set(table.columns)


def test_predictions_in_memory_score_as_the_metric_itself(table):
    few = table.sample(200, random_state=0)
    scores = api.score(few.set_index("arch").params, DIGITS, metrics=["kendall-tau-b"], resamples=5)
    mine = scores[scores.kind == "prediction"].iloc[0]
    expected = METRICS.get("kendall-tau-b")(few.params.to_numpy(dtype=float), few.accuracy.to_numpy())
    assert (mine.row, mine.n, mine.value) == ("predictions", 200, pytest.approx(expected))
    assert mine.low <= mine.value <= mine.high


def test_a_file_scores_as_the_same_predictions_in_memory(table, tmp_path):
    few = table.head(60)
    path = tmp_path / "mine.csv"
    few.rename(columns={"flops": "score"})[["arch", "score"]].to_csv(path, index=False)
    asked = {"metrics": ["spearman"], "resamples": 3}
    told = api.score(path, DIGITS, **asked)
    held = api.score(dict(zip(few.arch, few.flops, strict=True)), DIGITS, **asked)
    assert told.row[0] == "mine"
    assert told.value.tolist() == held.value.tolist()
    turned = api.score(path, DIGITS, lower_is_better=True, **asked)
    assert turned.value[0] == pytest.approx(-told.value[0])


def test_two_predictions_in_memory_are_compared_under_names_of_their_own(table):
    few = table.head(100)
    one, other = (dict(zip(few.arch, few[name], strict=True)) for name in ("accuracy", "params"))
    told = api.compare(one, other, table=DIGITS, metrics=["kendall-tau-b"]).iloc[0]
    assert told["first"] == pytest.approx(1)
    assert told.difference == pytest.approx(told["first"] - told["second"])
    assert told.verdict == "first is better"


def test_a_comparison_counts_the_architectures_on_which_each_metric_is_resampled(table):
    mine = dict(zip(table.arch, table.params, strict=True))
    asked = {"population": "random-50", "metrics": ["kendall-tau-b", "kendall-tau-b/top-10"]}
    told = api.compare(mine, "trivial:flops", table=DIGITS, **asked).set_index("metric").n
    alone = api.score(mine, DIGITS, resamples=3, **asked)
    assert told["kendall-tau-b"] == 50
    assert (
        told["kendall-tau-b/top-10"] == alone[alone.row == "predictions"].set_index("metric").n["kendall-tau-b/top-10"]
    )
    assert told["kendall-tau-b/top-10"] >= 1000


def test_stored_predictions_can_be_scored_by_the_strings_of_their_architectures():
    found = api.load_predictions("baseline", seeds=[0], table=DIGITS)
    mine = found[found.row == "baseline"].set_index("string").ranked
    scores = api.score(mine, DIGITS, metrics=["kendall-tau-b"], resamples=3)
    assert scores.n[0] == len(mine) == 15625


def test_runs_that_are_not_there_are_missing(tmp_path):
    runs = api.load_runs("baseline", preset="smoke", seeds=[0, 7], results=tmp_path)
    assert runs.status.tolist() == ["missing", "missing"]
    assert runs.minutes.isna().all()


ARCH = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: api.load_table("nb201/digits/test/3ep"), UnknownName, "did you mean 'nb201/digits/test/30ep'"),
        (lambda: api.load_runs("base"), UnknownName, "unknown study 'base'; did you mean 'baseline'"),
        (lambda: api.load_runs(preset="huge"), UnknownName, "unknown preset 'huge'"),
        (lambda: api.score({}, DIGITS), DataError, "predictions holds no predictions"),
        (lambda: api.score({"x": 1.0}, DIGITS), DataError, "predictions, entry 'x': "),
        (lambda: api.score({(0, 1): 1.0}, DIGITS), DataError, r"architecture \(0, 1\) is no string"),
        (lambda: api.score({ARCH: "much"}, DIGITS), DataError, "score 'much' is not a number"),
        (lambda: api.score({ARCH: 1.0}, DIGITS, metrics=["tau"]), UnknownName, "unknown metric 'tau'"),
        (lambda: api.score({ARCH: 1.0}, DIGITS, resamples=0), BenchError, "resamples is 0; allowed: 1 or more"),
        (lambda: api.score({ARCH: 1.0}, DIGITS, lower_is_better=True), BenchError, "lower_is_better is for files"),
        (
            lambda: api.score(api.load_table(DIGITS), DIGITS),
            DataError,
            "are a data frame; give a score per architecture",
        ),
        (lambda: api.compare(api.load_table(DIGITS), "trivial:params", table=DIGITS), DataError, "are a data frame"),
        (lambda: api.score("none.csv", DIGITS), DataError, "none.csv does not exist"),
        (lambda: api.compare({ARCH: 1.0}, {ARCH: 1.0}), BenchError, "neither 'predictions' nor 'predictions' names a"),
        (lambda: api.compare("baseline", "trivial:x", table=DIGITS), UnknownName, "unknown trivial predictor 'x'"),
        (lambda: api.compare("baseline", ranked_by="luck"), BenchError, "score luck; allowed: accuracy"),
        (lambda: api.plot("baseline", "x", table=DIGITS), UnknownName, "unknown figure 'x'"),
        (lambda: api.train(device="tpu"), BenchError, "device tpu; allowed: cpu, cuda"),
        (lambda: api.train(seed=-1), BenchError, "seed is -1; allowed: 0 or more"),
        (lambda: api.train("bits-baselines", preset="tiny"), UnknownName, "unknown preset 'tiny'"),
    ],
)
def test_errors_are_those_of_the_command_line(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_what_is_not_stored_is_told_with_the_command_that_makes_it(tmp_path):
    for call in (api.plot, api.load_predictions):
        with pytest.raises(StoreError, match="'supernet-bench run baseline --preset laptop --seeds 9' makes them"):
            call("baseline", seeds=[9], table=DIGITS, results=tmp_path)


def test_a_study_without_a_truth_has_no_predictions_beside_one():
    with pytest.raises(ComparisonError, match="study 'shufflenet-widths' names no truth"):
        api.load_predictions("shufflenet-widths")


def test_the_package_says_that_it_is_typed():
    assert (PROJECT / "bench" / "py.typed").is_file()
