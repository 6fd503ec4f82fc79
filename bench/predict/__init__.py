"""A trained supernet, and what it predicts of many architectures."""
