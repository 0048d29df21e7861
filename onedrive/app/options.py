"""The options of the menu: one table of what the program has to know of each. Their steps are in `start.py`."""

from __future__ import annotations

from dataclasses import dataclass

QUIT, SIGN_IN, LIST, DOWNLOAD, CHOOSE, VERIFY, MANAGE = 0, 1, 3, 4, 5, 6, 7


@dataclass(frozen=True)
class Option:
    """One line of the menu.

    What `only_looks` runs also where another run is at work, a setting is broken, or the home cannot be written. With
    --dry-run an option that `can_rehearse` changes nothing; one that `changes` something (in words that fit after
    'option 5') is refused.
    """

    title: str
    only_looks: bool = False
    can_rehearse: bool = False
    takes_selection: bool = False
    changes: str = ""


OPTIONS = {
    SIGN_IN: Option("Sign in to OneDrive"),
    2: Option("Renew the saved sign-in"),
    LIST: Option("List all folders and files"),
    DOWNLOAD: Option("Download what the list names", can_rehearse=True, takes_selection=True),
    CHOOSE: Option("Choose what to download", changes="changes selection.json"),
    VERIFY: Option("Verify: prove what is here", takes_selection=True),
    MANAGE: Option("Rename or delete on OneDrive", can_rehearse=True),
    8: Option("Check my setup", only_looks=True),
    9: Option("Sign out", changes="removes the saved sign-in"),
}
