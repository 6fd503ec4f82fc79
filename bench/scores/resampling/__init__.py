"""Many draws with replacement of the same architectures, counted once for all metrics."""
