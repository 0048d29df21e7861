"""How fast option 3 is: `python -m tests.benchmarks.listing` runs all rows, or some: `wide walk changed cpu`.

The pretend OneDrive runs in a process of its own; only the client is measured: wall clock of the whole process from
start to exit with a valid token, its own CPU, its peak memory (getrusage). Nothing here is a timed test.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onedrive.graph.item import SELECT
from pretend_onedrive.model.drive import PERSON_DRIVE_ID
from tests.benchmarks.generated import GeneratedDrive

CLIENT = """
import gc
gc.set_threshold(50_000)  # as start.py does
import io, json, os, resource, sys, time
from pathlib import Path
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal

class Token:
    def access_token(self):
        return sys.argv[3]
    def renew_access_token(self, rejected):
        raise SystemExit("the token was refused")

home, port, root = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[4]
http = HttpClient(demo_port=port)
sent, send = [0], http.send
def count(*words, **more):
    sent[0] += 1
    return send(*words, **more)
http.send = count
said = io.StringIO()
terminal = Terminal(stdin=io.StringIO(), stdout=said, no_input=True, environ={})
graph = GraphSession(http, Token(), SharedPause(lambda text: terminal.say(text)))
graph.greet()  # as start.py does
from generate_list import generate_list
settings = Settings(home=home, downloads=home / "downloads", root_folder=root, no_input=True)
result = generate_list(terminal, settings, graph, ask_folder=False)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "exit_code": result.exit_code, "requests": sent[0], "cpu": used.ru_utime + used.ru_stime,
    "peak_mb": used.ru_maxrss / (1024 if sys.platform != "darwin" else 1048576), "said": said.getvalue(),
}), flush=True)
os._exit(0)  # as start.py does
"""

# The least that any client must do: all pages of delta over one connection, read as JSON, and nothing kept of them.
BARE = """
import gzip, http.client, json, resource, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]))
token, link, requests = sys.argv[3], sys.argv[4], 0
while link:
    connection.request("GET", link.removeprefix("https://graph.microsoft.com"), headers={
        "Host": "graph.microsoft.com", "Authorization": "Bearer " + token, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    page = json.loads(gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body)
    link, requests = page.get("@odata.nextLink"), requests + 1
used = resource.getrusage(resource.RUSAGE_SELF)
used = {"cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
print(json.dumps({**used, "requests": requests, "said": ""}))
"""
DELTA = f"/v1.0/me/drive/root/delta?$select={SELECT}&$top=5000"


@dataclass(frozen=True)
class Run:
    """What one run of the client took."""

    wall: float
    cpu: float
    peak_mb: float
    requests: int
    said: str

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s  {self.cpu:6.2f} s CPU  {self.peak_mb:5.0f} MB  {self.requests:5} requests"


@contextmanager
def server(items: int, *, delay: float = 0.0, changes: int = 0, largest_page: int = 1000) -> Iterator[tuple[int, str]]:
    """A pretend OneDrive with a generated drive; its port and a token."""
    words = [sys.executable, "-m", "tests.benchmarks.generated", *map(str, (items, delay, changes, largest_page))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield told["port"], told["access_token"]
        finally:
            process.terminate()


def list_once(home: Path, port: int, token: str, root: str = "/", *, client: str = CLIENT) -> Run:
    """Run option 3 in a process of its own."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", client, str(home), str(port), token, root],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    wall = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    return Run(wall, told["cpu"], told["peak_mb"], told["requests"], told["said"])


@contextmanager
def home() -> Iterator[Path]:
    """A home that is forgotten at the end."""
    folder = Path(tempfile.mkdtemp(prefix="listing-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wide() -> None:
    """The whole process at a round trip of 50 ms, gzip, and the least that any client must do, in turn, five each."""
    for items in (5_560, 20_000):
        ours, bare = [], []
        with server(items, delay=0.05) as (port, token):
            for _ in range(5):
                with home() as folder:
                    ours.append(list_once(folder, port, token))
                    bare.append(list_once(folder, port, token, DELTA, client=BARE))
        for name, runs in (("ours", ours), ("bare", bare)):
            print(f"{items:>9,} items, 50 ms, {name}          {min(runs, key=lambda run: run.wall)}")
        ratio = statistics.median(one.wall / other.wall for one, other in zip(ours, bare, strict=True))
        print(f"{items:>9,} items, 50 ms: {ratio:.2f} times the wall of a bare client, the median of pairs")


def cpu() -> None:
    """A million items: memory, CPU; then again with nothing changed."""
    with server(1_000_000) as (port, token), home() as folder:
        first = list_once(folder, port, token)
        print(f"1,000,000 items, first listing      {first}   goal 150 MB, 60 s CPU")
    with server(1_000_000) as (port, token), home() as folder:
        list_once(folder, port, token)
        list_once(folder, port, token)
        before = (folder / "file_list.json").stat()
        again = list_once(folder, port, token)
        untouched = (folder / "file_list.json").stat().st_mtime_ns == before.st_mtime_ns
        print(f"1,000,000 items, nothing changed    {again}   goal 2 requests, 1 s; lists untouched: {untouched}")


def changed() -> None:
    """A hundred changes of a million items."""
    with server(1_000_000, changes=100) as (port, token), home() as folder:
        list_once(folder, port, token)
        again = list_once(folder, port, token)
        print(f"1,000,000 items, 100 changes        {again}   goal 3 requests, 15 s CPU, 150 MB")


def walk() -> None:
    """A tree of 300 folders, several at a time, against one at a time."""
    items = 16_400
    top = GeneratedDrive(items, PERSON_DRIVE_ID).id_of(1)
    with server(items, delay=0.05) as (port, token), home() as folder:
        several = list_once(folder, port, token, top)
    goal = several.requests * 0.05 / 4
    print(f"{several.requests} requests of a walk, 50 ms       {several}   goal {goal:.2f} s, a quarter of one by one")


ROWS = {"wide": wide, "walk": walk, "changed": changed, "cpu": cpu}

if __name__ == "__main__":
    for name in sys.argv[1:] or ROWS:
        ROWS[name]()
