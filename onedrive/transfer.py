"""One file's bytes from the file host into its partial file: resumed, renewed and repeated until they are all here.

    fresh address ─► GET, with Range when some are here ─► the same content? ─► blocks ─► whole by its own length
        ╰─ cut, silent, slow ─► from where it stopped   ╰─ refused ─► a fresh address   ╰─ 'wait' ─► all wait

A large file comes in parts over several connections (`shared_file`); what does not come so, comes in one stream.
Whether the bytes are right is decided elsewhere (`proof`). The bearer token never comes here.
"""

from __future__ import annotations

from collections.abc import Sequence

from onedrive import file_parts
from onedrive.byte_source import ByteSource
from onedrive.connections import MOST, Connections
from onedrive.drive_item import DriveItem, Kind
from onedrive.effort import Effort
from onedrive.errors import ConnectionLost
from onedrive.file_host import BodyPlan, read_body_plan, read_unsatisfied_total
from onedrive.http import HttpClient, Reply
from onedrive.item_errors import CannotDeliver
from onedrive.partial_file import PartialFile
from onedrive.pause import SharedPause
from onedrive.proof import looks_like_page
from onedrive.rate_limit import NoLimit, RateLimit
from onedrive.receiver import Receiver
from onedrive.shared_file import AnotherVersion, ComesOtherwise, SharedFile, SharedFiles

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
        return (
            (item.size or 0) > file_parts.PART_BYTES and item.quick_xor_hash is not None and partial.origin.is_of(item)
        )

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
