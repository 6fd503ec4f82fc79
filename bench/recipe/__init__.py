"""The complete protocol of a supernet, and the settings that a preset fills in."""
