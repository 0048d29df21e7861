"""Homes as earlier versions of the program left them, each in an archive: `released/DAY.tar.xz`.

    python -m tests.home.released_homes FOLDER DAY [NUMBER ...]

starts the program of that day, checked out in FOLDER, with these numbers against today's pretend OneDrive, and packs
its home. Make one of each version that is released. Without the sign-in: a test has its own.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.server import DemoServer

ARCHIVES = Path(__file__).parent / "released"
_LEFT_OUT = ("token.json", "run.lock", "download_report.html")


def fill(drive: DemoDrive) -> None:
    """The drive that all of these homes are of."""
    drive.add_file("/Pictures/2023/a.jpg", b"a picture", photo={"takenDateTime": "2023-05-06T07:08:09Z"})
    drive.add_file("/Pictures/2023/b \u00e9.heic", b"a still", modified="2024-01-02T03:04:05Z")
    drive.add_file("/Pictures/2024/a.jpg", b"a picture")
    drive.add_file("/Letters/note.txt", b"a letter")
    drive.add_folder("/Empty")


def _make(program: Path, day: str, numbers: list[str]) -> None:
    drive = DemoDrive()
    fill(drive)
    with tempfile.TemporaryDirectory() as folder, DemoServer(drive, home=None, auto_consent=True) as server:
        home = Path(folder) / "home"
        words = ["--demo", "--demo-port", str(server.port), "--home", str(home), "--no-input", *numbers]
        subprocess.run([sys.executable, str(program / "start.py"), *words], cwd=folder, check=True)
        with tarfile.open(ARCHIVES / f"{day}.tar.xz", "w:xz", format=tarfile.PAX_FORMAT) as archive:
            archive.add(home, "home", filter=_packed)


def _packed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return None if Path(member.name).name in _LEFT_OUT else member


if __name__ == "__main__":
    _make(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
