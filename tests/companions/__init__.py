"""Tests of `onedrive.companions`, at the doors that its users take."""
