"""Stored runs -> one self-contained HTML page."""
