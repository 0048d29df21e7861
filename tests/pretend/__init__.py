"""Tests of the pretend OneDrive, at the doors that its users take."""
