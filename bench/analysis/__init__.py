"""Stored runs -> data frame, results tables, comparisons."""
