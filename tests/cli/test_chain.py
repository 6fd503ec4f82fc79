"""The whole chain as a user runs it, at preset smoke."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bench.analysis.drawing import Drawing
from bench.cli import app, main
from bench.cli.report import reported
from bench.errors import BenchError
from bench.figures.style import PAPER
from bench.places import PROJECT, data_folder
from bench.population import Population
from bench.processes.claim import HELD
from bench.recipe.preset import PRESETS
from bench.report.page import COLUMNS
from bench.runs.job import Outcome
from bench.runs.plan import plan
from bench.runs.predictions_file import read_predictions
from bench.sample.images.image_files import open_images
from bench.scores.metrics import METRICS
from bench.spaces.nb201 import NB201
from bench.study.study import STUDIES, Row
from bench.tables.catalog import open_table
from bench.tables.store import write_table
from bench.tables.table import Table
from bench.train.checkpoint import write_checkpoint
from bench.train.training import Training

COMMAND = [sys.executable, "-c", "from bench.cli import main; main()"]


pytestmark = pytest.mark.usefixtures("no_plugins", "few_resamples")


def call(*words: str, good: bool = True) -> str:
    result = CliRunner().invoke(app, list(words))
    if good and result.exception:
        raise result.exception
    return result.output


def printed(*words: str) -> str:
    """Return what a command prints on stdout alone."""
    return CliRunner().invoke(app, list(words), catch_exceptions=False).stdout


@pytest.fixture(scope="module")
def results(smoke_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the store after `run baseline --preset smoke --seeds 0-1`, which found seed 1 done before."""
    folder = tmp_path_factory.mktemp("chain") / "runs"
    shutil.copytree(smoke_run / "results", folder)
    told = (smoke_run / "told").read_text()
    assert "baseline, seed 0: trained" in told
    assert "baseline, seed 1" not in told
    assert "live-params" in told
    assert "'baseline' is at chance" in told
    assert "ceiling" in told
    return folder


@pytest.fixture(scope="module")
def plotted(results: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of the figures of three seeds, of which two are done, and what was printed."""
    folder = tmp_path_factory.mktemp("plots")
    return folder, plot(results, folder)


def plot(results: Path, out: Path) -> str:
    options = ("--preset", "smoke", "--seeds", "0-2", "--results", str(results), "--out", str(out))
    return call("plot", "baseline", *options)


def test_two_runs_are_stored_once_each(results: Path) -> None:
    assert len(list(results.rglob("record.json"))) == 2
    assert len({path.parent.parent for path in results.rglob("record.json")}) == 1


def test_a_second_run_trains_nothing_and_prints_the_same_rows(results: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
    output = call("run", "baseline", "--preset", "smoke", "--seeds", "0-1", "--results", str(results))
    assert "trained" not in output
    assert "2 of 2" in output
    assert before == {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_row_named_is_the_only_one_that_runs(results: Path) -> None:
    options = ("--preset", "smoke", "--seeds", "0-1", "--results", str(results))
    output = call("run", "masking", "--row", "baseline", *options)
    assert "no Zero" not in output
    assert "trained" not in output, "the baseline is stored"


def test_the_plan_as_json_counts_what_is_done_and_missing(results: Path) -> None:
    options = ("--preset", "smoke", "--seeds", "0-2", "--results", str(results), "--json")
    found = json.loads(call("plan", "baseline", *options))
    left = found.pop("minutes_left")
    assert 0 < left < 1
    assert found.pop("rough") is False
    states = {"done": [0, 1], "running": [], "queued": [], "missing": [2], "failed": [], "damaged": []}
    row = {"row": "baseline", **states, "minutes_left": left, "rough": False}
    assert found == {"study": "baseline", "preset": "smoke", "rows": [row]}


@pytest.mark.slow
def test_the_plan_says_what_the_rest_costs(results: Path) -> None:
    output = call("plan", "baseline", "--preset", "smoke", "--seeds", "0-2", "--results", str(results))
    assert "expected for what is left: less than a minute of one core" in " ".join(output.split())
    other = call("plan", "path-sampling", "--preset", "smoke", "--results", str(results))
    assert re.search("expected for what is left: (about|less than)", other), "by the timings of another study"
    channels = call("plan", "channel-sampling", "--preset", "smoke", "--results", str(results))
    assert "unknown until a run of this space is stored" in channels


@pytest.mark.slow
def test_the_plan_of_a_preset_without_runs_is_rough(results: Path) -> None:
    words = ("plan", "baseline", "--preset", "demo", "--results", str(results))
    output = call(*words)
    assert "~" in output
    assert "expected for what is left: roughly" in output
    found = json.loads(call(*words, "--json"))
    assert (found["rough"], found["rows"][0]["rough"]) == (True, True)
    assert found["minutes_left"] > 0


@pytest.mark.slow
def test_the_figures_come_as_svg_png_and_csv(plotted: tuple[Path, str]) -> None:
    folder, told = plotted
    assert "baseline: n=2 of 3 seeds" in told
    made = {path.name for path in (folder / "baseline" / "smoke").iterdir()}
    figures = ("over-top-n", "predicted-against-true", "tau-over-epochs")
    assert made == {f"{stem}.{end}" for stem in figures for end in ("csv", "png", "svg")} | {
        "results.csv",
        "results.md",
    }


@pytest.mark.slow
def test_drawing_twice_gives_the_same_files(results: Path, plotted: tuple[Path, str], tmp_path: Path) -> None:
    plot(results, tmp_path)
    drawn = [path for path in plotted[0].rglob("*.*") if path.is_file()]
    assert len(drawn) == 11
    for path in drawn:
        assert path.read_bytes() == (tmp_path / path.relative_to(plotted[0])).read_bytes(), path.name


@pytest.mark.slow
def test_a_preset_like_another_is_expected_to_take_as_long(tmp_path: Path) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["laptop"], (0,), PROJECT / "results")
    folder = row.runs[0].folder
    shutil.copytree(folder.parent, tmp_path / "laptop" / folder.parent.name)
    words = ("plan", "baseline", "--seeds", "90", "--results", str(tmp_path), "--json")
    like, own = (json.loads(printed(*words, "--preset", name)) for name in ("laptop-cifar100", "laptop"))
    assert 0.5 < like["minutes_left"] / own["minutes_left"] < 2


@pytest.mark.slow
def test_one_figure_can_be_drawn_alone(results: Path, tmp_path: Path) -> None:
    words = ("--preset", "smoke", "--seeds", "0-1", "--results", str(results), "--out", str(tmp_path))
    call("plot", "baseline", "--figure", "over-top-n", "--format", "png", *words)
    made = {path.name for path in (tmp_path / "baseline" / "smoke").iterdir()}
    assert made == {"over-top-n.png", "over-top-n.csv", "results.csv", "results.md"}
    with pytest.raises(BenchError, match=r"unknown figure 'over-top'; did you mean 'over-top-n'\?"):
        call("plot", "baseline", "--figure", "over-top", *words)
    in_style = ("plot", "baseline", "--figure", "over-top-n", "--style", "paper", *words)
    assert " in tall" not in call(*in_style)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.figures.look.style_named", lambda name: replace(PAPER, tallest=0.5))
        told = call(*in_style)
    assert re.search(r"baseline: over-top-n is \d\.\d in tall and does not fit on a page \(0\.5 in\)", told)


@pytest.mark.slow
def test_some_rows_can_be_drawn_alone(results: Path, tmp_path: Path) -> None:
    words = ("--preset", "smoke", "--seeds", "0-1", "--results", str(results), "--out", str(tmp_path))
    first, second, *_ = (row.name for row in STUDIES.get("score-type").rows)
    for wanted in ((first, second), (second,)):
        call("plot", "score-type", *(word for name in wanted for word in ("--row", name)), *words)
        made = tmp_path / "score-type" / "smoke"
        for path in (made / "results.csv", made / "over-top-n.csv"):
            named = set(pd.read_csv(path).row) & {row.name for row in STUDIES.get("score-type").rows}
            assert named == set(wanted), path


def test_a_figure_says_that_rows_are_left_out(results: Path) -> None:
    study, size = STUDIES.get("score-type"), PRESETS.get("smoke")
    rows = plan(study, size, [0], results)
    one = Drawing(study, rows[:1], size, data_folder(None)).caption
    assert f"preset: smoke | 1 of {len(study.rows)} rows | predicted on" in str(one)
    assert " rows" not in str(Drawing(study, rows, size, data_folder(None)).caption)


@pytest.mark.slow
def test_without_a_study_all_that_have_something_to_show_are_drawn(results: Path, tmp_path: Path) -> None:
    call("plot", "--preset", "smoke", "--seeds", "0-1", "--results", str(results), "--out", str(tmp_path))
    drawn = {path.name for path in tmp_path.iterdir()}
    assert {"baseline", "score-type"} <= drawn, "whose rows by accuracy and by cross-entropy are the baseline's runs"
    assert not {"masking", "channel-methods"} & drawn


def test_plotting_without_runs_says_how_to_make_them(tmp_path: Path) -> None:
    options = ("--preset", "smoke", "--results", str(tmp_path))
    with pytest.raises(
        BenchError, match=r"'baseline' at preset 'smoke' with seeds 9 in .*'supernet-bench run baseline .* --seeds 9'"
    ):
        call("plot", "baseline", "--seeds", "9", *options)
    with pytest.raises(BenchError, match=r"no finished run at preset 'smoke' in .*'supernet-bench run baseline"):
        call("plot", *options)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run", "basline"), "unknown study 'basline'; did you mean 'baseline'?"),
        (("run", "baseline", "--preset", "huge"), "unknown preset 'huge'"),
        (("run", "baseline", "--preset", "smoke", "--jobs", "0"), "--jobs 0; allowed: 1 or more"),
        (("run", "baseline", "--preset", "smoke", "--device", "tpu"), "--device tpu; allowed: cpu, cuda"),
        (("run", "masking", "--preset", "smoke", "--row", "no zero"), "unknown row 'no zero'; did you mean 'no Zero'?"),
        (
            ("plot", "masking", "--row", "no Zero"),
            "--row 'no Zero' draws a part of the rows: name one study, and a fol",
        ),
        (("plot", "--row", "no Zero", "--out", "x"), "--row 'no Zero' draws a part of the rows: name one study, and"),
        (("plot", "masking", "--row", "no zero", "--out", "x"), "unknown row 'no zero'; did you mean 'no Zero'?"),
        (("show", "strict-fiar"), "unknown name 'strict-fiar'; did you mean 'strict-fair'?"),
        (("list", "path"), "unknown kind 'path'; did you mean 'paths'?"),
        (("table", "build", "nb201/digit/test/1ep", "--out", "x", "--population", "all"), "unknown table to build"),
    ],
)
def test_a_wrong_word_is_named_with_the_right_one(words: tuple[str, ...], text: str) -> None:
    with pytest.raises(BenchError) as caught:
        call(*words)
    assert text in str(caught.value)


def test_a_build_knows_tables_of_its_own_name_only(tmp_path: Path) -> None:
    table = Table(
        name="nb201/digits/test/9ep",
        genes=np.zeros((1, 6), np.int8),
        accuracy=np.ones((1, 1), np.float32),
        seeds=("0",),
        source="me",
    )
    write_table(table, tmp_path / "other.h5")
    words = ("--population", "all", "--known", str(tmp_path / "other.h5"), "--out", str(tmp_path / "x.h5"))
    with pytest.raises(
        BenchError,
        match=r"other\.h5 holds the table 'nb201/digits/test/9ep'; allowed: the table 'nb201/digits/test/30ep'",
    ):
        call("table", "build", "nb201/digits/test/30ep", *words)


@pytest.mark.parametrize("words", [(), ("--population", "all", "--random", "3")])
def test_a_build_takes_a_population_or_random_architectures(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(BenchError, match="Give either --population, such as random-1000, or --random COUNT"):
        call("table", "build", "nb201/digits/test/30ep", "--out", str(tmp_path / "x.h5"), *words)


def test_an_error_is_one_line_and_exit_code_two(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["supernet-bench", "show", "nothing-like-it"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("error: unknown name 'nothing-like-it'")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (
            errno.EMFILE,
            "error: some/file: Too many open files; close some files, or raise the limit with 'ulimit -n 4096'",
        ),
        (errno.ENOSPC, "error: some/file: No space left on device; free some space and run again"),
    ],
)
def test_what_the_system_refuses_is_one_line_and_exit_code_two(monkeypatch, capsys, number: int, told: str) -> None:
    def refuse(prog_name: str) -> None:
        raise OSError(number, os.strerror(number), "some/file")

    monkeypatch.setattr("bench.cli.app", refuse)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_scheduler_that_preempts_interrupts_like_ctrl_c(monkeypatch, capsys, number: int) -> None:
    before = signal.getsignal(number)
    monkeypatch.setattr("bench.cli.app", lambda prog_name: os.kill(os.getpid(), number))
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 130
    assert capsys.readouterr().err == "stopped; what is stored stays, and the same command continues from it\n"
    assert signal.getsignal(number) == before


@pytest.mark.slow
@pytest.mark.parametrize(("ends", "code"), [("hh", 1), ("ht", 0), ("td", 0), ("hf", 1)])
def test_a_run_that_trains_nothing_because_all_is_held_ends_non_zero(
    monkeypatch, tmp_path, ends: str, code: int
) -> None:
    statuses = {"h": f"{HELD} (process 7 on node3 since 2026)", "t": "trained", "d": "done before", "f": "failed"}

    def run_all(jobs, **_):
        return [Outcome(job.run, job.label, statuses[end]) for job, end in zip(jobs, ends, strict=True)]

    monkeypatch.setattr("bench.runs.local.run_all", run_all)
    words = ["run", "baseline", "--preset", "smoke", "--seeds", "0-1", "--results", str(tmp_path)]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == code
    assert ("nothing was trained: all 2 runs that are left are held by another process" in ran.output) == (ends == "hh")


@pytest.mark.slow
def test_rows_that_share_a_run_are_one_job(monkeypatch, tmp_path) -> None:
    labels: list[str] = []

    def run_all(jobs, **_):
        labels.extend(job.label for job in jobs)
        return [Outcome(job.run, job.label, "trained") for job in jobs]

    monkeypatch.setattr("bench.runs.local.run_all", run_all)
    two = replace(STUDIES.get("baseline"), rows=[Row(name, STUDIES.get("baseline").baseline) for name in ("a", "b")])
    monkeypatch.setattr("bench.cli.run.find_study", lambda spelled, beside: two)
    words = ["run", "baseline", "--preset", "smoke", "--seeds", "0-1", "--results", str(tmp_path)]
    ran = CliRunner().invoke(app, words)
    assert labels == ["a, b, seed 0", "a, b, seed 1"], ran.output


def test_listing_shows_every_kind_and_show_prints_where_a_name_is_defined() -> None:
    listed = json.loads(call("list", "--json"))
    assert {"studies", "spaces", "norms", "paths", "losses", "schedules", "averagings", "metrics", "presets"} <= set(
        listed
    )
    for names in listed.values():
        assert [name for name, about in names.items() if not about] == []
        first = next(iter(names))
        assert json.loads(call("show", first, "--json"))["name"] == first


@pytest.mark.slow
def test_show_prints_every_name_that_is_listed() -> None:
    for names in json.loads(call("list", "--json")).values():
        for name in names:
            assert json.loads(call("show", name, "--json"))["name"] == name


def test_show_of_a_study_prints_rows_as_changes_of_the_baseline() -> None:
    shown = json.loads(call("show", "baseline", "--json"))
    assert shown["truth"] == "nb201/cifar10/test/200ep"
    assert list(shown["rows"]["baseline"]) == ["source"]
    assert shown["defined at"].split(":")[0].endswith("studies/baseline.py")
    uniform = json.loads(call("show", "channel-sampling", "--json"))["rows"]["uniform"]
    assert list(uniform) == ["source", "paths", "ranked by", "reported", "tau in the source"]
    assert uniform["tau in the source"] == 0.7655


@pytest.mark.parametrize(
    "verb",
    [
        ["list"],
        ["show"],
        ["data", "add"],
        ["data", "list"],
        ["data", "fetch"],
        ["plan"],
        ["run"],
        ["cancel"],
        ["score"],
        ["search"],
        ["plot"],
        ["compare"],
        ["report"],
        ["leaderboard"],
        ["table", "build"],
    ],
    ids=" ".join,
)
def test_every_verb_has_three_examples_in_its_help(verb: list[str]) -> None:
    assert call(*verb, "--help").count("supernet-bench " + " ".join(verb)) >= 3


@pytest.mark.slow
def test_a_failed_run_is_named_last_with_what_says_why(tmp_path: Path) -> None:
    source = (PROJECT / "tests" / "cli" / "own_sampler.py").read_text()
    plugin = tmp_path / "broken.py"
    plugin.write_text(source.replace("return np.stack(pairs, axis=1).astype(np.int8)", "raise ValueError('no paths')"))
    words = ["run", str(plugin), "--row", "broken", "--preset", "smoke", "--seeds", "0-1", "--results", str(tmp_path)]
    ended = subprocess.run([*COMMAND, *words], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert ended.returncode == 1
    told = ended.stderr.splitlines()[-1]
    shown = f"supernet-bench plan {plugin} --preset smoke --seeds 0-1 --against baseline --results {tmp_path}"
    assert told == f"broken, seed 0, 1: failed; '{shown}' says why"
    assert "no paths" in call(*shown.split()[1:])


@pytest.mark.slow
def test_a_run_writes_event_files_if_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("run", "baseline", "--preset", "smoke", "--seeds", "0", "--results", str(tmp_path), "--log")
    with pytest.raises(BenchError, match="unknown --log 'wandb'; known: tensorboard"):
        call(*words, "wandb")
    monkeypatch.setattr("bench.cli.options.find_spec", lambda name: None)
    with pytest.raises(BenchError, match="'--log tensorboard' needs tensorboard, which is not installed; run: "):
        call(*words, "tensorboard")
    assert not list(tmp_path.iterdir()), "before anything is trained"
    pytest.importorskip("tensorboard")
    monkeypatch.undo()
    call(*words, "tensorboard")
    [run] = [path.parent for path in tmp_path.rglob("record.json")]
    [written] = (run / "tensorboard").iterdir()
    assert written.stat().st_size > 0
    assert "done" in call("plan", *words[1:-1]), "a folder of event files is no damage"


@pytest.mark.slow
def test_a_users_own_sampler_is_set_against_the_stored_baseline(results: Path, tmp_path: Path) -> None:
    """The README's file, in a process of its own; its stored run is then compared without training."""
    plugin = tmp_path / "my_heuristic.py"
    plugin.write_text((PROJECT / "tests" / "cli" / "own_sampler.py").read_text())
    options = ["--preset", "smoke", "--seeds", "0", "--results", str(results)]
    words = ["run", str(plugin), "--against", "baseline", *options]
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "my_heuristic, seed 0: trained" in done.stdout
    assert "baseline, seed 0: trained" not in done.stdout, "the stored row is not trained again"
    assert "difference" in done.stdout
    assert "live-params" in done.stdout
    records = [json.loads(path.read_text()) for path in results.rglob("record.json")]
    own = [record["recipe"]["paths"] for record in records if record["recipe"]["paths"]["is"] == "two-halves"]
    assert len(own) == 1
    assert all(len(paths["source_sha256"]) == 64 for paths in own)
    found = json.loads(printed("compare", str(plugin), "baseline", *options, "--json"))
    assert (found["first"], found["second"], found["seeds"], found["n"]) == ("my_heuristic", "baseline", [0], 500)
    assert found["differences"]["kendall-tau-b"]["verdict"]
    assert found["ranked_by"] == ["accuracy", "accuracy"]
    assert "ranked: my_heuristic by accuracy; baseline by accuracy" in call(
        "compare", str(plugin), "baseline", *options
    )
    assert "my_heuristic" in call("plan", str(plugin), *options)
    call("plot", str(plugin), *options, "--out", str(tmp_path))
    drawn = (tmp_path / "my_heuristic" / "smoke" / "over-top-n.csv").read_text()
    assert "my_heuristic," in drawn
    call(
        "report",
        "--study",
        str(plugin),
        "--preset",
        "smoke",
        "--results",
        str(results),
        "--out",
        str(tmp_path / "p.html"),
    )
    assert "my_heuristic: Does" in (tmp_path / "p.html").read_text()


@pytest.mark.slow
def test_a_row_is_compared_with_counting_parameters(results: Path) -> None:
    words = ("compare", "baseline", "trivial:live-params", "--preset", "smoke", "--results", str(results), "--json")
    found = json.loads(printed(*words))
    assert (found["second"], found["seeds"], found["n"]) == ("live-params (trivial)", [0, 1], 500)
    table = open_table("nb201/digits/test/30ep", data_folder())
    chosen = Population("connected-500", table.space).among(table.genes)
    params = table.space.costs(table.genes)["live-params"]
    tau = METRICS.get("kendall-tau-b")(params[chosen], table.mean[chosen])
    assert found["differences"]["kendall-tau-b"]["second"] == pytest.approx(tau)


def test_a_file_of_several_studies_is_refused(tmp_path: Path) -> None:
    head = "from bench.recipe.recipe import Recipe\nfrom bench.study.study import Row, Study\n"
    rest = 'question="?", source="?", truth=None, baseline=Recipe(), seeds=(0,), rows=(Row("r", Recipe()),))'
    text = f'{head}ONE = Study(name="one", {rest}\nTWO = Study(name="two", {rest}\n'
    (tmp_path / "both.py").write_text(text)
    with pytest.raises(BenchError, match=r"both.py defines 2 studies \(one, two\); keep one per file"):
        call("plan", str(tmp_path / "both.py"))


@pytest.mark.slow
def test_a_file_that_defines_a_study_is_run_as_that_study(results: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "own_study.py"
    plugin.write_text(
        "from bench.recipe.recipe import Recipe\n"
        "from bench.study.study import Row, Study\n"
        'STUDY = Study(name="own", question="?", source="mine", truth="nb201/cifar10/test/200ep", baseline=Recipe(),\n'
        '              seeds=(0, 1), rows=(Row("as usual", Recipe()),))\n'
    )
    output = call("run", str(plugin), "--preset", "smoke", "--results", str(results))
    assert "as usual" in output
    assert "trained" not in output, "the same recipe is the same run"


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("compare", "baseline:best", "baseline"), "unknown row 'best'"),
        (("compare", "a.csv", "b.csv"), "neither 'a.csv' nor 'b.csv' names a truth; add --table space/dataset"),
        (
            ("compare", "trivial:parms", "baseline", "--preset", "smoke"),
            "unknown trivial predictor 'parms'; did you mean 'params'?",
        ),
        (("compare", "published:nobody", "baseline", "--preset", "smoke"), "unknown published predictor 'nobody'"),
        (("compare", "baseline", "baseline", "--score", "loss"), "--score loss; allowed: accuracy, negative-cross-ent"),
        (
            ("compare", "baseline", "channel-methods"),
            "'baseline' against nb201/cifar10/test/200ep and 'channel-methods' against track1/cifar100/test/stand-alone"
            " cannot be compared",
        ),
        (("report", "--preset", "smoke", "--results", "nowhere"), "no finished run at preset 'smoke' in nowhere"),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(words: tuple[str, ...], text: str) -> None:
    with pytest.raises(BenchError) as caught:
        call(*words)
    assert text in str(caught.value)


@pytest.mark.slow
def test_the_report_is_one_page(results: Path, tmp_path: Path) -> None:
    options = ("--preset", "smoke", "--study", "baseline", "--results", str(results))
    output = call("report", *options, "--out", str(tmp_path / "page.html"))
    assert "page.html (" in output
    assert "<title>supernet-bench: preset smoke</title>" in (tmp_path / "page.html").read_text()


@pytest.mark.slow
def test_a_report_of_a_part_of_the_studies_leaves_that_of_all_as_it_is(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.cli.report.plots_folder", lambda _: tmp_path)
    whole, part = tmp_path / "report-smoke.html", tmp_path / "report-smoke-part.html"
    options = ("--preset", "smoke", "--results", str(results))
    call("report", *options)
    assert whole.exists()
    assert not part.exists(), "all its studies have a truth"
    whole.write_text("of all studies")
    told = call("report", "--study", "baseline", *options)
    assert f"{whole} is left as it is" in " ".join(told.split())
    assert whole.read_text() == "of all studies"
    assert "<title>" in part.read_text()

    part.unlink()
    every = reported
    monkeypatch.setattr("bench.cli.report.reported", lambda *a, **k: replace(every(*a, **k), without_table=("away",)))
    call("report", *options)
    assert whole.read_text() == "of all studies"
    assert part.exists()


@pytest.mark.slow
def test_the_leaderboard_names_the_best_row_beside_the_best_trivial_predictor(results: Path, tmp_path: Path) -> None:
    options = ("--preset", "smoke", "--study", "baseline", "--results", str(results), "--format", "json")
    told = call("leaderboard", *options, "--out", str(tmp_path / "best.md"))
    [line], _ = json.JSONDecoder().raw_decode(told[told.index("[") :])  # progress and caption are on stderr
    assert line["truth"] == "nb201/digits/test/30ep"
    assert (line["study"], line["row"]) == ("baseline", "baseline")
    assert line["trivial"]
    assert 0 < line["ceiling"] < 1
    tau = f"{line['tau']:.2f}".replace("0.", ".")
    assert f"| {tau} [" in (tmp_path / "best.md").read_text()


@pytest.mark.slow
def test_a_full_disk_leaves_no_half_figure(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BenchError, match=r"cannot write .*\.csv \(No space left on device\); free some space"):
        call("plot", "baseline", "--preset", "smoke", "--results", str(results), "--out", str(tmp_path))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "words", [("plot", "baseline", "--out", "{}"), ("report", "--study", "baseline", "--out", "{}/x")]
)
def test_a_place_that_is_a_file_is_named(results: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BenchError, match=r"cannot create folder .*file.* name another folder"):
        call(*(word.format(tmp_path / "file") for word in words), "--preset", "smoke", "--results", str(results))


@pytest.mark.slow
def test_an_undefined_difference_is_said_and_is_null_in_json(results: Path, tmp_path: Path) -> None:
    cells = read_predictions(next(results.rglob("predictions.h5"))).genes.tolist()
    equal = dict.fromkeys((NB201().spell(tuple(genes)) for genes in cells), 50.0)
    (tmp_path / "equal.json").write_text(json.dumps(equal))
    words = ("compare", str(tmp_path / "equal.json"), "baseline", "--preset", "smoke", "--results", str(results))
    told = printed(*words, "--json")
    assert "NaN" not in told
    found = json.loads(told)["differences"]["kendall-tau-b"]
    assert (found["verdict"], found["difference"]["value"]) == ("undefined", None)


@pytest.mark.slow
def test_two_processes_running_one_study_train_it_once(tmp_path: Path) -> None:
    words = ["run", "baseline", "--preset", "smoke", "--seeds", "0", "--results", str(tmp_path)]
    both = [
        subprocess.Popen(
            [*COMMAND, *words], stdout=subprocess.PIPE, text=True, cwd=PROJECT, env={**os.environ, "COLUMNS": "200"}
        )
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in both]
    assert sum("seed 0: trained" in output for output in outputs) == 1
    others = ("seed 0: held by another process", "seed 0: done before", "1 of 1")
    assert all(any(word in output for word in ("seed 0: trained", *others)) for output in outputs)
    assert len(list(tmp_path.rglob("record.json"))) == 1


@pytest.mark.slow
def test_a_trained_supernet_is_asked_again_and_its_file_is_scored(results: Path, tmp_path: Path) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (0,), results)
    stored = read_predictions(row.runs[0].folder / "predictions.h5")
    asked = [int(place) for place in np.random.default_rng(0).permutation(len(stored.genes))[:60]]
    cells = [row.row.recipe.space.spell(tuple(stored.genes[place].tolist())) for place in asked]
    (tmp_path / "cells.txt").write_text("\n".join(cells))
    options = ("--preset", "smoke", "--results", str(results), "--archs", str(tmp_path / "cells.txt"))
    told = call("predict", "baseline", *options, "--out", str(tmp_path / "out.json"))
    assert "60 architectures by accuracy" in told
    entries = json.loads((tmp_path / "out.json").read_text())
    assert [entry["arch"] for entry in entries.values()] == cells
    np.testing.assert_allclose([entry["acc"] for entry in entries.values()], stored.accuracy[asked] / 100, rtol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.txt", "out.json"], "no leftovers"
    call("predict", "baseline", *options, "--out", str(tmp_path / "loss.json"), "--score", "negative-cross-entropy")
    losses = [entry["acc"] for entry in json.loads((tmp_path / "loss.json").read_text()).values()]
    np.testing.assert_allclose(losses, stored.negative_cross_entropy[asked], rtol=1e-6)
    own = call("predict", "score-type:by cross-entropy", *options, "--out", str(tmp_path / "own[1].csv"))
    assert "60 architectures by negative-cross-entropy" in own, "what the row ranks by"
    lines = [line.split(",") for line in (tmp_path / "own[1].csv").read_text().splitlines()]
    assert lines[0] == ["name", "arch", "acc"]
    assert [(arch, float(loss)) for _, arch, loss in lines[1:]] == list(zip(cells, losses, strict=True))
    assert not list(tmp_path.glob("*partial*")), "whatever the file is called"
    scored = call("score", str(tmp_path / "out.json"), "--table", "nb201/digits/test/30ep", "--resamples", "10")
    assert "out (n = 60)" in scored


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        ("baseline", ("--seed", "7"), r"weights of row 'baseline', seed 7, are not in .*supernet-bench run baseline"),
        (
            "masking:no Zero",
            (),
            r"1 of 1 arch.*, first '.*', are not in the space of row 'no Zero' .masked or invalid.",
        ),
        ("baseline", ("--score", "loss"), "--score loss; allowed: accuracy, negative-cross-entropy"),
        ("baseline", ("--out", "."), r"--out \. is a folder; name a file in an existing folder"),
        ("baseline", ("--out", "x.txt"), r"--out x\.txt ends in '\.txt'; allowed: \.json, \.csv"),
        ("baseline", ("--out", "none/x.json"), r"--out none/x\.json is in the folder none, which does not exist"),
    ],
)
def test_a_supernet_that_cannot_be_asked_says_why(row, options, message, results, tmp_path) -> None:
    (tmp_path / "cells.txt").write_text("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|\n")
    files = ("--preset", "smoke", "--results", str(results), "--archs", str(tmp_path / "cells.txt"))
    with pytest.raises(BenchError, match=message):
        call("predict", row, *files, *options)


@pytest.mark.slow
def test_a_supernet_that_is_half_trained_is_not_asked(results: Path, tmp_path: Path) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (6,), tmp_path)
    training = Training(row.runs[0].recipe, open_images("digits", data_folder()), 6)
    training.train_epoch()
    row.runs[0].folder.mkdir(parents=True)
    write_checkpoint(training.checkpoint(), row.runs[0].folder / "checkpoint.pt")
    (tmp_path / "cells.txt").write_text("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|\n")
    words = ("--preset", "smoke", "--seed", "6", "--results", str(tmp_path), "--archs", str(tmp_path / "cells.txt"))
    with pytest.raises(BenchError, match=r"checkpoint\.pt is a training after epoch 1 of 3; finish the training first"):
        call("predict", "baseline", *words)


def test_a_file_of_slots_is_asked_against_the_row_that_it_changes(results: Path, tmp_path: Path) -> None:
    (tmp_path / "cells.txt").write_text("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|\n")
    own = str(PROJECT / "tests" / "cli" / "own_sampler.py")
    files = ("--preset", "smoke", "--results", str(results), "--archs", str(tmp_path / "cells.txt"))
    with pytest.raises(BenchError, match="weights of row 'own_sampler', seed 9, are not in"):
        call("predict", own, *files, "--seed", "9", "--out", str(tmp_path / "out.json"))


@pytest.fixture(scope="module")
def channels(with_track1: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[str, ...], str]:
    """Return the options of a store that holds SPOS of `channel-methods` alone, and what its run printed."""
    folder = tmp_path_factory.mktemp("channels")
    options = ("--preset", "smoke", "--results", str(folder), "--data", str(with_track1))
    return options, call("run", "channel-methods", "--row", "SPOS", "--seeds", "0-1", *options)


MISMATCH = "images: digits, truth: CIFAR-100"


@pytest.mark.slow
def test_where_truth_and_images_differ_every_table_and_page_says_so(channels, tmp_path: Path) -> None:
    options, told = channels
    assert MISMATCH in " ".join(told.split())
    [highest] = re.findall(r"Highest tau-b: (.*)", " ".join(told.split()))
    assert re.match(r"SPOS, by \S+ \S+ \[\S+\] \(2 of 2 seeds\); track1-winner \(published\) \S+ \[\S+\]; ", highest)
    words = ("compare", "channel-methods:SPOS", "trivial:params", *options)
    assert MISMATCH in " ".join(call(*words).split())
    call("report", "--study", "channel-methods", "--out", str(tmp_path / "page.html"), *options)
    page = (tmp_path / "page.html").read_text()
    assert f'<p class="mismatch">{MISMATCH}</p>' in page
    assert f'<h2 class="truth">{MISMATCH}. Truth track1' in page


@pytest.mark.slow
def test_rows_without_a_run_stand_in_the_table_with_what_their_source_prints(channels, tmp_path: Path) -> None:
    options, _ = channels
    told = call("plot", "channel-methods", *options, "--out", str(tmp_path))
    assert "channel-methods: predicted-against-true is not drawn: nothing of its rows is stored" in told
    text = (tmp_path / "channel-methods" / "smoke" / "results.md").read_text()
    assert f"\n{MISMATCH}. Truth `track1" in text
    scores, _ = text.split("| tau with size |", 1)
    lines = {line.split(" | ")[0][2:]: line.split(" | ") for line in scores.splitlines() if line.startswith("| ")}
    assert lines["SPOS, by -cross-entropy"][1] == "2 of 3"
    _, seeds, *values, printed = lines["FairNAS, by -cross-entropy"]
    assert (seeds, set(values), printed) == ("0 of 3", {"-"}, ".7718 |")
    assert "FairNAS, by accuracy" not in lines
    assert ", n = 0" not in text
    call("report", "--study", "channel-methods", "--out", str(tmp_path / "page.html"), *options)
    page = (tmp_path / "page.html").read_text()
    fair = page[page.index("<td>FairNAS</td>") :].split("</tr>")[0]
    assert "<td>0 of 3</td>" in fair
    assert fair.count(">-</td>") == len(COLUMNS) + 2, "metrics, the accuracy and the minutes"
    assert ">0.7718</td>" in fair
