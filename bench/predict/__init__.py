"""A trained supernet, and its predictions for many architectures."""
