"""Studies: what is compared; and a user's own file as one."""
