"""What a fault does to one request and its answer; `server.py` has the words that tests use, `line.py` who is met."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pretend_onedrive.file_host import file_host_page
from pretend_onedrive.graph.errors import GraphError, throttled
from pretend_onedrive.wire import Reply, Request, html_reply, json_reply

Answer = Callable[[], Reply]
Effect = Callable[[Request, Answer], Reply]

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
    on: str, status: int, *, retry_after: str | None, html: bool, code: str | None, inner_code: str | None
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
            reply = throttled(code=code or known_code).to_reply(request)
        else:
            reply = GraphError(status, code or known_code, message, inner_code=inner_code).to_reply(request)
        if retry_after is not None:
            reply.headers["Retry-After"] = retry_after
        return reply

    return effect


def reset_before_answer() -> Effect:
    """End the connection by a TCP reset; nothing is answered."""

    def effect(_request: Request, _answer: Answer) -> Reply:
        reply = Reply(200)
        reply.delivery.cut_after, reply.delivery.resets = 0, True
        return reply

    return effect


def cut_body(after_bytes: int, *, by_reset: bool) -> Effect:
    """Announce the whole body, send this much, and end the connection."""

    def change(reply: Reply) -> Reply:
        reply.delivery.cut_after, reply.delivery.resets = after_bytes, by_reset
        return reply

    return _on_success(change)


def half_page() -> Effect:
    """Whole HTTP, half JSON."""

    def change(reply: Reply) -> Reply:
        body = reply.whole_body()
        reply.body = body[: len(body) // 2]
        return reply

    return _on_success(change)


def html_page(page: str = PAGE_OF_A_PROXY) -> Effect:
    """A page of HTML with status 200."""
    return lambda _request, _answer: html_reply(page)


def shorter_body(bytes_missing: int) -> Effect:
    """A body that lacks its end, with a Content-Length that agrees with it."""

    def change(reply: Reply) -> Reply:
        reply.body = reply.whole_body()[:-bytes_missing]
        return reply

    return _on_success(change)


def stall(seconds: float, after_bytes: int) -> Effect:
    """Say nothing for a while; `after_bytes=0` is before the status line."""

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        reply.delivery.stall_after, reply.delivery.stall_seconds = after_bytes, seconds
        return reply

    return effect


def drip(bytes_per_second: float) -> Effect:
    """Send the body very slowly, a few bytes at a time."""
    piece_bytes = max(1, int(bytes_per_second / 10))

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        reply.delivery.piece_bytes = piece_bytes
        reply.delivery.pace = lambda size: size / bytes_per_second
        return reply

    return effect


def corrupt(offset: int | None) -> Effect:
    """Change one byte of the file: at this offset of it, or in the middle of what is sent."""

    def change(reply: Reply) -> Reply:
        found = re.match(r"bytes (\d+)-", reply.headers.get("Content-Range", ""))
        start, length = int(found[1]) if found else 0, reply.content_length
        place = length // 2 if offset is None else offset - start
        if 0 <= place < length and reply.pieces is not None:
            reply.pieces = _with_byte_changed(reply.pieces, place)
        return reply

    return _on_success(change)


def wrong_content_range() -> Effect:
    """A 206 that says it begins somewhere else."""

    def change(reply: Reply) -> Reply:
        said = reply.headers.get("Content-Range")
        found = re.match(r"bytes (\d+)-(\d+)/(\d+)", said or "")
        if found:
            first, last, total = (int(number) for number in found.groups())
            reply.headers["Content-Range"] = f"bytes {first + 1}-{last + 1}/{total + 1}"
        return reply

    return _on_success(change)


def ignore_range(serve_whole: Callable[[Request], Reply]) -> Effect:
    """200 with the whole file to a request for a range."""
    return lambda request, _answer: serve_whole(request)


def gzip_anyway() -> Effect:
    """A gzip body though `identity` was asked."""

    def change(reply: Reply) -> Reply:
        reply.body = gzip.compress(reply.whole_body(), mtime=0)
        reply.headers["Content-Encoding"] = "gzip"
        return reply

    return _on_success(change)


def no_content_length() -> Effect:
    """The body ends where the connection ends."""

    def change(reply: Reply) -> Reply:
        reply.delivery.says_length = False
        return reply

    return _on_success(change)


def redirect(location_of: Callable[[Request], str]) -> Effect:
    """A 302 to another host."""
    return lambda request, _answer: Reply(302, {"Location": location_of(request)})


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


def _on_success(change: Callable[[Reply], Reply]) -> Effect:
    """Alter proper answers only, not redirects and errors."""

    def effect(_request: Request, answer: Answer) -> Reply:
        reply = answer()
        return change(reply) if reply.status in (200, 206) else reply

    return effect


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


def lose_answer(status: int | None) -> Effect:
    """Carry out what was asked, and reset the connection, or answer with `status`, instead of saying so."""

    def effect(request: Request, answer: Answer) -> Reply:
        answer()
        if status is None:
            return reset_before_answer()(request, answer)
        refused = refuse("graph", status, retry_after=None, html=False, code=None, inner_code=None)
        return refused(request, answer)

    return effect


def repeat_next_link(request: Request, answer: Callable[[], Reply]) -> Reply:
    same = f"https://graph.microsoft.com{request.path}" + (f"?{request.query}" if request.query else "")

    def change(shown: dict[str, Any]) -> None:
        if "value" in shown:
            shown["@odata.nextLink"] = same
            shown.pop("@odata.deltaLink", None)

    return change_json(change)(request, answer)


def empty_page(request: Request, answer: Callable[[], Reply]) -> Reply:
    link = f"https://graph.microsoft.com{request.path}" + (f"?{request.query}" if request.query else "")

    def change(shown: dict[str, Any]) -> None:
        shown["value"] = []
        shown["@odata.nextLink"] = link + ("&" if "?" in link else "?") + "$skiptoken_retry=1"
        shown.pop("@odata.deltaLink", None)

    return change_json(change)(request, answer)
