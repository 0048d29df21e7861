"""Tests of `onedrive.home`, at the doors that its users take."""
