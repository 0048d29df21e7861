"""What a fault does to one request and its answer; `server.py` has the words that tests use, `line.py` who is met."""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pretend_onedrive.file_host import file_host_page
from pretend_onedrive.graph.addresses import HIDDEN_LIBRARY_ID
from pretend_onedrive.graph.errors import GraphError, throttled
from pretend_onedrive.wire import Delivery, Reply, Request, html_reply, json_reply

Answer = Callable[[], Reply]
Effect = Callable[[Request, Answer], Reply]


@dataclass
class SpoiledDelivery(Delivery):
    """A reply that does not go out as it should."""

    cut_after: int | None = None  # bytes of the body, then the connection ends
    resets: bool = False  # it ends by a reset instead of an orderly close
    stall_after: int | None = None  # bytes of the body, then nothing for a while; 0: before the status line
    stall_seconds: float = 0.0

    @classmethod
    def of(cls, reply: Reply) -> SpoiledDelivery:
        """The reply's own, which can be spoiled."""
        if not isinstance(reply.delivery, SpoiledDelivery):
            reply.delivery = cls(**vars(reply.delivery))
        return reply.delivery

    def send(self, connection: socket.socket, request: Request, reply: Reply, wait: Callable[[float], object]) -> bool:
        """Send what is to arrive; True when the connection may be used for another request."""
        self.closes = self.closes or self.cut_after is not None
        if self.stall_after == 0:
            wait(self.stall_seconds)
        keeps = False
        if not (self.cut_after == 0 and self.resets):
            keeps = super().send(connection, request, reply, wait)
            if self.resets:
                time.sleep(0.02)  # let the client read what came before the reset throws it away
        if self.resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        return keeps

    def pieces(self, reply: Reply, wait: Callable[[float], object]) -> Iterator[bytes]:
        """The body up to the cut, with silence where it stalls."""
        sent = 0
        for piece in super().pieces(reply, wait):
            rest = piece
            while rest:
                borders = (border for border in (self.cut_after, self.stall_after) if border and border > sent)
                size = min([len(rest), *(border - sent for border in borders)])
                if self.cut_after is not None and sent >= self.cut_after:
                    return
                part, rest = rest[:size], rest[size:]
                yield part
                sent += size
                if sent == self.stall_after:
                    wait(self.stall_seconds)


PAGE_OF_A_PROXY = (
    "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please accept the terms of use.</body></html>"
)
STATUS_CODES = {
    400: ("invalidRequest", "Invalid request"),
    401: ("InvalidAuthenticationToken", "Unable to initialize RPS"),
    403: ("accessDenied", "Access denied"),
    404: ("itemNotFound", "Item not found"),
    408: ("requestTimeout", "Request timeout"),
    409: ("conflict", "The item was moved"),
    410: ("resyncRequired", "Resync required"),
    412: ("resourceModified", "ETag does not match current item's value"),
    423: ("resourceLocked", "The resource you are attempting to access is locked"),
    429: ("activityLimitReached", "The request has been throttled"),
    500: ("generalException", "General Exception While Processing"),
    502: ("UnknownError", ""),
    503: ("serviceNotAvailable", "The service is not available. Try the request again after a delay."),
    504: ("UnknownError", ""),
    507: ("quotaLimitReached", "Insufficient space available"),
    509: ("bandwidthLimitExceeded", "Bandwidth limit exceeded"),
}


def refuse(
    on: str,
    status: int,
    *,
    retry_after: str | None = None,
    html: bool = False,
    code: str | None = None,
    inner_code: str | None = None,
) -> Effect:
    """Answer with this status in the words of that kind of host; the request itself is not carried out."""

    def effect(request: Request, _answer: Answer) -> Reply:
        known_code, message = STATUS_CODES.get(status, ("generalException", ""))
        if html or on == "files":
            reply = file_host_page(status, "The service is unavailable.")
        elif on in ("token", "sign_in"):
            description = f"AADSTS90033: A transient error has occurred. Please try again. Trace ID: {request.id}"
            reply = json_reply(
                {"error": "temporarily_unavailable", "error_description": description, "error_codes": [90033]}, status
            )
        elif status == 429:
            reply = throttled(code or known_code).to_reply(request)
        else:
            reply = GraphError(status, code or known_code, message, inner_code=inner_code).to_reply(request)
        if retry_after is not None:
            reply.headers["Retry-After"] = retry_after
        return reply

    return effect


def html_page(_request: Request, _answer: Answer) -> Reply:
    """A page of HTML with status 200."""
    return html_reply(PAGE_OF_A_PROXY)


def redirect(location_of: Callable[[Request], str]) -> Effect:
    """A 302 to another host."""
    return lambda request, _answer: Reply(302, {"Location": location_of(request)})


def ignore_range(serve_whole: Callable[[Request], Reply]) -> Effect:
    """200 with the whole file to a request for a range."""
    return lambda request, _answer: serve_whole(request)


def reset_before_answer(_request: Request, _answer: Answer) -> Reply:
    """End the connection by a TCP reset; nothing is answered."""
    return Reply(200, delivery=SpoiledDelivery(cut_after=0, resets=True))


def lose_answer(status: int | None) -> Effect:
    """Carry out what was asked, and reset the connection, or answer with `status`, instead of saying so."""
    instead = reset_before_answer if status is None else refuse("graph", status)

    def effect(request: Request, answer: Answer) -> Reply:
        answer()
        return instead(request, answer)

    return effect


def stall(seconds: float, after_bytes: int) -> Effect:
    """Say nothing for a while; `after_bytes=0` is before the status line."""

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        delivery = SpoiledDelivery.of(reply)
        delivery.stall_after, delivery.stall_seconds = after_bytes, seconds
        return reply

    return effect


def drip(bytes_per_second: float) -> Effect:
    """Send the body very slowly, a few bytes at a time."""

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        reply.delivery.piece_bytes = max(1, int(bytes_per_second / 10))
        reply.delivery.pace = lambda size: size / bytes_per_second
        return reply

    return effect


def _spoil(change: Callable[[Reply], object]) -> Effect:
    """Alter proper answers only, not redirects and errors."""

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        if reply.status in (200, 206):
            change(reply)
        return reply

    return effect


def cut_body(after_bytes: int, *, by_reset: bool) -> Effect:
    """Announce the whole body, send this much, and end the connection."""

    def change(reply: Reply) -> None:
        delivery = SpoiledDelivery.of(reply)
        delivery.cut_after, delivery.resets = after_bytes, by_reset

    return _spoil(change)


@_spoil
def half_page(reply: Reply) -> None:
    """Whole HTTP, half JSON."""
    body = reply.whole_body()
    reply.body = body[: len(body) // 2]


def shorter_body(bytes_missing: int) -> Effect:
    """A body that lacks its end, with a Content-Length that agrees with it."""

    def change(reply: Reply) -> None:
        reply.body = reply.whole_body()[:-bytes_missing]

    return _spoil(change)


@_spoil
def no_content_length(reply: Reply) -> None:
    """The body ends where the connection ends."""
    reply.delivery.says_length = False


@_spoil
def gzip_anyway(reply: Reply) -> None:
    """A gzip body though `identity` was asked."""
    reply.body = gzip.compress(reply.whole_body(), mtime=0)
    reply.headers["Content-Encoding"] = "gzip"


@_spoil
def wrong_content_range(reply: Reply) -> None:
    """A 206 that says it begins somewhere else."""
    found = re.match(r"bytes (\d+)-(\d+)/(\d+)", reply.headers.get("Content-Range", ""))
    if found:
        first, last, total = (int(number) for number in found.groups())
        reply.headers["Content-Range"] = f"bytes {first + 1}-{last + 1}/{total + 1}"


def corrupt(offset: int | None) -> Effect:
    """Change one byte of the file: at this offset of it, or in the middle of what is sent."""

    def change(reply: Reply) -> None:
        found = re.match(r"bytes (\d+)-", reply.headers.get("Content-Range", ""))
        start, length = int(found[1]) if found else 0, reply.content_length
        place = length // 2 if offset is None else offset - start
        if 0 <= place < length and reply.pieces is not None:
            reply.pieces = _with_byte_changed(reply.pieces, place)

    return _spoil(change)


def _with_byte_changed(pieces: Iterator[bytes], place: int) -> Iterator[bytes]:
    begin = 0
    for piece in pieces:
        if begin <= place < begin + len(piece):
            spoiled = bytearray(piece)
            spoiled[place - begin] ^= 0x55
            yield bytes(spoiled)
        else:
            yield piece
        begin += len(piece)


def change_json(change: Callable[[dict[str, Any]], object]) -> Effect:
    """Alter what a page says."""

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        if reply.status == 200 and "json" in reply.headers.get("Content-Type", ""):
            shown = json.loads(reply.whole_body())
            change(shown)
            reply.body = json.dumps(shown).encode()
        return reply

    return effect


def duplicate_items(shown: dict[str, Any]) -> None:
    """Each item of a page comes twice."""
    if "value" in shown:
        shown["value"] = [item for item in shown["value"] for _ in range(2)]


def stale_bundles(names: dict[str, str]) -> Effect:
    """Only bundles of these ids, under these names, in a list that was asked for without a filter."""

    def effect(request: Request, answer: Answer) -> Reply:
        def change(shown: dict[str, Any]) -> None:
            known = [bundle for bundle in shown["value"] if bundle["id"] in names]
            shown["value"] = [bundle | {"name": names[bundle["id"]]} for bundle in known]

        is_whole_list = request.path.endswith("/bundles") and "filter=" not in request.query
        return change_json(change)(request, answer) if is_whole_list else answer()

    return effect


def members_on_an_internal_drive(ids: str) -> Effect:
    """The album as parent of its members, on a drive that nobody can open; their ids begin with `ids`."""

    def effect(request: Request, answer: Answer) -> Reply:
        def change(shown: dict[str, Any]) -> None:
            parent = {"driveType": "personal", "driveId": HIDDEN_LIBRARY_ID, "id": request.path.split("/")[-2]}
            for member in shown["value"]:
                member |= {"parentReference": parent, "id": f"{ids}{member['id']}"}

        return change_json(change)(request, answer) if request.path.endswith("/children") else answer()

    return effect


def repeat_next_link(request: Request, answer: Answer) -> Reply:
    """The page says that the next one is the same again."""

    def change(shown: dict[str, Any]) -> None:
        if "value" in shown:
            shown["@odata.nextLink"] = _link_of(request)
            shown.pop("@odata.deltaLink", None)

    return change_json(change)(request, answer)


def empty_page(request: Request, answer: Answer) -> Reply:
    """The page is empty, with the link to what it should have shown."""

    def change(shown: dict[str, Any]) -> None:
        link = _link_of(request)
        shown |= {"value": [], "@odata.nextLink": f"{link}{'&' if '?' in link else '?'}$skiptoken_retry=1"}
        shown.pop("@odata.deltaLink", None)

    return change_json(change)(request, answer)


def _link_of(request: Request) -> str:
    return f"https://graph.microsoft.com{request.path}" + (f"?{request.query}" if request.query else "")
