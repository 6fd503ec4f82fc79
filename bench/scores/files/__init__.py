"""Readers of prediction files and architecture lists from other sources."""
