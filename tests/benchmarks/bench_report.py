"""download_report.html of 100,000 items: how long it takes to write, and what memory that needs.

    python -m tests.benchmarks.bench_report [ITEMS]

The report is written in a process of its own. How soon a browser shows it: `python -m pytest tests/browser --browser`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from onedrive.home.verification import ItemClass, VerifiedItem
from tests.report.verified import verified, write_verified

RUNS = 3
KINDS = ("photos", "videos", "music", "documents", "other files")
RUN = """
import json, re, sys, time
from pathlib import Path
from onedrive.report.page import write_report

home = Path(sys.argv[1])
began = time.perf_counter()
size_mb = write_report(home, home / "downloads").stat().st_size / 1e6
wall = time.perf_counter() - began
# Not ru_maxrss, which a new process inherits from the one that started it.
peak_mb = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"wall": wall, "peak_mb": peak_mb, "size_mb": size_mb}))
"""


def main(count: int) -> None:
    """Print the figures of the best run."""
    with tempfile.TemporaryDirectory() as text:
        write_verified(Path(text), _items(count))
        runs = []
        for _ in range(RUNS):
            done = subprocess.run([sys.executable, "-c", RUN, text], check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout))
    best = min(runs, key=lambda run: run["wall"])
    print(
        f"{count:,} items: {best['wall']:.1f} s, {best['peak_mb']:.0f} MB of memory, a page of {best['size_mb']:.1f} MB"
    )


def _items(count: int) -> Iterator[VerifiedItem]:
    for i in range(count):
        year, kind = 2004 + i * 20 // count, KINDS[i % 9 if i % 9 < 5 else 0]
        item_class = ItemClass.MISSING if i % 50 == 0 else ItemClass.PROVEN
        path = f"/Pictures/{year}/Folder {i // 60 % 90:02}/IMG_{i:06}.jpg"
        yield verified(path, item_class, kind=kind, day=f"{year}-{i % 12 + 1:02}-{i % 28 + 1:02}", size_bytes=i * 37)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
