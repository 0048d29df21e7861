"""One file's bytes from the file host into its partial file: resumed, renewed and repeated until they are all here.

    fresh address ─► GET, with Range when some are here ─► the same content? ─► blocks ─► whole by its own length
        ╰─ cut, silent, slow ─► from where it stopped   ╰─ refused ─► a fresh address   ╰─ 'wait' ─► all wait

Whether the bytes are right is decided elsewhere (`proof`). The bearer token never comes here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from onedrive.drive_item import DriveItem, Kind
from onedrive.errors import ConnectionLost
from onedrive.file_host import BodyPlan, open_address, read_body_plan, read_unsatisfied_total
from onedrive.http import HttpClient, Reply, Timeouts
from onedrive.item_errors import CannotDeliver, FileHostFailed, FileRefused
from onedrive.partial_file import PartialFile
from onedrive.pause import SharedPause
from onedrive.proof import looks_like_page
from onedrive.retry import Attempts

_REFUSED = frozenset({401, 403, 404, 410})  # what an address answers when its hour is over (GRAPH_FACTS §3.2)
_NOTEWORTHY_BYTES = 64 * 1024  # less than this between two losses is no progress
_MOST_PAGES = 3


class ByteSource(Protocol):
    """Where the bytes of one file are to be had now."""

    @property
    def item(self) -> DriveItem:
        """The file as the service last described it."""
        ...

    def address(self) -> str:
        """A pre-authenticated address, not older than half an hour. Raises ItemFailed and what Graph raises."""
        ...

    def renew(self) -> None:
        """Ask for the item and an address anew. Raises as `address`."""
        ...


class Transfer:
    """Fetches files; shared by the threads of a run."""

    def __init__(self, http: HttpClient, pause: SharedPause, *, extra_hosts: Sequence[str] = ()) -> None:
        self._http = http
        self._pause = pause
        self._extra_hosts = extra_hosts

    def fetch(self, source: ByteSource, partial: PartialFile) -> None:
        """Return when `partial` (open) is whole by the file host's own word.

        Raises ItemFailed, ConnectionLost (too often), DiskFull, Stopped, and what `source` raises.
        """
        effort = _Effort(self._pause)
        while not partial.is_whole:
            self._pause.wait_while_paused()
            address = source.address()
            if not partial.origin.is_of(source.item):
                partial.start_over(source.item)  # it was changed on OneDrive meanwhile
            try:
                reply = open_address(self._http, address, first_byte=partial.size_bytes, extra_hosts=self._extra_hosts)
                try:
                    self._take(reply, source, partial, effort)
                finally:
                    reply.close()
            except ConnectionLost as error:
                if not effort.may_repeat_after_loss(error, partial.size_bytes):
                    raise
                if effort.is_stuck:
                    source.renew()  # an address that is too old may answer with silence (trap 53)

    def _take(self, reply: Reply, source: ByteSource, partial: PartialFile, effort: _Effort) -> None:
        """Do what one reply means."""
        if reply.status in (200, 206):
            self._take_body(reply, source, partial, effort)
        elif reply.status == 416 and partial.size_bytes:
            _take_unsatisfied(reply, source, partial, effort)
        elif reply.status in _REFUSED:
            if "X-Virus-Infected" in reply.headers:
                raise CannotDeliver(Kind.FILE)
            effort.refused(reply)
            source.renew()
        elif not effort.attempts.may_repeat_after_status(reply.status, reply.headers, reply.host):
            raise FileHostFailed(reply.host, f"answered with error {reply.status}")

    def _take_body(self, reply: Reply, source: ByteSource, partial: PartialFile, effort: _Effort) -> None:
        plan = read_body_plan(reply)
        if plan is None or not _continues(plan, partial):
            effort.fault(reply.host, "sent another part of the file than it was asked for")
            partial.start_over(source.item)
            return
        if partial.size_bytes and not plan.first_byte:
            partial.start_over(source.item)  # a 200: the whole file comes again
        if _is_error_page(plan, source.item) and effort.pages < _MOST_PAGES:
            effort.pages += 1
            effort.fault(reply.host, "sent a web page instead of the file")
            source.renew()
            return
        effort.refusals = 0
        partial.content_type = partial.content_type or plan.content_type
        known = partial.origin.total_bytes if plan.first_byte else None
        total = plan.total_bytes if plan.total_bytes is not None else known
        partial.remember_reply(total, plan.etag or partial.origin.reply_etag)
        self._receive(reply, partial)
        _check_end(reply, plan, source.item, partial=partial)
        if total is not None and partial.size_bytes > total:
            effort.fault(reply.host, "sent more bytes than the file has")
            partial.start_over(source.item)

    def _receive(self, reply: Reply, partial: PartialFile) -> None:
        watch = _SpeedWatch(self._http.timeouts)
        for block in reply.blocks():
            self._pause.check()  # after Ctrl-C nothing is written any more
            partial.write(block)
            watch.saw(len(block), reply.host)


class _Effort:
    """How much trouble one file has made so far."""

    def __init__(self, pause: SharedPause) -> None:
        self.attempts = Attempts(pause)
        self.refusals = 0  # of addresses, since one worked
        self.pages = 0
        self.is_stuck = False  # the last loss came without any progress
        self._pause = pause
        self._most_bytes = 0

    def refused(self, reply: Reply) -> None:
        """An address was refused: a fresh one is worth one try. Raises FileRefused when it was one."""
        self.refusals += 1
        if self.refusals > 1:
            raise FileRefused(reply.host, reply.status)

    def fault(self, host: str, reason: str) -> None:
        """Wait a little after something that may pass. Raises FileHostFailed when it does not."""
        if not self.attempts.may_repeat(f"{host} {reason}"):
            raise FileHostFailed(host, reason)

    def may_repeat_after_loss(self, error: ConnectionLost, size_bytes: int) -> bool:
        """Wait a little and return True; False when the connection was lost too often without getting further."""
        self.is_stuck = size_bytes < self._most_bytes + _NOTEWORTHY_BYTES
        if not self.is_stuck:
            self.attempts = Attempts(self._pause)
        self._most_bytes = max(self._most_bytes, size_bytes)
        return self.attempts.may_repeat_after_loss(error)


class _SpeedWatch:
    """Notices a connection that drips."""

    def __init__(self, timeouts: Timeouts, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._since = clock()
        self._size_bytes = 0

    def saw(self, size_bytes: int, host: str) -> None:
        """So many bytes came now. Raises ConnectionLost when they have come too slowly for too long."""
        self._size_bytes += size_bytes
        seconds = self._clock() - self._since
        if seconds < self._timeouts.slow_seconds:
            return
        if self._size_bytes < self._timeouts.least_bytes_per_second * seconds:
            raise ConnectionLost(host, "it sent next to nothing for too long")
        self._since, self._size_bytes = self._clock(), 0


def _continues(plan: BodyPlan, partial: PartialFile) -> bool:
    """True when the reply begins the file, or goes on exactly where and with what the partial file ends."""
    if not plan.first_byte:
        return True
    known = partial.origin
    return (
        plan.first_byte == partial.size_bytes
        and (plan.total_bytes is None or known.total_bytes is None or plan.total_bytes == known.total_bytes)
        and (not plan.etag or not known.reply_etag or plan.etag == known.reply_etag)
    )


def _is_error_page(plan: BodyPlan, item: DriveItem) -> bool:
    """True for what looks like a page and has not the file's length; the file's hash has the last word on the rest."""
    has_other_size = plan.total_bytes is not None and plan.total_bytes != item.size
    return (
        not plan.first_byte
        and plan.total_bytes != item.size
        and looks_like_page(item, plan.content_type, b"", has_other_size=has_other_size)
    )


def _check_end(reply: Reply, plan: BodyPlan, item: DriveItem, *, partial: PartialFile) -> None:
    """The body has ended: mark the file as whole, or raise ConnectionLost when bytes are missing."""
    total = partial.origin.total_bytes
    if total is not None:
        is_short = partial.size_bytes < total
    else:
        is_short = not plan.ends_by_itself and partial.size_bytes < (item.size or 0)
    if is_short:
        raise ConnectionLost(reply.host, "the answer broke off")
    partial.is_whole = total is None or partial.size_bytes == total


def _take_unsatisfied(reply: Reply, source: ByteSource, partial: PartialFile, effort: _Effort) -> None:
    """416: no byte follows those that are here, either because all are, or because the file is another now."""
    total = read_unsatisfied_total(reply)
    if total == partial.size_bytes or (total is None and partial.size_bytes == source.item.size):
        partial.is_whole = True
        return
    effort.fault(reply.host, "has another file than the one that was begun")
    partial.start_over(source.item)
