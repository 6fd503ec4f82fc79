"""Building ground truth: every architecture trained from scratch, many networks at a time."""
