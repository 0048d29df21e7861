"""`python -m onedrive_downloader` does what the command `onedrive-downloader` does; the one-file program begins here."""

from multiprocessing import freeze_support

from onedrive_downloader import main

freeze_support()  # a process that only computes checksums ends here, where all is in one file
main()
