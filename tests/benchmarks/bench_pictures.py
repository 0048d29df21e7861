"""`--pictures` for so many HEIC in so many folders: how many requests to Graph, pictures and seconds.

    python -m tests.benchmarks.bench_pictures [FILES [FOLDERS]]

The pretend OneDrive shows 200 items a page, as is documented; a second run asks for nothing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.report.pictures import PICTURES_FOLDER
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.report.verified import verified, write_verified


def main(files: int, folders: int) -> None:
    """Print the figures of two runs."""
    drive, size = DemoDrive(), {"width": 4032, "height": 3024}
    for number in range(files):
        drive.add_file(f"/Pictures/{number % folders}/IMG_{number:04}.HEIC", b"x", image=size)
    with tempfile.TemporaryDirectory() as text, FaultyServer(drive) as demo:
        demo.graph.page_sizes.largest = 200
        http = HttpClient(demo_port=demo.port)
        desk = Desk(Path(text), GraphSession(http, FixedToken(demo), SharedPause(print)), http, demo)
        desk.list_drive()
        items = read_items(desk.home / FILE_LIST)
        write_verified(desk.home, [verified(item.path, id=item.id, drive_id=item.drive_id) for item in items])
        for run in ("first", "second"):
            desk.forget_requests()
            began = time.perf_counter()
            desk.add_pictures()
            seconds, asked = time.perf_counter() - began, len(desk.requests("graph.microsoft.com"))
            here = len([*(desk.home / PICTURES_FOLDER).iterdir()])
            print(f"{run}: {files:,} files in {folders} folders: {asked} requests, {here:,} pictures, {seconds:.1f} s")
        http.close()


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    main(*(counts + [2000, 8][len(counts) :]))
