"""Texts folded into the width of the output: between words, a longer word at its joints, never inside a number."""

import re
import shutil
from collections.abc import Iterator, Sequence
from functools import partial

import typer

PARTS = re.compile(r"(?<=[/:|;])(?=[^\d/:|;+]|\d+[a-z])|(?<=@)|(?<=\+)(?=\|)")
"""Between the parts of a long word: of addresses, paths, names of tables, architectures."""
JOINTS = re.compile(r"(?<=[a-z][-_,+=(])(?=[A-Za-z])")
"""Between the words of which such a part is made."""
FLOW = re.compile(r"(?<=\S)\n(?=[^\s*-])")
"""Ends of lines inside a paragraph."""
NO_BREAK = "\N{NO-BREAK SPACE}"
"""Printed as a space."""
WORDS = re.compile(rf"\(?n = [\S{NO_BREAK}]+|[\S{NO_BREAK}]+")
"""What stays together where a text is folded: `n = 1,000`, and what a no-break space joins."""
LEAST = 20
"""Least width into which a text is folded, whatever stands before it."""


def pieces(word: str) -> list[str]:
    """Return what stays together of a word where it is folded.

    >>> pieces("nb101/cifar10/valid/108ep@uniform@28963-of-423624")
    ['nb101/', 'cifar10/', 'valid/', '108ep@', 'uniform@', '28963-of-423624']
    >>> pieces("|none~0|+|nor_conv_3x3~0|"), pieces("[>1,280,>1,280]"), pieces("log-probability")
    (['|', 'none~0|+', '|', 'nor_', 'conv_3x3~0|'], ['[>1,280,>1,280]'], ['log-', 'probability'])
    """
    return [piece for part in PARTS.split(word) for piece in JOINTS.split(part)]


def words(text: str) -> list[str]:
    """Return the words of a text, `n = 1,000` as one.

    >>> words("nb201 (n = 1,000), truth")
    ['nb201', '(n = 1,000),', 'truth']
    """
    return WORDS.findall(text)


def folded(text: str, width: int) -> list[str]:
    """Return the lines of a text; what cannot be folded into the width is cut.

    >>> folded("by cross-entropy, 3 of 3", 10), folded("a\\nb c", 9)
    (['by cross-', 'entropy, 3', 'of 3'], ['a', 'b c'])
    """
    return [line.replace(NO_BREAK, " ") for paragraph in text.split("\n") for line in _lines(paragraph, width)]


def _lines(paragraph: str, width: int) -> Iterator[str]:
    if len(paragraph) <= width:
        yield paragraph
        return
    line = ""
    for part, joined in _parts(words(paragraph), width):
        if line and len(line) + (not joined) + len(part) > width:
            yield line
            line = part
        else:
            line = f"{line}{'' if joined or not line else ' '}{part}"
    yield line


def _parts(whole: Sequence[str], width: int) -> Iterator[tuple[str, bool]]:
    """Yield what stays together, and whether it is joined to what was before."""
    for word in whole:
        told = [word]
        for split in (PARTS.split, JOINTS.split, partial(_cut, width=width)):
            told = [part for one in told for part in (split(one) if len(one) > width else [one])]
        yield from ((part, place > 0) for place, part in enumerate(told))


def _cut(word: str, width: int) -> list[str]:
    return [word[start : start + width] for start in range(0, len(word), width)]


def say(text: str, *, before: str = "", hang: int = 0, flow: bool = False, err: bool = False) -> None:
    """Print a text after what stands `before` it; folded on a terminal, where lines that go on are `hang` spaces in.

    With `flow` the lines of a paragraph are one text there, as in a docstring.
    """
    if width := shutil.get_terminal_size((0, 0)).columns:
        whole = FLOW.sub(" ", text) if flow else text
        text = "\n".join(part for line in whole.split("\n") for part in hung(line, width - len(before), hang))
        text = text.replace("\n", f"\n{' ' * len(before)}")
    typer.echo(f"{before}{text}".replace(NO_BREAK, " "), err=err)


def hung(line: str, width: int, hang: int) -> list[str]:
    """Return a line folded into a width, those that go on after as many spaces as it begins with, and `hang` more.

    >>> hung("  one two three four five", 24, 1)
    ['  one two three four', '   five']
    """
    text = line.lstrip(" ")
    indent = len(line) - len(text)
    if len(line) <= width:
        return [line]
    first, *others = folded(text, max(width - indent - hang, LEAST))
    return [" " * indent + first, *(" " * (indent + hang) + other for other in others)]
