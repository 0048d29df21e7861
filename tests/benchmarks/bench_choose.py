"""How fast option 5 is: `python -m tests.benchmarks.bench_choose [ROWS ...]`, by default 100,000 and 1,000,000.

Makes a list as option 3 writes it (photos, videos, documents; a tenth of them twice), and measures in a process of its
own: from its start to the preview of a choice, each change of the choice after that, and the most memory. The first
process has to take the list in, the second finds it in the catalogue. Nothing here is a timed test.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onedrive.graph.item import from_graph
from tests.list_lines import line_of_item

CHILD = """
import io, json, sys, time
began = time.perf_counter()
from datetime import date
from pathlib import Path
from onedrive.choosing.index import ListIndex
from onedrive.choosing.preview import show_preview
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import Selection
from onedrive.graph.traits import FileKind
from onedrive.listing.list_import import open_catalogue
from onedrive.terminal.terminal import Terminal

MEDIA = frozenset({FileKind.PHOTO, FileKind.VIDEO})
said = io.StringIO()
terminal = Terminal(stdin=io.StringIO(), stdout=said, environ={})
with open_catalogue(Path(sys.argv[1]), terminal.say) as database:
    index = ListIndex(database, date(2026, 1, 1))
    read = time.perf_counter() - began
    show_preview(terminal, index, Selection(kinds=MEDIA, dates=read_date_range("since 2019")))
    preview = time.perf_counter() - began
    cpu = time.process_time()
    changes = {}
    for name, selection in {
        "kinds": Selection(kinds=MEDIA),
        "folders": Selection(folders=("/Pictures",), without_folders=("/Pictures/2003",)),
        "names": Selection(include=("*.jpg", "Docs/"), exclude=("*_7*", "**/2003/**")),
        "size": Selection(min_size=10**6, max_size=10**9),
        "dates": Selection(dates=read_date_range("2019-06..2020-03")),
        "camera": Selection(cameras=("Apple iPhone 8",)),
        "all of them": Selection(kinds=MEDIA, folders=("/Pictures",), exclude=("*_7*",), min_size=10**6,
                                 dates=read_date_range("since 2010")),
    }.items():
        start = time.perf_counter()
        share = index.choose(selection).share
        changes[name] = (time.perf_counter() - start, share.files)
peak = next((line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line), "0")
print(json.dumps({"read": read, "preview": preview, "changes": changes, "cpu": cpu, "peak": int(peak) / 1024,
                  "said": said.getvalue()}))
"""
CAMERAS = [("Apple", "iPhone 8"), ("Apple", "iPhone 13"), ("Canon", "Canon EOS 80D"), ("SONY", "ILCE-7M3")]


def make_lines(rows: int) -> Iterator[bytes]:
    """The lines of a drive with this many files, by path."""
    random.seed(7)
    begin = datetime(2003, 1, 1, tzinfo=UTC)
    for number in sorted(range(rows), key=lambda number: _sort(number) < 2):  # Docs go before Pictures
        moment = (begin + timedelta(days=8000 * number / rows, seconds=number % 86_400)).strftime("%Y-%m-%dT%H:%M:%SZ")
        content = number // 10 * 10 if number % 10 == 1 else number
        yield line_of_item(from_graph(_row(number, content, moment)).with_path(_path(number, moment)))


def _row(number: int, content: int, moment: str) -> dict[str, object]:
    identity = f"{number:032X}"
    hashes = {"quickXorHash": f"{content:027d}="}
    row: dict[str, object] = {
        "id": f"F09000000CFEA42!s{identity.lower()}",
        "name": _name(number),
        "size": 2_000_000 + content % 5000 * 100,
        "eTag": f'"{{{identity}}},1"',
        "cTag": f'"c:{{{identity}}},1"',
        "createdDateTime": moment,
        "lastModifiedDateTime": moment,
        "parentReference": {"driveId": "0f09000000cfea42", "id": f"F09000000CFEA42!s{number // 20:032x}"},
        "file": {"hashes": hashes, "mimeType": ["image/jpeg", "video/mp4", "application/pdf"][_sort(number)]},
        "fileSystemInfo": {"createdDateTime": moment, "lastModifiedDateTime": moment},
    }
    if _sort(number) == 0:
        make, model = CAMERAS[number // 1000 % len(CAMERAS)]
        row["image"] = {"height": 3024, "width": 4032}
        row["photo"] = {"cameraMake": make, "cameraModel": model, "fNumber": 1.8, "iso": 25, "takenDateTime": moment}
        row["location"] = {"latitude": 50.1 + number % 1000 / 1e4, "longitude": 8.6}
    elif _sort(number) == 1:
        row["video"] = {"bitrate": 17_000_000, "duration": 12_000, "fourCC": "H264", "height": 1080, "width": 1920}
    return row


def _sort(number: int) -> int:
    return (0, 0, 0, 0, 0, 0, 0, 1, 2, 2)[number % 10]


def _name(number: int) -> str:
    return f"{('IMG', 'VID', 'Scan of letter')[_sort(number)]}_{number:07}.{('jpg', 'mp4', 'pdf')[_sort(number)]}"


def _path(number: int, moment: str) -> str:
    top = "Docs" if _sort(number) == 2 else "Pictures"
    return f"/{top}/{moment[:4]}/{moment[:10]}/{_name(number)}"


def main(counts: list[int]) -> None:
    """Measure lists of these lengths and print the figures."""
    for rows in counts:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file_list.json"
            with path.open("wb") as stream:
                stream.write(b"[\n")
                for number, line in enumerate(make_lines(rows)):
                    stream.write((b",\n" if number else b"") + line)
                stream.write(b"\n]\n")
            size = path.stat().st_size / 1e6
            for how in ("list taken in", "catalogue opened"):
                began = time.perf_counter()
                done = subprocess.run([sys.executable, "-c", CHILD, folder], stdout=subprocess.PIPE, check=True)
                wall = time.perf_counter() - began
                figures = json.loads(done.stdout)
                print(
                    f"{rows:,} rows ({size:,.0f} MB): {how} {figures['read']:.2f} s, preview"
                    f" {figures['preview']:.2f} s ({figures['cpu']:.2f} s of CPU)"
                )
                for name, (seconds, files) in figures["changes"].items():
                    print(f"  a change of {name}: {seconds:.3f} s ({files:,} files)")
                print(f"  whole process {wall:.2f} s, at most {figures['peak']:.0f} MB")
        if rows == counts[-1]:
            print(re.sub("^", "  | ", figures["said"], flags=re.MULTILINE))


if __name__ == "__main__":
    main([int(text.replace(",", "")) for text in sys.argv[1:]] or [100_000, 1_000_000])
