"""`supernet-bench check`: a file that holds its contract passes; each mistake gives one line that names it."""

import json
import re

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError
from bench.places import PROJECT

SAMPLER = '''from dataclasses import dataclass

import numpy as np

from bench.sample.paths import Paths


@dataclass(frozen=True, kw_only=True)
class Mine(Paths):
    """Three uniform paths."""

    def per_update(self, space):
        return 3

    def draw(self, space, rng):
        genes = space.sample(rng, 3)
        return {returned}
'''
LOSS = '''from dataclasses import dataclass

from torch.nn import functional

from bench.optimize.losses import Loss


@dataclass(frozen=True, kw_only=True)
class MyLoss(Loss):
    """A cross-entropy."""

    def __call__(self, logits, labels):
        loss = functional.cross_entropy(logits, labels, reduction="none")
        return {returned}
'''
METRIC = '''import numpy as np

from bench.scores.metrics import Metric


def agreement(prediction, truth):
    """Return how many of the neighbouring pairs are ordered alike."""
    order = np.lexsort((prediction, truth))
    return {function}


def resampled(resamples):
    """Return the same of every resample."""
    return np.array([agreement(*resamples.spelt_out(k)) for k in range(len(resamples))]){resampled}


MINE = Metric(name="agreement", better="{better}", low=0, high=1, function=agreement, resampled=resampled)
'''
RIGHT = {"function": "float(np.mean(np.diff(prediction[order]) > 0))", "resampled": "", "better": "higher"}
SPACE = '''from dataclasses import dataclass

from bench.errors import DataError
from bench.spaces import Space


@dataclass(frozen=True, kw_only=True)
class Two(Space):
    """Two decisions of three letters each."""

    @property
    def choices(self):
        return (("a", "b", "c"),) * 2

    def spell(self, arch):
        return {spelled}

    def parse(self, text):
        if len(text) != 2 or set(text) - set("abc"):
            raise DataError(f"'{{text}}' must be two of a, b, c")
        return {parsed}

    def costs(self, genes):
        return {{}}
'''
GOOD_SPACE = {"spelled": "''.join('abc'[g] for g in arch)", "parsed": "tuple('abc'.index(c) for c in text)"}
SETTING = SAMPLER.replace("    def per_update", "    extra: {kind} = {default}\n\n    def per_update", 1)


OWN_STUDY = (
    "from bench.recipe.recipe import Recipe\nfrom bench.study.study import Row, Study\n"
    'ROWS = (Row("as usual", Recipe()), Row("twice", Recipe(), times={"epochs": 2}))\n'
    'STUDY = Study(name="own", question="?", source="mine", truth="TRUTH", baseline=Recipe(), seeds=(0,), rows=ROWS)\n'
)


pytestmark = pytest.mark.usefixtures("no_plugins")


@pytest.fixture
def check(tmp_path):
    """Return a function that writes files, checks them, and gives the exit code and the lines."""

    def run(*texts, options=()):
        files = [tmp_path / f"mine_{index}.py" for index in range(max(len(texts), 1))]
        texts = texts or (files[0].read_text(),)
        for file, text in zip(files, texts, strict=True):
            file.write_text(text)
        done = CliRunner().invoke(app, ["check", *map(str, (*files, *options))])
        if isinstance(done.exception, BenchError):
            raise done.exception
        return done.exit_code, done.output.splitlines()

    return run


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SAMPLER.format(returned="genes"), marks=pytest.mark.slow),
        pytest.param(LOSS.format(returned="loss.mean()"), marks=pytest.mark.slow),
        METRIC.format(**RIGHT),
        pytest.param(SPACE.format(**GOOD_SPACE), marks=pytest.mark.slow),
    ],
    ids=["paths", "loss", "metric", "space"],
)
def test_a_file_that_holds_its_contract_passes_every_check(check, text):
    code, lines = check(text)
    assert code == 0, lines
    [line] = lines
    assert re.fullmatch(r"(\w+) [\w-]+: (\d+) of \2 checks passed", line)


@pytest.mark.slow
def test_the_readmes_own_sampler_passes(check):
    code, [line] = check((PROJECT / "tests" / "cli" / "own_sampler.py").read_text())
    assert code == 0
    assert line.startswith("paths two-halves: ")


@pytest.mark.quick_cases(0, 10)
@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        (SAMPLER.format(returned="np.full_like(genes, 5)"), "Mine|15", r"drew choice 5 at decision 1 of space 'bits'"),
        (
            SAMPLER.format(returned="rng.integers([len(c) for c in space.choices], size=genes.shape)"),
            "15",
            r"drew choice \d at decision 0 of space 'nb201'; allowed there: 1, 3, 4",
        ),
        (SAMPLER.format(returned="genes[:1]"), "15", r"returned shape \(1, 18\); .*per_update returned 3"),
        (SAMPLER.format(returned="genes.astype(float)"), "15", r"returned float64 of shape \(3, 18\); .*whole numbers"),
        (SAMPLER.format(returned="genes[0]"), "15", r"returned int8 of shape \(18,\)"),
        (SAMPLER.format(returned="genes.tolist()"), "15", r"returned list; expected whole numbers"),
        (SAMPLER.format(returned="space.sample(np.random.default_rng(), 3)"), "15", "from equal streams"),
        (SAMPLER.format(returned="space.sample(np.random.default_rng(0), 3)"), "15", "for two seeds"),
        (SAMPLER.format(returned="genes[[0, 0, 0]]"), "15", "drew 588 .* in an epoch .*, only 19[56] of them distinct"),
        (SAMPLER.format(returned="1 / 0"), "17", "ZeroDivisionError: division by zero"),
        (LOSS.format(returned="loss"), "12", r"returned shape \(4,\).*; expected a scalar"),
        (LOSS.format(returned="loss.mean() * float('nan')"), "12", "returned nan for ordinary logits"),
        (LOSS.format(returned="loss.mean().detach()"), "12", "that needs no gradient"),
        (LOSS.format(returned="(0 * logits).sum() + loss.mean().detach()"), "12", "gives no gradient to the logits"),
        (LOSS.format(returned="loss.sum()"), "12", "for the same batch twice; expected a mean"),
        (LOSS.format(returned="-loss.mean()"), "12", "for right answers"),
        (METRIC.format(**RIGHT | {"resampled": ".mean()"}), "12", r"returned float64; expected floats of shape \(6,\)"),
        (METRIC.format(**RIGHT | {"resampled": "[:1]"}), "12", r"shape \(1,\); expected floats of shape \(6,\)"),
        (METRIC.format(**RIGHT | {"resampled": " + 1"}), "12", "for six resamples"),
        (
            METRIC.format(**RIGHT | {"function": "prediction[order]"}),
            "6",
            r"returned shape \(600,\); expected one number",
        ),
        (METRIC.format(**RIGHT | {"better": "lower"}), "6", "its `better` is 'lower'"),
        (SPACE.format(**GOOD_SPACE | {"spelled": "'aa'"}), "15", r"gives both \(0, 0\) and \(0, 1\) the string 'aa'"),
        (
            SPACE.format(**GOOD_SPACE | {"parsed": "tuple('cba'.index(c) for c in text)"}),
            "18",
            r"parses 'aa', the string of \(0, 0\), as \(2, 2\)",
        ),
        (
            SETTING.format(kind="object", default="None", returned="genes"),
            "8",
            "the setting does not declare its allowed",
        ),
        (
            SETTING.format(kind="int", default="1", returned="genes")
            + "    def __post_init__(self):\n        return\n",
            "8",
            r"accepts \w+='.*'; allowed: ",
        ),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(check, tmp_path, text, place, told):
    code, [line] = check(text)
    assert code == 1
    assert re.search(told, line), line
    assert re.search(rf"mine_0\.py:({place.removeprefix('Mine|')})\b", line), line
    passed, of = map(int, re.search(r"(\d+) of (\d+) checks passed, then '", line).groups())
    assert passed < of


@pytest.mark.slow
def test_a_sampler_that_remembers_beside_its_state_does_not_continue(check):
    text = SAMPLER.format(returned="genes") + (
        "    def updates(self, space, rng, state):\n"
        "        while True:\n"
        "            SEEN.append(1)\n"
        "            yield space.sample(rng, 3) if len(SEEN) % 3 else space.extremes()[[0, 1, 0]]\n"
        "SEEN = []\n"
    )
    code, [line] = check(text)
    assert code == 1
    assert "gave different updates for equal streams" in line


@pytest.mark.slow
def test_a_loss_that_draws_from_the_global_generator_does_not_continue(check):
    noise = "0.01 * __import__('torch').rand(()) * (logits.dtype.itemsize == 4)"
    code, [line] = check(LOSS.format(returned=f"loss.mean() * (1 + {noise})"))
    assert code == 1
    assert "killed after an epoch and continued from its checkpoint differs from an uninterrupted one in" in line


@pytest.mark.slow
def test_a_loss_that_remembers_beside_its_state_does_not_continue(check):
    text = LOSS.format(returned="loss.mean() * self._grown(logits)") + (
        "    def _grown(self, logits):\n"
        "        if logits.dtype.itemsize == 4:\n"
        "            SEEN.append(1)\n"
        "        return 1 + 1e-3 * len(SEEN)\n"
        "SEEN = []\n"
    )
    code, [line] = check(text)
    assert code == 1
    assert "killed after an epoch and continued from its checkpoint differs from an uninterrupted one" in line


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        pytest.param(
            (SPACE.format(**GOOD_SPACE), SAMPLER.format(returned="genes")),
            ["spaces two", "paths mine"],
            marks=pytest.mark.slow,
        ),
        ((METRIC.format(**RIGHT), OWN_STUDY.replace("TRUTH", "nb201/a/b/c")), ["metrics agreement", "studies own"]),
    ],
    ids=["space and sampler", "metric and study"],
)
def test_every_file_has_its_lines(check, texts, told):
    code, lines = check(*texts)
    assert code == 0
    assert [line.split(":")[0] for line in lines] == told


READER = '''from dataclasses import dataclass
from typing import ClassVar

from bench.errors import DataError
from bench.tables.readers import Reader
from bench.tables.readers.track1_json import Track1Json


@dataclass(frozen=True, kw_only=True)
class Renamed(Reader):
    """The competition's table in a file of another ending."""

    form: ClassVar[str] = "JSON of widths, called .widths"

    def recognizes(self, path):
        return path.suffix == ".widths"

    def read(self, path):
        return Track1Json().read(path)
'''
WIDTHS = {"arch1": {"acc": 0.539, "arch": "16-16-4-12-4-16-12-32-4-24-28-12-24-64-52-20-40-56-28-60"}}


@pytest.mark.slow
def test_a_reader_is_checked_on_the_file_that_is_given(check, tmp_path):
    code, [line] = check(READER)
    assert code == 1
    assert "has no sample of its format; give one with --sample FILE, or let its class method `sample` wri" in line
    (tmp_path / "valid.widths").write_text(json.dumps(WIDTHS))
    assert check(options=("--sample", tmp_path / "valid.widths")) == (0, ["readers renamed: 5 of 5 checks passed"])
    (tmp_path / "cut.widths").write_text(json.dumps(WIDTHS)[:-9])
    code, [line] = check(options=("--sample", tmp_path / "cut.widths"))
    assert code == 1
    assert "1 of 5 checks passed, then 'it recognizes and reads its sample' failed: " in line
    assert "cut.widths" in line


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--sample", "nowhere.json"), "--sample nowhere.json does not exist; give a valid file or folder"),
        (("--name", "a/b/c/d"), "--name a/b/c/d without --sample; name the file whose table it is with --sample FILE"),
    ],
)
def test_a_sample_that_is_not_there_is_said(check, options, told):
    with pytest.raises(BenchError, match=told):
        check(READER, options=options)


def test_a_class_that_is_not_finished_is_named_with_what_it_lacks(check):
    text = SAMPLER.replace("    def draw", "    def drew").format(returned="genes")
    code, [line] = check(text)
    assert code == 1
    assert re.fullmatch(r"paths mine: not checked; Mine \(.*mine_0\.py:8\) lacks draw", line)


def test_a_study_of_a_file_is_checked(check):
    text = OWN_STUDY.replace("TRUTH", "nb201/cifar10/test/200ep")
    assert check(text) == (0, ["studies own: 3 of 3 checks passed"])


def test_a_study_of_a_file_in_another_space_than_its_truth_is_refused(check):
    with pytest.raises(BenchError, match=r"row 'as usual' is in space 'nb201', its truth is macro/c10/test/50ep; name"):
        check(OWN_STUDY.replace("TRUTH", "macro/c10/test/50ep"))


@pytest.mark.slow
def test_a_file_with_nothing_to_check_is_refused(check):
    with pytest.raises(BenchError, match=r"mine_0\.py defines nothing to check; allowed: a class derived"):
        check("X = 3\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(BenchError, match=r"plug-in .*absent\.py does not exist"):
        raise CliRunner().invoke(app, ["check", str(tmp_path / "absent.py")]).exception
