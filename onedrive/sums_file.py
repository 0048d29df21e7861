"""SHA256SUMS in the downloads folder, so that the copy can be checked in twenty years without this program.

It is written as `sha256sum` writes it, one line a file that is here and good, by place; a file that was, and is no
longer on OneDrive, keeps its line as long as its size and time stay. What was computed once is kept
in `sums.jsonl` in the home with size, time and quickXorHash, and computed again only when those differ. The first line
there says what we wrote where: a SHA256SUMS that is not ours is kept beside.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from onedrive.download_folder import DownloadFolder
from onedrive.errors import FolderNotUsable
from onedrive.found_file import FoundFile
from onedrive.local_path import SUMS_FILE
from onedrive.state_files import disk_errors, replace_file, replace_when_whole

KNOWN_SUMS = "sums.jsonl"
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


def recall_sums(home: Path, found: Mapping[str, FoundFile]) -> None:
    """Note the sums of files whose size and time are those of last time. Raises FolderNotUsable."""
    path = home / KNOWN_SUMS
    if not path.exists():
        return
    with disk_errors(path), path.open("rb") as stream:
        stream.readline()
        for line in stream:
            try:
                place, size_bytes, mtime_ns, quick_xor, sha256 = json.loads(line)
                file = found.get(place)
                if file and (file.size_bytes, file.mtime_ns) == (size_bytes, mtime_ns):
                    file.remember(base64.b64decode(quick_xor), bytes.fromhex(sha256))
            except (ValueError, TypeError, RecursionError):
                continue  # a damaged line: the sum is computed again


def write_sums(home: Path, folder: DownloadFolder, files: Mapping[str, FoundFile]) -> int:
    """Replace SHA256SUMS and what is known of the sums, each in one step; how many lines it has.

    `files` is what stands where, by place; what is not good or has no sum is left out. Raises DiskFull,
    FolderNotUsable, NotPlaceable.
    """
    good = sorted(place for place, file in files.items() if file.is_good and file.sha256)
    target, growing = folder.root / SUMS_FILE, folder.partial / SUMS_FILE
    ours = _read_ours(home)
    if target.is_dir():
        raise FolderNotUsable(target, "a folder stands where the sums belong")
    if os.path.lexists(target) and _mark(target) not in {*ours.values()} - {""}:  # ours too when the disk has moved
        folder.keep_beside(SUMS_FILE)
    # It grows where no file of the drive can be; `SHA256SUMS.new` may be one.
    with replace_when_whole(growing) as stream:
        for place in good:
            stream.buffer.write(sums_line(os.fsencode(place), files[place].sha256))
    with disk_errors(target):
        replace_file(growing, target)
        ours[str(folder.root)] = _mark(target)
    with replace_when_whole(home / KNOWN_SUMS) as stream:
        stream.write(json.dumps({"written": ours}) + "\n")
        stream.writelines(_known_line(place, files[place]) for place in good)
    return len(good)


def sums_line(name: bytes, sha256: bytes) -> bytes:
    """A line as `sha256sum` writes it: with a backslash before it where the name needs escapes."""
    escaped = b"./-" if name == b"-" else name  # - alone is what is typed, to it
    for character, escape in _ESCAPES:
        escaped = escaped.replace(character, escape)
    mark = b"\\" if b"\\" in escaped else b""
    return b"%b%b  %b\n" % (mark, sha256.hex().encode(), escaped)


def _known_line(place: str, file: FoundFile) -> str:
    quick_xor = base64.b64encode(file.quick_xor).decode("ascii")
    row = [place, file.size_bytes, file.mtime_ns, quick_xor, file.sha256.hex()]
    return json.dumps(row, separators=(",", ":")) + "\n"


def _read_ours(home: Path) -> dict[str, str]:
    """By downloads folder: the SHA-256 of the SHA256SUMS that we wrote there."""
    path = home / KNOWN_SUMS
    try:
        with disk_errors(path), path.open("rb") as stream:
            written = json.loads(stream.readline())["written"]
    except (FolderNotUsable, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return written if isinstance(written, dict) else {}


def _mark(path: Path) -> str:
    """What tells a SHA256SUMS that we wrote from another; '' for what cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
