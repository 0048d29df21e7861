"""The small pictures beside the report: of which items there is one, and what it is called.

Its name is made of the item and its content, so that what has changed on OneDrive needs another; an empty note stands
for 'OneDrive has none'. `companions/small_pictures.py` fetches them, the gallery shows them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from onedrive.graph.traits import FileKind
from onedrive.home.files import disk_errors, is_folder
from onedrive.home.verification import VerifiedItem
from onedrive.report.rows import PICTURE_NONE, PICTURE_UNKNOWN, is_here, kind_name

PICTURES_FOLDER = "download_report_pictures"
PICTURE, NOTE = ".jpg", ".none"
# These a browser shows from the file itself; of the documents only these look like anything.
SHOWN_BY_BROWSERS = ("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "avif")
_DOCUMENTS = frozenset("doc docx docm odt rtf pdf xls xlsx xlsm ods ppt pptx pptm pps ppsx odp".split())  # noqa: SIM905
_KINDS = (FileKind.PHOTO.value, FileKind.VIDEO.value)
_OURS = re.compile(rf"([0-9a-f]{{20}})({re.escape(PICTURE)}|{re.escape(NOTE)})(\.new)?")


def wants_picture(item: VerifiedItem) -> bool:
    """Whether it is on OneDrive and here, and a browser cannot show it."""
    ending = item.local_path.rpartition(".")[2].lower()
    looks = ending in _DOCUMENTS or (kind_name(item) in _KINDS and ending not in SHOWN_BY_BROWSERS)
    return looks and bool(item.id and item.path) and is_here(item)


def picture_key(item: VerifiedItem) -> str:
    """What its picture is called, without the ending; it says nothing about the item."""
    content = item.ctag or item.hash or item.etag
    return hashlib.sha256(f"{item.drive_id}\n{item.id}\n{content}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


def list_pictures(home: Path) -> Iterator[tuple[Path, str, str]]:
    """Each picture and note that is there: its path, key and ending. Raises FolderNotUsable."""
    folder = home / PICTURES_FOLDER
    if is_folder(folder):
        with disk_errors(folder):
            for path in folder.iterdir():
                if found := _OURS.fullmatch(path.name):
                    yield path, found[1], found[2] + (found[3] or "")


def find_pictures(home: Path) -> Callable[[VerifiedItem], int | str]:
    """Says of an item what stands for its picture in a row: its key where it is there. Raises FolderNotUsable."""
    found = {key: PICTURE_NONE if ending == NOTE else key for _, key, ending in list_pictures(home)}
    if not found:
        return lambda _: PICTURE_UNKNOWN
    return lambda item: found.get(picture_key(item), PICTURE_UNKNOWN) if wants_picture(item) else PICTURE_UNKNOWN
