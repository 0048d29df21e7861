"""Fetching bytes: a whole file over one connection, a large one in parts over as many as have nothing else to do.

Its owner, the thread that has the file's job, fetches part after part. Threads without work of their own help: they
take the next stretch, or half of the longest one in work, so that no large file comes to its end on one connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from onedrive.errors import ConnectionLost
from onedrive.graph.item import CannotDeliver, DriveItem, Kind
from onedrive.local.proof import looks_like_page
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.net.reply import Reply
from onedrive.transfer.addresses import ByteSource
from onedrive.transfer.connections import MOST, Connections, Effort, Limit, NoLimit, RateLimit, SpeedWatch
from onedrive.transfer.file_host import BodyPlan, open_address, read_body_plan, read_unsatisfied_total
from onedrive.transfer.partial import PART_BYTES, FilePart, PartialFile

HELD_BACK_SECONDS = 0.2


class Receiver:
    """Shared by the threads of a run; each has a block of its own."""

    def __init__(
        self,
        http: HttpClient,
        pause: SharedPause,
        *,
        connections: Connections,
        limit: Limit,
        extra_hosts: Sequence[str],
    ) -> None:
        self._http = http
        self._pause = pause
        self._connections = connections
        self._limit = limit
        self._extra_hosts = extra_hosts
        self._of_thread = threading.local()

    def open(self, address: str, first_byte: int, end: int | None = None) -> Reply:
        """Ask for bytes. Raises as `open_address`."""
        reply = open_address(self._http, address, first_byte=first_byte, end=end, extra_hosts=self._extra_hosts)
        self._connections.answered(reply.host)
        return reply

    def receive(self, reply: Reply, write: Callable[[memoryview], None], bytes_left: Callable[[], int | None]) -> None:
        """Hand the body to `write`, block by block, until it ends or `bytes_left` says 0 (None: until it ends).

        Raises ConnectionLost (broken off, silent, too slow), Stopped, and what `write` raises.
        """
        watch = SpeedWatch(self._http.timeouts)
        block = self._block()
        while (left := bytes_left()) != 0:
            filled = reply.fill(block if left is None else block[:left], HELD_BACK_SECONDS)
            if not filled:
                return
            self._pause.check()  # after Ctrl-C nothing is written any more
            write(block[:filled])
            self._connections.count(filled)
            watch.saw(filled, reply.host)
            watch.waited(self._limit.take(filled))

    def _block(self) -> memoryview:
        block: memoryview | None = getattr(self._of_thread, "block", None)
        if block is None:
            block = self._of_thread.block = memoryview(bytearray(self._limit.block_bytes))
        return block


_MOST_ODDITIES = 3
_POLL_SECONDS = 0.1


class ComesOtherwise(Exception):
    """The file host does not hand out this file in parts, or it is another file now."""


class AnotherVersion(ComesOtherwise):
    """The file was changed meanwhile; as it is now it may well come in parts again."""


class _GivenUp(Exception):
    """Another thread met what ends the work on this file."""


class SharedFile:
    """One file in work."""

    def __init__(
        self,
        source: ByteSource,
        partial: PartialFile,
        *,
        receiver: Receiver,
        pause: SharedPause,
        connections: Connections,
    ) -> None:
        self._source = source
        self._partial = partial
        self._receiver = receiver
        self._pause = pause
        self._connections = connections
        self._total_bytes = partial.origin.total_bytes
        self._changed = threading.Condition()
        self._helpers = 0
        self._error: BaseException | None = None

    def fetch_as_owner(self) -> None:
        """Return when every byte is here. Raises ComesOtherwise, AnotherVersion, and what fetching a part raises."""
        self._partial.begin_parts()
        try:
            while not self._is_whole():
                if not self._fetch_next():
                    self._wait_for_helpers()
        except _GivenUp:
            pass
        except BaseException as error:
            self._give_up(error)
            raise
        finally:
            self._wait_until_alone()
        self._raise_what_a_helper_met()
        self._partial.is_whole = True

    def help(self) -> bool:
        """Fetch one part, if there is one to share; False when there is none. What goes wrong is the owner's."""
        with self._changed:
            if self._total_bytes is None or self._error is not None:
                return False
            self._helpers += 1
        try:
            return self._fetch_next()
        except _GivenUp:
            return True
        except BaseException as error:
            self._give_up(error)
            return True
        finally:
            with self._changed:
                self._helpers -= 1
                self._changed.notify_all()

    @property
    def bytes_left(self) -> int:
        """How many bytes are to come."""
        return (self._total_bytes or 0) - self._partial.size_bytes

    def _is_whole(self) -> bool:
        return self._total_bytes is not None and self._partial.size_bytes >= self._total_bytes

    def _fetch_next(self) -> bool:
        known = self._total_bytes if self._total_bytes is not None else self._source.item.size or 0
        part = self._partial.next_part(known)
        if part is None:
            return False
        try:
            self._fetch(part)
        finally:
            self._partial.give_back(part)
        return True

    def _fetch(self, part: FilePart) -> None:
        """Fetch a part to its end, however often it breaks off."""
        effort, oddities = Effort(self._pause, self._connections, self._source.item.id), 0
        while part.bytes_left:
            self._pause.wait_while_paused()
            self._connections.give_way()
            self._check()
            address = self._source.address()
            if not self._partial.origin.is_of(self._source.item):
                raise AnotherVersion
            try:
                reply = self._receiver.open(address, part.position, part.end)
                try:
                    is_odd = self._take(reply, part, effort, address)
                finally:
                    reply.close()
            except ConnectionLost as error:
                effort.lost(error, part.size_bytes)
                if effort.is_stuck:
                    self._source.renew(address)
                continue
            if is_odd:
                oddities += 1
                if oddities >= _MOST_ODDITIES:
                    raise ComesOtherwise
                effort.fault(reply, "sent another part of the file than it was asked for")

    def _take(self, reply: Reply, part: FilePart, effort: Effort, address: str) -> bool:
        """Do what one reply means; True when it is not the part that was asked for."""
        if reply.status in (401, 403, 404, 410):
            if "X-Virus-Infected" in reply.headers:
                raise CannotDeliver(self._source.item.kind)
            effort.refused(reply)
            self._source.renew(address)
            return False
        if reply.status not in (200, 206, 416):
            effort.failed(reply)
            return False
        if reply.status == 200 and self._total_bytes is None:
            raise ComesOtherwise
        plan = read_body_plan(reply) if reply.status == 206 else None
        if plan is None or plan.first_byte != part.position or plan.total_bytes is None:
            return True
        if not self._remember(plan, plan.total_bytes, part):
            self._source.renew(address)  # it may have been changed on OneDrive
            raise ComesOtherwise if self._partial.origin.is_of(self._source.item) else AnotherVersion
        effort.refusals = 0
        self._receiver.receive(reply, lambda block: self._write(block, part), lambda: part.bytes_left)
        if part.bytes_left:
            raise ConnectionLost(reply.host, "the answer broke off")
        return False

    def _remember(self, plan: BodyPlan, total_bytes: int, part: FilePart) -> bool:
        """Take in what the reply says of the whole file; False when it is another one than before."""
        with self._changed:
            known = self._partial.origin
            if known.total_bytes not in (None, total_bytes) or (
                plan.etag and known.reply_etag and plan.etag != known.reply_etag
            ):
                return False
            self._partial.content_type = self._partial.content_type or plan.content_type
            self._partial.remember_reply(total_bytes, plan.etag or known.reply_etag)
            self._total_bytes = total_bytes
            if part.end is not None and part.end > total_bytes:
                part.end = total_bytes
        return True

    def _write(self, block: memoryview, part: FilePart) -> None:
        self._check()
        self._partial.write(block, part)

    def _check(self) -> None:
        if self._error is not None:
            raise _GivenUp

    def _give_up(self, error: BaseException) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def _wait_for_helpers(self) -> None:
        """Nothing is left to share: wait until a helper ends. Raises what one met."""
        with self._connections.set_aside(), self._changed:
            if self._helpers and self._error is None and not self._is_whole():
                self._changed.wait(_POLL_SECONDS)
        self._raise_what_a_helper_met()

    def _wait_until_alone(self) -> None:
        """The file may not be closed under another's hands."""
        if not self._helpers:
            return
        with self._connections.set_aside(), self._changed:
            while self._helpers:
                self._changed.wait(_POLL_SECONDS)

    def _raise_what_a_helper_met(self) -> None:
        if self._error is not None:
            raise self._error


class SharedFiles:
    """The large files in work, for whoever has nothing else to do."""

    def __init__(self) -> None:
        self._files: list[SharedFile] = []
        self._lock = threading.Lock()

    def add(self, file: SharedFile) -> None:
        """Help is welcome from now on."""
        with self._lock:
            self._files.append(file)

    def remove(self, file: SharedFile) -> None:
        """No help is needed any more."""
        with self._lock:
            self._files.remove(file)

    def help(self) -> bool:
        """Fetch one part of the file that has most to come; False when there was nothing to do."""
        with self._lock:
            in_need = sorted(self._files, key=lambda file: file.bytes_left, reverse=True)
        return any(file.help() for file in in_need)


_REFUSED = frozenset({401, 403, 404, 410})  # what an address answers when its hour is over (GRAPH_FACTS §3.2)
_MOST_PAGES = 3
_MOST_VERSIONS = 2  # of a file that changes while it comes in parts
_BYTES_A_SECOND_EACH = 16_384  # under a limit, a connection that gets less than this only waits


class Transfer:
    """Fetches files; shared by the threads of a run.

    `jobs`: how many connections at most; `limit_rate`: bytes a second of all of them together, None: no limit.
    """

    def __init__(
        self,
        http: HttpClient,
        pause: SharedPause,
        *,
        extra_hosts: Sequence[str] = (),
        jobs: int = MOST,
        limit_rate: float | None = None,
    ) -> None:
        if limit_rate:
            jobs = min(jobs, max(1, int(limit_rate // _BYTES_A_SECOND_EACH)))
        self.connections = Connections(pause, most=jobs)
        self._pause = pause
        self._shared = SharedFiles()
        self._receiver = Receiver(
            http,
            pause,
            connections=self.connections,
            limit=RateLimit(int(limit_rate), pause) if limit_rate else NoLimit(),
            extra_hosts=extra_hosts,
        )

    def fetch(self, source: ByteSource, partial: PartialFile) -> None:
        """Return when `partial` (open) is whole by the file host's own word.

        Raises ItemFailed, ConnectionLost (too often), DiskFull, Stopped, and what `source` raises.
        """
        versions = 0
        while not partial.is_whole and versions < _MOST_VERSIONS and self._comes_in_parts(source, partial):
            versions += 1
            try:
                self._fetch_in_parts(source, partial)
            except AnotherVersion:
                partial.start_over(source.item)
            except ComesOtherwise:
                break
        if partial.is_in_parts and not partial.is_whole:
            partial.keep_beginning()
        self._fetch_in_one(source, partial)

    def help_out(self) -> bool:
        """Fetch a part of a large file that another thread has in work; False when there is none to be had."""
        return self._shared.help()

    def _comes_in_parts(self, source: ByteSource, partial: PartialFile) -> bool:
        """Large ones do, but not what only hashes can prove that need the bytes in order, or none at all."""
        item = source.item
        return (item.size or 0) > PART_BYTES and item.quick_xor_hash is not None and partial.origin.is_of(item)

    def _fetch_in_parts(self, source: ByteSource, partial: PartialFile) -> None:
        shared = SharedFile(source, partial, receiver=self._receiver, pause=self._pause, connections=self.connections)
        self._shared.add(shared)
        try:
            shared.fetch_as_owner()
        finally:
            self._shared.remove(shared)

    def _fetch_in_one(self, source: ByteSource, partial: PartialFile) -> None:
        effort = Effort(self._pause, self.connections, source.item.id)
        while not partial.is_whole:
            self._pause.wait_while_paused()
            self.connections.give_way()
            address = source.address()
            if not partial.origin.is_of(source.item):
                partial.start_over(source.item)  # it was changed on OneDrive meanwhile
            try:
                reply = self._receiver.open(address, partial.size_bytes)
                try:
                    self._take(reply, source, partial, effort=effort, address=address)
                finally:
                    reply.close()
            except ConnectionLost as error:
                effort.lost(error, partial.size_bytes)
                if effort.is_stuck:
                    source.renew(address)  # an address that is too old may answer with silence (trap 53)

    def _take(self, reply: Reply, source: ByteSource, partial: PartialFile, *, effort: Effort, address: str) -> None:
        """Do what one reply means."""
        if reply.status in (200, 206):
            self._take_body(reply, source, partial, effort=effort, address=address)
        elif reply.status == 416 and partial.size_bytes:
            _take_unsatisfied(reply, source, partial, effort)
        elif reply.status in _REFUSED:
            if "X-Virus-Infected" in reply.headers:
                raise CannotDeliver(Kind.FILE)
            effort.refused(reply)
            source.renew(address)
        else:
            effort.failed(reply)

    def _take_body(
        self, reply: Reply, source: ByteSource, partial: PartialFile, *, effort: Effort, address: str
    ) -> None:
        plan = read_body_plan(reply)
        if plan is None or not _continues(plan, partial):
            effort.fault(reply, "sent another part of the file than it was asked for")
            partial.start_over(source.item)
            return
        if partial.size_bytes and not plan.first_byte:
            partial.start_over(source.item)  # a 200: the whole file comes again
        if _is_error_page(plan, source.item) and effort.pages < _MOST_PAGES:
            effort.pages += 1
            effort.fault(reply, "sent a web page instead of the file")
            source.renew(address)
            return
        effort.refusals = 0
        partial.content_type = partial.content_type or plan.content_type
        known = partial.origin.total_bytes if plan.first_byte else None
        total = plan.total_bytes if plan.total_bytes is not None else known
        partial.remember_reply(total, plan.etag or partial.origin.reply_etag)
        self._receiver.receive(reply, partial.write, lambda: None)
        _check_end(reply, plan, source.item, partial=partial)
        if total is not None and partial.size_bytes > total:
            effort.fault(reply, "sent more bytes than the file has")
            partial.start_over(source.item)


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


def _take_unsatisfied(reply: Reply, source: ByteSource, partial: PartialFile, effort: Effort) -> None:
    """416: no byte follows those that are here, either because all are, or because the file is another now."""
    total = read_unsatisfied_total(reply)
    if total == partial.size_bytes or (total is None and partial.size_bytes == source.item.size):
        partial.is_whole = True
        return
    effort.fault(reply, "has another file than the one that was begun")
    partial.start_over(source.item)
