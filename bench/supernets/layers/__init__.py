"""Layers and wrappers that several supernets are built from."""
