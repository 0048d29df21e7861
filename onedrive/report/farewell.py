"""What leaving OneDrive means beside the files: what stays behind, when it ends by itself, and where it is closed.

Out of Microsoft's documents (traps 102, 111, 113, 114); `sheet.py` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from onedrive.net.hosts import CONSENT_PERSONAL, CONSENT_WORK
from onedrive.report.help import Topic
from onedrive.report.moving_out import MovingOut
from onedrive.words import format_bytes, plural

FREE_BYTES = 5 * 2**30  # what an account without a plan may use (trap 113)
_WEB = "on the web"


@dataclass(frozen=True)
class StaysBehind:
    """Something of OneDrive that no program takes out, how much of it there is, and the click that does."""

    what: str
    found: str
    click: str


@dataclass(frozen=True)
class ClosingLink:
    """One address for closing things, in the order in which they are closed; '' where only a person can help."""

    what: str
    address: str
    words: str


def stays_behind(moving_out: MovingOut) -> list[StaysBehind]:
    """What is no item of the list, or an item that is not handed out; said also where there is none."""
    found, is_personal = moving_out.counted.by_topic, moving_out.is_personal
    notebooks, stills, shortcuts = (found[topic] for topic in (Topic.NOTEBOOK, Topic.LIVE_PHOTO, Topic.SHORTCUT))
    vault = [
        StaysBehind(
            "What is in the Personal Vault",
            "there is one; only you can see what is in it" if found[Topic.VAULT] else "none is listed",
            f"OneDrive {_WEB}: Personal Vault, unlock it, select all, Move to an ordinary folder.",
        )
    ]
    return [
        *(vault if is_personal else ()),
        StaysBehind(
            "OneNote notebooks",
            plural("notebook", notebooks) if notebooks else "none is listed",
            "OneNote on a Windows computer: File, Export, Notebook. Sections that OneDrive shows are .one files here.",
        ),
        StaysBehind(
            "The films of Live Photos",
            plural("photo", stills) if stills else "none is known",
            f"Copy the photos from the iPhone; or open each photo {_WEB} and choose Download there.",
        ),
        StaysBehind(
            "Descriptions, tags and people of photos",
            "OneDrive tells no program",
            f"Open the photo {_WEB}, then its details, and note down what you need. What the camera wrote (date, "
            "place) is in the file itself.",
        ),
        *([_albums(moving_out.albums)] if is_personal else ()),
        _shared(shortcuts, follows=moving_out.follows_shortcuts),
        StaysBehind(
            "Earlier versions, and the recycle bin",
            "they are not read",
            f"OneDrive {_WEB}: a file's Version history; Recycle bin, Restore. Then move out again.",
        ),
    ]


def _albums(number: int | None) -> StaysBehind:
    """Which photo is in which album: known here where they could be listed (trap 102)."""
    counted = "The photos of an album are in folders, and are counted above. "
    if number is None:
        how = f"Which album they are in is not known here: move out again, or OneDrive {_WEB}: Photos, Albums."
        return StaysBehind("Albums", "OneDrive did not give them this time", counted + how)
    if not number:
        return StaysBehind("Albums", "there are none", "Nothing to do.")
    how = (
        "albums.json in the home keeps which of them are in which album, and in which order; the report shows each "
        "album. --layout album makes folders of them."
    )
    return StaysBehind("Albums", f"{plural('album', number)} kept", counted + how)


def _shared(shortcuts: int, *, follows: bool) -> StaysBehind:
    """Folders of other people: what was added to this OneDrive, and what was not."""
    number = plural("shortcut", shortcuts)
    followed = "shortcuts are followed (ONEDRIVE_SHARED=1)" + (f"; {number} could not be" if shortcuts else "")
    return StaysBehind(
        "What others share with you",
        followed if follows else f"{number} in your OneDrive; not followed without ONEDRIVE_SHARED=1",
        f"Only what you added to your OneDrive can be listed. OneDrive {_WEB}: Shared; select the folder, Add shortcut "
        "to My files; or ask its owner for a copy.",
    )


def ending_words(moving_out: MovingOut) -> list[str]:
    """When OneDrive ends without you, as Microsoft's pages say it (traps 113 and 114)."""
    if not moving_out.is_personal:
        return [
            "It belongs to your organisation, which decides when it ends. Ask its administrator for the day.",
            "When the licence is taken away, it can only be read from the 60th day on. From the 93rd it is archived, "
            "and nobody can open it until an administrator acts. (Schools and governments have rules of their own.)",
            "When the account is deleted, it is kept for 30 days, or for as long as the administrator has set; after "
            "that an administrator can bring it back for 93 days, and then nobody can.",
        ]
    used = moving_out.used_bytes
    over = f"This one uses {format_bytes(used)}" if used is not None else ""
    if used is not None:
        over += ", more than that." if used > FREE_BYTES else ", less than that."
    return [
        f"Over its limit: without a paid plan an account has 5 GB. {over}".rstrip(),
        "A OneDrive over its limit can only be read: nothing can be added or changed. After six months Microsoft may "
        "delete it with all that is in it, and nothing brings that back.",
        "Not used: Microsoft may erase the files when OneDrive has not been used for two years, and close an account "
        "to which nobody has signed in for two years. It warns by e-mail: read the mail of that account.",
        f"Frozen: the files are still there. Sign in to OneDrive {_WEB}; the page says how to open it again.",
    ]


PERSONAL_LINKS = (
    ClosingLink(
        "1. Take back what you allowed this program",
        CONSENT_PERSONAL,
        "Choose the app that you registered, then remove its permissions. Before that: 9 in the menu.",
    ),
    ClosingLink(
        "2. Cancel the Microsoft 365 or storage plan",
        "https://account.microsoft.com/services",
        "It goes on to the end of what is paid; then the limit of an account without a plan applies. A plan that was "
        "bought in a shop or an app store is cancelled there.",
    ),
    ClosingLink(
        "3. Close the account",
        "https://account.live.com/closeaccount.aspx",
        "Only if you no longer need any of it: Outlook.com mail and its subscriptions end too. You choose 30 or 60 "
        "days in which signing in brings it back; then it is gone for good.",
    ),
)
WORK_LINKS = (
    ClosingLink(
        "1. Take back what you allowed this program",
        CONSENT_WORK,
        "At the app choose …, Manage your application, Revoke. What an administrator allowed, only they take back.",
    ),
    ClosingLink("2. Plan and licence", "", "They are your organisation's: tell its administrator that you have left."),
    ClosingLink(
        "3. The account",
        "",
        "Your organisation closes it. What is in Teams or SharePoint is not in this OneDrive, and not on this sheet.",
    ),
)
