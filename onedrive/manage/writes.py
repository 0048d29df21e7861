"""What is to be changed on OneDrive, item by item: tasks and how they end, what stays and why; and who may write.

`rounds.py` carries tasks out; `deletions.py`, `rename.py` and `restore.py` have theirs.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from onedrive.errors import ServiceRefused, ServiceUnusable, WriteAccessMissing
from onedrive.graph.batch import Answer, NoAnswer, is_gone, item_address
from onedrive.graph.drive import DriveFacts, fetch_drive_facts, is_same_drive
from onedrive.graph.item import DriveItem, NotAnItem, from_graph
from onedrive.graph.session import BatchReply, GraphSession
from onedrive.home.lists import ListState
from onedrive.terminal.redaction import quote_service
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.words import format_count, printable

LOCKED = 423
MISMATCH = 412  # it has changed, or the service only says so (trap 94): looking at it again tells
WITNESS_GONE = "the equal file that was to stay is gone or has changed"
STILL_UNCHANGED = "OneDrive says that it has changed (412), but shows it unchanged"
_MOST_NAMED = 10


class WriteResult(StrEnum):
    """How it went with one item; the words stand in the events."""

    DONE = "done"
    REFUSED = "refused"  # by us: it is not what we knew
    FAILED = "failed"  # OneDrive said no


@dataclass(frozen=True)
class Settled:
    """The end of one item. `reason` in words, '' when there is nothing to explain; `item` as OneDrive has it now."""

    result: WriteResult
    reason: str = ""
    item: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """One item that stays as it is, and why, in words; `new_name` is the one that it was to get."""

    path: str
    reason: str
    new_name: str = ""


@dataclass(frozen=True)
class WriteRequest:
    """One request that changes an item; `path` is Graph's, from `/`. `etag`: only while the item has it; '': always."""

    method: str
    path: str
    etag: str = ""
    body: object = None

    @property
    def headers(self) -> dict[str, str]:
        """Its own headers."""
        return {"If-Match": self.etag} if self.etag else {}

    def to_json(self, identity: str) -> dict[str, object]:
        """The request as it stands in a $batch."""
        row: dict[str, object] = {"id": identity, "method": self.method, "url": self.path}
        headers = self.headers
        if self.body is not None:
            row["body"] = self.body
            headers["Content-Type"] = "application/json"
        return {**row, "headers": headers} if headers else row


@dataclass(frozen=True)
class Writing:
    """A session that may write to the drive of `facts`."""

    graph: GraphSession
    facts: DriveFacts


@dataclass(frozen=True, slots=True)
class WriteTask(ABC):
    """One item of the person's own drive that is to be changed; `path` is where it was before all."""

    item_id: str
    drive_id: str
    path: str

    never: ClassVar[tuple[str, ...]]  # facets of which it may have none
    is_checked: ClassVar[bool] = False  # whether what is said to be done is asked for afterwards
    states: ClassVar[tuple[str, str]]  # on record, of what is begun and of what is done

    @abstractmethod
    def when_gone(self, *, was_sent: bool) -> Settled:
        """How it went when OneDrive has no such item now."""

    @abstractmethod
    def decide(self, item: DriveItem, writing: Writing, *, was_sent: bool) -> WriteRequest | Settled:
        """What to send, seeing what OneDrive says of the item now; `was_sent`: it may have been done already."""

    @abstractmethod
    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went, by a reply that is final; None: it does not say, so OneDrive is to be asked about the item."""

    @abstractmethod
    def to_json(self) -> dict[str, object]:
        """What the record says of it."""

    @property
    def address(self) -> str:
        """Where OneDrive is asked about it beforehand."""
        return item_address(self.item_id)

    @property
    def witness_id(self) -> str:
        """Another item that must be as it was known, in the moment before and afterwards; '': none."""
        return ""

    def why_no_witness(self, answer: Answer) -> str:
        """Why that other item is not as it must be, by what OneDrive says of it; '': it is."""
        del answer
        return ""

    def why_not_so(self, answer: Answer, end: Settled) -> str:
        """What OneDrive shows afterwards of an item that is said to be done (`end`), if that is not so; '': it is."""
        del answer, end
        return ""

    def look(self, answer: Answer, writing: Writing, *, was_sent: bool) -> WriteRequest | Settled:
        """Decide by what OneDrive answers about the item, whatever that is."""
        if is_gone(answer):
            return self.when_gone(was_sent=was_sent)
        if isinstance(answer, ServiceRefused | ServiceUnusable):
            return Settled(WriteResult.FAILED, "OneDrive did not say how it is now")
        try:
            item = from_graph(answer)
        except NotAnItem as error:
            return Settled(WriteResult.FAILED, f"OneDrive's answer cannot be used: {error}")
        why = why_not_own(item, answer, self.drive_id, self.never)
        return Settled(WriteResult.REFUSED, why) if why else self.decide(item, writing, was_sent=was_sent)


def read_answer(answer: Answer) -> DriveItem | None:
    """The item that OneDrive showed; None: it is gone, or was not shown."""
    with contextlib.suppress(NotAnItem):
        return None if isinstance(answer, NoAnswer) or is_gone(answer) else from_graph(answer)
    return None


def agrees(terminal: Terminal, what: str) -> bool:
    """Ask before something is sent; Enter and 0 are no. Raises EndOfInput."""
    return terminal.pick("Your choice:", {"1": what, BACK: "Back, and change nothing"}, default=BACK) == "1"


def why_not_own(item: DriveItem, answer: Mapping[str, object], drive_id: str, never: Collection[str]) -> str:
    """Why an item may not be changed at all, whatever it is called and holds; '': it may."""
    if not item.drive_id:
        return "OneDrive did not say on which drive it is"
    if item.drive_id != drive_id:
        return "it is on another drive"
    if "specialFolder" in item.facets:
        return "it is one of OneDrive's own folders"
    is_own = answer.get("root") is not None or any(facet in item.facets for facet in never)
    return "it is one of OneDrive's own, or somebody else's" if is_own else ""


def describe_refusal(reply: BatchReply) -> str:
    """Why OneDrive did not do it, in words that fit after a name and a colon."""
    words = {
        403: "OneDrive does not allow it (a rule of your organisation, or it may not be changed)",
        409: "something with that name is already there, or it is in use",
        MISMATCH: STILL_UNCHANGED,
        LOCKED: "somebody has it open, or it is locked",
        507: "your OneDrive is full",
    }
    if reply.status in words:
        return words[reply.status]
    if 200 <= reply.status < 300:
        return "OneDrive said that it was done, but it is not"
    said = quote_service(reply.error.get("message") or reply.error.get("code")).rstrip(".")
    return f"OneDrive refused it ({reply.status}{f': {said}' if said else ''})"


def show_kept(terminal: Terminal, entries: Sequence[Kept]) -> None:
    """Each reason with its number, and below it the first items that it keeps."""
    named = 0
    for reason, number in Counter(entry.reason for entry in entries).most_common():
        terminal.say(f"  {format_count(number)}: {reason}")
        shown = [entry for entry in entries if entry.reason == reason][: max(2, _MOST_NAMED - named)]
        for entry in shown:
            new = f" -> {printable(entry.new_name)}" if entry.new_name else ""
            terminal.say(f"    {printable(entry.path)}{new}")
        named += len(shown)
        if number > len(shown):
            terminal.say(f"    and {format_count(number - len(shown))} more")


class WriteAccess:
    """Opened once in a run of option 7. `graph` is the session that reads, `open_write_graph` asks the person."""

    def __init__(self, graph: GraphSession, open_write_graph: Callable[[], GraphSession]) -> None:
        self._graph = graph
        self._open_write_graph = open_write_graph
        self._writing: Writing | None = None

    def open(self, state: ListState) -> Writing:
        """The session for the drive of this list. Raises WriteAccessMissing (another account, or none was given)."""
        reading = fetch_drive_facts(self._graph)
        if not is_same_drive(state, reading):
            raise WriteAccessMissing(
                "The list is of a different account from the one that is signed in.", "Choose 3 to make a new list."
            )
        if self._writing is None:
            graph = self._open_write_graph()
            self._writing = Writing(graph, fetch_drive_facts(graph))
        writing = self._writing
        if not is_same_drive(writing.facts, reading):
            self.forget()
            raise WriteAccessMissing(
                "You signed in with a different account from the one whose files are listed here.",
                "Choose 7 again, and pick the account that the menu shows.",
            )
        return writing

    def forget(self) -> None:
        """Let the session go; the next time the person is asked anew."""
        self._writing = None
