"""Bytes from the file hosts, into files of ours."""
