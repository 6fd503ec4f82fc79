"""What was read last from files, as far as it fits into a number of bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

Content = TypeVar("Content")


class Recent(Generic[Content]):
    """Contents by key; those that were asked for longest ago are forgotten once all together exceed `most` bytes."""

    def __init__(self, most: int, size: Callable[[Content], int]) -> None:
        """Take the limit in bytes, and `size`, which returns the bytes of a content."""
        self._most, self._size, self._bytes = most, size, 0
        self._kept: OrderedDict[Hashable, Content] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, read: Callable[[], Content]) -> Content:
        """Return what is kept under a key, else what `read` returns, which is kept; the last one whatever its size."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        content = read()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = content
                self._bytes += self._size(content)
            while self._bytes > self._most and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= self._size(oldest)
        return content


def signature(path: Path) -> tuple[int, int, int] | None:
    """Return values that change whenever the file does, None if there is no file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns
