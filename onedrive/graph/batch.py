"""Many questions to Graph in one request, and items by their ids; what is throttled inside is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.session import BATCH_SIZE, SHORTCUTS_SHOWN, BatchReply, GraphSession, JsonObject
from onedrive.net.address import quote_part
from onedrive.net.hosts import GRAPH_HOST
from onedrive.net.patience import THROTTLED, Attempts, read_retry_after


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
    while again := [number for number, reply in enumerate(replies) if reply.may_pass]:
        longest = most_urgent([replies[number] for number in again], graph.pause.clock.now())
        if not attempts.may_repeat_after_status(longest.status, longest.headers, GRAPH_HOST):
            break
        for number, reply in zip(again, graph.batch([paths[number] for number in again]), strict=True):
            replies[number] = reply
    return replies


def most_urgent(replies: Sequence[BatchReply], now: float) -> BatchReply:
    """The one whose wait counts for all: throttling before what only failed, then the longest that is asked for."""
    return max(
        replies, key=lambda reply: (reply.status in THROTTLED, read_retry_after(reply.retry_after, now) or 0.0)
    )  # fmt: skip


BATCH_REFUSED = (400, 403, 404, 405, 413, 501)  # the batch as such: nothing of it was done


def refuses_batches(error: ServiceRefused) -> bool:
    """True when it is the batch as such that was refused: then its questions are asked one by one."""
    return error.status in BATCH_REFUSED


NoAnswer = (ServiceRefused, ServiceUnusable)  # what stands for an item that the service does not give
Answer = JsonObject | ServiceRefused | ServiceUnusable


def item_address(item_id: str, drive_id: str = "") -> str:
    """Where an item is found; `drive_id` only for another person's drive."""
    place = f"/drives/{quote_part(drive_id, '!')}" if drive_id else "/me/drive"
    return f"{place}/items/{quote_part(item_id, '!')}"


def is_gone(answer: Answer) -> bool:
    """True when Graph itself says that there is no such item; a 404 with a page of something in between does not."""
    if isinstance(answer, dict):
        return answer.get("deleted") is not None
    return isinstance(answer, ServiceRefused) and answer.status == 404 and says_gone(answer.code)


def says_gone(code: object) -> bool:
    """Whether an error code of Graph means that the item is not there."""
    return str(code or "").lower().endswith("notfound")


def fetch_items(
    graph: GraphSession, item_ids: Iterable[str], *, drive_id: str = "", expects_absence: bool = False
) -> dict[str, Answer]:
    """What the service says about each item now: the item, or why it does not give it.

    Raises what concerns more than an item: ConnectionLost, SignInNeeded, Stopped.

    Everything is asked for: with `$select` the service forgets facets at times (graph-facts §2.3).
    """
    addresses = {item_id: item_address(item_id, drive_id) for item_id in item_ids}
    return dict(zip(addresses, fetch_all(graph, addresses.values(), expects_absence=expects_absence), strict=True))


def fetch_all(graph: GraphSession, addresses: Iterable[str], *, expects_absence: bool = False) -> Iterator[Answer]:
    """The answer to a GET of each address, twenty in one request.

    `expects_absence`: one 'not there' is enough, since there is another reason to believe it.
    """
    waiting = iter(addresses)
    while some := list(islice(waiting, BATCH_SIZE)):
        if len(some) == 1:
            yield _fetch_one(graph, some[0])
            continue
        replies = _ask_in_batch(graph, some, expects_absence=expects_absence)
        if replies is None:
            yield from (_fetch_one(graph, address) for address in some)
            continue
        for address, reply in zip(some, replies, strict=True):
            if reply.status == 200 and reply.body:
                yield reply.body
            elif reply.status == 200 or reply.may_pass:
                yield _fetch_one(graph, address)  # its inner Retry-After counts for this request alone
            else:
                yield reply.refusal


def ask_at_once(graph: GraphSession, addresses: Sequence[str]) -> list[Answer | BatchReply] | None:
    """What the service says in one moment to a GET of at most twenty addresses; a reply: what it may say another time.

    None: it takes no batches; then ask about one alone. Raises as `fetch_items`.
    """
    if len(addresses) == 1:
        return [_fetch_one(graph, addresses[0])]
    replies = _ask_in_batch(graph, addresses)
    if replies is None:
        return None
    found: list[Answer | BatchReply] = []
    for reply in replies:
        is_untold = reply.may_pass or (reply.status == 200 and not reply.body)
        found.append(reply if is_untold else reply.body if reply.status == 200 else reply.refusal)
    return found


def _ask_in_batch(
    graph: GraphSession, addresses: Sequence[str], *, expects_absence: bool = False
) -> list[BatchReply] | None:
    """The replies; None where the batch as such is refused or not answered."""
    try:
        return graph.batch(addresses, headers=SHORTCUTS_SHOWN, expects_absence=expects_absence)
    except ServiceUnusable:
        return None
    except ServiceRefused as error:
        if refuses_batches(error):
            return None
        raise


def _fetch_one(graph: GraphSession, address: str) -> Answer:
    try:
        return graph.get(address, headers=SHORTCUTS_SHOWN)
    except NoAnswer as error:
        return error
