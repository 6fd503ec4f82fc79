"""Ground truth of our own: every architecture trained from scratch, many networks at a time."""
