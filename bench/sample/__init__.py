"""Which architectures and which images an update sees."""

from bench.registry import Registry
from bench.sample.paths import Paths

SAMPLERS: Registry[Paths] = Registry("samplers", "bench.sample", Paths)
