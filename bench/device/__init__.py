"""What PyTorch does on a device: kernels that give the same bits, and numbers that travel without waiting."""
