"""One program for each client: it signs in, walks down a path by listing, downloads, and prints what it saw as JSON.

Each is run with the folder that has `told.json`, and leaves the bytes there as `downloaded.jpg`. They know the pretend
OneDrive only as the person at a browser (`pretend_onedrive.person`), which costs the clients nothing.
"""
