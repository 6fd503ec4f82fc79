"""Tidy data frame -> matplotlib figure; no file access, no training."""
