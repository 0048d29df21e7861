"""SharedFile: a large file that comes in parts, over as many connections as have nothing else to do.

Its owner, the thread that has the file's job, fetches part after part. Threads without work of their own help: they
take the next stretch, or half of the longest one in work, so that no large file comes to its end on one connection.
"""

from __future__ import annotations

import threading

from onedrive.byte_source import ByteSource
from onedrive.connections import Connections
from onedrive.effort import Effort
from onedrive.errors import ConnectionLost
from onedrive.file_host import BodyPlan, read_body_plan
from onedrive.file_parts import FilePart
from onedrive.http import Reply
from onedrive.item_errors import CannotDeliver
from onedrive.partial_file import PartialFile
from onedrive.pause import SharedPause
from onedrive.receiver import Receiver

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
