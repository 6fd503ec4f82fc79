"""How weights are trained: losses, updates, optimizers, schedules, averagings. Listing imports no torch."""
