"""How long our download takes, side by side and in turn with `curl --parallel` over the same URLs.

    python -m tests.benchmarks.bench_download small      2,000 files of 20 kB, 50 ms round trip, and without delay
    python -m tests.benchmarks.bench_download photos     5,250 files of 158 kB, the same
    python -m tests.benchmarks.bench_download big        4 files of 500 MB, 50 ms round trip, and without delay
    python -m tests.benchmarks.bench_download many [N]   memory, second by second, for 100,000 files of 4 kB

Needs nginx, openssl and curl (`web_server.py` says how they are used). Each figure is the best of three runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.web_server import FILE_HOST, WebServer, free_port, wait_for_port

RUNS = 3
ONE_WAY_SECONDS = 0.025
SIZES = {"small": (2000, 20_000, 20, 16), "photos": (5250, 158_000, 50, 16), "big": (4, 500_000_000, 1, 4)}
FEW = 100  # so few large files are deleted after each run


@dataclass
class Scene:
    """Servers that run, and what there is to fetch."""

    web: WebServer
    folder: Path
    token: str
    urls: dict[str, str]


def main(which: str) -> None:
    """Print the figures."""
    count, size_bytes, folders, connections = SIZES[which]
    with tempfile.TemporaryDirectory() as text, scene(Path(text), count, size_bytes, folders) as here:
        measure_ours("list", here, here.web.port)
        with relay(here.web.port) as far_port:
            for name, port in (("50 ms round trip", far_port), ("no delay", here.web.port)):
                ours, theirs = [], []
                for _ in range(RUNS):
                    theirs.append(measure_curl(here, port, connections))
                    ours.append(measure_ours("download", here, port))
                print_figures(f"{count} x {size_bytes} bytes, {name}", ours, theirs, count)


def watch_memory(count: int) -> None:
    """What our process holds while many files come, and the most that it ever had."""
    with tempfile.TemporaryDirectory() as text, scene(Path(text), count, 4000, max(1, count // 200)) as here:
        measure_ours("list", here, here.web.port)
        words = [sys.executable, "-m", "tests.benchmarks.measured_run", "download"]
        words += [str(here.folder / "home"), str(here.web.port), here.token]
        environment = {**os.environ, "REQUESTS_CA_BUNDLE": str(here.web.ca)}
        held: list[int] = []
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE) as run:
            while run.poll() is None:
                status = Path(f"/proc/{run.pid}/status").read_text(encoding="ascii")
                held += [int(number) // 1024 for number in re.findall(r"VmRSS:\s+(\d+)", status)]
                time.sleep(1)
            assert run.stdout
            figures = json.loads(run.stdout.read())
    print(f"{count} x 4000 bytes: ours {figures['peak_mb']:.0f} MB at most, bar 150 MB, {figures['peak_mb'] / 150:.2f}")
    print(f"    {figures['wall']:.0f} s, CPU {figures['cpu'] / count * 1e3:.2f} ms a file")
    print(f"    MB along the way: {', '.join(map(str, held[1 :: max(1, len(held) // 20)]))}")


def print_figures(title: str, ours: list[dict[str, float]], theirs: list[dict[str, float]], count: int) -> None:
    """One line each."""
    wall, cpu = (min(run[name] for run in ours) for name in ("wall", "cpu"))
    curl_wall, curl_cpu = (min(run[name] for run in theirs) for name in ("wall", "cpu"))
    print(title)
    print(f"    ours {wall:.2f} s, curl {curl_wall:.2f} s: {wall / curl_wall:.2f} times its wall")
    print(f"    our CPU {cpu:.2f} s, {cpu / count * 1e3:.2f} ms a file; {cpu / curl_cpu:.2f} times curl's")
    print(f"    peak {max(run['peak_mb'] for run in ours):.0f} MB, {ours[0]['graph_requests']:.0f} Graph requests")
    for name, runs in (("ours", ours), ("curl", theirs)):
        print(f"    all runs of {name}: {', '.join(str(round(run['wall'], 2)) for run in runs)}")
    sys.stdout.flush()


@contextlib.contextmanager
def scene(folder: Path, count: int, size_bytes: int, folders: int) -> Iterator[Scene]:
    """nginx over the files of a pretend OneDrive."""
    (folder / "files").mkdir()
    words = [str(folder / "files"), str(count), str(size_bytes), str(folders)]
    graph = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.pretend_graph", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert graph.stdout
    said = json.loads(graph.stdout.readline())
    try:
        with WebServer(folder, said["port"]) as web:
            yield Scene(web, folder, said["token"], said["urls"])
    finally:
        graph.kill()
        graph.wait()


@contextlib.contextmanager
def relay(target_port: int) -> Iterator[int]:
    """A far-away port that leads to the near one."""
    port = free_port()
    words = [str(port), str(target_port), str(ONE_WAY_SECONDS)]
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.relay", *words])
    try:
        wait_for_port(port)
        yield port
    finally:
        process.kill()
        process.wait()


def measure_ours(what: str, here: Scene, port: int) -> dict[str, float]:
    """One run of ours, in a new home: on ext4, files that were just deleted make new ones cost several times more."""
    listed = here.folder / "home"
    home = listed if what == "list" else Path(tempfile.mkdtemp(dir=here.folder))
    home.mkdir(exist_ok=True)
    if what == "download":
        for path in listed.glob("*.json"):
            shutil.copy(path, home)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.measured_run", what, str(home), str(port), here.token],
        env={**os.environ, "REQUESTS_CA_BUNDLE": str(here.web.ca)},
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    assert figures["exit_code"] == 0, figures
    if what == "download" and len(here.urls) < FEW:
        shutil.rmtree(home)
    return figures


def measure_curl(here: Scene, port: int, connections: int) -> dict[str, float]:
    """One run of curl over the same URLs, into files."""
    out = Path(tempfile.mkdtemp(dir=here.folder))
    lines = [f'url = "{url}"\noutput = "{out}/{number}"' for number, url in enumerate(here.urls.values())]
    (here.folder / "urls").write_text("\n".join(lines), encoding="utf-8")
    words = [
        "curl",
        "-sf",
        "--no-progress-meter",
        "--http1.1",
        "--parallel",
        "--parallel-max",
        str(connections),
        "--cacert",
        str(here.web.ca),
    ]
    words += ["--connect-to", f"{FILE_HOST}:443:127.0.0.1:{port}", "--config", str(here.folder / "urls")]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if len(here.urls) < FEW:
        shutil.rmtree(out)
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


if __name__ == "__main__":
    if sys.argv[1] == "many":
        watch_memory(int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
    else:
        main(sys.argv[1])
