"""Studies: which rows are compared; also a study made from a user's file."""
