"""Tests of `onedrive.net`, at the doors that its users take."""
