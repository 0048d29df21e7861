"""Tests of `onedrive.choosing`, at the doors that its users take."""
