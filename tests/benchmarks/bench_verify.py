"""Option 6: bytes a second from the page cache, and 100,000 small files: seconds, and memory with all its processes.

    python -m tests.benchmarks.bench_verify [FILES]

The list, the manifest and the files are made here; each run is a process of its own against the pretend OneDrive, which
says that nothing has changed. Each run writes the report too. The first run of each pair computes the sums for
SHA256SUMS, the second knows them.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from generate_list import generate_list
from onedrive.graph.session import GraphSession
from onedrive.home.lists import ListState, read_list_state, write_list_state, write_lists
from onedrive.home.manifest import MANIFEST, VERIFIED_BY_HASH, ManifestLine, ManifestWriter
from onedrive.local.hashing import ContentHash
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.server import DemoServer
from tests.benchmarks.bench_many_files import SECONDS, WHEN, _item, make_home
from tests.list_lines import line_of_item

TOP = Path(__file__).resolve().parents[2]
BIG_FILES, BIG_BYTES = 4, 512 << 20
RUN = """
import io, sys
from pathlib import Path
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.report.page import write_report
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from verify_downloads import verify

class Token:
    def access_token(self):
        return sys.argv[3]

if __name__ == "__main__":
    home, http = Path(sys.argv[1]), HttpClient(demo_port=int(sys.argv[2]))
    terminal = Terminal(stdin=io.StringIO(), no_input=True, environ={})
    settings = Settings(home=home, downloads=home / "downloads")
    graph = GraphSession(http, Token(), SharedPause(print))
    result = verify(terminal, settings, graph, write_report=lambda: write_report(home, settings.downloads))
    sys.exit(result.exit_code)
"""


def main(count: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as text, DemoServer(DemoDrive(), auto_consent=True) as demo:
        state = _current_state(Path(text) / "listed", demo)
        many, big = Path(text) / "many", Path(text) / "big"
        many.mkdir()
        make_home(many, count)
        _be_up_to_date(many, state, count, count * len(b"some bytes"))
        for what in ("sums computed", "sums known"):
            seconds, peak_mb = _run(many, demo)
            print(f"{count} small files, {what}: {seconds:.1f} s, peak {peak_mb:.0f} MB with all processes")
        _make_big_home(big)
        _be_up_to_date(big, state, BIG_FILES, BIG_FILES * BIG_BYTES)
        for what in ("sums computed", "sums known"):
            seconds, peak_mb = _run(big, demo)
            rate = BIG_FILES * BIG_BYTES / seconds / 1e9
            print(f"{BIG_FILES} files of 512 MiB, {what}: {rate:.2f} GB/s ({seconds:.1f} s in all), {peak_mb:.0f} MB")


def _current_state(home: Path, demo: DemoServer) -> ListState:
    """What option 3 knows of the pretend drive, its deltaLink above all."""
    home.mkdir()
    http = HttpClient(demo_port=demo.port)

    class Token:
        def access_token(self) -> str:
            return demo.issue_token()

        def renew_access_token(self, rejected: str) -> str:
            return rejected

    terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
    graph = GraphSession(http, Token(), SharedPause(print))
    generate_list(terminal, Settings(home=home, downloads=home / "downloads"), graph, ask_folder=False)
    state = read_list_state(home)
    assert state is not None
    return state


def _be_up_to_date(home: Path, current: ListState, files: int, size_bytes: int) -> None:
    ours = read_list_state(home)
    assert ours is not None
    prints = ours.fingerprints
    write_list_state(home, replace(current, files=files, size_bytes=size_bytes, folders=0, fingerprints=prints))


def _make_big_home(home: Path) -> None:
    block = os.urandom(1 << 20)
    hashes = ContentHash()
    for _ in range(BIG_BYTES >> 20):
        hashes.update(block)
    digest = hashes.digest()
    items = [_item(number, BIG_BYTES, digest.quick_xor_hash) for number in range(BIG_FILES)]
    (home / "downloads").mkdir(parents=True)
    write_lists(home, map(line_of_item, items), [], ListState(WHEN, "account", "0f09000000cfea42"))
    with ManifestWriter(home / MANIFEST) as writer:
        for item in items:
            path = home / "downloads" / item.path[1:]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                for _ in range(BIG_BYTES >> 20):
                    stream.write(block)
            os.utime(path, (SECONDS, SECONDS))
            writer.append(
                ManifestLine(
                    id=item.id,
                    drive_id=item.drive_id,
                    ctag=item.ctag,
                    etag=item.etag,
                    path=item.path,
                    local_path=item.path[1:],
                    size_bytes=BIG_BYTES,
                    modified=SECONDS,
                    quick_xor_hash=digest.quick_xor_hash,
                    verified=VERIFIED_BY_HASH,
                    when=WHEN,
                )
            )


def _run(home: Path, demo: DemoServer) -> tuple[float, float]:
    """Seconds, and the most memory that the run and its processes had together."""
    script = home / "run.py"
    script.write_text(RUN)
    words = [sys.executable, str(script), str(home), str(demo.port), demo.issue_token()]
    began = time.perf_counter()
    run = subprocess.Popen(words, cwd=TOP, env={**os.environ, "PYTHONPATH": str(TOP)}, stdout=subprocess.PIPE)
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(run, peak), daemon=True)
    watcher.start()
    output = run.communicate()[0].decode()
    seconds = time.perf_counter() - began
    assert run.returncode == 0, output
    return seconds, peak[0]


def _watch(run: subprocess.Popen[bytes], peak: list[float]) -> None:
    while run.poll() is None:
        peak[0] = max(peak[0], sum(_memory_mb(process) for process in _family(run.pid)))
        time.sleep(0.05)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        if _words(child) != _words(pid):  # else it is being started, in its parent's own memory until it is itself
            yield from _family(child)


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _memory_mb(pid: int) -> float:
    """What a process has in memory; of what several share, each its part."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
