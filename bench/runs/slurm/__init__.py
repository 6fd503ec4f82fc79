"""Runs on a Slurm cluster: what is submitted, what a node executes, and what the queue says. State is in files."""
