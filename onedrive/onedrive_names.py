"""Names as OneDrive takes and compares them: what it forbids, and what it holds for the same (GRAPH_FACTS §4, §5.1)."""

from __future__ import annotations

import unicodedata

FORBIDDEN_CHARACTERS = '"*:<>?/\\|'
LONGEST_NAME = 255
LONGEST_PATH = 400
_RESERVED = frozenset(
    {".lock", "con", "prn", "aux", "nul", "desktop.ini"}
    | {f"{device}{digit}" for device in ("com", "lpt") for digit in range(10)}
)
_SAME_AS = str.maketrans({"æ": "ae", "œ": "oe"})


def name_key(name: str) -> str:
    """Two names with the same key cannot be in one folder: case, width, accent form and ae/æ do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_SAME_AS)
    return unicodedata.normalize("NFKC", folded)


def why_forbidden(name: str, folder: str) -> str | None:
    """Why OneDrive does not take this name in the folder with this path ('' is the root); None: it does."""
    characters = sorted({c for c in name if c in FORBIDDEN_CHARACTERS or ord(c) < 32 or ord(c) == 127})
    lowered = name.lower()
    if not name.strip(". "):
        return "there is nothing left of the name"
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "it has a broken character in it"
    if characters:
        shown = " ".join(character if ord(character) >= 32 else f"\\x{ord(character):02x}" for character in characters)
        return f"OneDrive takes no {shown} in a name"
    if name != name.strip():
        return "OneDrive takes no space at the beginning or end of a name"
    if name.endswith("."):
        return "OneDrive takes no dot at the end of a name"
    if lowered in _RESERVED or lowered.startswith("~$") or "_vti_" in lowered:
        return "OneDrive keeps this name for itself"
    if _length(name) > LONGEST_NAME:
        return f"it has more than {LONGEST_NAME} characters"
    if _length(f"{folder}/{name}") > LONGEST_PATH:
        return f"the whole path has more than {LONGEST_PATH} characters"
    return None


def _length(text: str) -> int:
    """Characters as the service counts them: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)
