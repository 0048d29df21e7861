"""Tests of `onedrive.verify`, at the doors that its users take."""
