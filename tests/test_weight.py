"""The clone stays small enough to be copied whole to a rented machine, images included."""

import subprocess

import pytest

from bench.places import CHECKOUT, PROJECT

MOST = 40_000_000
"""Bytes of all tracked files; 18 MB of images travel beside them."""


@pytest.mark.skipif(not CHECKOUT, reason="counts the files of a clone")
def test_the_tracked_files_stay_small():
    command = ["git", "-C", str(PROJECT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("git lists no files here")
    files = [PROJECT / name for name in listed.stdout.decode().split("\0") if name]
    assert sum(file.stat().st_size for file in files if file.is_file()) < MOST
