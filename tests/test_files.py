"""The one way in which files are written."""

import ast
import errno
import os
import re
import threading

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from bench.errors import MachineError, StoreError
from bench.files import (
    check_name,
    check_target,
    file_sha256,
    make_folder,
    remedy_of_reading,
    write_new,
    write_new_folder,
    write_together,
    write_whole,
)
from bench.places import PROJECT
from tests.full_disk import no_file_above


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
    assert order == ["flushed", "named", "flushed"], "the second time, the name in the folder"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "No space left on device); mend it"),
        (errno.EROFS, "Read-only file system); name a folder that you may write to, or change its permissions"),
        (errno.EACCES, "Permission denied); name a folder that you may write to, or change its permissions"),
        (errno.ENOENT, "No such file or directory); its folder was removed or replaced; run again"),
        (errno.EMFILE, "Too many open files); close some files, or raise the limit with 'ulimit -n 4096', and run"),
        (errno.EIO, "Input/output error); check the disk and run again"),
        (errno.ENAMETOOLONG, "File name too long); use a shorter name"),
    ],
)
@pytest.mark.parametrize("write", [write_whole, write_new], ids=["whole", "new"])
def test_a_failed_write_says_why_and_what_to_do_in_one_line(tmp_path, write, number, told):
    with pytest.raises(StoreError) as raised:
        write(tmp_path / "file", fail_with(OSError(number, "what a library says (at ...)")), remedy="mend it")
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def fail_with(error):
    def fail(file):
        file.write(b"half")
        raise error

    return fail


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"cannot write .*file \(No such file or directory\); its folder was removed"):
        write_whole(tmp_path / "gone" / "file", "text")


@pytest.mark.parametrize("library", ["torch", "numpy", "pillow", "matplotlib"])
def test_whatever_a_library_makes_of_a_full_disk_the_disk_is_named(tmp_path, library):
    """PyTorch says 'unexpected pos', NumPy '800 requested and 0 written', Pillow 'encoder error -2'."""

    values = np.random.default_rng(0).normal(size=100_000)

    def write(file):
        if library == "torch":
            torch.save({"values": torch.from_numpy(values)}, file)
        elif library == "numpy":
            np.save(file, values)
        elif library == "pillow":
            Image.fromarray((values * 100).astype(np.uint8).reshape(250, 400)).save(file, "PNG")
        else:
            canvas = Figure()
            canvas.subplots().plot(values[:20_000])
            canvas.savefig(file, format="svg")

    with (
        no_file_above(10_000),
        pytest.raises(StoreError, match=r"cannot write .*file \(File too large\); free some space"),
    ):
        write_whole(tmp_path / "file", write)
    assert list(tmp_path.iterdir()) == []


def test_of_several_files_none_is_replaced_before_all_are_on_the_disk(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    write_together({first: "a", second: "b"})
    with pytest.raises(StoreError, match=r"cannot write .*second \(No space left"):
        write_together({first: "changed", second: fail_with(OSError(errno.ENOSPC, ""))})
    assert (first.read_text(), second.read_text()) == ("a", "b")
    assert sorted(tmp_path.iterdir()) == [first, second]


@pytest.mark.parametrize("links", [True, False], ids=["", "no hard links"])
def test_a_taken_name_is_not_written(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "")))
    path = tmp_path / "file"
    assert write_new(path, "mine")
    assert not write_new(path, "theirs")
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_of_many_writers_at_once_one_gets_the_name(tmp_path):
    path, won = tmp_path / "file", []

    def write(text):
        if write_new(path, text):
            won.append(text)

    writers = [threading.Thread(target=write, args=(letter * 10_000,)) for letter in "abcdefgh"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert won == [path.read_text()]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "folder"
    with pytest.raises(StoreError, match=r"cannot write .*folder/b \(No space left on device\); free some space"):
        write_new_folder(folder, {"a": "1", "b": fail_with(OSError(errno.ENOSPC, ""))})
    assert list(tmp_path.iterdir()) == []
    assert write_new_folder(folder, {"a": "1", "b": "2"})
    assert not write_new_folder(folder, {"a": "other"})
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "1", "b": "2"}
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("name", ["a", "A_b-1.c", "_", "x" * 100, "ä"])
def test_a_name_of_letters_digits_and_signs_between_them_is_good(name):
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", ".a", "a.", "-a", "a/b", "/a", "a\\b", "a b", "a\n", "a\0", "x" * 101])
def test_a_name_that_could_be_a_path_an_option_or_hidden_is_refused(name):
    with pytest.raises(StoreError, match=r"is not a valid name; allowed: letters, digits, '_', and"):
        check_name(name)


def test_a_file_is_not_called_damaged_where_the_process_cannot_open_it(tmp_path):
    with pytest.raises(MachineError, match=r"cannot read .*f \(Too many open files\); .*raise the limit"):
        remedy_of_reading(tmp_path / "f", OSError(errno.EMFILE, "unable to open (errno = 24 ...)"), "delete it")
    assert remedy_of_reading(tmp_path, PermissionError(errno.EACCES, ""), "delete it") == "change its permissions"
    assert remedy_of_reading(tmp_path, OSError("truncated file"), "delete it") == "delete it"


def test_a_target_that_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    check_target(tmp_path / "new" / "file")
    with pytest.raises(StoreError, match="which is a folder; name a file"):
        check_target(tmp_path / "new")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(StoreError, match=r"cannot write .*file \(Permission denied\); name a folder that you may"):
        check_target(tmp_path / "file")


WRITERS = {"files.py", "processes/claim.py", "stand_alone/journal.py", "contracts/readers.py"}
"""What writes by itself: the one write, lock files, the journal, which grows line by line, and damaged samples."""


MODE = re.compile("[rbt]{0,2}[wax+][rbt+]{0,2}")


@pytest.mark.slow
def test_whatever_a_command_leaves_is_written_by_the_one_write():
    folder = PROJECT / "bench"
    sources = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.py")}
    found = {name: own_writes(source) for name, source in sources.items() if name not in WRITERS}
    assert {name: writes for name, writes in found.items() if writes} == {}


def own_writes(source):
    """Return the lines that open a file for writing, or call what writes to a path."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        words = [word.value for word in given if isinstance(word, ast.Constant) and isinstance(word.value, str)]
        opens = name in ("open", "File", "ZipFile") and any(MODE.fullmatch(word) for word in words)
        to_memory = {word.id for word in given if isinstance(word, ast.Name)} & {
            "buffer",
            "file",
            "drawn",
            "packed",
            "vectors",
            "pixels",
        }
        writes = name in ("write_text", "write_bytes", "save", "savez", "savefig", "to_file") and not to_memory
        writes |= name == "to_csv" and bool(node.args)
        if (opens and not to_memory) or writes:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "source", ["p.write_text('x')", "open(p, 'w')", "h5py.File(p, mode='r+')", "frame.to_csv(p)", "np.save(p, x)"]
)
def test_another_way_to_write_is_caught(source):
    assert own_writes(source) == [source]


def test_two_writers_never_mix(tmp_path):
    path, texts = tmp_path / "file", ["a" * 100_000, "b" * 100_000]
    writers = [threading.Thread(target=lambda t=text: [write_whole(path, t) for _ in range(20)]) for text in texts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [write_whole, write_new], ids=["whole", "new"])
def test_a_pipe_is_not_replaced_by_a_file(tmp_path, write):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match=r"cannot write .*pipe, which is a device or a pipe; name a file"):
        write(tmp_path / "pipe", "text")
    with pytest.raises(StoreError, match="which is a device or a pipe"):
        check_target(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_folder_that_is_a_link_to_itself_is_named(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StoreError, match=r"\(Too many levels of symbolic links\); a link leads back to itself"):
        make_folder(tmp_path / "loop" / "results")
