"""Tests of `onedrive.local`, at the doors that its users take."""
