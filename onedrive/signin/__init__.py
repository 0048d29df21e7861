"""Signing in to Microsoft, and the tokens that come of it."""
