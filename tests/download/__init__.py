"""Tests of `onedrive.download`, at the doors that its users take."""
