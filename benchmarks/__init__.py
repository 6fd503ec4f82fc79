"""Speed of the hot paths against plain references: `python -m benchmarks.PART [--json] [--quick]`, or `make bench`."""
