"""Tests in a real browser; they run with `python -m pytest tests/browser --browser` only."""
