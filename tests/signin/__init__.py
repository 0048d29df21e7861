"""Tests of `onedrive.signin`, at the doors that its users take."""
