"""Speed of the hot paths beside plain references: `python -m benchmarks.PART [--json] [--quick]`, or `make bench`."""
