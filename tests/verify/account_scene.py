"""A home with a list, a manifest and files made by hand, for tests of what a verification sees."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from onedrive import quickxorhash
from onedrive.choosing.selection import EVERYTHING
from onedrive.home.lists import FILE_LIST, ListException, ListState
from onedrive.home.manifest import Manifest
from onedrive.home.verification import VerifiedItem
from onedrive.listing.refresh import CurrentList
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import Filing, LocalPaths
from onedrive.verify.classify import DriveAccount
from onedrive.verify.reading import LocalReading, ReadingJournal, VerificationWay

DRIVE = "0f09000000cfea42"


class NoCounter:
    """Nobody watches."""

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """Nothing."""


@dataclass
class Scene:
    """What is listed and what is here; `exceptions` are those of the list."""

    home: Path
    downloads: Path
    rows: list[dict[str, object]] = field(default_factory=list)
    exceptions: list[ListException] = field(default_factory=list)
    counted: tuple[int, int] | None = None  # None: as many as are listed

    def list_file(
        self, path: str, content: bytes, *, hashes: tuple[str, ...] = ("quickXorHash",), **facets: object
    ) -> None:
        """Put a file on OneDrive; `hashes` are those that it lists."""
        known = {
            "quickXorHash": base64.b64encode(quickxorhash.new(content).digest()).decode(),
            "sha1Hash": hashlib.sha1(content, usedforsecurity=False).hexdigest().upper(),
            "sha256Hash": hashlib.sha256(content).hexdigest().upper(),
        }
        listed = {name: known[name] for name in hashes}
        row = {"id": path, "name": path.rpartition("/")[2], "path": path, "size": len(content)}
        reference = {"driveId": DRIVE, "id": "root"}
        self.rows.append({**row, "parentReference": reference, "file": {"hashes": listed}, **facets})

    def put(self, place: str, content: bytes) -> None:
        """Put a file here."""
        path = self.downloads / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def reading(self) -> LocalReading:
        """Look at what is here, and read it."""
        (self.home / FILE_LIST).write_text(json.dumps(self.rows))
        sizes = [int(str(row["size"])) for row in self.rows]
        files, size_bytes = self.counted or (len(sizes), sum(sizes))
        exceptions = tuple(self.exceptions)
        state = ListState("", "account", DRIVE, files=files, size_bytes=size_bytes, exceptions=exceptions)
        self.current = CurrentList(self.home, state, None)
        self.folder = DownloadFolder(self.downloads)
        self.folder.prepare()
        filing, way = Filing(EVERYTHING), VerificationWay()
        reading = LocalReading(self.home, self.folder, Manifest(), filing, self.current, way)
        with ReadingJournal(self.home, self.downloads) as journal:
            reading.look(journal, LocalPaths(self.folder.rules))
            reading.read(NoCounter(), journal)
        return reading

    def account(self) -> tuple[dict[str, VerifiedItem], DriveAccount]:
        """Every item by path, else by place; and the account of them all."""
        reading = self.reading()
        filing = Filing(EVERYTHING)
        account = DriveAccount(
            self.current, reading, self.folder, Manifest(), filing, why_left_out=lambda _: None, when="now"
        )  # fmt: skip
        return {item.path or item.local_path: item for item in account.items()}, account
