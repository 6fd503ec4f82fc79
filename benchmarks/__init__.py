"""Speed of the hot paths against a plain reference in one run; `python -m benchmarks.predict` and so on."""
