"""How the supernet's weights are trained: losses, optimizers, schedules, averagings. Listing imports no torch."""
