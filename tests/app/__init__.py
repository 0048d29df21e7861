"""Tests of `onedrive.app`, at the doors that its users take."""
