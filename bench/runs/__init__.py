"""A run's life: planned, executed in local processes, stored, read again."""
