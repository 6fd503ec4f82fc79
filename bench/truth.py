"""The name of a ground truth as a value; formatted and parsed only here."""

import re
from dataclasses import dataclass, replace

from bench.errors import DataError

PART = re.compile(r"[a-z0-9][a-z0-9.-]*")
SOME = re.compile(r"[1-9][0-9]*-of-[1-9][0-9]*")


@dataclass(frozen=True)
class Truth:
    """Names stand-alone accuracies: of a space, on a split of a data set, after a training budget.

    `release` tells apart what was published or measured more than once; "" for the file that `data list` names as the
    source of the plain name. `coverage` is "n-of-N" for a table that has only n of a publication's N architectures, ""
    for a whole one. Raises `DataError` if a part has characters other than lower-case letters, digits, '.' and '-'.

    >>> str(Truth("nb201", "cifar10", "test", "200ep"))
    'nb201/cifar10/test/200ep'
    >>> Truth.parse("track1/cifar100/test/stand-alone").dataset
    'cifar100'
    >>> str(Truth("nb201", "cifar10", "test", "200ep", "nats-tss", "3-of-15625"))
    'nb201/cifar10/test/200ep@nats-tss@3-of-15625'
    >>> Truth.parse("nb201/cifar10/test/200ep@3-of-15625").coverage
    '3-of-15625'
    """

    space: str
    dataset: str
    split: str
    budget: str
    release: str = ""
    coverage: str = ""

    def __post_init__(self) -> None:
        parts = (self.space, self.dataset, self.split, self.budget)
        named = not self.release or (PART.fullmatch(self.release) and not SOME.fullmatch(self.release))
        if not all(PART.fullmatch(part) for part in parts) or not named:
            raise _refused(str(self))
        if self.coverage and not SOME.fullmatch(self.coverage):
            raise _refused(str(self))

    @classmethod
    def parse(cls, text: str) -> "Truth":
        """Return the truth named `space/dataset/split/budget`, then `@release` and `@n-of-N` if it has them.

        Raises `DataError` for anything else.
        """
        plain, *after = text.split("@")
        parts = plain.split("/")
        coverage = after.pop() if after and SOME.fullmatch(after[-1]) else ""
        if len(parts) != 4 or len(after) > 1 or "" in after:
            raise _refused(text)
        space, dataset, split, budget = parts
        return cls(space, dataset, split, budget, after[0] if after else "", coverage)

    def __str__(self) -> str:
        plain = "/".join((self.space, self.dataset, self.split, self.budget))
        return "@".join(part for part in (plain, self.release, self.coverage) if part)

    @property
    def plain(self) -> "Truth":
        """Return the truth without release and coverage."""
        return replace(self, release="", coverage="")

    def on_other_images(self, other: "Truth") -> bool:
        """Return whether the two differ only in their data set: the same predictions can be scored against both."""
        return self.dataset != other.dataset and replace(self, dataset=other.dataset) == other


def labelled(truth: object, coverage: str) -> str:
    """Return a truth's name as titles show it, with "3 of 15,625" in words for a table that lacks architectures.

    >>> labelled("nb201/mine/test/30ep", "500 of 15,625"), labelled("nb201/digits/test/30ep", "")
    ('nb201/mine/test/30ep (500 of 15,625 architectures)', 'nb201/digits/test/30ep')
    """
    return f"{truth} ({coverage} architectures)" if coverage else str(truth)


def _refused(text: str) -> DataError:
    return DataError(
        f"truth '{text}' must be space/dataset/split/budget in lower-case letters, digits, '.' and '-', "
        "such as nb201/cifar10/test/200ep, with a release after '@' if there are several, such as "
        "nb201/cifar10/test/200ep@nats-tss"
    )
