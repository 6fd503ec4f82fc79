"""Download a published file, check its hash, and store its tables; no other command uses the network."""

import os
import tempfile
from pathlib import Path

from bench.errors import DataError, StoreError, unknown_name
from bench.files import cannot_write, make_folder
from bench.tables.add import Added, add, already_there
from bench.tables.catalog import table_paths
from bench.tables.download import Broken, Refused, download
from bench.tables.sources import SOURCES, Source, load_sources
from bench.tables.store import read_info


def fetch(name: str, folder: Path, sources: Path = SOURCES) -> list[Added]:
    """Download the source called `name`, or the one that holds the table `name`, and store its tables.

    Does nothing if all of them are stored. The downloaded file is not kept; what came of a broken download is, as
    `<source>-<sha256>.part`, and the next call continues it.
    """
    source = find_source(name, sources)
    stored = table_paths(folder)
    if all(table in stored for table in source.tables):
        return [already_there(read_info(stored[table])) for table in source.tables]
    if not source.url:
        raise DataError(f"source '{source.name}' has no address to fetch from; {source.remedy}")
    make_folder(folder)
    try:
        part = folder / f"{source.name}-{source.sha256[:12]}.part"
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as downloads:
            return add([_download(source, Path(downloads), part)], folder, sources=sources)
    except OSError as error:
        remedy = "free some space, or name another folder with --data"
        raise StoreError(cannot_write(Path(error.filename or part), error, remedy)) from error


def find_source(name: str, sources: Path = SOURCES) -> Source:
    """Return the source called `name` or holding the table `name`; raises `UnknownName`."""
    listed = load_sources(sources)
    for source in listed:
        if name == source.name or name in source.tables:
            return source
    known = [source.name for source in listed] + [table for source in listed for table in source.tables]
    raise unknown_name("source", name, known, "'supernet-bench data list' shows all sources")


def _download(source: Source, folder: Path, part: Path) -> Path:
    """Return the downloaded file in `folder`, with the right hash; a broken download stays in `part`."""
    import logging

    import pooch

    pooch.get_logger().setLevel(logging.WARNING)

    def bring(url: str, output_file: str, _: object) -> None:
        download(url, source.size, part)
        os.replace(part, output_file)

    expected = f"expected {source.size:,} bytes with sha256 {source.sha256}"
    by_hand = f"get {source.file} from {source.page} by hand and run 'supernet-bench data add {source.file}'"
    try:
        path = pooch.retrieve(
            source.url, known_hash=f"sha256:{source.sha256}", fname=source.file, path=folder, downloader=bring
        )
    except Broken as error:
        raise DataError(
            f"cannot fetch '{source.name}' from {source.url}: {expected}, got: {error}; no table was stored. "
            f"The same command continues the download, or {by_hand}"
        ) from error
    except (Refused, ValueError) as error:
        raise DataError(
            f"cannot fetch '{source.name}' from {source.url}: {expected}, got: {error}; nothing was stored. "
            f"Try again later, or {by_hand}"
        ) from error
    return Path(path)
