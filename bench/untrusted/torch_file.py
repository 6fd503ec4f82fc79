"""Files of `torch.save`: checked before they are loaded, and torch's reasons for a refusal in one line."""

import re
import zipfile
from pathlib import Path


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
