"""What each outcome of a verification means for the person, and the steps that help, as the report says them.

An item's class and its reason choose the topic; `HELP` has the words. Topics stand in the order of the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from onedrive.home.verification import ItemClass, VerifiedItem


class Topic(StrEnum):
    """One kind of exception with its own help; the value names it in the page."""

    DAMAGED = "damaged"
    MISSING = "missing"
    CHANGED = "changed"
    VAULT = "vault"
    NOTEBOOK = "notebook"
    MALWARE = "malware"
    SHORTCUT = "shortcut"
    NOT_DELIVERED = "not-delivered"
    LIVE_PHOTO = "live-photo"
    BY_DESIGN = "by-design"
    PUT_BACK = "put-back"
    AS_SENT = "as-sent"
    TRUSTED = "trusted"
    SAME_SIZE = "same-size"
    LEFT_OUT = "left-out"
    ONLY_HERE = "only-here"
    ELSEWHERE = "elsewhere"
    AWAY = "away"


NEEDS_THE_PERSON = frozenset(
    {
        Topic.DAMAGED,
        Topic.MISSING,
        Topic.CHANGED,
        Topic.VAULT,
        Topic.NOTEBOOK,
        Topic.MALWARE,
        Topic.SHORTCUT,
        Topic.NOT_DELIVERED,
    }
)
TOPIC_OF_CLASS = {
    ItemClass.DAMAGED: Topic.DAMAGED,
    ItemClass.MISSING: Topic.MISSING,
    ItemClass.CHANGED: Topic.CHANGED,
    ItemClass.UNAVAILABLE: Topic.NOT_DELIVERED,
    ItemClass.BY_DESIGN: Topic.BY_DESIGN,
    ItemClass.PUT_BACK: Topic.PUT_BACK,
    ItemClass.AS_SENT: Topic.AS_SENT,
    ItemClass.LIVE_STILL: Topic.LIVE_PHOTO,
    ItemClass.TRUSTED: Topic.TRUSTED,
    ItemClass.SAME_SIZE: Topic.SAME_SIZE,
    ItemClass.LEFT_OUT: Topic.LEFT_OUT,
    ItemClass.ONLY_HERE: Topic.ONLY_HERE,
    ItemClass.ELSEWHERE: Topic.ELSEWHERE,
    ItemClass.AWAY: Topic.AWAY,
}
_BY_WORD = {
    "vault": Topic.VAULT,
    "onenote": Topic.NOTEBOOK,
    "malware": Topic.MALWARE,
    "shortcut": Topic.SHORTCUT,
}
_LIVE_PHOTO_SUFFIXES = (".heic", ".heif")


@dataclass(frozen=True)
class Help:
    """A topic in words: its heading, what it means, and the steps, one after the other."""

    title: str
    meaning: str
    steps: tuple[str, ...]


def topic_of(item: VerifiedItem) -> Topic | None:
    """The topic of an item; None for one that is proven and needs no word."""
    if item.item_class is ItemClass.UNAVAILABLE:
        reason = item.reason.lower()
        return next((topic for word, topic in _BY_WORD.items() if word in reason), Topic.NOT_DELIVERED)
    if item.item_class is ItemClass.BY_DESIGN:
        suffix = PurePosixPath(item.path or item.local_path).suffix.lower()
        return Topic.LIVE_PHOTO if suffix in _LIVE_PHOTO_SUFFIXES else Topic.BY_DESIGN
    return TOPIC_OF_CLASS.get(item.item_class)


MEANING = {
    ItemClass.PROVEN: "Read from the disk, and the checksum is the one that OneDrive lists.",
    ItemClass.SAME_SIZE: "Read from the disk; as large as listed. OneDrive lists no checksum that could prove more.",
    ItemClass.BY_DESIGN: "OneDrive gives out other bytes than it lists; what it gives out is here.",
    ItemClass.AS_SENT: "OneDrive lists another size and checksum than it gives out; what it gives out is here.",
    ItemClass.LIVE_STILL: "Read from the disk and right, but the film of this Live Photo is only on OneDrive.",
    ItemClass.TRUSTED: "Size and time are as the program left them. Not read this time.",
    ItemClass.PUT_BACK: "Here as it was earlier: you put it back. OneDrive has another content.",
    ItemClass.CHANGED: "Changed on OneDrive after it was downloaded.",
    ItemClass.DAMAGED: "Here, but not as OneDrive lists it.",
    ItemClass.MISSING: "On OneDrive, but not here.",
    ItemClass.LEFT_OUT: "Left out by your own choice.",
    ItemClass.UNAVAILABLE: "OneDrive gives it to no program.",
    ItemClass.ONLY_HERE: "Here, but not (or no longer) on OneDrive.",
    ItemClass.ELSEWHERE: "Not in downloads; read in a known folder, and the checksum is the one that OneDrive lists.",
    ItemClass.AWAY: "Not in downloads; it was in a known folder that could not be read this time.",
}
_ON_THE_WEB = "Open OneDrive in a web browser and sign in."
_LIST_AND_FETCH = "Start this program again and choose 3, then 4, then 6."
HELP = {
    Topic.DAMAGED: Help(
        "Damaged here",
        "These files are here, but they are not what OneDrive lists, or they cannot be read.",
        (
            "Start this program and choose 4. It fetches each of them again that your choice (5) does not leave out.",
            "A file that you changed yourself is not lost: it is kept beside the new one, with the day in its name.",
            "If permission is denied, give yourself the right to read the file, then choose 6 again.",
        ),
    ),
    Topic.MISSING: Help(
        "Missing here",
        "These files are on OneDrive, but not in the downloads folder.",
        ("Start this program and choose 4. It fetches only what is missing.", "Then choose 6 to verify again."),
    ),
    Topic.CHANGED: Help(
        "Changed on OneDrive since",
        "What is here is an older version of these files.",
        (
            "Start this program and choose 3, so that the list is new.",
            "Choose 4 to fetch the new versions, then 6 to verify again.",
        ),
    ),
    Topic.VAULT: Help(
        "Locked in the Personal Vault",
        "OneDrive opens the vault for you, but for no program.",
        (
            _ON_THE_WEB,
            "Open Personal Vault and unlock it, with the code that Microsoft sends you.",
            "Select what is in it, choose Move to, and move it to an ordinary folder.",
            _LIST_AND_FETCH,
            "If you wish, move the files back into the vault afterwards.",
        ),
    ),
    Topic.NOTEBOOK: Help(
        "OneNote notebooks",
        "A notebook is not a file. Where OneDrive shows its sections, they are downloaded as files that end in .one.",
        (
            "Open the notebook in OneNote on a Windows computer.",
            "Choose File, then Export, then Notebook, and save it as a OneNote package or as a PDF.",
            "Keep the saved file wherever you like; it is yours.",
        ),
    ),
    Topic.MALWARE: Help(
        "Held back because of malware",
        "OneDrive's virus scanner found something in these files, and OneDrive gives them to no program.",
        (
            "If you do not need the file, leave it. There is nothing to do.",
            "If you are sure that it is harmless, look for it on the computer that it came from.",
            "Or open it on the web: OneDrive says there what it found, and may let you download it at your own risk.",
        ),
    ),
    Topic.SHORTCUT: Help(
        "Shortcuts to what others share",
        "These belong to somebody else's OneDrive; only a shortcut is in yours.",
        (
            "To have them too, set ONEDRIVE_SHARED=1 (docs/options.md says where), then choose 1 to agree to it once.",
            _LIST_AND_FETCH,
            "If a shortcut no longer leads anywhere, ask the person who shared it.",
        ),
    ),
    Topic.NOT_DELIVERED: Help(
        "Not given out by OneDrive",
        "OneDrive refused these. The reason is what it said.",
        (
            "Wait a day, then choose 3 and 4 again: some refusals pass.",
            "If it stays so, open the item on the web and download it there.",
            "If it belongs to somebody else, ask that person for a copy.",
        ),
    ),
    Topic.LIVE_PHOTO: Help(
        "Live Photos without their films",
        "These are Live Photos from an iPhone, or photos that OneDrive gives out shorter than it lists them, mostly "
        "Live Photos too. The still picture is here whole; OneDrive gives its short film to no program.",
        (
            "If the still picture is enough for you, there is nothing to do.",
            "To get the moving part: open the photo on the web and choose Download there.",
            "Or copy the photos from the iPhone itself, while they are still on it.",
        ),
    ),
    Topic.BY_DESIGN: Help(
        "Different by design",
        "OneDrive writes notes of its own into these files when it gives them out, so they differ from the listed "
        "checksum. What it gives out is here.",
        ("There is nothing to do. Open one or two, if you want to be sure.",),
    ),
    Topic.PUT_BACK: Help(
        "Put back by you",
        "Here is an earlier content, which you put back; OneDrive has another one. Option 4 leaves it alone until "
        "OneDrive's changes again, and option 7 does not delete it there.",
        (
            "To have the earlier content on OneDrive too: its Version history there, or Restore your OneDrive.",
            "To have OneDrive's content here again: python start.py --put-back PATH 4 once more.",
        ),
    ),
    Topic.AS_SENT: Help(
        "As OneDrive sends it",
        "The size and checksum that OneDrive lists for these files are not those of what it gives out. It gave out the "
        "same bytes twice and says that they are complete; they are here.",
        (
            "Open one or two to make sure that they are whole.",
            "If one is not, open it on the web and download it there.",
        ),
    ),
    Topic.TRUSTED: Help(
        "Not read this time",
        "Size and time of these files are as the program left them; their bytes were not read again.",
        ("To prove every byte, choose 6 without --quick and without a sample.",),
    ),
    Topic.SAME_SIZE: Help(
        "Checked by size only",
        "OneDrive lists no checksum for these files. They are here, and as large as listed.",
        ("There is nothing to do. Open one or two, if you want to be sure.",),
    ),
    Topic.LEFT_OUT: Help(
        "Left out by your choice",
        "These are on OneDrive and were not wanted here.",
        ("To have them too, choose 5 and change the choice, then choose 4.",),
    ),
    Topic.ONLY_HERE: Help(
        "Only here",
        "These were deleted on OneDrive after they were downloaded, or were put here by you.",
        ("There is nothing to do. The program never deletes a file here.",),
    ),
    Topic.ELSEWHERE: Help(
        "Proven elsewhere",
        "These are not in downloads. They lie in a folder that you named with --known, and were read there.",
        ("There is nothing to do. To have one in downloads too, copy it there, or name the folder with --forget.",),
    ),
    Topic.AWAY: Help(
        "Elsewhere, not connected",
        "These were in a folder that you named with --known, on a disk that could not be read this time.",
        (
            "Connect that disk, then choose 6 again. Delete none of them on OneDrive before that.",
            "If the disk is lost, name its folder with --forget, then choose 4: they are fetched.",
        ),
    ),
}
