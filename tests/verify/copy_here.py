"""A drive of four files and its copy here, for tests of option 6."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.home.verification import read_verified_items
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

WHEN = "2023-05-06T07:08:09Z"
COPY = "/Pictures/copy of a.jpg"
A, B, C, D = "/Pictures/a.jpg", "/Pictures/b.jpg", "/Documents/c.txt", "/Documents/Letters/d.txt"
CONTENT = {A: b"first " * 200, B: b"second" * 100, C: b"third " * 100, D: b"fourth" * 20}


def put_online(drive: DemoDrive) -> None:
    """The four files."""
    for path, content in CONTENT.items():
        drive.add_file(path, content, modified=WHEN)


def fetch(desk: Desk, selection: Selection = EVERYTHING) -> Desk:
    """List, and download what is chosen."""
    desk.list_drive()
    desk.download(selection=selection, jobs=2)
    return desk


def flip_a_byte(desk: Desk, place: str) -> None:
    """As a failing disk does: size and time stay."""
    path = desk.downloads / place
    status = path.stat()
    octets = bytearray(path.read_bytes())
    octets[7] ^= 1
    path.write_bytes(octets)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def sha256sum_checks(desk: Desk) -> bool:
    if not shutil.which("sha256sum"):
        pytest.skip("there is no sha256sum here")
    words = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(words, cwd=desk.downloads, check=False).returncode == 0


def reason_of(desk: Desk, path: str) -> str:
    """Why an item is in its class."""
    return next(item.reason for item in read_verified_items(desk.home) if path in (item.path, item.local_path))
