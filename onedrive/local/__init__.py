"""This computer's disk, and the copies on it."""
