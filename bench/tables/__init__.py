"""Ground truth: published or your own files -> checked tables -> HDF5, under names whose content never changes."""
