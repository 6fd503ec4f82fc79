"""Files that anyone may have written: what they may hold, and how much they may expand to."""
