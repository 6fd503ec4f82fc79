"""Which architectures and which images an update sees."""
