"""Many questions to Graph in one request; those that are throttled or fail in passing inside it are asked again."""

from __future__ import annotations

from collections.abc import Sequence

from onedrive.batch_reply import BatchReply
from onedrive.errors import ServiceRefused
from onedrive.graph import BATCH_SIZE, GraphSession
from onedrive.http import GRAPH_HOST
from onedrive.pause import read_retry_after
from onedrive.retry import THROTTLED, TRANSIENT, Attempts


def ask_together(graph: GraphSession, paths: Sequence[str]) -> list[BatchReply]:
    """The replies to as many paths as there are, in their order, twenty in one request.

    A reply that is still throttled or failing at the end is given as it came. Raises as `GraphSession.get`.
    """
    replies: list[BatchReply] = []
    for begin in range(0, len(paths), BATCH_SIZE):
        replies += _ask_patiently(graph, paths[begin : begin + BATCH_SIZE])
    return replies


def _ask_patiently(graph: GraphSession, paths: Sequence[str]) -> list[BatchReply]:
    attempts = Attempts(graph.pause)
    replies = graph.batch(paths)
    while again := [number for number, reply in enumerate(replies) if _may_pass(reply)]:
        longest = max((replies[number] for number in again), key=lambda reply: _urgency(graph, reply))
        if not attempts.may_repeat_after_status(longest.status, longest.headers, GRAPH_HOST):
            break
        for number, reply in zip(again, graph.batch([paths[number] for number in again]), strict=True):
            replies[number] = reply
    return replies


def _may_pass(reply: BatchReply) -> bool:
    return reply.status in THROTTLED or reply.status in TRANSIENT


def _urgency(graph: GraphSession, reply: BatchReply) -> tuple[float, bool]:
    """The longest wait that is asked for counts; throttling counts more than what only failed."""
    wait_seconds = read_retry_after(reply.headers.get("Retry-After"), graph.pause.clock.now())
    return (wait_seconds or 0.0, reply.status in THROTTLED)


def refuses_batches(error: ServiceRefused) -> bool:
    """True when it is the batch as such that was refused: then its questions are asked one by one."""
    return error.status in (400, 403, 404, 405, 413, 501)
