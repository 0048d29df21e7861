"""What the tests share: a pretend OneDrive on loopback, a signed-in session, a clock that never sleeps."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as trials

from onedrive.graph.session import GraphSession
from onedrive.home import database
from onedrive.local import awake
from onedrive.net.client import HttpClient
from onedrive.net.patience import Clock, SharedPause
from onedrive.net.reply import Timeouts
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

trials.register_profile("any machine", deadline=None)  # a busy machine is no mistake
trials.load_profile("any machine")

# What every test would pay. The programs that tests start find their modules compiled, also where the environment
# forbids that; no helper of the system is started for each download (tests/local/test_awake.py has the real one);
# files are in memory where there is plenty of it; what was collected is never looked through for garbage.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
START_HELPER = awake._start
awake._start = lambda command: None
gc.disable()
_MEMORY, _PLENTY_BYTES = Path("/dev/shm"), 4 * 1024**3
if os.name == "posix" and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _PLENTY_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


_CONNECT = socket.socket.connect


def _connect_on_loopback_only(self: socket.socket, address: object) -> None:
    """No test speaks to the world: what would is a fault of the test, or worse, of the program."""
    host = address[0] if isinstance(address, tuple) else ""
    if self.type == socket.SOCK_STREAM and isinstance(address, tuple) and not _is_loopback(str(host)):
        raise AssertionError(f"a test would have spoken to {host}")
    _CONNECT(self, address)  # type: ignore[arg-type]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


socket.socket.connect = _connect_on_loopback_only  # type: ignore[method-assign, assignment]


def _sync_nothing(fd: object) -> None:
    """Only a power cut could tell, and the waiting for disks is nearly a third of what a test at a desk takes."""


os.fsync = _sync_nothing
database.SYNCHRONOUS = "OFF"


def pytest_configure(config: pytest.Config) -> None:
    what = "needs what Windows does not have (links, modes, pipes, signals); with as_root=False also what binds no root"
    config.addinivalue_line("markers", f"posix(what, as_root=True): {what}")
    config.addinivalue_line("markers", "windows(what): needs what Windows alone has")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, and say why, what this system does not have: tests name it themselves."""
    for item in items:
        for mark in item.iter_markers("windows"):
            if sys.platform != "win32":
                item.add_marker(pytest.mark.skip(reason=f"Windows alone has {mark.args[0]}"))
        for mark in item.iter_markers("posix"):
            if sys.platform == "win32":
                item.add_marker(pytest.mark.skip(reason=f"Windows has no {mark.args[0]}"))
            elif not mark.kwargs.get("as_root", True) and os.geteuid() == 0:
                item.add_marker(pytest.mark.skip(reason=f"root is bound by no {mark.args[0]}"))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for sockets and processes about as long as they compute."""
    return (os.cpu_count() or 1) + 1


class FakeClock(Clock):
    """A clock on which waiting takes no time; `waits` says what was waited for, in seconds."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0
        self.waits: list[float] = []
        self.when_waiting: Callable[[], object] | None = None  # what happens meanwhile
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        with self._lock:
            self.waits.append(round(seconds, 3))
            self.seconds += seconds
        if self.when_waiting:
            self.when_waiting()
        return stop.is_set()


class FixedToken:
    """A token source for tests that are not about signing in."""

    def __init__(self, demo: FaultyServer) -> None:
        self._demo = demo
        self.token = demo.issue_token()
        self.renewals = 0

    def access_token(self) -> str:
        return self.token

    def renew_access_token(self, rejected: str) -> str:
        if rejected == self.token:
            self.token = self._demo.issue_token()
            self.renewals += 1
        return self.token


@pytest.fixture
def drive() -> DemoDrive:
    return DemoDrive()


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive, home=None, auto_consent=True) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def said() -> list[str]:
    """What was announced about waiting."""
    return []


@pytest.fixture
def pause(clock: FakeClock, said: list[str]) -> SharedPause:
    return SharedPause(said.append, clock=clock)


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    client = HttpClient(demo_port=demo.port, timeouts=Timeouts(connect_seconds=2, silence_seconds=2, body_seconds=3))
    yield client
    client.close()


@pytest.fixture
def tokens(demo: FaultyServer) -> FixedToken:
    return FixedToken(demo)


@pytest.fixture
def graph(http: HttpClient, tokens: FixedToken, pause: SharedPause) -> GraphSession:
    return GraphSession(http, tokens, pause)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    return Desk(home, graph, http, demo)
