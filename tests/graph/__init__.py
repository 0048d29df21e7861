"""Tests of `onedrive.graph`, at the doors that its users take."""
