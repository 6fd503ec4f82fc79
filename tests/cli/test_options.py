"""Options that several commands share."""

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.cli.options import parse_seeds, preset_with
from bench.errors import DataError, RecipeError
from bench.runs.scored_on import truth_of
from bench.study.study import STUDIES

RELEASE = "nb201/cifar10/test/200ep@nats-tss"


@pytest.mark.parametrize("preset", ["laptop", "smoke"])
def test_a_table_replaces_the_truth_of_the_studies_of_its_space(preset):
    chosen = preset_with(preset, RELEASE)
    assert str(truth_of(STUDIES.get("baseline"), chosen)) == RELEASE
    assert str(truth_of(STUDIES.get("channel-sampling"), chosen)) == "track1/cifar100/test/stand-alone"


def test_without_a_table_the_studies_keep_their_truth():
    assert str(truth_of(STUDIES.get("baseline"), preset_with("laptop", None))) == "nb201/cifar10/test/200ep"


def test_what_names_no_table_is_refused():
    with pytest.raises(DataError, match=r"truth 'nats-tss' must be space/dataset/split/budget"):
        preset_with("laptop", "nats-tss")


@pytest.mark.parametrize("text", ["", "a", "3-1", "1,,2", "-1", "0-", "9" * 5_000, "0-" + "9" * 5_000])
def test_seeds_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="is neither a number nor a range; write them like 0-2,7"):
        parse_seeds(text)


def test_a_range_of_too_many_seeds_is_refused() -> None:
    assert len(parse_seeds("1-1000")) == 1000
    with pytest.raises(RecipeError, match=r"'0-99999999999' is 100,000,000,000 seeds; allowed: at most 1,000"):
        parse_seeds("0-99999999999")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("run mask", ["masking", "masking-medium"]),
        ("show mas", ["masking", "masking-medium"]),
        ("show kendall-tau-b/top-1", ["kendall-tau-b/top-10", "kendall-tau-b/top-150"]),
        ("compare baseline best-r", ["best-recipe"]),
        ("run baseline --preset lap", ["laptop", "laptop-cifar100"]),
        ("list spa", ["spaces"]),
    ],
)
def test_a_shell_completes_names(words, expected):
    asked = {"_SUPERNET_BENCH_COMPLETE": "complete_bash", "COMP_WORDS": f"supernet-bench {words}"}
    place = {"COMP_CWORD": str(len(words.split()))}
    ran = CliRunner().invoke(app, env=asked | place, prog_name="supernet-bench")
    assert ran.output.split() == expected
