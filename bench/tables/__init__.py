"""Ground truth: published or own files -> checked tables -> HDF5, under names that never change their content."""
