"""companions.jsonl: what was made beside the files, of what, and where; the last line of each is the one that counts.

Lines are only ever appended. `keeper.py` writes them; option 6 reads which places they name. Lost, the files that it
named stay as if a person had made them: nothing takes their places.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from onedrive.home.files import disk_errors, is_there, now_text, time_of
from onedrive.home.reading import read_object
from onedrive.words import as_text, join_words, plural

COMPANIONS = "companions.jsonl"


class CompanionKind(StrEnum):
    """What can be made beside the files, as the record has it."""

    XMP = "xmp"
    JSON = "json"
    JPEG = "jpeg"
    PICASA = "picasa"
    ALBUM = "album"  # a further place of a file that is in several albums

    def counted(self, number: int) -> str:
        """So many of them: '412 sidecars'."""
        one, many = _NOUNS[self]
        return plural(one, number, many=many)


_NOUNS = {
    CompanionKind.XMP: ("XMP sidecar", ""),
    CompanionKind.JSON: ("JSON sidecar", ""),
    CompanionKind.JPEG: ("JPEG twin", ""),
    CompanionKind.PICASA: (".picasa.ini file", ""),
    CompanionKind.ALBUM: ("further place in an album", "further places in albums"),
}


@dataclass(frozen=True, slots=True)
class Companion:
    """One file of ours beside the others. `owner` is what it belongs to: `owner_of` an item, or a folder's place.

    `place` is below downloads, '' when it is ours no longer. Size and time (whole seconds since 1970) are those of the
    file as we left it, `sha256` is of its bytes. `source`: the eTag or cTag of what it was made of. `facts`: what was
    asked of OneDrive for it, a JSON object, to be used again while the source is the same; '' for none.
    """

    kind: CompanionKind
    owner: str
    place: str
    size_bytes: int = 0
    modified: int = 0
    sha256: str = ""
    source: str = ""
    facts: str = ""

    def to_row(self) -> dict[str, object]:
        """The line as it stands in the file."""
        row: dict[str, object] = {"kind": self.kind.value, "of": self.owner, "place": self.place}
        if self.place:
            row |= {"size": self.size_bytes, "mtime": time_of(self.modified).isoformat(), "sha256": self.sha256}
            row |= {"source": self.source} if self.source else {}
            row |= {"facts": json.loads(self.facts)} if self.facts else {}
        return {**row, "when": now_text()}


def describe_companions(numbers: Mapping[CompanionKind, int]) -> str:
    """How many of each kind: '412 XMP sidecars and 3 JPEG twins'; '' for none."""
    return join_words([kind.counted(numbers[kind]) for kind in CompanionKind if numbers.get(kind)])


def owner_of(drive_id: str, item_id: str) -> str:
    """What an item is called in the record."""
    return f"{drive_id}/{item_id}"


def pack_facts(facts: Mapping[str, Any]) -> str:
    """Facts as the record keeps them; what many files have in common is in memory once."""
    return sys.intern(json.dumps(facts, ensure_ascii=True, separators=(",", ":")))


def is_of_further_place(line: Companion) -> bool:
    """Whether it belongs to a further place of an item: its owner is that of the ALBUM line, with the album's id."""
    return line.owner.count("/") > 1


class CompanionRecord:
    """What is recorded: the last line of each, and the sum of whatever was ever made (`made`)."""

    def __init__(self) -> None:
        self.made: set[bytes] = set()
        self._lines: dict[tuple[CompanionKind, str], Companion] = {}

    def find(self, kind: CompanionKind, owner: str) -> Companion | None:
        """What was made of this kind for this owner; None: nothing, or nothing that is still ours."""
        return self._lines.get((kind, owner))

    def entries(self) -> Iterator[Companion]:
        """All that is ours."""
        yield from self._lines.values()

    def take(self, line: Companion) -> None:
        """Let a line count instead of an earlier one."""
        if line.place:
            self._lines[line.kind, line.owner] = line
            self.made.add(bytes.fromhex(line.sha256))
        else:
            self._lines.pop((line.kind, line.owner), None)


def read_companions(home: Path) -> CompanionRecord:
    """What is recorded; damaged lines name nothing. Raises FolderNotUsable."""
    record, path = CompanionRecord(), home / COMPANIONS
    if is_there(path):
        with disk_errors(path), path.open("rb") as stream:
            for raw in stream:
                if line := _read_line(read_object(raw) or {}):
                    record.take(line)
    return record


def _read_line(row: Mapping[str, Any]) -> Companion | None:
    """Trusting nothing in it; None for a damaged one."""
    try:
        kind, owner, place = CompanionKind(row["kind"]), row["of"], row["place"]
        if not (isinstance(owner, str) and isinstance(place, str)) or place.startswith("/"):
            return None
        if kind is CompanionKind.ALBUM and owner.count("/") < 2:  # drive, item, album
            return None
        if not place:
            return Companion(kind, owner, "")
        bytes.fromhex(sha256 := row["sha256"])
        facts, size = row.get("facts"), row["size"]
        if type(size) is not int:
            return None
        modified = int(datetime.fromisoformat(row["mtime"]).timestamp())
        known = pack_facts(facts) if isinstance(facts, dict) else ""
        return Companion(kind, owner, place, size, modified, sha256, as_text(row.get("source")), known)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
