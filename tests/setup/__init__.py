"""Tests of `onedrive.setup`, at the doors that its users take."""
