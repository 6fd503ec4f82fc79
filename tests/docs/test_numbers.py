"""The numbers in the sentences of the pages are those of the stored runs."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bench.places import PROJECT, data_folder
from bench.scores.cache import scores_kept_in
from bench.tables.add import add
from tests.docs.results_numbers import NOT_COMPUTED, RESULTS_PAGE
from tests.docs.spaces_numbers import SPACES, USING
from tests.docs.told import INTERVAL, RESULTS, Told, as_printed

NUMBERS = {"results": RESULTS_PAGE, "spaces": SPACES, "using": USING}
"""Page of docs/ -> the numbers of its sentences."""
CASES = [pytest.param(page, told, id=f"{page}: {told.words}") for page in NUMBERS for told in NUMBERS[page]]
PUBLISHED = (
    *("nats_bench.csv", "darts_swap1000.csv.gz", "nas-bench-macro_cifar10.json", "nats_sss_c10.csv.gz"),
    *("nb101_151644.csv.gz", "cvpr2021_track1_gt_1000.json"),
)
"""The files of ../shared/data whose truths the numbers need."""
SPACES_OF_TRUTHS = ("nb201", "darts", "macro", "nats-sss", "nb101", "track1")


@cache
def prose(page: str) -> str:
    """Return a page without its tables and their captions, which other tests compare with what commands wrote."""
    lines = (PROJECT / "docs" / f"{page}.md").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith(("|", "Truth `")))


def found(page: str, told: Told) -> re.Match[str]:
    """Return where the words of an entry stand in its page."""
    every = list(re.finditer(told.pattern, prose(page)))
    assert len(every) == 1, f"'{told.words}' stands {len(every)} times in docs/{page}.md"
    return every[0]


@pytest.mark.parametrize(("page", "told"), CASES)
def test_the_words_of_every_number_stand_once_in_the_page(page: str, told: Told) -> None:
    assert found(page, told)


@pytest.mark.parametrize("page", NUMBERS)
def test_every_interval_is_computed_or_has_a_reason_not_to_be(page: str) -> None:
    text = prose(page)
    covered = [found(page, told).span(place + 1) for told in NUMBERS[page] for place in range(len(told.places))]
    for words in NOT_COMPUTED.get(page, ()):
        assert text.count(words) == 1, f"'{words}' stands {text.count(words)} times in docs/{page}.md"
        covered.append((text.index(words), text.index(words) + len(words)))
    missing = [
        text[max(one.start() - 60, 0) : one.end()]
        for one in re.finditer(INTERVAL, text)
        if not any(start <= one.start() and one.end() <= end for start, end in covered)
    ]
    assert missing == []


@pytest.fixture(scope="module")
def truths(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the truths at hand: in the folder of data, or added from the published files to a new one."""
    with pytest.MonkeyPatch.context() as patch:
        if not all((data_folder() / "tables" / name).is_dir() for name in SPACES_OF_TRUTHS):
            folder: Path = request.getfixturevalue("real_data")
            data = tmp_path_factory.mktemp("data")
            add([folder / name for name in PUBLISHED], data)
            patch.setenv("SUPERNET_BENCH_DATA", str(data))
        yield


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("page", "told"), CASES)
def test_the_numbers_of_the_page_are_those_of_the_stored_runs(page: str, told: Told, truths: None) -> None:
    with scores_kept_in(RESULTS):
        computed = told.numbers()
    for printed, numbers in zip(found(page, told).groups(), computed, strict=True):
        shown = [round(float(one), 4) for one in numbers]
        assert as_printed(printed, numbers), f"'{told.words}': {printed} in docs/{page}.md, {shown} computed"
