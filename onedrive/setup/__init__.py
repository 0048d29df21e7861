"""Option 8: each thing that must be in order, and the cure where it is not."""
