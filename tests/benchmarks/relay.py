"""A far-away server: relays TCP to another port of this computer, and every byte takes its time in both directions.

    python -m tests.benchmarks.relay LISTEN_PORT TARGET_PORT ONE_WAY_SECONDS

A connection costs one round trip more at its beginning, as a TCP greeting does, and has so many bytes under way at
most, as a TCP window allows.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

WINDOW_BYTES = 2 << 20


class Side(asyncio.Protocol):
    """One end of a relayed connection; what arrives here leaves at `other` a little later."""

    def __init__(self, one_way_seconds: float) -> None:
        self.one_way_seconds = one_way_seconds
        self.extra_seconds = 0.0
        self.other: Side | None = None
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []
        self.under_way = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=16 << 20)

    def data_received(self, data: bytes) -> None:
        self.under_way += len(data)
        if self.under_way > WINDOW_BYTES and self.transport:
            self.transport.pause_reading()
        loop = asyncio.get_running_loop()
        delay = self.one_way_seconds + self.extra_seconds
        self.extra_seconds = 0.0
        loop.call_later(delay, self.deliver, data)
        loop.call_later(delay + self.one_way_seconds, self.acknowledge, len(data))

    def deliver(self, data: bytes) -> None:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.write(data)
        elif self.other:
            self.other.waiting.append(data)

    def acknowledge(self, size: int) -> None:
        self.under_way -= size
        if self.under_way <= WINDOW_BYTES and self.transport and not self.transport.is_closing():
            self.transport.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        if self.other and self.other.transport:
            loop = asyncio.get_running_loop()
            loop.call_later(self.one_way_seconds, self.other.transport.close)


class Near(Side):
    """The client's end: opens the far one."""

    def __init__(self, one_way_seconds: float, target_port: int) -> None:
        super().__init__(one_way_seconds)
        self.extra_seconds = 2 * one_way_seconds
        self.target_port = target_port
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.other = Side(self.one_way_seconds)
        self.other.other = self
        self.task = asyncio.get_running_loop().create_task(self.reach())

    async def reach(self) -> None:
        far = self.other
        assert far
        await asyncio.get_running_loop().create_connection(lambda: far, "127.0.0.1", self.target_port)
        for data in far.waiting:
            assert far.transport
            far.transport.write(data)


async def relay(listen_port: int, target_port: int, one_way_seconds: float) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(Near, one_way_seconds, target_port), "127.0.0.1", listen_port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(relay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
