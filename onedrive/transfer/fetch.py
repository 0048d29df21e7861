"""Fetching bytes: one loop, 'this range of a file into its partial', for a whole file and for a part of a large one.

    address ─► ask from the first byte that is missing ─► what does the reply mean? ─► bytes into the partial ─► again

A whole file is one part without an end. A large one has many: its owner, the thread that has the file's job, fetches
part after part, and threads without work of their own take the next one, or half of the longest one in work, so that
no large file comes to its end on one connection. Used by `download/job`; `partial` has the bytes, `addresses` where
they come from, `file_host` what a reply says, `connections` how many at a time and what trouble costs.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Sequence

from onedrive.errors import ConnectionLost, FileRefused, ProofFailed
from onedrive.graph.item import CannotDeliver, DriveItem, Kind
from onedrive.local.proof import listed_quick_xor, looks_like_page
from onedrive.local.room import Reserve
from onedrive.net.client import HttpClient
from onedrive.net.patience import THROTTLED, TRANSIENT, SharedPause
from onedrive.net.reply import Reply
from onedrive.transfer.addresses import FreshFile
from onedrive.transfer.connections import MOST, Connections, Effort, RateLimit, Refusals, SpeedWatch
from onedrive.transfer.file_host import BodyPlan, open_address, read_body_plan, read_refusal, read_unsatisfied_total
from onedrive.transfer.partial import PartialFile
from onedrive.transfer.parts import PART_BYTES, FilePart

MARGIN_BYTES = 64 << 20
HELD_BACK_SECONDS = 0.2
_POLL_SECONDS = 0.1
_REFUSED = frozenset({401, 403, 404, 410})  # what an address answers when its hour is over (graph-facts §3.2)
_RANGE = 416
_WRONG_RANGE = "sent a different part of the file than it was asked for"
_MOST_WRONG_RANGES = 3  # of one part: then the file is fetched in one stream
_MOST_PAGES = 3
_MOST_VERSIONS = 2  # of a file that changes while it comes in parts
_BYTES_A_SECOND_EACH = 16_384  # under a limit, a connection that gets less than this only waits


def _is_final(status: int) -> bool:
    """A no that no fresh address changes and no waiting: a lock, a law, an account that is to pay."""
    return 400 <= status < 500 and status not in _REFUSED | TRANSIENT | THROTTLED | {_RANGE}


class _ComesInOne(Exception):
    """The file host does not hand out this file in parts, or it is another file now."""


class _Changed(_ComesInOne):
    """The file was changed meanwhile; as it is now it may well come in parts again."""


class _GivenUp(Exception):
    """Another thread met what ends the work on this file."""


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
        self.refusals = Refusals()
        self.reserve = Reserve()
        self.pause = pause
        self._http = http
        self._extra_hosts = extra_hosts
        self._limit = RateLimit(limit_rate or math.inf, pause)
        self._blocks = threading.local()  # each thread fills one of its own
        self._shared: list[_FileInWork] = []
        self._lock = threading.Lock()

    def fetch(self, source: FreshFile, partial: PartialFile) -> None:
        """Return when `partial` (open) is whole by the file host's own word.

        Raises ItemFailed, ConnectionLost (too often), DiskFull, Stopped, and what `source` raises.
        """
        self.refusals.check((source.wanted.drive_id, source.wanted.parent_id))
        versions = 0
        while not partial.is_whole and versions < _MOST_VERSIONS and _comes_in_parts(source.item, partial):
            versions += 1
            try:
                self._fetch_in_parts(source, partial)
            except _Changed:
                partial.start_over(source.item)
            except _ComesInOne:
                break
        if not partial.is_whole:
            if partial.is_in_parts:
                partial.keep_beginning()
            _FileInWork(self, source, partial).fetch(partial.parts[0])

    def help_out(self) -> bool:
        """Fetch a part of the large file in work that has most to come; False when there was nothing to do."""
        with self._lock:
            in_need = sorted(self._shared, key=lambda file: file.bytes_left, reverse=True)
        return any(file.help() for file in in_need)

    def ends_at(self, source: FreshFile, size_bytes: int) -> bool:
        """Whether the file host itself says, asked for more, that the file has so many bytes. Raises as `fetch`."""
        self.pause.wait_for_turn()
        with contextlib.closing(self.open(source.address(), FilePart(size_bytes, None))) as reply:
            return reply.status == _RANGE and read_unsatisfied_total(reply) in (size_bytes, None)

    def open(self, address: str, part: FilePart) -> Reply:
        """Ask for what is missing of a part. Raises as `open_address`."""
        reply = open_address(self._http, address, first_byte=part.position, end=part.end, extra_hosts=self._extra_hosts)
        self.connections.answered(reply.host)
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
            self.pause.check()  # after Ctrl-C nothing is written any more
            write(block[:filled])
            self.connections.count(filled)
            watch.saw(filled, reply.host)
            watch.waited(self._limit.take(filled))

    def _block(self) -> memoryview:
        block: memoryview | None = getattr(self._blocks, "block", None)
        if block is None:
            block = self._blocks.block = memoryview(bytearray(self._limit.block_bytes))
        return block

    def _fetch_in_parts(self, source: FreshFile, partial: PartialFile) -> None:
        file = _FileInWork(self, source, partial)
        with self._lock:
            self._shared.append(file)  # help is welcome from now on
        try:
            file.fetch_as_owner()
        finally:
            with self._lock:
                self._shared.remove(file)


def _comes_in_parts(item: DriveItem, partial: PartialFile) -> bool:
    """Large ones do, but not what only hashes can prove that need the bytes in order, or none at all."""
    return (item.size or 0) > PART_BYTES and listed_quick_xor(item) is not None and partial.origin.is_of(item)


class _FileInWork:
    """One file that is being fetched, by its owner and, in parts, by whoever helps."""

    def __init__(self, transfer: Transfer, source: FreshFile, partial: PartialFile) -> None:
        self._transfer = transfer
        self._source = source
        self._partial = partial
        self._pause = transfer.pause
        self._connections = transfer.connections
        self._total_bytes = partial.origin.total_bytes
        self._changed = threading.Condition()
        self._helpers = 0
        self._error: BaseException | None = None

    @property
    def bytes_left(self) -> int:
        """How many bytes are to come."""
        return (self._total_bytes or 0) - self._partial.size_bytes

    def fetch_as_owner(self) -> None:
        """Return when every byte is here. Raises _ComesInOne, _Changed, and what fetching a part raises."""
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

    def fetch(self, part: FilePart) -> None:
        """Fetch a part to its end, however often it breaks off; one without an end as far as the file goes.

        Raises what ends the work on this file; of a part with an end also _ComesInOne, _Changed, _GivenUp.
        """
        effort = Effort(self._pause, self._connections, self._source.item.id)
        while not self._partial.is_whole if part.end is None else part.bytes_left:
            self._pause.wait_while_paused()
            self._connections.give_way()
            self._check()
            address = self._source.address()
            self._pause.wait_for_turn()
            if not self._partial.origin.is_of(self._source.item):
                self._begin_again(part)  # it was changed on OneDrive meanwhile
            try:
                with contextlib.closing(self._transfer.open(address, part)) as reply:
                    self._take(reply, part, effort, address)
            except ConnectionLost as error:
                effort.lost(error, part.size_bytes)
                if effort.is_stuck:
                    self._source.renew(address)  # an address that is too old may answer with silence (trap 53)

    def _take(self, reply: Reply, part: FilePart, effort: Effort, address: str) -> None:
        """Do what one reply means."""
        if reply.status in _REFUSED or _is_final(reply.status):
            self._take_refusal(reply, effort, address)
        elif reply.status == _RANGE and part.end is None and part.size_bytes:
            self._take_unsatisfied(reply, part, effort)
        elif reply.status in (200, 206):
            self._take_body(reply, part, effort, address)
        elif reply.status == _RANGE and part.end is not None:
            self._take_wrong_range(reply, part, effort)
        else:
            effort.failed(reply)

    def _take_refusal(self, reply: Reply, effort: Effort, address: str) -> None:
        """A fresh address is worth one try, unless it is a lock, or others were refused so at theirs.

        Raises FileRefused, CannotDeliver.
        """
        refusal, refusals = read_refusal(reply), self._transfer.refusals
        if refusal.is_malware:
            raise CannotDeliver(Kind.FILE)
        effort.refusals += 1
        is_final = _is_final(refusal.status) or refusals.is_known(refusal.status, refusal.code)
        if is_final or effort.refusals > 1:
            wanted = self._source.wanted
            refusals.add(wanted.identity, (wanted.drive_id, wanted.parent_id), refusal.status, refusal.code)
            raise FileRefused(reply.host, refusal.status, refusal.code)
        self._source.renew(address)

    def _take_body(self, reply: Reply, part: FilePart, effort: Effort, address: str) -> None:
        plan = read_body_plan(reply)
        if part.end is not None and reply.status == 200 and self._total_bytes is None:
            raise _ComesInOne
        if plan is None or not _is_asked_for(plan, part, reply.status):
            self._take_wrong_range(reply, part, effort)
            return
        if part.end is None and not plan.first_byte:
            if part.size_bytes:
                self._begin_again(part)  # a 200: the whole file comes again
            if effort.pages < _MOST_PAGES and _is_error_page(plan, self._source.item):
                effort.pages += 1
                effort.fault(reply, "sent a web page instead of the file")
                self._source.renew(address)
                return
        if not self._remember(plan, part):
            if part.end is None:
                effort.fault(reply, _WRONG_RANGE)
            else:
                self._source.renew(address)  # it may have been changed on OneDrive
            self._begin_again(part)
            return
        effort.refusals = 0
        self._transfer.refusals.end()
        self._refuse_too_much(plan.total_bytes)
        self._transfer.receive(reply, lambda block: self._write(block, part), lambda: self._bytes_left(part))
        self._check_end(reply, plan, part, effort)

    def _bytes_left(self, part: FilePart) -> int | None:
        """How many are to be taken; of a stream one more than there may be, so that it is noticed."""
        if part.end is not None:
            return part.bytes_left
        most = self._most_bytes() if self._total_bytes is None else self._total_bytes
        return None if most is None else max(0, most + 1 - part.size_bytes)

    def _most_bytes(self) -> int | None:
        """So many may come of what is listed with a size, which need not be quite right; None: nobody knows."""
        size = self._source.item.size
        return None if size is None else size + size // 8 + MARGIN_BYTES

    def _refuse_too_much(self, size_bytes: int | None) -> None:
        """Raise ProofFailed, and throw the bytes away, when so many cannot be this file."""
        most, item = self._most_bytes(), self._source.item
        if size_bytes is not None and most is not None and size_bytes > most:
            if not self._partial.is_in_parts:
                self._partial.start_over(item)
            raise ProofFailed(
                f"OneDrive sent more than the file can hold ({item.size} bytes are listed); it was not kept"
            )

    def _take_wrong_range(self, reply: Reply, part: FilePart, effort: Effort) -> None:
        effort.wrong_ranges += 1
        if part.end is not None and effort.wrong_ranges >= _MOST_WRONG_RANGES:
            raise _ComesInOne
        effort.fault(reply, _WRONG_RANGE)
        if part.end is None:
            self._begin_again(part)

    def _take_unsatisfied(self, reply: Reply, part: FilePart, effort: Effort) -> None:
        """416: no byte follows those that are here, either because all are, or because the file is another now."""
        total = read_unsatisfied_total(reply)
        if total == part.size_bytes or (total is None and part.size_bytes == self._source.item.size):
            self._partial.is_whole = True
            return
        effort.fault(reply, "has a different file now than the one that was begun")
        self._begin_again(part)

    def _begin_again(self, part: FilePart) -> None:
        """What is here does not belong to what comes: forget it, and go on; parts are for their owner to begin again.

        Raises _Changed, _ComesInOne.
        """
        if part.end is not None:
            raise _ComesInOne if self._partial.origin.is_of(self._source.item) else _Changed
        self._partial.start_over(self._source.item)

    def _remember(self, plan: BodyPlan, part: FilePart) -> bool:
        """Take in what the reply says of the whole file; False when it is another one than before."""
        with self._changed:
            known, total = self._partial.origin, plan.total_bytes
            if part.end is None and not plan.first_byte:
                pass  # nothing is here that it could contradict
            elif plan.etag and known.reply_etag and plan.etag != known.reply_etag:
                return False
            elif total is None:
                total = known.total_bytes
            elif known.total_bytes not in (None, total):
                return False
            self._partial.content_type = self._partial.content_type or plan.content_type
            self._partial.remember_reply(total, plan.etag or known.reply_etag)
            self._total_bytes = total
            if part.end is not None and total is not None:
                part.end = min(part.end, total)
        return True

    def _check_end(self, reply: Reply, plan: BodyPlan, part: FilePart, effort: Effort) -> None:
        """The body has ended. Raises ConnectionLost when bytes are missing; a file in one stream may be whole now."""
        total, size_bytes = self._total_bytes, part.size_bytes
        if part.end is not None:
            is_short = bool(part.bytes_left)
        elif total is not None:
            is_short = size_bytes < total
        else:
            self._refuse_too_much(size_bytes)
            is_short = not plan.ends_by_itself and size_bytes < (self._source.item.size or 0)
        if is_short:
            raise ConnectionLost(reply.host, "the answer broke off")
        if part.end is None and total is not None and size_bytes > total:
            effort.fault(reply, "sent more bytes than the file has")
            self._begin_again(part)
        elif part.end is None:
            self._partial.is_whole = True

    def _write(self, block: memoryview, part: FilePart) -> None:
        self._check()
        self._transfer.reserve.take(len(block), self._partial.folder)
        self._partial.write(block, part)

    def _is_whole(self) -> bool:
        return self._total_bytes is not None and self._partial.size_bytes >= self._total_bytes

    def _fetch_next(self) -> bool:
        known = self._total_bytes if self._total_bytes is not None else self._source.item.size or 0
        part = self._partial.next_part(known)
        if part is None:
            return False
        try:
            self.fetch(part)
        finally:
            self._partial.give_back(part)
        return True

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


def _is_asked_for(plan: BodyPlan, part: FilePart, status: int) -> bool:
    """True when the reply goes on exactly where the part ends; a file in one stream may begin again as well."""
    if part.end is None:
        return plan.first_byte in (0, part.size_bytes)
    return status == 206 and plan.first_byte == part.position and plan.total_bytes is not None


def _is_error_page(plan: BodyPlan, item: DriveItem) -> bool:
    """True for what looks like a page and has not the file's length; the file's hash has the last word on the rest."""
    has_other_size = plan.total_bytes is not None and plan.total_bytes != item.size
    return plan.total_bytes != item.size and looks_like_page(
        item, plan.content_type, b"", has_other_size=has_other_size
    )
