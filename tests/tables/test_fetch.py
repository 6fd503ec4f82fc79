import errno
import hashlib
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.errors import DataError, StoreError, UnknownName
from bench.tables import download as downloading
from bench.tables import fetch as fetching
from bench.tables.catalog import open_table, table_path
from bench.tables.download import TRIES
from bench.tables.fetch import fetch
from bench.tables.readers.macro_json import MacroJson
from bench.tables.store import write_table

BODY = b'{"00000000": {"test_acc": [40, 41, 42], "params": 1, "flops": 2}}'
SHA256 = hashlib.sha256(BODY).hexdigest()
TABLE = "macro/cifar10/test/50ep"


@pytest.fixture
def server():
    """A web server on this machine; `answers` maps a path to (status, promised length, body), `asked` logs requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            served.asked.append((self.path, self.headers.get("Range")))
            status, length, body = served.answers.get(self.path, (404, 0, b""))
            if wanted := served.ranges and self.headers.get("Range"):
                first = int(wanted.removeprefix("bytes=").removesuffix("-")) + served.shift
                status, length, body = 206, length - first, body[first:] or BODY[first:]
            self.send_response(status)
            if status == 206:
                self.send_header("Content-Range", f"bytes {first}-{first + length - 1}/{first + length}")
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            try:
                for byte in (body[i : i + 1] for i in range(len(body))) if served.pause else (body,):
                    self.wfile.write(byte)
                    served.stop.wait(served.pause)
            except OSError:
                pass  # the client left

        def log_message(self, *arguments):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.asked, served.answers = [], {"/m.json": (200, len(BODY), BODY)}
    served.shift, served.ranges, served.pause, served.stop = 0, True, 0, threading.Event()
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.stop.set()
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def sources(server, tmp_path):
    def write(path="/m.json", sha256=SHA256):
        url = f'url = "http://127.0.0.1:{server.server_port}{path}"\n' if path else ""
        toml = tmp_path / "sources.toml"
        toml.write_text(
            f'[macro]\n{url}page = "http://example.org/page"\nfile = "m.json"\nsha256 = "{sha256}"\n'
            f'size = {len(BODY)}\nlicence = "MIT"\ncitation = "x"\ntables = {[TABLE]}\n'
        )
        return toml

    return write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("name", ["macro", TABLE])
def test_a_source_or_a_table_of_it_is_fetched_and_becomes_its_tables(sources, folder, name):
    (added,) = fetch(name, folder, sources())
    assert added.summary == "1 of 6,561 architectures, seeds 0, 1, 2"
    assert open_table(TABLE, folder).accuracy.tolist() == [[40, 41, 42]]
    assert len(files(folder)) == 1


def test_a_second_fetch_asks_nobody(server, sources, folder):
    fetch("macro", folder, sources())
    (again,) = fetch("macro", folder, sources())
    assert again.summary.startswith("already there")
    assert server.asked == [("/m.json", None)]


def test_a_table_stored_from_another_source_is_kept_and_says_whence_it_is(server, sources, folder, small_table):
    write_table(small_table, table_path(TABLE, folder))
    (kept,) = fetch("macro", folder, sources())
    assert kept.summary.endswith(f"{TABLE}.h5, from made by hand")
    assert server.asked == []


def test_a_wrong_hash_says_what_was_expected_and_got_and_leaves_no_file(sources, folder):
    expected, got = "0" * 64, SHA256
    with pytest.raises(
        DataError, match=rf"cannot fetch 'macro' from http://127.*expected 65 bytes with sha256 {expected}"
    ) as caught:
        fetch("macro", folder, sources(sha256=expected))
    assert got in str(caught.value)
    assert "by hand and run 'supernet-bench data add m.json'" in str(caught.value)
    assert files(folder) == []


def test_a_connection_that_breaks_is_opened_again_and_continued(server, sources, folder):
    server.answers["/m.json"] = (200, len(BODY), BODY[:20])
    fetch("macro", folder, sources())
    assert open_table(TABLE, folder).accuracy.tolist() == [[40, 41, 42]]
    assert server.asked == [("/m.json", None), ("/m.json", "bytes=20-")]
    assert len(files(folder)) == 1


def test_a_download_that_breaks_for_good_is_continued_by_the_next_command(server, sources, folder):
    server.ranges, server.answers["/m.json"] = False, (200, len(BODY), BODY[:20])
    with pytest.raises(
        DataError, match=r"cannot fetch 'macro' from http://127.*expected 65 bytes.*got: 20 of 65 bytes.*continues the"
    ):
        fetch("macro", folder, sources())
    assert len(server.asked) == TRIES
    [part] = files(folder)
    assert part.read_bytes() == BODY[:20]
    server.ranges, server.answers["/m.json"] = True, (200, len(BODY), BODY)
    fetch("macro", folder, sources())
    assert server.asked[-1] == ("/m.json", "bytes=20-")
    assert [path.name for path in files(folder)] == ["50ep.h5"]


def test_a_server_without_ranges_begins_anew(server, sources, folder):
    folder.mkdir()
    (folder / f"macro-{SHA256[:12]}.part").write_bytes(b"x" * 20)
    server.ranges = False
    fetch("macro", folder, sources())
    assert open_table(TABLE, folder).accuracy.tolist() == [[40, 41, 42]]


@pytest.mark.parametrize("left", [b"x" * 20, b"x" * 65, b"x" * 99], ids=["foreign", "as long", "longer"])
def test_a_part_of_something_else_is_not_kept(server, sources, folder, left):
    folder.mkdir()
    (folder / f"macro-{SHA256[:12]}.part").write_bytes(left)
    if len(left) < len(BODY):
        with pytest.raises(DataError, match=r"expected 65 bytes with sha256 .*hash"):
            fetch("macro", folder, sources())
        assert files(folder) == []
    fetch("macro", folder, sources())
    assert [path.name for path in files(folder)] == ["50ep.h5"]


@pytest.mark.parametrize(
    ("promised", "said"),
    [(66, "66 bytes"), (None, "more than 65 bytes"), (2**60, f"{2**60:,} bytes")],
    ids=["said", "not said", "exabytes said"],
)
def test_more_bytes_than_the_source_has_are_not_taken(server, sources, folder, promised, said):
    server.answers["/m.json"] = (200, promised, BODY + b" " * 10_000_000)
    with pytest.raises(DataError, match=rf"cannot fetch 'macro' .*expected 65 bytes.*got: {said}; nothing was stored"):
        fetch("macro", folder, sources())
    assert len(server.asked) == 1
    assert files(folder) == []


def test_a_range_that_was_not_asked_for_is_not_taken(server, sources, folder):
    folder.mkdir()
    (folder / f"macro-{SHA256[:12]}.part").write_bytes(BODY[:20])
    server.shift = 5
    with pytest.raises(DataError, match=r"got: the range bytes 25-64/65 in the place of 20-; nothing was stored"):
        fetch("macro", folder, sources())
    assert files(folder) == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, r"[0-9a-f]{12}\.part \(No space left on device\); free some space, or name another folder"),
        (errno.EMFILE, r"[0-9a-f]{12}\.part \(Too many open files\); close some files"),
    ],
)
def test_a_download_that_cannot_be_written_says_why(sources, folder, monkeypatch, number, said):
    def fail(*_):
        raise OSError(number, "what a library says")

    monkeypatch.setattr(downloading, "_continue", fail)
    with pytest.raises(StoreError, match=f"cannot write .*macro-{said}"):
        fetch("macro", folder, sources())
    assert files(folder) == []


def test_a_server_that_drips_is_given_up_and_what_came_is_kept(server, sources, folder, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT", 0.2)
    monkeypatch.setattr(downloading, "SLOWEST", 10**9)
    server.pause = 0.05
    with pytest.raises(DataError, match=r"got: \d+ of 65 bytes in 0 seconds; no table was stored. The same command"):
        fetch("macro", folder, sources())
    assert len(server.asked) == 1
    [part] = files(folder)
    assert BODY.startswith(part.read_bytes())


def test_a_missing_page_says_so_and_leaves_no_file(sources, folder):
    with pytest.raises(DataError, match=r"cannot fetch 'macro' from .*gone.json: .*got: 404 .*; nothing was stored"):
        fetch("macro", folder, sources(path="/gone.json"))
    assert files(folder) == []


def test_a_server_that_is_down_says_so(server, sources, folder):
    toml = sources()
    server.server_close()
    with pytest.raises(DataError, match=r"cannot fetch 'macro'.*got: .*Connection"):
        fetch("macro", folder, toml)


def test_a_source_without_address_says_how_to_get_it_by_hand(sources, folder):
    text = (
        "source 'macro' has no address to fetch from; get m.json from http://example.org/page, then run 'supernet-bench"
    )
    with pytest.raises(DataError, match=text):
        fetch("macro", folder, sources(path=""))


def test_an_unknown_source_lists_the_known_ones(sources, folder):
    with pytest.raises(UnknownName, match=rf"unknown source 'marco'; did you mean 'macro'. known: macro, {TABLE}"):
        fetch("marco", folder, sources())


def test_a_folder_that_cannot_be_written_is_named(sources, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"cannot create folder .*file/data \(Not a directory\); name another folder"):
        fetch("macro", tmp_path / "file" / "data", sources())


@pytest.mark.parametrize("before", ["download", "add", "read"])
@pytest.mark.parametrize("left", ["nothing", "an empty folder"])
def test_a_folder_that_is_removed_meanwhile_is_the_cause_that_is_told(sources, folder, monkeypatch, before, left):
    of = MacroJson if before == "read" else fetching
    go_on = getattr(of, before)

    def removed(*arguments, **options):
        shutil.rmtree(folder)
        if left == "an empty folder":
            folder.mkdir()
        return go_on(*arguments, **options)

    monkeypatch.setattr(of, before, removed)
    with pytest.raises(StoreError, match=r"cannot write .*/(macro-\w+\.part|m\.json) \(No such file.*; its folder was"):
        fetch("macro", folder, sources())
    assert not list(folder.rglob("*.h5"))
