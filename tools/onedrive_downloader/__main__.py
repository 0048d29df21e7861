"""`python -m onedrive_downloader` does what the command `onedrive-downloader` does."""

from onedrive_downloader import main

main()
