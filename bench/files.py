"""Atomic file writes: files are flushed to disk under temporary names, then renamed. Failures name their cause."""

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from bench.errors import MachineError, StoreError

Content = str | bytes | Callable[[IO[bytes]], object]

SPACE = "free some space and run again"
OPEN_FILES = "close some files, or raise the limit with 'ulimit -n 4096', and run again"
NOT_ALLOWED = "name a folder that you may write to, or change its permissions"
FOLDER_GONE = "its folder was removed or replaced; run again"
REMEDIES = {
    errno.EMFILE: OPEN_FILES,
    errno.ENFILE: OPEN_FILES,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.EROFS: NOT_ALLOWED,
    errno.ENOENT: FOLDER_GONE,
    errno.ENOTDIR: FOLDER_GONE,
    errno.ESTALE: FOLDER_GONE,
    errno.ELOOP: "a link leads back to itself; name another folder",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOMEM: "free some memory and run again",
    errno.EIO: "check the disk and run again",
}
"""What to do about a failed write, where it is not the lack of space."""
LONGEST_NAME = 100
OF_THIS_PROCESS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Errors of reading that say nothing about the file."""
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""Errors of file systems without hard links."""


def write_whole(path: Path, content: Content, *, remedy: str = SPACE) -> None:
    """Write text, bytes, or what a function writes to an open file: first to a temporary file, then rename it.

    The temporary name is unique, so that two writers never mix, and the file is flushed to disk before it is renamed.
    If that fails, raises `StoreError` and keeps the previous file; an error of the function passes through. `remedy`
    says what to do if the disk is full.
    """
    write_together({path: content}, remedy=remedy)


def write_together(contents: Mapping[Path, Content], *, remedy: str = SPACE) -> None:
    """Write several files like `write_whole`; none gets its name before all are on the disk."""
    temporaries: dict[Path, Path] = {}
    path = next(iter(contents), Path())
    try:
        try:
            for path, content in contents.items():
                temporaries[path] = _beside(path)
                _fill(temporaries[path], content)
            for path, temporary in temporaries.items():
                os.replace(temporary, path)
            for folder in {path.parent for path in contents}:
                _flush_folder(folder)
        finally:
            _remove(temporaries.values())
    except OSError as error:
        raise StoreError(cannot_write(path, error, remedy)) from error


def write_disposable(path: Path, content: str) -> None:
    """Write a file that may be lost, as it can be computed again: not flushed to the disk, and no failure is raised.

    It has its name only when it is written, but after a crash its content may be lacking: the reader must check it.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(content, encoding="utf-8")
            os.replace(temporary, path)
        finally:
            _remove([temporary])


def write_new(path: Path, content: Content, *, remedy: str = SPACE) -> bool:
    """Write a file like `write_whole`, unless the name is taken: return False then, and change nothing.

    Of several writers at once exactly one gets the name (on file systems without hard links: nearly always).
    """
    temporary = _beside(path)
    try:
        try:
            _fill(temporary, content)
            name_once(temporary, path)
            _flush_folder(path.parent)
        finally:
            _remove([temporary])
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreError(cannot_write(path, error, remedy)) from error
    return True


def write_new_folder(folder: Path, contents: Mapping[str, Content], *, remedy: str = SPACE) -> bool:
    """Write a folder of files, all or none, unless the name is taken: return False then, and change nothing.

    The folder is filled under a temporary name that begins with a dot.
    """
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    path = folder
    try:
        try:
            os.mkdir(temporary)
            for path in map(folder.joinpath, contents):
                _fill(temporary / path.name, contents[path.name])
            _flush_folder(temporary)
            os.rename(temporary, folder)
            _flush_folder(folder.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST) or folder.exists():
            return False
        raise StoreError(cannot_write(path, error, remedy)) from error
    return True


def name_once(temporary: Path, path: Path) -> None:
    """Give a finished file its name; raises `FileExistsError` if the name is taken. The temporary name may remain."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        os.replace(temporary, path)


def check_name(name: str) -> str:
    """Return the name of a file or folder that a user chose; raises `StoreError` if it could be a path or hidden."""
    if not re.fullmatch(r"\w([\w.-]*\w)?", name) or len(name) > LONGEST_NAME:
        raise StoreError(
            f"'{name[:LONGEST_NAME]}' is not a valid name; allowed: letters, digits, '_', and '.' and '-' between "
            f"them, at most {LONGEST_NAME} characters"
        )
    return name


def make_folder(folder: Path) -> Path:
    """Return the folder, created if missing; raises `StoreError` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
        remedy = "name another folder" if in_the_way else REMEDIES.get(error.errno or 0, SPACE)
        raise StoreError(f"cannot create folder {folder} ({cause(error)}); {remedy}") from error
    return folder


def check_target(path: Path) -> None:
    """Raise `StoreError` if a file could not be written to a path, before hours are spent on its content."""
    make_folder(path.parent)
    if path.is_dir() or is_special(path) or not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(cannot_write(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES))))


def cause(error: OSError) -> str:
    """Return what the system says about a failure, without the path.

    >>> cause(OSError(28, "unable to write (file write failed: time = ...)")), cause(OSError("3 requested, 2 written"))
    ('No space left on device', '3 requested, 2 written')
    """
    return os.strerror(error.errno) if error.errno else str(error)


def cannot_write(path: Path, error: OSError, remedy: str = SPACE) -> str:
    """Return the message for a failed write: the path, the reason, and what to do; `remedy` if the disk is full."""
    if path.is_dir():
        return f"cannot write {path}, which is a folder; name a file"
    if is_special(path):
        return f"cannot write {path}, which is a device or a pipe; name a file"
    return f"cannot write {path} ({cause(error)}); {REMEDIES.get(error.errno or 0, remedy)}"


def remedy_of_reading(path: Path, error: Exception, remedy: str) -> str:
    """Return what to do about a file that cannot be read; `remedy` if its content is at fault.

    Raises `MachineError` if the process is at fault, not the file: a file is never called damaged, or deleted, because
    too many files are open.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number in OF_THIS_PROCESS:
        raise MachineError(f"cannot read {path} ({os.strerror(number)}); {REMEDIES[number]}") from error
    return "change its permissions" if number in (errno.EACCES, errno.EPERM) else remedy


def file_sha256(path: Path) -> str:
    """Return the digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Remembering(io.BufferedWriter):
    """A file that remembers its first failure: what PyTorch, Pillow and NumPy raise about a full disk names no cause.

    It has no descriptor that a library could write to behind its back.
    """

    failure: OSError | None = None

    def write(self, content: Any) -> int:
        try:
            return super().write(content)
        except OSError as error:
            self.failure = self.failure or error
            raise

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


def _fill(path: Path, content: Content) -> None:
    """Write a file and flush it to the disk."""
    with io.FileIO(path, "w") as raw:
        file = _Remembering(raw)
        try:
            if callable(content):
                content(file)
            else:
                file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
        except Exception as error:
            with suppress(OSError):  # what is still in memory, on its way to a file that is removed
                file.detach()
            if file.failure is not None and error is not file.failure:
                raise file.failure from error
            raise
        os.fsync(raw.fileno())
        file.detach()


def is_special(path: Path) -> bool:
    """Return whether a path is there and is a device, a pipe or a socket: reading might never end."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _beside(path: Path) -> Path:
    """Return a temporary name beside a file; raises `StoreError` for what a rename would replace by a file."""
    if is_special(path):
        raise StoreError(cannot_write(path, OSError()))
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")


def _remove(temporaries: "Any") -> None:
    for temporary in temporaries:
        with suppress(OSError):  # the first failure is the one to tell
            temporary.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the file system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
