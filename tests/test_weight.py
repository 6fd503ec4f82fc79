"""The clone stays small enough to be copied whole to a rented machine, images included."""

import subprocess

import pytest

from bench.places import CHECKOUT, PROJECT

MOST = {"": 44_000_000, "plots/": 8_000_000}
"""Bytes of all tracked files, beside which 18 MB of images travel, and of the figures with their numbers."""


@pytest.mark.skipif(not CHECKOUT, reason="counts the files of a clone")
def test_the_tracked_files_stay_small():
    command = ["git", "-C", str(PROJECT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("git lists no files here")
    names = [name for name in listed.stdout.decode().split("\0") if name and (PROJECT / name).is_file()]
    for folder, most in MOST.items():
        assert sum((PROJECT / name).stat().st_size for name in names if name.startswith(folder)) < most, folder
