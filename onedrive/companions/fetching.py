"""Pictures that OneDrive makes of files, from addresses that it gave: small ones, JPEG twins.

Nothing proves them, for there is no hash of them; each is fetched whole or not at all.
"""

from __future__ import annotations

import contextlib
from typing import BinaryIO

from onedrive.errors import FileHostFailed, FileRefused, ItemFailed
from onedrive.net.patience import THROTTLED, MayPass, ask_patiently
from onedrive.transfer.fetch import Transfer
from onedrive.transfer.file_host import read_body_plan, read_refusal
from onedrive.transfer.parts import FilePart

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
NO_PICTURE = "what came is no picture"


def fetch_made(transfer: Transfer, address: str, into: BinaryIO, *, most_bytes: int) -> None:
    """Put the whole body into an empty file, which may be begun again.

    Raises FileRefused (another address may do), ItemFailed, ConnectionLost (once is enough), Stopped. Only throttling
    is waited for: whoever asks for many knows best which to try again.
    """

    def write(block: memoryview) -> None:
        into.write(block)

    def once() -> None:
        into.seek(0)
        into.truncate()
        with contextlib.closing(transfer.open(address, FilePart(0, None))) as reply:
            plan = read_body_plan(reply) if reply.status == 200 else None
            if reply.status in THROTTLED or (plan is None and "Retry-After" in reply.headers):
                failed = FileHostFailed(reply.host, f"answered with error {reply.status}")
                raise MayPass(failed, reply.host, status=reply.status, headers=reply.headers)
            if plan is None:
                refusal = read_refusal(reply)
                raise FileRefused(reply.host, refusal.status, refusal.code)
            if (plan.total_bytes or 0) <= most_bytes:
                transfer.receive(reply, write, lambda: most_bytes + 1 - into.tell())
        if (plan.total_bytes or into.tell()) > most_bytes:
            raise ItemFailed("it is larger than it could be")

    ask_patiently(transfer.pause, once)
