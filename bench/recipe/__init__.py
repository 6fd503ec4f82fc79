"""The whole protocol of a supernet, and the sizes that a preset fills in."""
