"""How the supernet's weights move. Listing imports no torch."""
