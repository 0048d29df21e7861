"""Option 3 or 4 in a process of its own, against the benchmark's servers; prints wall, CPU and memory as JSON.

    python -m tests.benchmarks.measured_run list|download HOME TLS_PORT TOKEN [JOBS]

Microsoft's names lead to TLS_PORT of this computer in this process; REQUESTS_CA_BUNDLE names whom to trust.
"""

from __future__ import annotations

import io
import json
import re
import resource
import socket
import sys
import time
from pathlib import Path

from download_list import download
from generate_list import generate_list
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.net.reply import Reply
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal


class Token:
    """A sign-in that never ends."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def renew_access_token(self, rejected: str) -> str:
        raise RuntimeError("the token was refused")


class CountingClient(HttpClient):
    """Counts what goes to Graph."""

    asked = 0

    def send(self, *args: object, **kwargs: object) -> Reply:
        CountingClient.asked += 1
        return super().send(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came


def lead_names_here(port: int) -> None:
    """Resolve every name to a port of this computer."""

    def here(*_args: object, **_kwargs: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    socket.getaddrinfo = here  # type: ignore[assignment]  # for this process only


def announce(text: str) -> None:
    """What is said about waiting."""
    sys.stderr.write(text + "\n")


def peak_mb() -> float:
    """The most memory this process ever had; not ru_maxrss, which is inherited from the one that started it."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0


def main(what: str, home: Path, port: int, token: str) -> None:
    """Run one option and print the figures."""
    lead_names_here(port)
    http = CountingClient()
    terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
    graph = GraphSession(http, Token(token), SharedPause(announce))
    settings = Settings(home=home, downloads=home / "downloads", no_input=True)
    began, cpu = time.perf_counter(), time.process_time()
    if what == "list":
        code = generate_list(terminal, settings, graph, ask_folder=False).exit_code
    else:
        code = download(terminal, settings, graph, http).exit_code
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "exit_code": code,
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "whole_cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": peak_mb(),
        "graph_requests": CountingClient.asked,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
