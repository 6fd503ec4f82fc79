"""The parts of local sharing: when each layer is settled, how well architectures match, and who uses which copy."""
