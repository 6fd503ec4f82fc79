"""Search spaces: genes <-> string, sampling, neighbours, masks, canonical form, costs; no torch."""

from bench.registry import Registry
from bench.spaces.space import Space

SPACES: Registry[Space] = Registry("spaces", "bench.spaces", Space)
