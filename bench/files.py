"""Atomic file writes: a file is flushed to disk under a temporary name, then renamed."""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO

from bench.errors import StoreError

Content = str | bytes | Callable[[IO[bytes]], object]


def write_whole(path: Path, content: Content, *, remedy: str = "free some space and run again") -> None:
    """Write text, bytes, or what a function writes to an open file: first to a temporary file, then rename it.

    The temporary name is unique, so that two writers never mix, and the file is flushed to disk before it is renamed.
    If that fails, raises `StoreError` and keeps the previous file; an error of the function passes through.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with temporary.open("wb") as file:
                if callable(content):
                    content(file)
                else:
                    file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(cannot_write(path, error, remedy)) from error


def make_folder(folder: Path) -> Path:
    """Return the folder, created if missing; raises `StoreError` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot create folder {folder} ({error.strerror or error}); name another folder") from error
    return folder


def cannot_write(path: Path, error: OSError, remedy: str) -> str:
    """Return the message for a failed write: the path, the reason, and what to do."""
    if path.is_dir():
        return f"cannot write {path}, which is a folder; name a file"
    return f"cannot write {path} ({error.strerror or error}); {remedy}"


def file_sha256(path: Path) -> str:
    """Return the digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
