"""Tests of `onedrive.report`, at the doors that its users take."""
