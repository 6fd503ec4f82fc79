"""How a table is laid out in the width of the output: which columns stand in which of its parts, and how wide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from bench.cli.folded import folded, pieces, words

TITLE_COLUMN = 24
"""Narrowest width to which the first column of a table is folded."""
TOGETHER = 8
"""Texts of at most so many characters are not folded: 3 of 3."""
MOST_NAMES = 5
"""Columns that name a line, at most."""
LEAST_ROOM = 12
"""Narrowest width to which a column is folded whose words are longer."""
LEAST_BESIDE = 18
"""Narrowest width of a list's texts beside their headings: an interval is not broken there."""
GAP, EDGES = 2, 2
"""Characters between two columns, and at both ends of a line together."""
FRAME, APART, BROKEN = 4, 6, 3
"""What a part costs beside its lines: those of its frame, that it stands apart, and a word that is folded inside."""
TALL = 5
"""Lines of a row, beyond which each counts twice: a column that is narrow reads badly."""
LIST = 20
"""What a list costs beside its lines."""


@dataclass(frozen=True)
class Part:
    """A printed table: its columns and their widths."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]


def parts_of(headings: Sequence[str], lines: Sequence[Sequence[str]], width: int) -> list[Part]:
    """Return the parts of a table, each with the columns that name a line, so that they take few lines in all.

    No word is folded inside where that needs not many lines more. Empty for a table that takes more lines than the list
    of its texts.

    >>> [part.columns for part in parts_of(["row", "one", "two"], [["a", "x" * 30, "y" * 30]], 50)]
    [(0, 1), (0, 2)]
    >>> parts_of(["row", "one", "two"], [["a", "x" * 30, "y" * 30]], 80)
    [Part(columns=(0, 1, 2), widths=(3, 30, 30))]
    """
    table = _Table([[heading, *(line[place] for line in lines)] for place, heading in enumerate(headings)], width)
    found = [one for one in map(table.best, (False, True)) if one]
    cost, parts = min(found, key=lambda one: one[0], default=(0.0, []))
    return parts if parts and (not lines or cost <= table.listed + LIST) else []


def beside_headings(headings: Sequence[str], width: int) -> int | None:
    """Return the width of the texts where a table is a list, each beside its heading; None: not enough for a number."""
    left = width - EDGES - GAP - widest(headings)
    return left if left >= LEAST_BESIDE else None


def widest(headings: Sequence[str]) -> int:
    """Return the width of the headings where a table is a list."""
    return min(max(map(_long, headings)), TITLE_COLUMN)


class _Table:
    """The columns of a table, each a list of its heading and its texts."""

    def __init__(self, columns: Sequence[Sequence[str]], width: int) -> None:
        self.columns, self.width = columns, width
        self.longest = [max(_long(text) for text in column) for column in columns]
        self.folded: Callable[[int, int], list[list[str]]] = cache(self._folded)
        self.lines: Callable[[int, int], int] = cache(lambda *at: sum(map(len, self.folded(*at))))

    @cached_property
    def names(self) -> int:
        """Return how many columns, from the first, tell all lines apart; 1 if no number of them does."""
        lines = list(zip(*(column[1:] for column in self.columns), strict=True))
        for count in range(1, min(MOST_NAMES, len(self.columns) - 1) + 1):
            if len({line[:count] for line in lines}) == len(lines):
                return count
        return 1

    @property
    def listed(self) -> int:
        """Return how many lines the list of all texts takes."""
        width = beside_headings([column[0] for column in self.columns], self.width)
        texts = [text for column in self.columns for text in column[1:] if text]
        below = 0 if width else len(texts)
        each = (len(folded(text, width or max(self.width - EDGES - GAP, LEAST_ROOM))) for text in texts)
        return sum(each) + below + len(self.columns[0]) - 1

    def best(self, broken: bool) -> tuple[float, list[Part]] | None:
        """Return the cost of the best parts, and these; None if they do not fit. `broken`: words are folded inside."""
        least = [self._least(place, broken) for place in range(len(self.columns))]
        first, *others = range(self.names - 1, len(self.columns))
        names = tuple(range(first + 1))
        if not others:
            alone = self._part(names, least, broken)
            return (alone[0], [alone[1]]) if alone else None
        found: list[tuple[float, list[Part]]] = [(0.0, [])]  # of the columns beside the names, up to each of them
        for end in others:
            options = []
            for start in range(end, first, -1):
                told = self._part((*names, *range(start, end + 1)), least, broken)
                if told is None:
                    break
                before, parts = found[start - first - 1]
                options.append((before + told[0], [*parts, told[1]]))
            if not options:
                return None
            found.append(min(options, key=lambda one: (one[0], len(one[1]))))
        return found[-1]

    def _least(self, place: int, broken: bool) -> int:
        """Return the least width of a column."""
        column = self.columns[place]
        every = [word for text in column for word in words(text)]
        least = max((len(part) for word in every for part in (pieces(word) if broken else [word])), default=1)
        whole = max((_long(text) for text in column if _long(text) <= TOGETHER), default=1)
        title = min(TITLE_COLUMN, max((_long(text) for text in column[1:]), default=1)) if place == 0 else 1
        return max(least, whole, title)

    def _part(self, columns: tuple[int, ...], least: Sequence[int], broken: bool) -> tuple[float, Part] | None:
        """Return the cost of some columns side by side, and the part; None if they do not fit."""
        widths = [least[place] for place in columns]
        left = self.width - EDGES - sum(widths) - GAP * (len(columns) - 1)
        if left < 0:
            if not broken or len(columns) > self.names + 1 or widths[-1] + left < LEAST_ROOM:
                return None
            widths[-1] += left
        self._widen(columns, widths, left)
        told = [self.folded(place, width) for place, width in zip(columns, widths, strict=True)]
        widths = [max(1, *(len(line) for text in texts for line in text)) for texts in told]
        heights = [max(map(len, texts)) for texts in zip(*told, strict=True)]
        tall = sum(height + max(height - TALL, 0) for height in heights)
        cut = sum(
            len(word) > width
            for place, width in zip(columns, widths, strict=True)
            for text in self.columns[place]
            for word in words(text)
        )
        return FRAME + APART + tall + BROKEN * cut, Part(columns, tuple(widths))

    def _widen(self, columns: tuple[int, ...], widths: list[int], left: int) -> None:
        """Give the columns what is left over, first where it saves the most lines for a character."""
        while left > 0:
            gains = [
                ((self.lines(place, widths[at]) - self.lines(place, wider)) / (wider - widths[at]), at, wider)
                for at, place in enumerate(columns)
                for wider in range(widths[at] + 1, min(self.longest[place], widths[at] + left) + 1)
            ]
            gain, at, wider = max(gains, key=lambda one: one[0], default=(0.0, 0, 0))
            if gain <= 0:
                break
            left -= wider - widths[at]
            widths[at] = wider

    def _folded(self, place: int, width: int) -> list[list[str]]:
        return [folded(text, width) for text in self.columns[place]]


def _long(text: str) -> int:
    return max(map(len, text.split("\n")))
