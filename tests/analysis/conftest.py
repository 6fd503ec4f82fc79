"""A made-up finished run, as the tests of runs have it."""

from tests.runs.conftest import finished, smoke  # noqa: F401
