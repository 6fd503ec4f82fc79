"""Files of `torch.save`: checked before they are loaded, and torch's reasons for a refusal in one line."""

import pickle
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from bench.untrusted.limits import RATIO, UNPICKLED, memory_limit

LONGEST_NAME = 200
"""Characters of the longest name that a file may ask for: those of torch and NumPy have 60."""


def load(path: Path, device: str, *, older: bool = False) -> Any:
    """Return what a file of `torch.save` holds; a damaged one raises any of a dozen types of errors.

    `older` also reads what torch before 1.6 wrote: plain pickles of a number, a version, a system, the object, its
    storages.

    torch composes its message of refusal in a time that grows with the square of the name or text that it quotes, so
    that 2 MB keep it busy for hours: a file that asks for such a name is refused before.
    """
    import torch

    if not older or zipfile.is_zipfile(path):
        check_archive(path)
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".pkl"):
                    _check_calls(BytesIO(archive.read(name)), 1, path)
    else:
        with path.open("rb") as file:
            _check_calls(file, 5, path)
    return torch.load(path, map_location=device, weights_only=True)


def _check_calls(file: BinaryIO, pickles: int, path: Path) -> None:
    """Raise `ValueError` if a pickle asks for a name that is too long, or calls what is no function; it calls nothing.

    What is else wrong with a file, torch says.
    """
    try:
        with memory_limit(max(UNPICKLED, RATIO * path.stat().st_size)):
            for _ in range(pickles):
                _Called(file).load()
    except TypeError as error:
        raise ValueError(f"it calls what is no function: {error}") from error
    except pickle.UnpicklingError as error:
        if "NEWOBJ" in str(error):  # Python's word for a call of a class
            raise ValueError(f"it calls what is no class: {error}") from error
    except MemoryError as error:
        raise ValueError("it needs more memory than any such file") from error
    except (ArithmeticError, AttributeError, EOFError, ImportError, LookupError):
        pass


class _Called(pickle.Unpickler):
    """Reads a pickle in which every function and class is `_Anything`."""

    def find_class(self, module: str, name: str) -> Any:
        if (letters := len(module) + len(name)) > LONGEST_NAME:
            raise ValueError(f"it asks for a name of {letters:,} characters")
        return _Anything

    def persistent_load(self, saved_id: object) -> Any:
        return _Anything()


class _Anything:
    """Stands for what a file asks for: it takes all that a pickle does to an object, and keeps nothing."""

    def __new__(cls, *_: object) -> "_Anything":
        return super().__new__(cls)

    def __init__(self, *_: object) -> None: ...

    def __call__(self, *_: object) -> "_Anything":
        return self

    def __setstate__(self, state: object) -> None: ...

    def __setitem__(self, key: object, value: object) -> None: ...

    def append(self, part: object) -> None: ...

    def extend(self, parts: object) -> None: ...

    def add(self, part: object) -> None: ...


def check_archive(path: Path) -> None:
    """Raise `ValueError`, or an error of `zipfile`, unless a file of `torch.save` is whole and expands to nothing.

    torch writes its entries uncompressed and compares no checksums when it loads them.
    """
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("it is compressed, which torch.save never does")
        if (total := sum(entry.file_size for entry in entries)) > (on_disk := path.stat().st_size):
            raise ValueError(f"its entries have {total:,} bytes, the file only {on_disk:,}")
        if damaged := archive.testzip():
            raise ValueError(f"the checksum of {damaged} is wrong")


def forbidden_name(error: Exception) -> str:
    """Return what a file asked to call, if that is why torch refused to load it, else "".

    >>> forbidden_name(RuntimeError("Weights only load failed ... Unsupported global: GLOBAL os.system was not"))
    'os.system'
    """
    found = re.search(r"GLOBAL (\S+)", str(error))
    return found[1] if found else ""


def reason(error: Exception) -> str:
    """Return why a file could not be loaded, without torch's advice to load it unsafely.

    >>> reason(RuntimeError("Weights only load failed. To ...\\n\\tWeightsUnpickler error: Unsupported 7\\n\\nSee"))
    'Unsupported 7'
    >>> reason(RuntimeError("Error(s) in loading state_dict for Net:\\n\\tMissing key(s) a.\\n\\tUnexpected b."))
    'Error(s) in loading state_dict for Net: Missing key(s) a.'
    """
    text = str(error)
    if name := forbidden_name(error):
        return f"it asks to call '{name}', which no such file needs; nothing in it was run"
    if "Weights only load failed" in text:
        return text.partition("WeightsUnpickler error: ")[2].partition("\n")[0] or "it holds other objects than weights"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:2]) or type(error).__name__
