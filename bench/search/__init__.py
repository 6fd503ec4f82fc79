"""Searches on a trained supernet: which architecture is best, asking for as few as a budget allows? Sees no truth."""
