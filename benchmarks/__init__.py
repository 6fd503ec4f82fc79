"""Speed of the hot paths, each against a plain reference in one run: `python -m benchmarks.predict` and so on."""
