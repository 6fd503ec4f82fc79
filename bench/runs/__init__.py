"""Runs: planned, executed in local processes, stored, read."""
