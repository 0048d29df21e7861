"""Tests of `onedrive.listing`, at the doors that its users take."""
