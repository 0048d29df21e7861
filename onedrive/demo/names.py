"""Names as the service takes and compares them: what it forbids, what it holds for the same, what type they suggest."""

import mimetypes
import unicodedata
from pathlib import PurePosixPath

FORBIDDEN_CHARACTERS = '"*:<>?/\\|'
FORBIDDEN_NAMES = {
    *(".lock", "con", "prn", "aux", "nul", "desktop.ini"),
    *(f"com{digit}" for digit in range(10)),
    *(f"lpt{digit}" for digit in range(10)),
}

_TYPES = mimetypes.MimeTypes()
_TYPES_THE_TABLE_LACKS = {
    ".heic": "image/heic",
    ".webp": "image/webp",
    ".md": "text/markdown",
    ".one": "application/msonenote",
    ".onetoc2": "application/msonenote",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".mkv": "video/x-matroska",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".avi": "video/avi",
    ".jpeg": "image/jpeg",
}


def collation_key(name: str) -> str:
    """Two names with the same key cannot be in one folder: case, width, accent form, and ae/æ do not count."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", plain.replace("æ", "ae").replace("œ", "oe"))


def sort_key(name: str) -> tuple[str, str]:
    """The order in which a folder is listed."""
    return name.casefold(), name


def is_allowed(name: str) -> bool:
    """Whether the service takes this as a new name."""
    stem = name.casefold()
    return not (
        not name
        or len(name) > 255
        or any(character in FORBIDDEN_CHARACTERS or ord(character) < 32 for character in name)
        or name != name.strip()
        or name.endswith(".")
        or stem in FORBIDDEN_NAMES
        or "_vti_" in stem
        or stem.startswith("~$")
    )


def mime_type_of(name: str) -> str:
    """The type that the service would list for a file of this name."""
    suffix = PurePosixPath(name.lower()).suffix
    known = _TYPES_THE_TABLE_LACKS.get(suffix) or _TYPES.guess_type("x" + suffix)[0]
    return known or "application/octet-stream"


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number before its suffix when that is taken (`conflictBehavior=rename`)."""
    path = PurePosixPath(name)
    number, candidate = 1, name
    while collation_key(candidate) in taken:
        candidate = f"{path.stem} {number}{path.suffix}"
        number += 1
    return candidate
