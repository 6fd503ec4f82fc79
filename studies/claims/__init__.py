"""Claims of papers and what tests them; one file per paper, a tuple of claims in the order of its sections."""
