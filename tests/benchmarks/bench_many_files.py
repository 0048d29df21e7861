"""100,000 files: how long a run takes when all are there already, what memory it needs, how many requests it makes.

    python -m tests.benchmarks.bench_many_files [FILES [CHOICE]]

CHOICE: 'everything' (as without it), 'filter' (by kind, folder, name, size, date and camera; all pass), 'nothing' (all
are left out but one), 'once' (equal files once: all are equal), 'date' (all are moved into folders by date, then back).
The list, the manifest and the files (a few bytes each) are made here; the run itself is in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from onedrive import quickxorhash
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.lists import ListState, write_lists
from onedrive.home.manifest import MANIFEST, VERIFIED_BY_HASH, ManifestLine, ManifestWriter
from onedrive.local.hashing import ContentHash
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.list_lines import line_of_item

RUNS = 3
WHEN = "2023-05-06T07:08:09Z"
SECONDS = 1_683_356_889
RUN = """
import io, json, re, sys, time
from pathlib import Path
from download_list import download
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.choosing.ranges import read_date_range
from onedrive.graph.traits import FileKind
from onedrive.net.patience import SharedPause
from onedrive.choosing.selection import EVERYTHING, Duplicates, Layout, Selection
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal

home, http = Path(sys.argv[1]), HttpClient(demo_port=int(sys.argv[2]))
terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
photos = Selection(kinds=frozenset({FileKind.PHOTO}), folders=("/Pictures",), include=("*.jpg",), exclude=("*.png",),
                   min_size=1, dates=read_date_range("2019.."), cameras=("Maker Model 1",))
choices = {"everything": EVERYTHING, "filter": photos, "nothing": Selection(include=("IMG_00000000.jpg",)),
           "once": Selection(duplicates=Duplicates.ONCE), "date": Selection(layout=Layout.DATE)}
selection = choices[sys.argv[3]]
if sys.argv[3] == "date" and (home / "downloads" / "2023").exists():
    selection = EVERYTHING
began, cpu_began = time.perf_counter(), time.process_time()
graph = GraphSession(http, None, SharedPause(print))
settings = Settings(home=home, downloads=home / "downloads")
code = download(terminal, settings, graph, http, selection=selection).exit_code
wall, cpu = time.perf_counter() - began, time.process_time() - cpu_began
# Not ru_maxrss, which a new process inherits from the one that started it.
peak_mb = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak_mb, "code": code}))
"""


def main(count: int, choice: str) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as text, FaultyServer(DemoDrive()) as demo:
        home = Path(text)
        make_home(home, count)
        runs = []
        for _ in range(RUNS):
            words = [sys.executable, "-c", RUN, text, str(demo.port), choice]
            done = subprocess.run(words, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).resolve().parents[2])
            runs.append(json.loads(done.stdout.splitlines()[-1]))
        assert all(run["code"] == 0 for run in runs), runs
        walls = ", ".join(f"{run['wall']:.2f}" for run in runs)
        cpu, peak = min(run["cpu"] for run in runs), max(run["peak_mb"] for run in runs)
        print(f"{count} files, all there, {choice}: {walls} s (processor {cpu:.2f} s); peak {peak:.0f} MB")
        print(f"{len(demo.requests)} requests")


def make_home(home: Path, count: int) -> None:
    """A list, a manifest, and the files."""
    content = b"some bytes"
    hashes = ContentHash()
    hashes.update(content)
    digest = hashes.digest()
    assert len(quickxorhash.new(content).digest()) == quickxorhash.digest_size
    items = [_item(number, len(content), digest.quick_xor_hash) for number in range(count)]
    write_lists(
        home,
        (line_of_item(item) for item in items),
        [],
        ListState(WHEN, "account", "0f09000000cfea42", files=count),
    )
    with ManifestWriter(home / MANIFEST) as writer:
        for item in items:
            place = item.path[1:]
            path = home / "downloads" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (SECONDS, SECONDS))
            writer.append(
                ManifestLine(
                    id=item.id,
                    drive_id=item.drive_id,
                    ctag=item.ctag,
                    etag=item.etag,
                    path=item.path,
                    local_path=place,
                    size_bytes=digest.size_bytes,
                    modified=SECONDS,
                    quick_xor_hash=digest.quick_xor_hash,
                    verified=VERIFIED_BY_HASH,
                    when=WHEN,
                )
            )


def _item(number: int, size_bytes: int, quick_xor_hash: str) -> DriveItem:
    folder, name = f"/Pictures/{number // 200:05}", f"IMG_{number:08}.jpg"
    times = {"createdDateTime": WHEN, "lastModifiedDateTime": WHEN}
    return DriveItem(
        id=f"F09000000CFEA42!s{number:032x}",
        name=name,
        kind=Kind.FILE,
        path=f"{folder}/{name}",
        drive_id="0f09000000cfea42",
        parent_id=f"F09000000CFEA42!sf{number // 200:031x}",
        size=size_bytes,
        etag=f'"{{{number:08X}-0000-0000-0000-000000000000}},2"',
        ctag=f'"c:{{{number:08X}-0000-0000-0000-000000000000}},1"',
        created=WHEN,
        modified=WHEN,
        facets={
            "file": {"mimeType": "image/jpeg", "hashes": {"quickXorHash": quick_xor_hash}},
            "fileSystemInfo": times,
            "image": {"height": 3000, "width": 4000},
            "photo": {"takenDateTime": WHEN, "cameraMake": "Maker", "cameraModel": "Model 1", "iso": 100.0},
        },
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else "everything")
