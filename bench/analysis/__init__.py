"""Stored runs -> frame, tables of results, comparisons."""
