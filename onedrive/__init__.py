"""The parts that several steps of the program share, in packages by what they are for; each imports only downwards."""

VERSION = "1.0.0"
RELEASED = "2026-11-24"  # the day of this version
