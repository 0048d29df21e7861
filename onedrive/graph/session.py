"""Speaking to Microsoft Graph: one JSON request, pages of them, batches, and the address of a file's bytes.

Every request waits while the run is paused, carries a token that is valid now, and is repeated when that may help.
The bearer token lives here and goes to Graph's host only.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from onedrive.errors import PORTAL_CURE, OneDriveError, ServiceRefused, ServiceUnusable, SignInNeeded
from onedrive.graph.why_refused import why_refused
from onedrive.net.address import NoAddress, read_address
from onedrive.net.client import HttpClient
from onedrive.net.hosts import GRAPH_HOST, describe_ids
from onedrive.net.patience import THROTTLED, TRANSIENT, MayPass, SharedPause, ask_patiently, find_header
from onedrive.net.reply import Reply
from onedrive.terminal.redaction import quote_service

NOT_THERE = 404
ABSENT_AGAIN_SECONDS = 1.0  # one 404 proves nothing: it comes for items that are there too (trap 107)
NO_REPLY = 504  # stands where a batch's answer has none, or none that can be read


@dataclass(frozen=True)
class BatchReply:
    """One reply, alone or in a batch: HTTP status, headers and the JSON body (empty when there is none)."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, object]

    @property
    def error(self) -> dict[str, object]:
        """Graph's `error` object, empty when the body has none."""
        error = self.body.get("error")
        return error if isinstance(error, dict) else {}

    @property
    def retry_after(self) -> str | None:
        """The Retry-After header, however its name is written; None: there is none."""
        return find_header(self.headers, "Retry-After")

    @property
    def refusal(self) -> ServiceRefused:
        """The reply as an error, when its status says no."""
        return refusal_from_body(self.status, self.error, quote_service(find_header(self.headers, "request-id")))

    @property
    def is_hiccup(self) -> bool:
        """Whether the sign-in was refused by a fault of the service only, which passes (graph-facts §3.6)."""
        return self.status == 401 and "Unable to initialize RPS" in str(self.error.get("message"))

    @property
    def may_pass(self) -> bool:
        """Whether the same may go better another time."""
        return self.status in THROTTLED or self.status in TRANSIENT


def read_batch_replies(answer: Mapping[str, object], number: int) -> list[BatchReply]:
    """The replies with the ids '0', '1' … in this order; one that is missing is a NO_REPLY."""
    replies: dict[str, BatchReply] = {}
    responses = answer.get("responses")
    for entry in responses if isinstance(responses, list) else []:
        if isinstance(entry, dict):
            replies[str(entry.get("id"))] = _read_reply(entry)
    missing = BatchReply(NO_REPLY, {}, {})
    return [replies.get(str(position), missing) for position in range(number)]


def _read_reply(entry: Mapping[str, object]) -> BatchReply:
    status, headers, body = entry.get("status"), entry.get("headers"), entry.get("body")
    return BatchReply(
        status=status if isinstance(status, int) else NO_REPLY,
        headers={str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
        body=body if isinstance(body, dict) else {},
    )


GRAPH_ROOT = f"https://{GRAPH_HOST}/v1.0"
BATCH_SIZE = 20  # requests in one $batch (json-batching)
# Without it the new personal back end hides shortcuts to others' folders (graph-facts §2.7).
SHORTCUTS_SHOWN = {"Prefer": "Include-Feature=AddToOneDrive"}
SOON_AGAIN_SECONDS = 30.0

JsonObject = dict[str, object]


class TokenSource(Protocol):
    """Whoever signs in; Graph requests ask it for a token each time."""

    def access_token(self) -> str:
        """A token that is valid now, renewed if need be. Raises SignInNeeded, ConnectionLost."""
        ...

    def renew_access_token(self, rejected: str) -> str:
        """Another token than `rejected`, which Graph refused. Raises SignInNeeded, ConnectionLost."""
        ...


class RepeatingPages(OneDriveError):
    """The service sent a nextLink that it had sent before (trap 26)."""

    def __init__(self) -> None:
        super().__init__(
            "OneDrive sent the same page of a folder again and again.",
            "This is a fault of the service; choose 3 again later.",
        )


class ForeignNextLink(OneDriveError):
    """A nextLink leads away from Graph; following it would hand our token to a stranger."""

    def __init__(self) -> None:
        super().__init__(
            "OneDrive's answer points to another computer for its next page, so it was not followed.",
            "Check which proxy this computer uses, then choose 3 again.",
        )


class GraphSession:
    """Requests to Graph for one signed-in person; shared by the threads of a run."""

    def __init__(self, http: HttpClient, tokens: TokenSource, pause: SharedPause) -> None:
        self.pause = pause
        self._http = http
        self._tokens = tokens

    def greet(self) -> None:
        """Begin to connect while the caller gets ready: the drive and its first page are asked for together."""
        self._http.greet(GRAPH_HOST, 2)

    def check_sign_in(self) -> None:
        """See that there is a sign-in that holds, before a person is asked anything. Raises SignInNeeded and such."""
        self._tokens.access_token()

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> JsonObject:
        """The JSON object at `path`, which begins with `/` or is a link that Graph gave.

        Raises ServiceRefused (Graph said no), ServiceUnusable (no usable answer however often we asked),
        ForeignNextLink, ConnectionLost, SignInNeeded, Stopped.
        """
        return self._ask("GET", path, headers=headers)

    def get_bytes(
        self, path: str, *, headers: Mapping[str, str] | None = None, peek: Callable[[bytes], None] | None = None
    ) -> bytes:
        """What `path` answers, unparsed; asked for again when it is cut or drips. `peek` sees the first block early.

        Raises as `get`; whether the bytes are whole JSON is for the caller to see.
        """
        return ask_patiently(
            self.pause, lambda: self._send_until_answered("GET", path, headers=headers).body(peek=peek)
        )  # fmt: skip

    def batch(
        self, paths: Sequence[str], *, headers: Mapping[str, str] | None = None, expects_absence: bool = False
    ) -> list[BatchReply]:
        """GET up to twenty paths in one request; the replies in the order of `paths`.

        Inner replies that are throttled are not repeated here: the caller sees their status (json-batching). What is
        said not to be there is asked for once more, unless there was reason to expect that (`expects_absence`).
        """
        replies = self._batch_once(paths, headers)
        absent = [] if expects_absence else [n for n, reply in enumerate(replies) if reply.status == NOT_THERE]
        if absent:
            self.pause.sleep(ABSENT_AGAIN_SECONDS)
            again = self._batch_once([paths[number] for number in absent], headers)
            for number, reply in zip(absent, again, strict=True):
                replies[number] = reply
        for reply in replies:
            if reply.status >= 400:
                self.pause.note(f"GET {GRAPH_HOST}, in a batch: {reply.status}{describe_ids(reply.headers)}")
        return replies

    def _batch_once(self, paths: Sequence[str], headers: Mapping[str, str] | None) -> list[BatchReply]:
        requests = [
            {"id": str(number), "method": "GET", "url": path, **({"headers": dict(headers)} if headers else {})}
            for number, path in enumerate(paths)
        ]
        answer = self._ask("POST", "/$batch", body={"requests": requests})
        return read_batch_replies(answer, len(paths))

    def send_once(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: object = None
    ) -> BatchReply:
        """Send what changes something, and return what came back, whatever it is: it is never repeated by itself.

        Not even when Graph refuses the token: renewing it may take long, and what was true before may be so no more.
        Raises ConnectionLost (nobody knows whether it was done), SignInNeeded, Stopped.
        """
        reply = self._exchange(method, path, headers=headers, body=body, may_renew=False)
        return reply if isinstance(reply, BatchReply) else _read_answer(reply)

    def read_content_address(self, path: str) -> str:
        """The pre-authenticated address behind an item's `/content`, from the redirect that Graph answers with.

        The address is a secret that lives about an hour. Raises as `get`.
        """
        reply = self._send_until_answered("GET", path)
        address = reply.headers.get("Location", "")
        reply.close()
        if reply.status not in (301, 302, 303, 307, 308) or not address:
            raise ServiceUnusable(GRAPH_HOST, "it named no place to download the file from")
        return address

    def _ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: object = None
    ) -> JsonObject:
        """Send, and read JSON; a page that is cut, dripping or no JSON at all is asked for again."""

        def once() -> JsonObject:
            content = self._send_until_answered(method, path, headers=headers, body=body).body()
            try:
                answer = json.loads(content)
            except (ValueError, RecursionError) as error:
                is_page = content.lstrip()[:1] == b"<"
                what = "not the JSON that it should be" + (", but a web page" if is_page else "")
                hint = f"Perhaps this network wants you to sign in to it first (hotel, airport). {PORTAL_CURE}"
                useless = ServiceUnusable(GRAPH_HOST, f"what it sent is {what}", hint if is_page else "")
                words = f"{GRAPH_HOST} sent something that is no answer"
                raise MayPass(useless, GRAPH_HOST, what_happened=words) from error
            if not isinstance(answer, dict):
                raise ServiceUnusable(GRAPH_HOST, "what it sent has not the form that it should have")
            return answer

        return ask_patiently(self.pause, once)

    def _send_until_answered(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: object = None
    ) -> Reply:
        """Send until there is a reply below 400; what is said not to be there is asked for once more."""
        asked_absent = method != "GET"

        def once() -> Reply:
            nonlocal asked_absent
            reply = self._exchange(method, path, headers=headers, body=body)
            if reply.status == NOT_THERE and not asked_absent:
                asked_absent = True
                self.pause.sleep(ABSENT_AGAIN_SECONDS)
                reply = self._exchange(method, path, headers=headers, body=body)
            if isinstance(reply, Reply):
                return reply
            refusal = reply.refusal
            if reply.status != 401:
                raise MayPass(refusal, GRAPH_HOST, status=reply.status, headers=reply.headers)
            if reply.is_hiccup:
                words = "OneDrive could not check the sign-in just now"
                raise MayPass(refusal, GRAPH_HOST, what_happened=words)
            raise SignInNeeded("OneDrive no longer accepts the sign-in.", "Choose 1 to sign in again.") from refusal

        return ask_patiently(self.pause, once)

    def _exchange(
        self, method: str, path: str, *, headers: Mapping[str, str] | None, body: object, may_renew: bool = True
    ) -> Reply | BatchReply:
        """The answer to one request: one that says no is read, of any other the body is still to come.

        A token that Graph refuses is renewed if that `may` be, and the request sent again: nothing was done.
        """
        token, renewed_at = "", -math.inf
        while True:
            self.pause.wait_while_paused()
            token = token or self._tokens.access_token()
            # A throttle may have begun while the token was being renewed.
            self.pause.wait_for_turn()
            reply = self._http.send(method, _absolute(path), bearer=token, headers=_trace(headers), json=body)
            if reply.status < 400:
                return reply
            answer = _read_answer(reply)
            is_soon = self.pause.clock.monotonic() - renewed_at < SOON_AGAIN_SECONDS
            if answer.status != 401 or answer.is_hiccup or is_soon or not may_renew:
                return answer
            token = self._tokens.renew_access_token(token)
            renewed_at = self.pause.clock.monotonic()


def read_link(page: JsonObject, name: str) -> str | None:
    """The nextLink or deltaLink of a page, None when it has none. Raises ForeignNextLink unless it leads to Graph."""
    link = page.get(name)
    if not isinstance(link, str) or not link:
        return None
    try:
        if read_address(link).is_at(GRAPH_HOST):
            return link
    except NoAddress as error:
        raise ForeignNextLink from error
    raise ForeignNextLink


def read_page(page: JsonObject) -> list[JsonObject]:
    """The items of a page. Raises ServiceUnusable when it has no list of them: that is not an empty folder."""
    value = page.get("value")
    if not isinstance(value, list):
        raise ServiceUnusable(GRAPH_HOST, "a page of a folder came without the list of its items")
    return [item for item in value if isinstance(item, dict)]


def _read_answer(reply: Reply) -> BatchReply:
    """A reply with its JSON object, empty where it has none (HTML, nothing): what matters then is the status."""
    try:
        answer = json.loads(reply.body())
    except (ValueError, RecursionError):
        answer = None
    return BatchReply(reply.status, reply.headers, answer if isinstance(answer, dict) else {})


def refusal_from_body(status: int, error: JsonObject, request_id: str = "") -> ServiceRefused:
    """A ServiceRefused from the `error` object of a reply, which may be nested and incomplete (graph-facts §3.6)."""
    inner_codes = []
    inner = error.get("innerError") or error.get("innererror")
    while isinstance(inner, dict):
        if isinstance(inner.get("code"), str):
            inner_codes.append(quote_service(inner["code"]))
        request_id = request_id or quote_service(inner.get("request-id"))
        inner = inner.get("innerError") or inner.get("innererror")
    code, message = quote_service(error.get("code")), quote_service(error.get("message"))
    why = why_refused(status, (code, *inner_codes), message)
    return ServiceRefused(
        status,
        code,
        message,
        inner_codes=tuple(inner_codes),
        request_id=request_id,
        why=why.words,
        hint=why.cure,
    )


def _absolute(path: str) -> str:
    """Where a path leads, or a link as it came or was kept in a file. Raises ForeignNextLink."""
    return GRAPH_ROOT + path if path.startswith("/") else read_link({"link": path}, "link") or GRAPH_ROOT


def _trace(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Headers by which Microsoft's support finds a request again."""
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "client-request-id": str(uuid.uuid4()),
        "return-client-request-id": "true",
        **(headers or {}),
    }
