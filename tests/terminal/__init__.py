"""Tests of `onedrive.terminal`, at the doors that its users take."""
