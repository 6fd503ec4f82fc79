"""The name of a ground truth as a value; formatted and parsed only here."""

import re
from dataclasses import astuple, dataclass, fields

from bench.errors import DataError

PART = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class Truth:
    """Names stand-alone accuracies: of a space, on a split of a data set, after a training budget.

    Raises `DataError` if a part has characters other than lower-case letters, digits, '.' and '-'.

    >>> str(Truth("nb201", "cifar10", "test", "200ep"))
    'nb201/cifar10/test/200ep'
    >>> Truth.parse("track1/cifar100/test/stand-alone").dataset
    'cifar100'
    """

    space: str
    dataset: str
    split: str
    budget: str

    def __post_init__(self) -> None:
        if not all(PART.fullmatch(part) for part in astuple(self)):
            raise _refused(str(self))

    @classmethod
    def parse(cls, text: str) -> "Truth":
        """Return the truth named `space/dataset/split/budget`; raises `DataError` for anything else."""
        parts = text.split("/")
        if len(parts) != len(fields(cls)):
            raise _refused(text)
        return cls(*parts)

    def __str__(self) -> str:
        return "/".join(astuple(self))

    def on_other_images(self, other: "Truth") -> bool:
        """Return whether the two differ only in their data set: the same predictions can be scored against both."""
        alike = (self.space, self.split, self.budget) == (other.space, other.split, other.budget)
        return alike and self.dataset != other.dataset


def _refused(text: str) -> DataError:
    return DataError(
        f"truth '{text}' must be space/dataset/split/budget in lower-case letters, digits, '.' and '-', "
        "such as nb201/cifar10/test/200ep"
    )
