import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.errors import DataError, StoreError, UnknownName
from bench.tables.catalog import open_table, table_path
from bench.tables.fetch import fetch
from bench.tables.store import write_table

BODY = b'{"00000000": {"test_acc": [40, 41, 42], "params": 1, "flops": 2}}'
SHA256 = hashlib.sha256(BODY).hexdigest()
TABLE = "macro/cifar10/test/50ep"


@pytest.fixture
def server():
    """A web server on this machine; `answers` maps a path to (status, promised length, body), `asked` logs requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            served.asked.append(self.path)
            status, length, body = served.answers.get(self.path, (404, 0, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.asked, served.answers = [], {"/m.json": (200, len(BODY), BODY)}
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
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
    assert server.asked == ["/m.json"]


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


def test_a_truncated_body_says_so_and_leaves_no_file(server, sources, folder):
    server.answers["/m.json"] = (200, len(BODY), BODY[:20])
    with pytest.raises(
        DataError, match=r"cannot fetch 'macro' from http://127.*expected 65 bytes.*20 bytes read, 45 more"
    ):
        fetch("macro", folder, sources())
    assert files(folder) == []


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
    with pytest.raises(StoreError, match=r"cannot write to .*file/data: .*; free some space or name another"):
        fetch("macro", tmp_path / "file" / "data", sources())
