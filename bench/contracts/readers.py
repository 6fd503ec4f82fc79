"""Checks of every reader of tables, on valid samples of its format: the user's, or those that it writes."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.contracts import Suite, broken
from bench.errors import BenchError
from bench.files import file_sha256
from bench.tables.readers import Reader
from bench.tables.table import Table

SUITE = Suite("readers")
FOREIGN = {
    "an empty file": b"",
    "a file of one line of text": b"hello\n",
    "an empty JSON object": b"{}",
    "an empty JSON list": b"[]",
    "a table without rows": b"arch,accuracy\n",
    "the start of a PNG": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "the start of an archive": b"PK\x03\x04" + bytes(64),
    "the start of an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(64),
    "the start of a pickle": b"\x80\x04\x95" + bytes(64),
}
CUTS = (0.25, 0.5, 0.75)
"""Fractions of a file that are left of it."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A valid file or folder of a format, and the name of its table if the format names none."""

    path: Path
    name: str | None = None


_given: dict[str, Sequence[Sample]] = {}


@contextmanager
def samples_given(samples: Mapping[str, Sequence[Sample]]) -> Iterator[None]:
    """Inside, the checks of a reader of one of these names use these samples instead of its own."""
    before = dict(_given)
    _given.update(samples)
    try:
        yield
    finally:
        _given.clear()
        _given.update(before)


@contextmanager
def _copies(kind: type[Reader]) -> Iterator[list[Sample]]:
    """Yield copies of the samples, which a check may damage; raises `PluginError` if there is none."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        given = _given.get(kind.reader_name(), ())
        for number, sample in enumerate(given):
            own = folder / str(number)
            own.mkdir()
            copied = shutil.copytree if sample.path.is_dir() else shutil.copy2
            copied(sample.path, own / sample.path.name)
        if given:
            yield [Sample(path=folder / str(number) / one.path.name, name=one.name) for number, one in enumerate(given)]
            return
        written = kind.sample(folder)
        if written is None:
            raise broken(
                kind,
                "has no sample of its format; give one with --sample FILE, or let its class method `sample` write one",
            )
        yield [Sample(path=written, name=kind.sample_name)]


@SUITE.check
def it_says_what_it_is_and_its_format_in_one_line(kind: type[Reader]) -> None:
    words = vars(kind).get("__doc__") or ""
    if not words.strip() or words.startswith(f"{kind.__name__}("):  # written by dataclass itself
        raise broken(kind, "has no docstring; 'supernet-bench list' prints its first line")
    form = getattr(kind, "form", None)
    if not isinstance(form, str) or not form.strip() or "\n" in form:
        raise broken(kind, f"has form = {form!r}; expected the format in one line, for the error about unknown files")


@SUITE.check
def it_recognizes_and_reads_its_sample(kind: type[Reader]) -> None:
    with _copies(kind) as samples:
        for sample in samples:
            if not kind(name=sample.name).recognizes(sample.path):
                raise broken(kind, f"does not recognize its sample {sample.path.name}")
            tables = kind(name=sample.name).read(sample.path)
            if not isinstance(tables, list) or not tables or not all(isinstance(one, Table) for one in tables):
                raise broken(kind, f"read {tables!r} from {sample.path.name}; expected a list of tables")
            names = [table.name for table in tables]
            if len(set(names)) < len(names):
                raise broken(kind, f"read two tables of one name from {sample.path.name}: {', '.join(names)}")


@SUITE.check
def it_reads_a_file_twice_alike_and_leaves_it_as_it_is(kind: type[Reader]) -> None:
    with _copies(kind) as samples:
        for sample in samples:
            before = _digests(sample.path)
            first, second = (_content(kind(name=sample.name).read(sample.path)) for _ in range(2))
            if first != second:
                raise broken(kind, f"read two different things from {sample.path.name}: {first} and {second}")
            if _digests(sample.path) != before:
                raise broken(kind, f"changed {sample.path.name} while it read it")


@SUITE.check
def a_file_of_another_format_is_not_recognized_or_is_refused(kind: type[Reader]) -> None:
    with _copies(kind) as samples:
        for sample in samples:
            for what, content in FOREIGN.items():
                if sample.path.is_dir():
                    path = sample.path.with_name("foreign")
                    path.mkdir(exist_ok=True)
                    for file in sorted(sample.path.iterdir())[:1]:
                        (path / file.name).write_bytes(content)
                else:
                    path = sample.path.with_name(f"foreign{''.join(sample.path.suffixes)}")
                    path.write_bytes(content)
                if _tried(kind, path, sample.name, what) is not None:
                    raise broken(kind, f"reads {what}, called {path.name}; expected DataError")


@SUITE.check
def a_truncated_file_is_refused_or_has_fewer_architectures(kind: type[Reader]) -> None:
    with _copies(kind) as samples:
        for sample in samples:
            whole = sum(len(table.genes) for table in kind(name=sample.name).read(sample.path))
            for file in _files(sample.path):
                content = file.read_bytes()
                for left in CUTS:
                    file.write_bytes(content[: int(left * len(content))])
                    what = f"{file.name} of which {left:.0%} are left"
                    tables = _tried(kind, sample.path, sample.name, what)
                    if tables is not None and sum(len(table.genes) for table in tables) >= whole:
                        raise broken(kind, f"reads all architectures from {what}; expected DataError")
                file.write_bytes(content)


def _tried(kind: type[Reader], path: Path, name: str | None, what: str) -> list[Table] | None:
    """Return the tables of a faulty file, None if it is not recognized or refused in one line that names it."""
    try:
        reader = kind(name=name)
        return reader.read(path) if reader.recognizes(path) else None
    except BenchError as error:  # of one line, whatever it quotes
        if not any(part.name in str(error) for part in (path, *_files(path))):
            raise broken(kind, f"refuses {what} with '{error}', which does not name the file") from error
    except OSError:
        pass  # the caller names the file
    except Exception as error:
        raise broken(kind, f"fails at {what} with {type(error).__name__}: {error}; expected DataError") from error
    return None


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _digests(path: Path) -> dict[str, str]:
    return {file.name: file_sha256(file) for file in _files(path)}


def _content(tables: Sequence[Table]) -> list[tuple[str, str]]:
    return [(table.name, table.sha256) for table in tables]
