"""Image sets on the host, and the parts of them that train and rank a supernet on its device."""
