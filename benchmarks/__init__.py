"""Speed of the hot paths, each against a plain reference in one run: `python -m benchmarks.score`, `... .table`."""
