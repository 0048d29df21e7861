"""Tests of `onedrive.transfer`, at the doors that its users take."""
