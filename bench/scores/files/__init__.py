"""Files of predictions and of architectures that others wrote."""
