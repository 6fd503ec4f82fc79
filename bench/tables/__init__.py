"""Ground truth: published or own files -> checked tables -> HDF5, under names that never change their content."""

from bench.registry import Registry
from bench.tables.reader import Reader

READERS: Registry[Reader] = Registry("readers", "bench.tables", Reader)
