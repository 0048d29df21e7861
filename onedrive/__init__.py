"""The parts that several steps of the program share, one noun a file."""

VERSION = "1.0.0"
