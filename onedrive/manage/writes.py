"""Changing items on OneDrive so that nothing happens twice, and only with the permission that the person gave for it.

    ask about each item by id ─► decide ─► on record: begun ─► send, twenty in a request ─► on record: how it went
                    ▲                                                       │
                    └── throttled, failed in passing, connection lost ◄─────┘

What was sent and may not have arrived is never sent again before OneDrive has said what became of the item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

from onedrive.errors import ConnectionLost, WriteAccessEnded, WriteAccessMissing
from onedrive.graph.batch import Answer, fetch_items
from onedrive.graph.drive import DriveFacts, fetch_drive_facts
from onedrive.graph.session import BATCH_SIZE, NO_REPLY, BatchReply, GraphSession, read_batch_replies
from onedrive.home.lists import ListState
from onedrive.listing.refresh import is_same_drive
from onedrive.net.hosts import GRAPH_HOST
from onedrive.net.patience import THROTTLED, TRANSIENT, Attempts, read_retry_after

LOCKED = 423
MISMATCH = 412  # it has changed, or the service only says so (trap 94): looking at it again tells
BATCH_REFUSED = (400, 403, 404, 405, 413, 501)  # the batch as such: then nothing of it was done
MOST_REFUSED_SIGN_INS = 2
MOST_TRIES = {LOCKED: 3, MISMATCH: 2}  # somebody may be about to close what is locked


class WriteResult(StrEnum):
    """How it went with one item; the words stand in the records."""

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
class WriteRequest:
    """One request that changes an item; `path` is Graph's, from `/`."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    def to_json(self, identity: str) -> dict[str, object]:
        """The request as it stands in a $batch."""
        row: dict[str, object] = {"id": identity, "method": self.method, "url": self.path}
        headers = dict(self.headers)
        if self.body is not None:
            row["body"] = self.body
            headers["Content-Type"] = "application/json"
        return {**row, "headers": headers} if headers else row


class WriteTask(Protocol):
    """One item that is to be changed."""

    @property
    def item_id(self) -> str:
        """Its id on the person's own drive."""
        ...

    def decide(self, answer: Answer, *, was_sent: bool) -> WriteRequest | Settled:
        """What to send, seeing what OneDrive says of the item now; `was_sent`: it may have been done already."""
        ...

    def settle(self, reply: BatchReply) -> Settled | None:
        """How it went, by a reply that is final; None: it does not say, so OneDrive is to be asked about the item."""
        ...


_Task = TypeVar("_Task", bound=WriteTask)


class WriteRecord(Protocol):
    """Where it is written down, so that a killed program leaves no doubt."""

    def begin(self, tasks: Sequence[WriteTask]) -> None:
        """These are about to be sent; on disk when this returns."""
        ...

    def end(self, settled: Sequence[tuple[WriteTask, Settled]]) -> None:
        """This is how they went; on disk when this returns."""
        ...


class WriteRounds:
    """Sends what is to be sent to the person's own drive."""

    def __init__(self, graph: GraphSession, record: WriteRecord) -> None:
        self._graph = graph
        self._record = record

    def carry_out(self, tasks: Sequence[WriteTask]) -> list[tuple[WriteTask, Settled]]:
        """See to at most twenty items, and return how each went. Raises what stops the whole run: ConnectionLost,
        SignInNeeded, WriteAccessEnded, Stopped, DiskFull; what is begun and not ended is on record then.
        """
        attempts, done = Attempts(self._graph.pause), list[tuple[WriteTask, Settled]]()
        waiting, sent, tried, refused_sign_ins = list(tasks), set[str](), Counter[tuple[str, int]](), 0
        while waiting:
            to_send = self._decide(waiting, sent, done)
            if not to_send:
                break
            self._record.begin([task for task, _ in to_send])
            sent.update(task.item_id for task, _ in to_send)
            try:
                replies = self._send([request for _, request in to_send])
            except ConnectionLost as error:
                if not attempts.may_repeat_after_loss(error):
                    raise
                waiting = [task for task, _ in to_send]
                continue
            again, final = _sort([task for task, _ in to_send], replies, tried)
            self._settle(final, done)
            refused_sign_ins += any(_is_refused_sign_in(reply) for _, reply in again)
            if refused_sign_ins > MOST_REFUSED_SIGN_INS:  # asking about the items has renewed it meanwhile
                raise WriteAccessEnded("OneDrive does not accept it any more.")
            waiting = self._wait(again, attempts, done)
        return done

    def _decide(
        self, waiting: Sequence[WriteTask], sent: set[str], done: list[tuple[WriteTask, Settled]]
    ) -> list[tuple[WriteTask, WriteRequest]]:
        self._graph.check_sign_in()  # a renewal that takes long must not come between looking and sending
        answers = fetch_items(self._graph, [task.item_id for task in waiting])
        decisions = [(task, task.decide(answers[task.item_id], was_sent=task.item_id in sent)) for task in waiting]
        self._settle([(task, end) for task, end in decisions if isinstance(end, Settled)], done)
        return [(task, request) for task, request in decisions if isinstance(request, WriteRequest)]

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

    def _settle(self, ended: list[tuple[WriteTask, Settled]], done: list[tuple[WriteTask, Settled]]) -> None:
        if ended:
            self._record.end(ended)
            done += ended

    def _wait(
        self, again: list[tuple[WriteTask, BatchReply]], attempts: Attempts, done: list[tuple[WriteTask, Settled]]
    ) -> list[WriteTask]:
        """Wait as the most urgent reply asks for; what keeps failing is settled by what OneDrive says of it then."""
        if not again:
            return []
        longest = max((reply for _, reply in again), key=self._urgency)
        headers = {"Retry-After": longest.retry_after} if longest.retry_after is not None else {}
        status = longest.status if longest.status in THROTTLED else NO_REPLY
        if attempts.may_repeat_after_status(status, headers, GRAPH_HOST):
            return [task for task, _ in again]
        answers = fetch_items(self._graph, [task.item_id for task, _ in again])
        ended = []
        for task, reply in again:
            end = task.decide(answers[task.item_id], was_sent=True)
            if not isinstance(end, Settled):
                end = task.settle(reply) or Settled(WriteResult.FAILED, describe_refusal(reply))
            ended.append((task, end))
        self._settle(ended, done)
        return []

    def _urgency(self, reply: BatchReply) -> tuple[bool, float]:
        wait_seconds = read_retry_after(reply.retry_after, self._graph.pause.clock.now())
        return reply.status in THROTTLED, wait_seconds or 0.0


def in_batches(tasks: Sequence[_Task]) -> list[Sequence[_Task]]:
    """Twenty at a time, as many as one request holds."""
    return [tasks[begin : begin + BATCH_SIZE] for begin in range(0, len(tasks), BATCH_SIZE)]


def describe_refusal(reply: BatchReply) -> str:
    """Why OneDrive did not do it, in words that fit after a name and a colon."""
    words = {
        403: "OneDrive does not allow it (a rule of your organisation, or it may not be changed)",
        409: "something with that name is there already, or it is in use",
        423: "somebody has it open, or it is locked",
        507: "your OneDrive is full",
    }
    said = str(reply.error.get("message") or reply.error.get("code") or "").rstrip(".")
    if reply.status in words:
        return words[reply.status]
    if 200 <= reply.status < 300:
        return "OneDrive answered as if it were done, and it is not"
    return f"OneDrive refused it ({reply.status}{f': {said}' if said else ''})"


def _is_refused_sign_in(reply: BatchReply) -> bool:
    """Whether it is the sign-in that is refused; with these words it is a hiccup of the service (GRAPH_FACTS §3.6)."""
    return reply.status == 401 and "Unable to initialize RPS" not in str(reply.error.get("message"))


def _sort(
    tasks: Sequence[WriteTask], replies: Sequence[BatchReply], tried: Counter[tuple[str, int]]
) -> tuple[list[tuple[WriteTask, BatchReply]], list[tuple[WriteTask, Settled]]]:
    """What may go better another time or is in doubt, and what is settled."""
    again, final = list[tuple[WriteTask, BatchReply]](), list[tuple[WriteTask, Settled]]()
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


@dataclass(frozen=True)
class Writing:
    """A session that may write to the drive of `facts`."""

    graph: GraphSession
    facts: DriveFacts


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
        if (writing.facts.account_id, writing.facts.drive_id) != (reading.account_id, reading.drive_id):
            self.forget()
            raise WriteAccessMissing(
                "You signed in with another account than the one whose files are listed here.",
                "Choose 7 again, and pick the account that option 1 shows.",
            )
        return writing

    def forget(self) -> None:
        """Let the session go; the next time the person is asked anew."""
        self._writing = None
