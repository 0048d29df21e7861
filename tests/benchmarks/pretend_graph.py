"""The pretend OneDrive in a process of its own, with a drive made to measure; the bytes themselves nginx serves.

    python -m tests.benchmarks.pretend_graph FILES_FOLDER COUNT SIZE_BYTES FOLDERS

Writes the files' bytes to FILES_FOLDER, named by UniqueId, then prints one line of JSON: port, token, urls by path.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

from pretend_onedrive.model.content import GeneratedContent
from pretend_onedrive.model.dialect import dashed
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.server import DemoServer

LARGE_BYTES = 10_000_000
PIECE_BYTES = 4 << 20


def main(files: Path, count: int, size_bytes: int, folders: int) -> None:
    """Serve until stdin ends."""
    drive, chance = DemoDrive(), random.Random(7)
    whole: Path | None = None
    for number in range(count):
        path = f"/Folder {number % folders:04}/file {number:06}.bin"
        if size_bytes >= LARGE_BYTES:
            item = drive.add_generated_file(path, size=size_bytes)
            place = files / dashed(item.guid)
            if whole:
                os.link(whole, place)
            else:
                whole = place
                content = GeneratedContent(size_bytes)
                with place.open("wb") as stream:
                    for begin in range(0, size_bytes, PIECE_BYTES):
                        stream.write(content.read(begin, min(size_bytes, begin + PIECE_BYTES)))
        else:
            raw = chance.randbytes(size_bytes)
            item = drive.add_file(path, raw)
            (files / dashed(item.guid)).write_bytes(raw)
    with DemoServer(drive) as server:
        urls = {item.path: server.urls.url_for(item) for item in drive.files()}
        token = server.issue_token(lifetime_seconds=100_000)
        sys.stdout.write(json.dumps({"port": server.port, "token": token, "urls": urls}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
