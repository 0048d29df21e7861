"""Tests of `onedrive.manage`, at the doors that its users take."""
