"""The one engine for what changes items on OneDrive: `delete.py` and `rename.py` are runs of it.

    the plan, shown ─► the person agrees ─► permission to write ─► batch after batch ─► report

    a batch: what must still be true ─► ask about each item by id ─► decide ─► on record: begun ─► send, twenty together
                                            ▲                                                          │
                                            └── throttled, failed in passing, connection lost ◄────────┤
                                                                      on record: how it went ◄─────────┘

What was sent and may not have arrived is never sent again before OneDrive has said what became of the item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from onedrive.errors import (
    ConnectionLost,
    ServiceRefused,
    ServiceUnusable,
    WriteAccessEnded,
    WriteAccessMissing,
)
from onedrive.graph.batch import Answer, fetch_items, is_gone
from onedrive.graph.drive import DriveFacts, fetch_drive_facts, is_same_drive
from onedrive.graph.item import DriveItem, NotAnItem, from_graph
from onedrive.graph.session import BATCH_SIZE, NO_REPLY, BatchReply, GraphSession, read_batch_replies
from onedrive.home.files import now_text
from onedrive.home.lists import ListState
from onedrive.home.records import append_rows
from onedrive.net.hosts import GRAPH_HOST
from onedrive.net.patience import THROTTLED, TRANSIENT, Attempts, read_retry_after
from onedrive.settings import Settings
from onedrive.terminal.progress import Progress
from onedrive.terminal.redaction import quote_service
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, printable

LOCKED = 423
MISMATCH = 412  # it has changed, or the service only says so (trap 94): looking at it again tells
STILL_UNCHANGED = "OneDrive says that it has changed (412), and shows it unchanged"
BATCH_REFUSED = (400, 403, 404, 405, 413, 501)  # the batch as such: then nothing of it was done
MOST_REFUSED_SIGN_INS = 2
MOST_TRIES = {LOCKED: 3, MISMATCH: 2}  # somebody may be about to close what is locked
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


def why_not_own(item: DriveItem, answer: Mapping[str, object], drive_id: str, never: Collection[str]) -> str:
    """Why an item may not be changed at all, whatever it is called and holds; '': it may."""
    if not item.drive_id:
        return "OneDrive did not say on which drive it is"
    if item.drive_id != drive_id:
        return "it is on another drive"
    if "specialFolder" in item.facets:
        return "it is one of OneDrive's own folders"
    is_own = answer.get("root") is not None or any(facet in item.facets for facet in never)
    return "it is one of OneDrive's own or somebody else's" if is_own else ""


_Task = TypeVar("_Task", bound=WriteTask)
_Plan = TypeVar("_Plan", contravariant=True)
_Ended = Sequence[tuple[_Task, Settled]]


def describe_refusal(reply: BatchReply) -> str:
    """Why OneDrive did not do it, in words that fit after a name and a colon."""
    words = {
        403: "OneDrive does not allow it (a rule of your organisation, or it may not be changed)",
        409: "something with that name is there already, or it is in use",
        MISMATCH: STILL_UNCHANGED,
        LOCKED: "somebody has it open, or it is locked",
        507: "your OneDrive is full",
    }
    if reply.status in words:
        return words[reply.status]
    if 200 <= reply.status < 300:
        return "OneDrive answered as if it were done, and it is not"
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


class WriteRun(ABC, Generic[_Task, _Plan]):
    """One run of changes. `kept` is what stayed as it was, and why; `done` are the tasks that were carried out."""

    title: ClassVar[str]  # what is on the screen meanwhile
    event_name: ClassVar[str]
    record_name: ClassVar[str]

    def __init__(self, terminal: Terminal, settings: Settings, state: ListState, access: WriteAccess) -> None:
        self.terminal = terminal
        self.settings = settings
        self.state = state
        self.access = access
        self.kept: list[Kept] = []
        self.done: list[_Task] = []

    @abstractmethod
    def run(self, plan: _Plan) -> bool:
        """Carry out what was planned, if the person agrees; True when something was changed.

        Raises WriteAccessMissing and WriteAccessEnded, ConnectionLost, ServiceUnusable, AnotherRun, DiskFull,
        EndOfInput.
        """

    @abstractmethod
    def so_far(self) -> str:
        """How many are done of how many."""

    def why_not_now(self, batch: Sequence[_Task]) -> Mapping[str, str]:
        """What must still be true in the moment before: by id, why items must stay. Raises what ends the run."""
        del batch
        return {}

    def note(self, task: _Task, end: Settled) -> Mapping[str, str]:
        """Remember how it went with an item, which is on record now; what its event says besides."""
        if end.result is WriteResult.DONE:
            self.done.append(task)
        else:
            self.kept.append(Kept(task.path, end.reason, str(task.to_json().get("finalName", ""))))
        return {}

    def send(self, writing: Writing, batches: Iterable[Sequence[_Task]], **on_record: str) -> None:
        """Carry out one batch after the other; each is asked for when the one before is done.

        `on_record` is what each line of the record says of the run. Raises what stops it: ConnectionLost, SignInNeeded,
        WriteAccessEnded, Stopped, DiskFull; what is begun and not ended is on record then.
        """
        with self.terminal.progress(self.title) as progress:
            rounds = _Rounds(self, writing, progress, on_record)
            for batch in batches:
                progress.update(f"{self.so_far()}; looking at the next ones once more")
                why = self.why_not_now(batch)
                rounds.end(
                    [(task, Settled(WriteResult.REFUSED, why[task.item_id])) for task in batch if task.item_id in why]
                )
                rounds.carry_out([task for task in batch if task.item_id not in why])


class _Rounds(Generic[_Task]):
    """Sends what is to be sent, and writes it down before and after, so that a killed program leaves no doubt."""

    def __init__(
        self, run: WriteRun[_Task, Any], writing: Writing, progress: Progress, on_record: Mapping[str, str]
    ) -> None:
        self._run = run
        self._writing = writing
        self._graph = writing.graph
        self._progress = progress
        self._on_record = on_record
        self._record = run.settings.home / run.record_name

    def carry_out(self, tasks: Sequence[_Task]) -> None:
        """See to at most twenty items."""
        attempts = Attempts(self._graph.pause)
        waiting, sent, tried, refused_sign_ins = list(tasks), set[str](), Counter[tuple[str, int]](), 0
        while waiting and (to_send := self._look(waiting, sent)):
            self._begin([task for task, _ in to_send])
            sent.update(task.item_id for task, _ in to_send)
            try:
                replies = self._send([request for _, request in to_send])
            except ConnectionLost as error:
                if not attempts.may_repeat_after_loss(error):
                    raise
                waiting = [task for task, _ in to_send]
                continue
            again, final = _sort([task for task, _ in to_send], replies, tried)
            self.end(final)
            refused_sign_ins += any(_is_refused_sign_in(reply) for _, reply in again)
            if refused_sign_ins > MOST_REFUSED_SIGN_INS:  # asking about the items has renewed it meanwhile
                raise WriteAccessEnded("OneDrive does not accept it any more.")
            waiting = self._wait(again, attempts)

    def end(self, settled: _Ended[_Task]) -> None:
        """Write down how these went; then the run hears it, and who reads our output."""
        rows = []
        for task, end in settled:
            row = self._row(task.states[1] if end.result is WriteResult.DONE else end.result.value, task)
            row |= {"eTag": str(end.item.get("eTag") or "")} if end.item else {}
            rows.append(row | ({"reason": end.reason} if end.reason else {}) | {"when": now_text()})
        if rows:
            append_rows(self._record, rows)
        for task, end in settled:
            facts = self._run.note(task, end)
            self._progress.update(self._run.so_far())
            ended = {"result": end.result.value, "reason": end.reason}
            self._run.terminal.event(self._run.event_name, id=task.item_id, path=task.path, **facts, **ended)

    def _begin(self, tasks: Sequence[_Task]) -> None:
        """Write down that these are about to be sent."""
        append_rows(self._record, [self._row(task.states[0], task) | {"when": now_text()} for task in tasks])

    def _row(self, state: str, task: _Task) -> dict[str, object]:
        return {"state": state, **self._on_record, **task.to_json()}

    def _look(self, waiting: Sequence[_Task], sent: Collection[str]) -> list[tuple[_Task, WriteRequest]]:
        """Ask OneDrive about each item; what is to be sent, and with what request."""
        self._graph.check_sign_in()  # a renewal that takes long must not come between looking and sending
        answers = fetch_items(self._graph, [task.item_id for task in waiting])
        looked = [
            (task, task.look(answers[task.item_id], self._writing, was_sent=task.item_id in sent)) for task in waiting
        ]
        self.end([(task, end) for task, end in looked if isinstance(end, Settled)])
        return [(task, request) for task, request in looked if isinstance(request, WriteRequest)]

    def _send(self, requests: Sequence[WriteRequest]) -> list[BatchReply]:
        """The replies in order; what concerns a batch as a whole is the reply to each of its requests."""
        if len(requests) == 1:
            return [self._send_one(requests[0])]
        body = {"requests": [request.to_json(str(number)) for number, request in enumerate(requests)]}
        reply = self._graph.send_once("POST", "/$batch", body=body)
        if reply.status == 200:
            return read_batch_replies(reply.body, len(requests))
        if reply.status in BATCH_REFUSED:
            return [self._send_one(request) for request in requests]
        return [reply if reply.status >= 400 else BatchReply(NO_REPLY, reply.headers, {})] * len(requests)

    def _send_one(self, request: WriteRequest) -> BatchReply:
        return self._graph.send_once(request.method, request.path, headers=request.headers, body=request.body)

    def _wait(self, again: Sequence[tuple[_Task, BatchReply]], attempts: Attempts) -> list[_Task]:
        """Wait as the most urgent reply asks for; what keeps failing is settled by what OneDrive says of it then."""
        if not again:
            return []
        longest = max((reply for _, reply in again), key=self._urgency)
        headers = {"Retry-After": longest.retry_after} if longest.retry_after is not None else {}
        status = longest.status if longest.status in THROTTLED else NO_REPLY
        if attempts.may_repeat_after_status(status, headers, GRAPH_HOST):
            return [task for task, _ in again]
        failed = {task.item_id: task.settle(reply) or _fail(reply) for task, reply in again}
        for task, _ in self._look([task for task, _ in again], failed):
            self.end([(task, failed[task.item_id])])
        return []

    def _urgency(self, reply: BatchReply) -> tuple[bool, float]:
        wait_seconds = read_retry_after(reply.retry_after, self._graph.pause.clock.now())
        return reply.status in THROTTLED, wait_seconds or 0.0


def _fail(reply: BatchReply) -> Settled:
    return Settled(WriteResult.FAILED, describe_refusal(reply))


def in_batches(tasks: Sequence[_Task]) -> Iterator[Sequence[_Task]]:
    """Twenty at a time, as many as one request holds."""
    return (tasks[begin : begin + BATCH_SIZE] for begin in range(0, len(tasks), BATCH_SIZE))


def _is_refused_sign_in(reply: BatchReply) -> bool:
    """Whether it is the sign-in that is refused; with these words it is a hiccup of the service (graph-facts §3.6)."""
    return reply.status == 401 and "Unable to initialize RPS" not in str(reply.error.get("message"))


def _sort(
    tasks: Sequence[_Task], replies: Sequence[BatchReply], tried: Counter[tuple[str, int]]
) -> tuple[list[tuple[_Task, BatchReply]], list[tuple[_Task, Settled]]]:
    """What may go better another time or is in doubt, and what is settled."""
    again, final = list[tuple[_Task, BatchReply]](), list[tuple[_Task, Settled]]()
    for task, reply in zip(tasks, replies, strict=True):
        tried[task.item_id, reply.status] += 1
        may_pass = reply.status in THROTTLED or reply.status in TRANSIENT or reply.status == 401
        if reply.status in MOST_TRIES:
            may_pass = tried[task.item_id, reply.status] < MOST_TRIES[reply.status]
        end = None if may_pass else task.settle(reply)
        if end is None:
            again.append((task, reply))
        else:
            final.append((task, end))
    return again, final


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
                "The list is of another account than the one that is signed in.", "Choose 3 to make a new list."
            )
        if self._writing is None:
            graph = self._open_write_graph()
            self._writing = Writing(graph, fetch_drive_facts(graph))
        writing = self._writing
        if not is_same_drive(writing.facts, reading):
            self.forget()
            raise WriteAccessMissing(
                "You signed in with another account than the one whose files are listed here.",
                "Choose 7 again, and pick the account that option 1 shows.",
            )
        return writing

    def forget(self) -> None:
        """Let the session go; the next time the person is asked anew."""
        self._writing = None
