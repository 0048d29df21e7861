"""The one engine for what changes items on OneDrive: deleting, renaming and bringing back are runs of it.

    the plan, shown ─► the person agrees ─► permission to write ─► batch after batch ─► report

    a batch: what must be true here ─► ask about each item by id ─► decide ─► still true here? ─► on record: begun
                           ▲                                                                            ▼
                           └── throttled, failed in passing, connection lost ◄───────────── send, twenty together
                                        on record: how it went ◄── is it so? ask again ◄────────────────┘

What was sent and may not have arrived is never sent again before OneDrive has said what became of the item, and nothing
is sent on what was known before a wait. What OneDrive says to be done is asked for afterwards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

from onedrive.errors import ConnectionLost, WriteAccessEnded
from onedrive.graph.batch import BATCH_REFUSED, ask_at_once, fetch_all, fetch_items, item_address, most_urgent
from onedrive.graph.session import BATCH_SIZE, NO_REPLY, BatchReply, GraphSession, read_batch_replies
from onedrive.home.files import now_text
from onedrive.home.lists import ListState
from onedrive.home.records import append_rows
from onedrive.manage.writes import (
    LOCKED,
    MISMATCH,
    WITNESS_GONE,
    Kept,
    Settled,
    WriteAccess,
    WriteRequest,
    WriteResult,
    WriteTask,
    Writing,
    describe_refusal,
    show_kept,
)
from onedrive.net.hosts import GRAPH_HOST
from onedrive.net.patience import THROTTLED, Attempts
from onedrive.settings import Settings
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, plural, without_marks

MOST_REFUSED_SIGN_INS = 2
MOST_TRIES = {LOCKED: 3, MISMATCH: 2}  # somebody may be about to close what is locked
NO_BATCHES = "OneDrive does not show it and the file that stays in one moment"
_SEEN_LATER_SECONDS = 2.0  # what one server of OneDrive did, another may not know at once

_Task = TypeVar("_Task", bound=WriteTask)
_Plan = TypeVar("_Plan", contravariant=True)
_Ended = Sequence[tuple[_Task, Settled]]


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
        self._verdict = ""

    @abstractmethod
    def run(self, plan: _Plan) -> bool:
        """Carry out what was planned, if the person agrees; True when something was changed.

        Raises WriteAccessMissing and WriteAccessEnded, ConnectionLost, ServiceUnusable, AnotherRun, DiskFull,
        EndOfInput.
        """

    @abstractmethod
    def so_far(self) -> str:
        """How many are done of how many."""

    def conclude(self, done: str, rest: str = "") -> None:
        """Name what stayed as it was, by reason; and keep the last sentence for the end: `done`, and then `rest`."""
        if self.kept:
            stay = "stays as it was" if len(self.kept) == 1 else "stay as they were"
            self.terminal.say(f"{plural('item', len(self.kept))} {stay}:", style="warning")
            show_kept(self.terminal, self.kept)
        stayed = f" {format_count(len(self.kept))} not, for the reasons above." if self.kept else ""
        self._verdict = f"{done}.{stayed} {rest}".rstrip()

    def say_verdict(self) -> None:
        """The last sentence: how it went."""
        if self._verdict:
            self.terminal.say(self._verdict, style="warning" if self.kept else "good")

    def why_not_now(self, batch: Sequence[_Task]) -> Mapping[str, str]:
        """What must be true here before a batch, which may take long: by id, why items stay. Raises what ends it."""
        del batch
        return {}

    def why_touched(self, tasks: Sequence[_Task]) -> Mapping[str, str]:
        """The same in the moment before each sending, at a glance: what has changed since `why_not_now`."""
        del tasks
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
                progress.update(f"{self.so_far()}; checking the next ones again")
                rounds.carry_out(batch)


@dataclass
class _Looked(Generic[_Task]):
    """What OneDrive said: what is to be sent, what it did not tell now, what is settled, what is left to ask."""

    to_send: list[tuple[_Task, WriteRequest]] = field(default_factory=list)
    untold: list[tuple[_Task, BatchReply]] = field(default_factory=list)
    ended: list[tuple[_Task, Settled]] = field(default_factory=list)
    left: list[_Task] = field(default_factory=list)


@dataclass
class _Rounds(Generic[_Task]):
    """Sends what is to be sent, and writes it down before and after, so that a killed program leaves no doubt."""

    run: WriteRun[_Task, Any]
    writing: Writing
    progress: Progress
    on_record: Mapping[str, str]
    takes_batches: bool = True

    @property
    def graph(self) -> GraphSession:
        """The session that may write."""
        return self.writing.graph

    def carry_out(self, tasks: Sequence[_Task]) -> None:
        """See to at most twenty items."""
        why = self.run.why_not_now(tasks)
        self.end(_refuse(tasks, why))
        waiting = [task for task in tasks if task.item_id not in why]
        attempts = Attempts(self.graph.pause)
        sent, tried, refused_sign_ins = set[str](), Counter[tuple[str, int]](), 0
        while waiting:
            looked = self._look(waiting, sent)
            to_send, again, final = looked.to_send, looked.untold, looked.ended
            if to_send:
                self._begin([task for task, _ in to_send])
                sent.update(task.item_id for task, _ in to_send)
                try:
                    replies = self._send([request for _, request in to_send])
                except ConnectionLost as error:
                    self.end(self._check(final))
                    if not attempts.may_repeat_after_loss(error):
                        raise
                    waiting = [*(task for task, _ in to_send), *(task for task, _ in again), *looked.left]
                    continue
                sent_again, sent_final = _sort([task for task, _ in to_send], replies, tried)
                again, final = again + sent_again, final + sent_final
            self.end(self._check(final))
            refused_sign_ins += any(reply.status == 401 and not reply.is_hiccup for _, reply in again)
            if refused_sign_ins > MOST_REFUSED_SIGN_INS:  # asking about the items has renewed it meanwhile
                raise WriteAccessEnded("OneDrive no longer accepts it.")
            waiting = self._wait(again, sent, attempts) + looked.left

    def end(self, settled: _Ended[_Task]) -> None:
        """Write down how these went; then the run hears it, and who reads our output."""
        rows = []
        for task, end in settled:
            row = self._row(task.states[1] if end.result is WriteResult.DONE else end.result.value, task)
            row |= {"eTag": str(end.item.get("eTag") or "")} if end.item else {}
            rows.append(row | ({"reason": without_marks(end.reason)} if end.reason else {}) | {"when": now_text()})
        if rows:
            append_rows(self.run.settings.home / self.run.record_name, rows)
        for task, end in settled:
            facts = self.run.note(task, end)
            self.progress.update(self.run.so_far())
            ended = {"result": end.result.value, "reason": end.reason}
            self.run.terminal.event(self.run.event_name, id=task.item_id, path=task.path, **facts, **ended)

    def _begin(self, tasks: Sequence[_Task]) -> None:
        """Write down that these are about to be sent."""
        append_rows(
            self.run.settings.home / self.run.record_name,
            [self._row(task.states[0], task) | {"when": now_text()} for task in tasks],
        )

    def _row(self, state: str, task: _Task) -> dict[str, object]:
        return {"state": state, **self.on_record, **task.to_json()}

    def _look(self, waiting: Sequence[_Task], sent: Collection[str]) -> _Looked[_Task]:
        """Ask OneDrive about each item, all in one moment; nobody waits between its answer and the sending.

        What it does not tell now is left for later; where it takes no batches, one item is seen to at a time.
        """
        self.graph.check_sign_in()  # a renewal that takes long must not come between looking and sending
        asked = waiting if self.takes_batches else waiting[:1]
        looked = _Looked[_Task](left=list(waiting[len(asked) :]))
        witnesses = list(dict.fromkeys(task.witness_id for task in asked if task.witness_id))
        addresses = [*(task.address for task in asked), *map(item_address, witnesses)]
        answers = ask_at_once(self.graph, addresses)
        if answers is None and witnesses and not self.takes_batches:
            return _Looked(ended=[(task, Settled(WriteResult.FAILED, NO_BATCHES)) for task in waiting])
        if answers is None:
            self.takes_batches = False
            return _Looked(left=list(waiting))
        told = dict(zip(witnesses, answers[len(asked) :], strict=True))
        for task, answer in zip(asked, answers, strict=False):
            witness = told.get(task.witness_id)
            if isinstance(answer, BatchReply):
                looked.untold.append((task, answer))
                continue
            if isinstance(witness, BatchReply):
                looked.untold.append((task, witness))
                continue
            decided = task.look(answer, self.writing, was_sent=task.item_id in sent)
            if isinstance(decided, WriteRequest) and witness is not None and (why_no := task.why_no_witness(witness)):
                decided = Settled(WriteResult.REFUSED, why_no)
            if isinstance(decided, Settled):
                looked.ended.append((task, decided))
            else:
                looked.to_send.append((task, decided))
        why = self.run.why_touched([task for task, _ in looked.to_send])
        self.end(_refuse([task for task, _ in looked.to_send], why))
        looked.to_send = [(task, request) for task, request in looked.to_send if task.item_id not in why]
        return looked

    def _check(self, ended: _Ended[_Task]) -> _Ended[_Task]:
        """Ask OneDrive whether what is said to be done is so; what is not, when asked twice, has failed.

        Where another item has to stand, whether it does; if not, the reason of what is done says so.
        """
        doubted = [(task, end) for task, end in ended if task.is_checked and end.result is WriteResult.DONE]
        witnesses = {task.witness_id: task for task, _ in doubted if task.witness_id}
        why: dict[str, str] = {}
        for seconds in (0.0, _SEEN_LATER_SECONDS):
            if (doubted or witnesses) and seconds:
                self.graph.pause.sleep(seconds)
            asked = [*(task.item_id for task, _ in doubted), *witnesses]
            answers = fetch_items(self.graph, asked, expects_absence=True)
            why = {task.item_id: task.why_not_so(answers[task.item_id], end) for task, end in doubted}
            missing = {key for key, task in witnesses.items() if task.why_no_witness(answers[key])}
            doubted = [(task, end) for task, end in doubted if why[task.item_id]]
            witnesses = {key: task for key, task in witnesses.items() if key in missing}
        failed = {task.item_id: Settled(WriteResult.FAILED, why[task.item_id]) for task, _ in doubted}
        checked = [(task, failed.get(task.item_id, end)) for task, end in ended]
        return [
            (task, replace(end, reason=WITNESS_GONE))
            if end.result is WriteResult.DONE and task.witness_id in witnesses
            else (task, end)
            for task, end in checked
        ]

    def _send(self, requests: Sequence[WriteRequest]) -> list[BatchReply]:
        """The replies in order; what concerns a batch as a whole is the reply to each of its requests."""
        if len(requests) == 1:
            return [self._send_one(requests[0])]
        body = {"requests": [request.to_json(str(number)) for number, request in enumerate(requests)]}
        reply = self.graph.send_once("POST", "/$batch", body=body)
        if reply.status == 200:
            return read_batch_replies(reply.body, len(requests))
        if reply.status in BATCH_REFUSED:
            return [self._send_one(request) for request in requests]
        return [reply if reply.status >= 400 else BatchReply(NO_REPLY, reply.headers, {})] * len(requests)

    def _send_one(self, request: WriteRequest) -> BatchReply:
        return self.graph.send_once(request.method, request.path, headers=request.headers, body=request.body)

    def _wait(
        self, again: Sequence[tuple[_Task, BatchReply]], sent: Collection[str], attempts: Attempts
    ) -> list[_Task]:
        """Wait as the most urgent reply asks for; what keeps failing is settled by what OneDrive says of it then."""
        if not again:
            return []
        longest = most_urgent([reply for _, reply in again], self.graph.pause.clock.now())
        status = longest.status if longest.status in THROTTLED else NO_REPLY
        if attempts.may_repeat_after_status(status, longest.headers, GRAPH_HOST):
            return [task for task, _ in again]
        answers = fetch_all(self.graph, [task.address for task, _ in again])
        ended = list[tuple[_Task, Settled]]()
        for (task, reply), answer in zip(again, answers, strict=True):
            decided = task.look(answer, self.writing, was_sent=task.item_id in sent)
            ended.append((task, decided if isinstance(decided, Settled) else task.settle(reply) or _fail(reply)))
        self.end(self._check(ended))
        return []


def _refuse(tasks: Sequence[_Task], why: Mapping[str, str]) -> _Ended[_Task]:
    return [(task, Settled(WriteResult.REFUSED, why[task.item_id])) for task in tasks if task.item_id in why]


def _fail(reply: BatchReply) -> Settled:
    return Settled(WriteResult.FAILED, describe_refusal(reply))


def in_batches(tasks: Sequence[_Task]) -> Iterator[Sequence[_Task]]:
    """Twenty at a time, as many as one request holds."""
    return (tasks[begin : begin + BATCH_SIZE] for begin in range(0, len(tasks), BATCH_SIZE))


def _sort(
    tasks: Sequence[_Task], replies: Sequence[BatchReply], tried: Counter[tuple[str, int]]
) -> tuple[list[tuple[_Task, BatchReply]], list[tuple[_Task, Settled]]]:
    """What may go better another time or is in doubt, and what is settled."""
    again, final = list[tuple[_Task, BatchReply]](), list[tuple[_Task, Settled]]()
    for task, reply in zip(tasks, replies, strict=True):
        tried[task.item_id, reply.status] += 1
        may_pass = reply.may_pass or reply.status == 401
        if reply.status in MOST_TRIES:
            may_pass = tried[task.item_id, reply.status] < MOST_TRIES[reply.status]
        end = None if may_pass else task.settle(reply)
        if end is None:
            again.append((task, reply))
        else:
            final.append((task, end))
    return again, final
