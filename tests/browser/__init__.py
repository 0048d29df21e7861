"""Tests in a real browser: python -m pytest tests/browser --browser."""
