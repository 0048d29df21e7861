"""Faults in domain words, as tests set them: `demo.throttle_next(seconds=7)`, `demo.corrupt_next("/a.jpg")`.

`times=None` means always, until `demo.be_well()`. `path` limits a fault to one item; `on` says at which kind of host:
"graph", "files", "token", "sign_in", or "batch" (requests inside a batch).
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from pretend_onedrive.clock import DemoClock
from pretend_onedrive.file_host import DownloadUrls, FileHost, file_host_page, serve
from pretend_onedrive.graph.api import GraphApi
from pretend_onedrive.graph.errors import GraphError, throttled
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.signin.service import SignInHost
from pretend_onedrive.signin.tokens import Grants
from pretend_onedrive.wire import Reply, Request, html_reply, json_reply

KINDS = ("graph", "files", "token", "sign_in", "batch", "batches", "writes", "writing")
Answer = Callable[[], Reply]
Effect = Callable[[Request, Answer], Reply]


@dataclass
class Fault:
    """What happens (`effect`), at which kind of host, to which item's path (None: any), how often (None: always)."""

    effect: Effect
    on: str
    path: str | None = None
    times: int | None = 1


class FaultLine:
    """The faults that wait."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault at the end of the line."""
        if fault.on not in KINDS:
            raise ValueError(f"{fault.on!r} is no kind of host: {', '.join(KINDS)}")
        if fault.times is None or fault.times > 0:
            with self._lock:
                self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults: the service is well again."""
        with self._lock:
            self._waiting.clear()

    def answer(self, request: Request, on: str, path_of: Callable[[], str | None], answer: Answer) -> Reply:
        """The answer as the faults that meet this request let it be; `path_of` tells the item only when needed."""
        for fault in reversed(self._take(_kinds_of(request, on), path_of)):
            answer = _wrap(fault.effect, request, answer)
        return answer()

    def _take(self, kinds: set[str], path_of: Callable[[], str | None]) -> list[Fault]:
        with self._lock:
            candidates = [fault for fault in self._waiting if fault.on in kinds]
            path = path_of() if any(fault.path for fault in candidates) else None
            fitting = [fault for fault in candidates if fault.path in (None, path)]
            counted = next((fault for fault in fitting if fault.times is not None), None)
            if counted and counted.times is not None:
                counted.times -= 1
                if counted.times == 0:
                    self._waiting.remove(counted)
            return [fault for fault in fitting if fault.times is None or fault is counted]


def _kinds_of(request: Request, on: str) -> set[str]:
    """The kinds of fault that this request can meet."""
    kinds = {on}
    if on in ("graph", "batch") and request.method in ("PATCH", "DELETE"):
        kinds.add("writes")
    in_batch = request.method == "POST" and (b'"DELETE"' in request.body or b'"PATCH"' in request.body)
    if on == "graph" and (in_batch or "writes" in kinds):
        kinds.add("writing")
    if on == "graph" and request.path.endswith("/$batch"):
        kinds.add("batches")
    return kinds


def _wrap(effect: Effect, request: Request, answer: Answer) -> Answer:
    return lambda: effect(request, answer)


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


class WriteFaults:
    """The part of FaultControls that is about PATCH and DELETE."""

    fault_line: FaultLine

    def refuse_writes(
        self,
        status: int = 423,
        *,
        path: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        html: bool = False,
    ) -> None:
        """Refuse to change an item (locked, held back by a retention policy, throttled); reading it stays possible.

        With a status of 200 nothing is done either: something in between answers in the service's place.
        """
        retry_after = None if seconds is None else f"{seconds:g}"
        effect = refuse("graph", status, retry_after=retry_after, html=html, code=None, inner_code=None)
        self.fault_line.add(Fault(effect, "writes", path, times))

    def lose_answers(self, status: int | None = None, *, times: int | None = 1) -> None:
        """Carry out what changes the drive, and lose the answer: the connection is reset, or `status` comes instead."""
        self.fault_line.add(Fault(_lose_answer(status), "writing", None, times))

    def before_writes(self, call: Callable[[Request], object], *, times: int | None = 1, on: str = "writing") -> None:
        """Call just before the drive is changed; `on="writes"` is before each single change."""

        def effect(request: Request, answer: Answer) -> Reply:
            call(request)
            return answer()

        self.fault_line.add(Fault(effect, on, None, times))


def _lose_answer(status: int | None) -> Effect:
    def effect(request: Request, answer: Answer) -> Reply:
        answer()
        if status is None:
            return reset_before_answer()(request, answer)
        refused = refuse("graph", status, retry_after=None, html=False, code=None, inner_code=None)
        return refused(request, answer)

    return effect


class Milestones:
    """Counts bytes and pages, and calls what was registered for a number when it is reached, once."""

    def __init__(self) -> None:
        self.bytes = 0
        self.pages = 0
        self._lock = threading.Lock()
        self._for_bytes: list[tuple[int, Callable[[], object]]] = []
        self._for_pages: list[tuple[int, Callable[[], object]]] = []

    def when_bytes(self, number: int, call: Callable[[], object]) -> None:
        """Call when this many bytes of files have been served from now on."""
        with self._lock:
            self._for_bytes.append((self.bytes + number, call))

    def when_pages(self, number: int, call: Callable[[], object]) -> None:
        """Call when this many Graph replies with status 200 have been made from now on."""
        with self._lock:
            self._for_pages.append((self.pages + number, call))

    def count(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same bytes, cut where something is to be called; counted once the next are asked for."""
        for piece in pieces:
            rest = piece
            while rest:
                part = rest[: self._next_border(len(rest))]
                yield part
                self._count(len(part))
                rest = rest[len(part) :]

    def _next_border(self, size: int) -> int:
        with self._lock:
            return min([size, *(number - self.bytes for number, _ in self._for_bytes if number > self.bytes)])

    def _count(self, size: int) -> None:
        with self._lock:
            self.bytes += size
            due = [call for number, call in self._for_bytes if number <= self.bytes]
            self._for_bytes = [pair for pair in self._for_bytes if pair[0] > self.bytes]
        for call in due:
            call()

    def page_answered(self, reply: Reply) -> None:
        """One more Graph reply is ready to go out."""
        if reply.status != 200:
            return
        with self._lock:
            self.pages += 1
            due = [call for number, call in self._for_pages if number <= self.pages]
            self._for_pages = [pair for pair in self._for_pages if pair[0] > self.pages]
        for call in due:
            call()


class FaultControls(WriteFaults):
    """The part of DemoServer by which tests make the service misbehave."""

    clock: DemoClock
    drive: DemoDrive
    grants: Grants
    graph: GraphApi
    urls: DownloadUrls
    files: FileHost
    sign_in: SignInHost
    fault_line: FaultLine
    milestones: Milestones
    delay_seconds: float

    # --- instead of an answer -------------------------------------------------------------------------------------

    def throttle_next(
        self,
        times: int | None = 1,
        seconds: float | None = None,
        *,
        on: str = "graph",
        as_date: bool = False,
        code: str | None = None,
        status: int = 429,
        path: str | None = None,
    ) -> None:
        """Say 429 (or 503) to the next requests; `seconds=None` leaves Retry-After out, `as_date` writes it as a date.

        `code="accessDenied"` is the variant under a misleading name.
        """
        retry_after = None if seconds is None else f"{seconds:g}"
        if seconds is not None and as_date:
            retry_after = formatdate(self.clock.now() + seconds, usegmt=True)
        effect = refuse(on, status, retry_after=retry_after, html=False, code=code, inner_code=None)
        self._add(effect, on, path, times)

    def fail_next(
        self,
        status: int = 500,
        *,
        on: str = "graph",
        html: bool = False,
        times: int | None = 1,
        path: str | None = None,
        code: str | None = None,
        inner_code: str | None = None,
        retry_after: str | None = None,
    ) -> None:
        """Answer with this status and the words that go with it."""
        effect = refuse(on, status, retry_after=retry_after, html=html, code=code, inner_code=inner_code)
        self._add(effect, on, path, times)

    def reset_next(self, *, on: str = "graph", times: int | None = 1, path: str | None = None) -> None:
        """Reset the connection instead of answering."""
        self._add(reset_before_answer(), on, path, times)

    def html_page_next(self, *, on: str = "graph", times: int | None = 1, path: str | None = None) -> None:
        """A page of HTML with status 200, as of a captive portal."""
        self._add(html_page(), on, path, times)

    # --- a spoiled answer -----------------------------------------------------------------------------------------

    def cut_body_next(
        self,
        after_bytes: int,
        *,
        on: str = "files",
        by_reset: bool = False,
        times: int | None = 1,
        path: str | None = None,
    ) -> None:
        """End the connection after so many bytes of the body, though more were announced."""
        self._add(cut_body(after_bytes, by_reset=by_reset), on, path, times)

    def half_page_next(self, *, on: str = "graph", times: int | None = 1, path: str | None = None) -> None:
        """Half of the JSON in a reply that is whole as HTTP."""
        self._add(half_page(), on, path, times)

    def short_body_next(
        self, bytes_missing: int = 1, *, on: str = "files", times: int | None = 1, path: str | None = None
    ) -> None:
        """Leave the end of the body out, with a Content-Length that agrees."""
        self._add(shorter_body(bytes_missing), on, path, times)

    def stall_next(
        self, seconds: float, *, after_bytes: int = 0, on: str = "files", times: int | None = 1, path: str | None = None
    ) -> None:
        """Say nothing for a while: before the answer, or after so many bytes of the body."""
        self._add(stall(seconds, after_bytes), on, path, times)

    def drip_next(
        self, bytes_per_second: float = 1, *, on: str = "files", times: int | None = 1, path: str | None = None
    ) -> None:
        """Send the body very slowly."""
        self._add(drip(bytes_per_second), on, path, times)

    def corrupt_next(self, path: str | None = None, *, offset: int | None = None, times: int | None = 1) -> None:
        """Change one byte of a file's bytes: at this offset of the file, or in the middle of what is sent."""
        self._add(corrupt(offset), "files", path, times)

    def wrong_content_range_next(self, *, times: int | None = 1, path: str | None = None) -> None:
        """Answer ranges with a Content-Range that does not fit."""
        self._add(wrong_content_range(), "files", path, times)

    def ignore_range_next(self, *, times: int | None = 1, path: str | None = None) -> None:
        """Answer a request for a range with 200 and the whole file."""
        self._add(ignore_range(self._serve_whole), "files", path, times)

    def gzip_despite_identity_next(self, *, on: str = "files", times: int | None = 1, path: str | None = None) -> None:
        """Send a gzip body though identity was asked."""
        self._add(gzip_anyway(), on, path, times)

    def no_content_length_next(self, *, on: str = "files", times: int | None = 1, path: str | None = None) -> None:
        """Leave Content-Length out; the end of the connection is the end of the body."""
        self._add(no_content_length(), on, path, times)

    def redirect_files_to(self, host: str, *, times: int | None = 1, path: str | None = None) -> None:
        """Redirect requests for bytes to another host, with the same path."""
        to = lambda request: f"https://{host}{request.path}?{request.query}"  # noqa: E731  # used once, in place
        self._add(redirect(to), "files", path, times)

    # --- pages that lie -------------------------------------------------------------------------------------------

    def repeat_next_link(self, folder: str | None = None, *, times: int | None = None) -> None:
        """Every page says that the next one is the same again, so that the listing never ends."""
        self._add(_repeat_next_link, "graph", folder, times)

    def foreign_next_link(self, host: str, *, folder: str | None = None, times: int | None = 1) -> None:
        """The next page is said to be at another host."""

        def change(shown: dict[str, Any]) -> None:
            shown["@odata.nextLink"] = f"https://{host}/v1.0/me/drive/root/children?$skiptoken=x"

        self._add(change_json(change), "graph", folder, times)

    def duplicate_items(self, folder: str | None = None, *, times: int | None = None) -> None:
        """Pages show each item twice."""

        def change(shown: dict[str, Any]) -> None:
            if "value" in shown:
                shown["value"] = [item for item in shown["value"] for _ in range(2)]

        self._add(change_json(change), "graph", folder, times)

    def empty_pages(self, folder: str | None = None, *, times: int | None = 1) -> None:
        """A page comes empty, with the link to the rest of what it should have shown."""
        self._add(_empty_page, "graph", folder, times)

    # --- tokens, URLs, time ---------------------------------------------------------------------------------------

    def expire_download_urls(self) -> None:
        """Let all download URLs given out so far be refused with 401."""
        self.urls.generation += 1

    def refuse_download_urls_next(self, status: int = 404, *, times: int | None = 1, path: str | None = None) -> None:
        """Refuse download URLs with another status than 401, as some hosts do."""
        self._add(lambda _request, _answer: file_host_page(status, f"{status}"), "files", path, times)

    def expire_access_tokens(self) -> None:
        """Let all access tokens given out so far be past their time."""
        self.grants.expire_access_tokens()

    def revoke_access_tokens(self) -> None:
        """Withdraw all access tokens given out so far, early."""
        self.grants.revoke(self.grants.access)

    def revoke_refresh_tokens(self) -> None:
        """Withdraw all refresh tokens given out so far (password changed, consent withdrawn)."""
        self.grants.revoke(self.grants.refresh)

    def token_lifetime(self, seconds: float) -> None:
        """Access tokens given out from now on live so long."""
        self.grants.access_lifetime_seconds = seconds

    def earlier_consent(self, *scopes: str) -> None:
        """The person once consented to more: these scopes come back unasked."""
        self.sign_in.tokens.earlier_consents = list(scopes)

    def forget_delta_tokens(self) -> None:
        """All delta tokens given out so far are answered with 410 resyncRequired."""
        self.graph.change_log.generation += 1

    # --- the drive ------------------------------------------------------------------------------------------------

    def withhold_hashes(self, *, withheld: bool = True) -> None:
        """List no hashes at all."""
        self.drive.lists_hashes = not withheld

    def wrong_listed_size(self, path: str, size: int) -> None:
        """List a size that is not that of the bytes."""
        self.drive.find(path).listed_size = size

    def unreadable_folder(self, path: str, status: int = 403, code: str = "accessDenied") -> None:
        """The folder is listed but cannot be opened; `code="vault"` is how the Personal Vault answers."""
        self.drive.find(path).unreadable = (status, code)

    def lose_facets(self, path: str) -> None:
        """The item comes back without its file or folder facet wherever `$select` asks for it."""
        self.drive.find(path).lists_facets = False

    # --- the whole service ----------------------------------------------------------------------------------------

    def delay_requests(self, seconds: float) -> None:
        """Wait so long before answering each request, as a far-away service does."""
        self.delay_seconds = seconds

    def when_bytes_served(self, number: int, call: Callable[[], object]) -> None:
        """Call when so many bytes of files have gone out from now on."""
        self.milestones.when_bytes(number, call)

    def when_pages_served(self, number: int, call: Callable[[], object]) -> None:
        """Call when so many good Graph replies have been made from now on, before the last goes out."""
        self.milestones.when_pages(number, call)

    def be_well(self) -> None:
        """Forget all faults that wait."""
        self.fault_line.clear()
        self.delay_seconds = 0.0

    def _add(self, effect: Effect, on: str, path: str | None, times: int | None) -> None:
        self.fault_line.add(Fault(effect, on, path, times))

    def _serve_whole(self, request: Request) -> Reply:
        item = self.files.item_of(request)
        return serve(item, None) if item else file_host_page(404, "404 FILE NOT FOUND")


def _repeat_next_link(request: Request, answer: Callable[[], Reply]) -> Reply:
    same = f"https://graph.microsoft.com{request.path}" + (f"?{request.query}" if request.query else "")

    def change(shown: dict[str, Any]) -> None:
        if "value" in shown:
            shown["@odata.nextLink"] = same
            shown.pop("@odata.deltaLink", None)

    return change_json(change)(request, answer)


def _empty_page(request: Request, answer: Callable[[], Reply]) -> Reply:
    link = f"https://graph.microsoft.com{request.path}" + (f"?{request.query}" if request.query else "")

    def change(shown: dict[str, Any]) -> None:
        shown["value"] = []
        shown["@odata.nextLink"] = link + ("&" if "?" in link else "?") + "$skiptoken_retry=1"
        shown.pop("@odata.deltaLink", None)

    return change_json(change)(request, answer)
