"""`python -m onedrive_downloader` is the command `onedrive-downloader`; the one-file program begins here, too."""

from multiprocessing import freeze_support

from onedrive_downloader import main

freeze_support()  # a process that only computes checksums ends here, where all is in one file
main()
