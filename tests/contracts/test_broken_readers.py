"""Each check of readers is seen to find what it is there for."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from bench.contracts import suites
from bench.contracts.readers import Sample, samples_given
from bench.errors import DataError
from bench.spaces.macro import Macro
from bench.tables.readers import Reader
from bench.tables.table import Table

HEAD, END = "MACRO 1", "END"


@dataclass(frozen=True, kw_only=True)
class Mine(Reader):
    """Lines of an architecture and its accuracy, between a first and a last line."""

    form: ClassVar[str] = "lines between MACRO 1 and END"

    @classmethod
    def sample(cls, folder):
        (folder / "mine.txt").write_text(f"{HEAD}\n00000000 90.5\n22222222 91.5\n{END}\n")
        return folder / "mine.txt"

    def recognizes(self, path):
        return path.is_file() and path.read_bytes().startswith(HEAD.encode())

    def read(self, path):
        first, *lines, last = path.read_text().splitlines()
        if (first, last) != (HEAD, END):
            raise DataError(f"{path} ends with '{last}'; expected {END}; copy it again")
        return [table(line.split() for line in lines)]


def table(pairs):
    archs, accuracies = zip(*pairs, strict=True)
    return Table(
        name="macro/cifar10/test/50ep",
        genes=Macro().parse_all(list(archs), "here"),
        accuracy=np.array(accuracies, dtype=np.float32)[:, None],
        seeds=("0",),
        source="made by hand",
    )


def failure(kind):
    return suites()["readers"].first_failure(kind)


def changed(**members):
    """Return `Mine` with some members changed, under its own name."""
    return dataclass(frozen=True, kw_only=True)(type("Mine", (Mine,), {"__doc__": "Mine.", **members}))


def test_a_reader_that_holds_its_contract_passes():
    assert failure(Mine) == (len(suites()["readers"].checks), "")


def blind(self, path):
    return False


def greedy(self, path):
    return True


def forgetful(self, path):
    return [table([("00000000", 90.5), ("22222222", 91.5)])]


def counting(self, path):
    COUNT.append(1)
    return [table([("00000000", float(len(COUNT)))])]


COUNT: list[int] = []


def writing(self, path):
    found = Mine.read(self, path)
    path.write_text(path.read_text().replace("90.5", "90.6"))
    return [table([("00000000", 90.5)])] if found else []


def raising(self, path):
    return [1 / 0]


def careless(self, path):
    text = path.read_text()
    if END not in text:
        return [{}["no such key"]]
    return Mine.read(self, path)


def silent(self, path):
    if END not in path.read_text():
        raise DataError("the file is incomplete; copy it again")
    return Mine.read(self, path)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"__doc__": ""}, "has no docstring"),
        ({"form": "two\nlines"}, r"has form = 'two\\nlines'; expected the format in one line"),
        ({"sample": classmethod(lambda kind, folder: None)}, "has no sample of its format; give one with --sample"),
        ({"recognizes": blind}, "does not recognize its sample mine.txt"),
        ({"read": lambda self, path: []}, r"read \[\] from mine.txt; expected a list of tables"),
        ({"read": lambda self, path: 2 * Mine.read(self, path)}, "read two tables of one name from mine.txt: macro/"),
        ({"read": counting}, "read two different things from mine.txt"),
        ({"read": writing}, "changed mine.txt while it read it"),
        ({"recognizes": greedy, "read": forgetful}, "reads an empty file, called foreign.txt; expected DataError"),
        ({"recognizes": greedy}, "fails at an empty file with ValueError: not enough values to unpack"),
        (
            {"read": forgetful},
            "reads all architectures from mine.txt of which 25% are left; expected DataError",
        ),
        (
            {"read": careless},
            "fails at mine.txt of which 25% are left with KeyError: 'no such key'; expected Da",
        ),
        ({"read": silent}, "with 'the file is incomplete; copy it again', which does not name the file"),
        ({"read": raising}, "ZeroDivisionError: division by zero"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_mistake_is_found(members, told):
    passed, said = failure(changed(**members))
    assert re.search(told, said), said
    assert passed < len(suites()["readers"].checks)


def test_a_sample_that_is_given_comes_before_the_readers_own_and_stays_as_it_is(tmp_path):
    own = tmp_path / "given.txt"
    own.write_text(f"{HEAD}\n00000001 90.5\nx\n")
    with samples_given({"mine": [Sample(path=own)]}):
        assert "given.txt ends with 'x'; expected END" in failure(Mine)[1]
    assert own.read_text() == f"{HEAD}\n00000001 90.5\nx\n"
    assert failure(Mine)[1] == ""
