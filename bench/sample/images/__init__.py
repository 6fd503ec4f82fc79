"""Image sets on the host, and the training and held-out images of a supernet on its device."""
