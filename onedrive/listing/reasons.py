"""Why something is not in the lists, or is listed but cannot be downloaded, in words that follow a colon.

The report tells help by the words vault, OneNote, shortcut and malware in them (`report/help.py`).
"""

from __future__ import annotations

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.why_refused import NOT_THERE, why_of

VAULT = "the Personal Vault is locked for every program; unlock it on onedrive.com and move the files out to get them"
NOTEBOOK = "a OneNote notebook as a whole; its sections come as files, and OneNote itself can export it"
NOTEBOOK_UNREADABLE = "a OneNote notebook whose sections OneDrive does not show; OneNote itself can export it"
SHORTCUT = "a shortcut into someone else's OneDrive; to get those files too, write ONEDRIVE_SHARED=1 into the file .env"
SHORTCUT_BROKEN = "a shortcut that no longer leads anywhere"
UNKNOWN = "OneDrive does not say whether it is a file or a folder"
REPEATING = "not completely listed: OneDrive sent the same page of this folder again and again"
FOREIGN_LINK = "not completely listed: OneDrive's answer pointed to another computer for its next page; not followed"
MOVED_MEANWHILE = "it was moved or deleted while the list was being made"
ORPHAN = "OneDrive does not show the folder it is in"


def looks_locked(refusal: ServiceRefused) -> bool:
    """True for the answer that the Personal Vault gives (graph-facts §2.7)."""
    locked = "invalidResourceId" in refusal.inner_codes or "ObjectHandle is Invalid" in refusal.message
    return refusal.status == 400 and locked


def why_unreadable(error: OneDriveError, *, is_package: bool) -> tuple[str, bool]:
    """The reason why a folder could not be read, and whether OneDrive never shows it to anyone."""
    if isinstance(error, ServiceUnusable):
        return f"not listed: {error.reason}", False
    if not isinstance(error, ServiceRefused):
        return f"not completely listed: {error.sentence}", False
    if looks_locked(error):
        return VAULT, True
    if is_package:
        return NOTEBOOK_UNREADABLE, True
    why = why_of(error)
    words = MOVED_MEANWHILE if why is NOT_THERE else why.words
    return f"not listed: {words} ({error.raw})", False


def why_no_target(error: OneDriveError) -> tuple[str, bool]:
    """The same for what a shortcut leads to."""
    if isinstance(error, ServiceRefused) and error.status == 404:
        return SHORTCUT_BROKEN, True
    return why_unreadable(error, is_package=False)
