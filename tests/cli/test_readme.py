"""What README.md, docs/ and CONTRIBUTING.md say is what the program does."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bench.analysis.results_table import result_rows
from bench.cli import app
from bench.cli.results_table import markdown
from bench.places import PROJECT, data_folder
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.runs.scored_on import usual_population
from bench.spaces import SPACES
from bench.study.study import STUDIES
from bench.tables.add import add
from bench.tables.catalog import open_table

README = (PROJECT / "README.md").read_text()
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text()
DOCS = {
    name: (PROJECT / "docs" / f"{name}.md").read_text()
    for name in ("using", "concepts", "reading", "method", "results", "spaces", "own_space", "faq")
}
"""The pages that are written by hand; claims.md is written by a command, generated/ by docs/reference.py."""
PAGES = ["README.md", "CONTRIBUTING.md", "benchmarks/README.md", *(f"docs/{name}.md" for name in DOCS)]


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_and_example_path_exists(page: str) -> None:
    text = re.sub(r"```.*?```", "", (PROJECT / page).read_text(), flags=re.S)
    named = re.findall(r"`((?:bench|studies|tests|data|plots|results)/[\w./-]+)`", text)
    links = re.findall(r"\]\((?!http|generated/)([^)#]+)\)", text)
    made = ("my_", ".cache/")  # by the reader, and by commands
    missing = [name for name in named if not (PROJECT / name).exists() and not any(word in name for word in made)]
    missing += [name for name in links if not ((PROJECT / page).parent / name).exists()]
    assert not missing


def test_the_readme_is_two_screens_and_names_every_page() -> None:
    assert len(README.splitlines()) <= 120
    assert [page for page in PAGES[1:] if f"]({page})" not in README] == []


def test_the_table_of_spaces_has_every_space_with_its_size() -> None:
    section = README.split("## Spaces", 1)[1].split("## ", 1)[0]
    told: dict[str, str] = {}
    for line in section.splitlines():
        names, sizes = (
            re.findall(pattern, line) for pattern in (r"^\| (`.*?`)(?: [^`|]*)?\|", r"^\|[^|]*\| ([^|]*) \|")
        )
        if names:
            told |= dict(zip(re.findall(r"`([^`]+)`", names[0]), sizes[0].split(", "), strict=True))
    sizes = {name: SPACES.get(name)().size for name in SPACES.names()}
    assert set(told) == set(sizes)
    for name, size in sizes.items():
        [mantissa, power] = f"{size:.0e}".split("e+")
        rounded = f"{mantissa} x 10^{int(power)}".removeprefix("1 x ")
        assert told[name] in (f"{size:,}", rounded)
    for truth in ("bits/cifar10/test/2ep", "shufflenet/cifar10/test/4ep"):
        [line] = [line for line in section.splitlines() if line.startswith(f"| `{truth.partition('/')[0]}`")]
        assert f"{len(open_table(truth, data_folder()).genes)} networks, trained here" in line


def test_the_table_of_spaces_has_the_numbers_of_the_stored_leaderboard() -> None:
    head, _, *lines = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in (PROJECT / "plots" / "leaderboard-laptop.md").read_text().splitlines()
        if line.startswith("|")
    ]
    ranked = {line["truth"].partition("/")[0]: line for line in (dict(zip(head, line, strict=True)) for line in lines)}
    section = README.split("## Spaces", 1)[1].split("\n## ", 1)[0]
    shown = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in section.splitlines() if "| `" in line]
    assert len(shown) == 9
    for [name, _, _, supernet, trivial, limit, _] in shown:
        line = ranked.get(name.split("`")[1])
        if line is None:
            assert [supernet, trivial, limit] == ["-"] * 3, f"{name} has no line in the leaderboard"
            continue
        assert supernet == line["tau-b ↑"]
        assert trivial == f"{line['best trivial']} {line['its tau-b ↑']}"
        assert limit == line["ceiling"]


def test_the_example_of_ones_own_sampler_is_the_tested_one() -> None:
    [block] = re.findall(r"```python\n(.*?)```", DOCS["using"], flags=re.S)
    tested = (PROJECT / "tests" / "cli" / "own_sampler.py").read_text()
    assert block.strip() == tested.split('"""\n', 1)[1].strip()


VERBS = typer.main.get_command(app).commands


def commands(text: str) -> list[list[str]]:
    """Return the words of every command of a text, those of an example and those between backticks in a sentence."""
    examples = re.findall(r"^ {4}(?:\.venv/bin/)?supernet-bench (.*)$", text, flags=re.M)
    named = [code.removeprefix("supernet-bench ") for code in re.findall(r"`([^`\n]+)`", text)]
    told = [shlex.split(line, comments=True) for line in examples]
    return told + [shlex.split(code) for code in named if code.split()[0] in VERBS or code.startswith("--plugin ")]


@cache
def emptied() -> Any:
    """Return the program's own command line, whose commands do nothing."""

    def empty(command: Any) -> None:
        command.callback = None
        for sub in getattr(command, "commands", {}).values():
            empty(sub)

    command = typer.main.get_command(app)
    empty(command)
    return command


def read_only(words: list[str]) -> int:
    """Read the words with a command line whose commands do nothing; return the exit code."""
    with pytest.raises(SystemExit) as ended:
        emptied().main(words, prog_name="supernet-bench")
    return int(ended.value.code or 0)


SHOWN = {" ".join(words): words for words in commands("\n".join([README, *DOCS.values(), CONTRIBUTING]))}


def completed(words: list[str]) -> list[str]:
    """Return a command; a verb that a sentence names without its arguments, or with an option alone, is one as well."""
    if words[0] == "--plugin":
        words = [*words[:2], "list"]  # for anything
    named = words[:2] if words[0] in ("data", "table") else words[:1]
    if len(words) == len(named):
        words = [*words, "--help"]
    return [*words, "FILE"] if words[-1] == "--study" else words


def test_every_command_that_is_shown_has_its_options_and_arguments() -> None:
    assert [told for told, words in SHOWN.items() if read_only(completed(words)) != 0] == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["runs", "baseline"], "No such command"),
        (["run", "baseline", "--sed", "0"], "No such option"),
        (["run"], "Missing argument"),
    ],
)
def test_a_command_that_is_misspelt_is_not_read(words: list[str], error: str, capsys) -> None:
    assert read_only(words) == 2
    assert error in capsys.readouterr().err


def test_the_commands_are_found() -> None:
    assert "run baseline --preset laptop --seeds 0-2" in SHOWN
    assert "predict channel-methods:the paper's best --archs archs.json --out submission.json" in SHOWN
    assert "check my_space.py my_supernet.py" in SHOWN
    assert "data fetch cifar10" in SHOWN


def blocks() -> dict[str, list[str]]:
    """Return the Python of every section of CONTRIBUTING.md that has some."""
    sections = re.split(r"^## ", CONTRIBUTING, flags=re.M)[1:]
    found = {text.split("\n")[0]: re.findall(r"```python\n(.*?)```", text, flags=re.S) for text in sections}
    return {title: texts for title, texts in found.items() if texts}


BLOCKS = blocks()
FILES = {
    "A sampler of paths": {"my_sampler.py": "paths pairs"},
    "A loss": {"my_loss.py": "losses focal"},
    "A space": {"my_space.py": "spaces chain", "my_supernet.py": "constructs chain-net"},
    "A study": {"my_study.py": "studies two-paths"},
    "A searcher": {"my_searcher.py": "searchers hill-climbing"},
    "A metric": {"my_metric.py": "metrics near-the-top"},
}
"""What the blocks of each section are called, and what each defines."""


@pytest.fixture
def written(tmp_path: Path, no_plugins: None) -> Callable[[str], list[str]]:
    """Return a function that writes the blocks of a section and gives the names of the files."""

    def write(section: str) -> list[str]:
        paths = [tmp_path / name for name in FILES[section]]
        for path, text in zip(paths, BLOCKS[section], strict=True):
            path.write_text(text)
        return [str(path) for path in paths]

    return write


def test_every_block_of_python_is_one_of_a_file() -> None:
    assert {title: len(texts) for title, texts in BLOCKS.items()} == {
        title: len(names) for title, names in FILES.items()
    }


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize("section", FILES)
def test_the_files_of_contributing_hold_their_contracts(section: str, written: Callable[[str], list[str]]) -> None:
    ran = CliRunner().invoke(app, ["check", *written(section)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    for line, entry in zip(ran.output.splitlines(), FILES[section].values(), strict=True):
        assert re.fullmatch(rf"{entry}: (\d+) of \1 checks passed", line)


STUDY = """from bench.optimize.losses import LOSSES
from bench.recipe.recipe import Recipe
from bench.sample.paths import PATHS
from bench.spaces import SPACES
from bench.study.study import Row, Study

CHAIN = Recipe(space=SPACES.get("chain")(), paths=PATHS.get("pairs")(), loss=LOSSES.get("focal")())
STUDY = Study(
    name="chain", question="?", source="here", truth=None, baseline=CHAIN, seeds=(0,), rows=(Row("chain", CHAIN),)
)
"""


@pytest.mark.slow
def test_the_space_sampler_and_loss_of_contributing_train_together(
    tmp_path: Path, written: Callable[[str], list[str]]
) -> None:
    files = [path for section in ("A space", "A sampler of paths", "A loss") for path in written(section)]
    (tmp_path / "study.py").write_text(STUDY)
    plugins = [word for path in files for word in ("--plugin", path)]
    words = ["run", str(tmp_path / "study.py"), "--preset", "smoke", "--results", str(tmp_path / "results")]
    ran = CliRunner().invoke(app, [*plugins, *words], catch_exceptions=False)
    assert "chain, seed 0: trained" in ran.output
    [record] = [json.loads(path.read_text()) for path in (tmp_path / "results").rglob("record.json")]
    used = [record["recipe"][slot]["is"] for slot in ("space", "construct", "paths", "loss")]
    assert used == ["chain", "chain-net", "pairs", "focal"]
    assert record["predictions"]["n"] == 26


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_page_of_an_own_space_runs_in_a_folder_of_ones_own(
    tmp_path: Path, written: Callable[[str], list[str]]
) -> None:
    written("A space")
    [study] = re.findall(r"```python\n(.*?)```", DOCS["own_space"], flags=re.S)
    (tmp_path / "my_study.py").write_text(study)
    shown = re.findall(r"^ {4}supernet-bench (.*)$", DOCS["own_space"], flags=re.M)
    assert len(shown) == 6
    environment = {**os.environ, "SUPERNET_BENCH_DATA": str(tmp_path / "data"), "PYTHONPATH": str(PROJECT)}
    told = {}
    for command in shown:
        words = [sys.executable, "-m", "supernet_bench", *shlex.split(command)]
        ran = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        told[
            next(verb for verb in ("check", "build", "add", "run", "plot", "compare") if f" {verb} " in f" {command}")
        ] = ran.stdout
    assert "26 of 26 architectures (seed 0: 26, seed 1: 26, seed 2: 26)" in told["build"]
    assert "three paths, seed 2: trained" in told["run"]
    assert (tmp_path / "plots" / "my-study" / "demo" / "over-top-n.png").exists()
    assert "tau-b ↑" in told["compare"]


TRAINS_OR_FETCHES = {"run", "predict", "check", "data add", "data fetch", "table build", "--plugin"}
TRAINS_OR_FETCHES |= {"few-truths", "confirm"}  # tests/cli/test_few_truths.py
"""These are tested elsewhere, or need weights that no clone has."""
OFFLINE = [
    words
    for words in SHOWN.values()
    if len(words) > 1 and not TRAINS_OR_FETCHES & {words[0], " ".join(words[:2])} and words[-1] != "--study"
    if "--on" not in words  # jobs of a cluster: tests/slurm
]


@pytest.fixture(scope="module")
def with_nb201(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with the tables of NAS-Bench-201 and of the competition."""
    folder = tmp_path_factory.mktemp("data")
    files = ("nats_bench.csv", "nb201.csv.gz", "cvpr2021_track1_gt_1000.json", "nas-bench-macro_cifar10.json")
    add([real_data / name for name in files], folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("words", [*OFFLINE, ["report"]], ids=" ".join)
def test_what_needs_no_training_runs_on_the_stored_results(
    words: list[str], with_nb201: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_plugins: None
) -> None:
    monkeypatch.setenv("SUPERNET_BENCH_DATA", str(with_nb201))
    monkeypatch.chdir(tmp_path)
    table = open_table("nb201/cifar10/test/200ep", with_nb201)
    pairs = zip(table.genes.tolist(), table.mean, strict=True)
    lines = [f"{table.space.spell(tuple(genes))},{mean}" for genes, mean in pairs]
    for name in ("predictions.csv", "others.csv"):
        (tmp_path / name).write_text("\n".join(["arch,prediction", *lines]))
    meant = {"STUDY": "baseline", "NAME": "uniform", "FILE": "predictions.csv", "...": "nb201/cifar10/test/200ep"}
    if words[:2] == ["data", "remove"]:
        monkeypatch.setenv("SUPERNET_BENCH_DATA", str(shutil.copytree(with_nb201, tmp_path / "data")))
        meant["NAME"] = "nb201/imagenet16-120/test/200ep"
        words = [*words, "--yes"]
    words = [meant.get(word, word) for word in words]
    if words[0] == "search":
        shutil.copytree(PROJECT / "results" / "laptop", tmp_path / "results" / "laptop")
        (tmp_path / "my_searcher.py").write_text(BLOCKS["A searcher"][0])
        words += ["--results", str(tmp_path / "results")]
    if words[0] == "plot":
        words += ["--out", str(tmp_path / "plots")]
    if words[0] == "report":
        words += ["--out", str(tmp_path / "page.html")]
    if "--store" in words:
        words[words.index("--store") + 1] = "mine"
        words += ["--results", str(tmp_path)]
    ran = CliRunner().invoke(app, words, catch_exceptions=False)
    assert ran.exit_code == 0
    assert ran.output
    for made in {"plot": ("plots",), "report": ("page.html",)}.get(words[0], ()):
        assert (tmp_path / made).exists()


def test_the_sentences_below_the_table_have_its_numbers() -> None:
    opening = README.split("\n## ")[0]
    rows = {cells[1].strip(): cells for line in opening.splitlines() if len(cells := line.split("|")) > 8}
    adds = [rows[name][7].strip() for name in rows if name.startswith("paths spread")]
    count, plain = (rows[name][3].split()[0] for name in ("live-params (trivial)", "baseline, by accuracy"))
    assert f"add to the count: {' and '.join(adds).replace(',', ', ')}" in opening
    macro = "better than FLOPs by +.14 [.07, .21]"
    assert macro in DOCS["spaces"]  # where tests/docs compares it with the stored runs
    assert macro.partition("by ")[2] in opening
    assert f"with tau-b {count}; the plain supernet reaches {plain}" in opening
    few = (PROJECT / "plots" / "best-recipe" / "laptop" / "few-truths.md").read_text().split("Worth, in truths:")[1]
    [worth] = [line for line in few.splitlines() if "two cells per stage | gaussian" in line]
    assert f"given 80 true accuracies and the ranks of that row has the tau-b of one given {WORTH}" in opening
    assert worth.split(" | ")[5] == WORTH.replace(", ", ",")


@pytest.mark.slow
def test_the_comparison_that_the_readme_tells_is_that_of_compare(
    with_nb201: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERNET_BENCH_DATA", str(with_nb201))
    deeper = "best-recipe:paths spread, linear decay, two cells per stage"
    words = ["compare", deeper, "trivial:live-params", "--population", "functions"]
    words += ["--score", "negative-cross-entropy", "--format", "json"]
    ran = CliRunner().invoke(app, words, catch_exceptions=False)
    found = json.loads(ran.stdout)["differences"]

    def short(number: float) -> str:
        return f"{number:.2f}".replace("0.", ".")

    def told(metric: str, sign: str) -> str:
        one = found[metric]
        low, high = (short(one["difference"][end]) for end in ("low", "high"))
        value = sign + short(one["difference"]["value"])
        return f"{short(one['first'])} against {short(one['second'])}, {value} [{low}, {high}]"

    assert told("kendall-tau-b", "+") in README
    assert told("precision-at-top/5%", "") in README


@pytest.mark.slow
def test_the_scores_that_the_readme_shows_are_those_that_score_prints(
    with_nb201: Path, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERNET_BENCH_DATA", str(with_nb201))
    shown = [
        line
        for line in README.split("## On real data")[1].split("Rows are compared")[0].splitlines()
        if line[:1] == "|"
    ]
    mine = tmp_path / "predictions.csv"
    shutil.copy(real_data / "cvpr2021_track1_winner_predictions.csv", mine)
    words = ["score", str(mine), "--table", "track1/cifar100/test/stand-alone", "--format", "markdown"]
    ran = CliRunner().invoke(app, words, catch_exceptions=False)
    assert len(shown) == 4
    assert not set(shown) - set(ran.output.splitlines())


@pytest.mark.slow
def test_the_comparison_that_the_readme_shows_is_what_compare_prints(
    with_nb201: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERNET_BENCH_DATA", str(with_nb201))
    told = README.split("Rows are compared")[1].split("[docs/using.md]")[0]
    [command] = [code for code in re.findall(r"`([^`]+)`", told) if code.startswith("compare ")]
    ran = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    shown = [line for line in told.splitlines() if line.startswith("|")]
    assert len(shown) == 4
    assert not set(shown) - set(ran.stdout.splitlines())


WORTH = "360 [260, 520]"
OWN_SIZE = "plots/path-sampling/full/results.md"


def printed(study: str, preset: str, folder: Path) -> str:
    """Return the results of a study as `plot` writes them, from the stored runs."""
    found, size = STUDIES.get(study), find_preset(preset)
    table = open_table(found.truth, folder)
    population = usual_population(table, size)
    rows = plan(found, size, None, PROJECT / "results")
    return markdown(result_rows(rows, table, population), table.truth, preset, population.name).strip()


@pytest.mark.slow
def test_the_printed_results_on_real_data_are_those_of_the_store(real_data: Path, tmp_path: Path) -> None:
    add([real_data / "nats_bench.csv"], tmp_path)
    assert printed("best-recipe", "laptop", tmp_path) in DOCS["results"]
    assert printed("path-sampling", "full", tmp_path) == (PROJECT / OWN_SIZE).read_text().strip()


def test_the_printed_results_at_the_benchmarks_own_size_are_those_that_plot_wrote() -> None:
    section = DOCS["results"].split("## At the benchmark's own size", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith(("| ", "Truth "))]
    assert len(lines) == 11
    assert not set(lines) - set((PROJECT / OWN_SIZE).read_text().splitlines())


def test_no_tracked_file_is_larger_than_a_megabyte() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True).stdout
    large = [
        name
        for name in listed.decode().split("\0")
        if name and (PROJECT / name).exists() and (PROJECT / name).stat().st_size > 2**20
    ]
    assert not large
