"""A host has several addresses, and one of them is dead: that costs a short time once, and not with each request."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import urllib3
from urllib3.util import connection

from onedrive.net.connection import FIRST_TRIES_SECONDS, PlainPool
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer

HOST = "files.example"
DEAD, OTHER_DEAD, ALIVE = "192.0.2.1", "2001:db8::1", "127.0.0.1"
CONNECT_SECONDS = 15.0


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Which addresses were tried, and for how long each may have kept silent."""
    tried: list[tuple[str, float]] = []
    connect = connection.create_connection

    def create_connection(address: tuple[str, int], timeout: float, **options: object) -> socket.socket:
        tried.append((address[0], timeout))
        if address[0] in (DEAD, OTHER_DEAD):
            raise TimeoutError
        return connect(address, timeout, **options)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(connection, "create_connection", create_connection)
    return tried


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found = [OTHER_DEAD, DEAD, ALIVE]

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        places = found if host == HOST else [host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port)) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return found


@pytest.fixture
def pool(drive: DemoDrive) -> Iterator[PlainPool]:
    with FaultyServer(drive) as demo:
        pool = PlainPool(HOST, demo.port, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=5))
        yield pool
        pool.close()


def _ask(pool: PlainPool) -> None:
    assert pool.urlopen("GET", "/", headers={"Connection": "close"}, retries=False).status >= 200


def test_the_dead_ones_are_tried_once_and_shortly(
    pool: PlainPool, addresses: list[str], tried: list[tuple[str, float]]
) -> None:
    for _ in range(3):
        _ask(pool)

    short = [(address, FIRST_TRIES_SECONDS) for address in (OTHER_DEAD, DEAD)]
    assert tried == [*short, (ALIVE, CONNECT_SECONDS), *[(ALIVE, FIRST_TRIES_SECONDS)] * 2]


def test_one_that_dies_later_goes_to_the_end_and_the_last_has_its_whole_time(
    pool: PlainPool, addresses: list[str], tried: list[tuple[str, float]]
) -> None:
    _ask(pool)
    addresses[:] = [DEAD, OTHER_DEAD]
    tried.clear()

    with pytest.raises(urllib3.exceptions.ConnectTimeoutError, match=r"files\.example"):
        _ask(pool)

    assert [seconds for _, seconds in tried] == [FIRST_TRIES_SECONDS, CONNECT_SECONDS]


def test_the_only_address_has_the_whole_time(
    pool: PlainPool, addresses: list[str], tried: list[tuple[str, float]]
) -> None:
    addresses[:] = [ALIVE]

    _ask(pool)

    assert [seconds for _, seconds in tried] == [CONNECT_SECONDS]
