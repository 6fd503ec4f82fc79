"""Bootstrap resamples of the architectures, shared by all metrics."""
