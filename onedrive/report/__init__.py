"""The page that option 6 leaves for a browser."""
