"""Option 4: what is needed, and getting it."""
