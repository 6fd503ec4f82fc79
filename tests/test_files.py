"""The one way in which files are written."""

import os
import threading

import pytest

from bench.errors import StoreError
from bench.files import file_sha256, write_whole


def test_a_text_bytes_or_a_function_is_written_and_nothing_else_stays(tmp_path):
    path = tmp_path / "file"
    for content in ("text", b"text", lambda file: file.write(b"text")):
        write_whole(path, content)
        assert path.read_bytes() == b"text"
        assert list(tmp_path.iterdir()) == [path]
    assert file_sha256(path).startswith("982d9e3e")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("no")])
def test_a_failure_keeps_what_was_there_and_leaves_no_half(tmp_path, error):
    path = tmp_path / "file"
    write_whole(path, "before")

    def fail(file):
        file.write(b"half")
        raise error

    told = "cannot write .*file \\(No space left on device\\); mend it" if isinstance(error, OSError) else "no"
    with pytest.raises(StoreError if isinstance(error, OSError) else ValueError, match=told):
        write_whole(path, fail, remedy="mend it")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    order = []
    monkeypatch.setattr("os.fsync", lambda descriptor: order.append("flushed"))
    rename = os.rename
    monkeypatch.setattr("os.replace", lambda old, new: (order.append("named"), rename(old, new)))
    write_whole(tmp_path / "file", "text")
    assert order == ["flushed", "named"]


def test_two_writers_never_mix(tmp_path):
    path, texts = tmp_path / "file", ["a" * 100_000, "b" * 100_000]
    writers = [threading.Thread(target=lambda t=text: [write_whole(path, t) for _ in range(20)]) for text in texts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]
