"""Where a number comes from: versions, commit, machine."""

import functools
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import __version__
from bench.places import CHECKOUT, PROJECT

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "h5py")


@functools.cache
def commit() -> str | None:
    """Return the commit of the clone, with '+changes' if files differ from it; None outside a clone."""
    if not CHECKOUT:
        return None

    def git(*words: str) -> str:
        command = ["git", "-C", str(PROJECT), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "bench", "studies")
        return git("rev-parse", "HEAD") + ("+changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def versions() -> dict[str, str]:
    """Return the versions of this project, Python and the packages that decide the arithmetic."""
    found = {"supernet-bench": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def software() -> dict[str, str]:
    """Return `versions` and the commit of this project, "none" outside a clone."""
    return {**versions(), "commit": commit() or "none"}


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return which software differs, in words; empty if none does. `before` is empty if it is not known.

    >>> changed({"torch": "2.4.1", "numpy": "2.1.0"}, {"torch": "2.5.0", "numpy": "2.1.0"})
    'torch 2.5.0 instead of 2.4.1'
    """
    if not before:
        return "supernet-bench is newer than the one that began it, which stored no versions"
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return ", ".join(f"{name} {now.get(name, 'absent')} instead of {before.get(name, 'absent')}" for name in names)


def machine(device: str) -> dict[str, str | int]:
    """Return device, processor and cores; for a GPU its name, for a CPU its vector instructions and threads."""
    import torch

    found: dict[str, str | int] = {"device": device, "processor": _processor(), "cores": os.cpu_count() or 0}
    if device.startswith("cuda"):
        found["gpu"] = torch.cuda.get_device_name(device)
    else:
        found |= {"instructions": torch.backends.cpu.get_cpu_capability(), "threads": torch.get_num_threads()}
    return found


def _processor() -> str:
    """Return name, family and model of the processor: the name alone may be just the vendor's on a cloud machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
        entries = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        return f"{entries['model name']} (family {entries['cpu family']}, model {entries['model']})"
    except (OSError, KeyError):
        return platform.processor() or platform.machine()
