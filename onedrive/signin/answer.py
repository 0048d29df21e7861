"""The sign-in page's answer: as the browser brings it to the loopback listener, or as the person pastes it.

It binds 127.0.0.1 and, where there is IPv6, ::1 (browsers take either for `localhost`), answers GET and form_post,
keeps the first answer that belongs to this attempt, and shows a page in words for everything.
"""

from __future__ import annotations

import errno
import html
import os
import re
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from onedrive.signin.app_values import UNSEEN

SHORTEST_CODE = 20
_AROUND = "\"'`<>()[]{},;\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_CODE = re.compile(r"[A-Za-z0-9._~!*$'()+/=-]+")
# Where the browser is sent after the sign-in, or what comes with a code.
_LACKS_ITS_CODE = re.compile(r"^(https?://)?(localhost|127\.0\.0\.1)\b|nativeclient|\bstate=|^code=", re.IGNORECASE)
_ERROR_NUMBER = re.compile(r"AADSTS\s*(\d{4,9})", re.IGNORECASE)


class PasteKind(Enum):
    """What was pasted; the value is the sentence for what is no answer."""

    ANSWER = ""
    DEVICE_CODE = "The person typed d."
    REFUSED = "Microsoft's answer says no."
    EMPTY = "Nothing was pasted."
    SIGN_IN_ADDRESS = (
        "That is the address of the sign-in page itself. Open it in a browser and sign in there; then paste the "
        "address to which the browser is sent after that."
    )
    OLD_ATTEMPT = "That is the answer of an earlier attempt. Open the address that was shown last, and sign in there."
    NO_CODE = (
        "That address has no code in it. Perhaps a browser add-on (ClearURLs, an ad blocker) cut it out: "
        "switch it off for this page or use a private window, and open the address above again."
    )
    UNKNOWN = (
        "That is not an answer from Microsoft's sign-in page. Paste the whole address from the browser's address bar; "
        "it begins with http://localhost, or with the return address that you set, and has code= in it."
    )


@dataclass(frozen=True)
class PastedAnswer:
    """What was pasted, and the fields of Microsoft's answer in it (`code` and `state`, or `error` and its words)."""

    kind: PasteKind
    fields: Mapping[str, str] = field(default_factory=dict)


def read_pasted_answer(text: str, state: str) -> PastedAnswer:
    """Understand what was pasted, as an answer to the attempt that `state` belongs to.

    An answer without a state (the bare code) is taken as one to this attempt: the code works only together with
    the secret part of PKCE, which never left this computer.
    """
    refused = _ERROR_NUMBER.search(text)
    packed = UNSEEN.sub("", text).strip(_AROUND)
    if not packed:
        return PastedAnswer(PasteKind.EMPTY)
    if packed.lower() == "d":
        return PastedAnswer(PasteKind.DEVICE_CODE)
    if re.match(r"https?%3a%2f%2f", packed, re.IGNORECASE):
        packed = unquote(packed)  # an address that was copied out of another address
    fields = _read_fields(packed)
    if "code" in fields or "error" in fields:
        return _judge(fields, state)
    if any(part in packed for part in ("/authorize", "response_type=", "code_challenge=")):
        return PastedAnswer(PasteKind.SIGN_IN_ADDRESS)
    if refused:
        # Microsoft's page shows some errors without sending the browser back; its text was pasted.
        return PastedAnswer(PasteKind.REFUSED, {"error": "shown_in_browser", "error_description": text.strip()})
    if _LACKS_ITS_CODE.search(packed):
        return PastedAnswer(PasteKind.NO_CODE)
    code = unquote(packed.partition("#")[0])
    if len(code) < SHORTEST_CODE or not _CODE.fullmatch(code):
        return PastedAnswer(PasteKind.UNKNOWN)
    return PastedAnswer(PasteKind.ANSWER, {"code": code, "state": state})


def is_same_state(given: str, expected: str) -> bool:
    """Compare the state of an answer with that of the attempt."""
    return secrets.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def _read_fields(packed: str) -> dict[str, str]:
    """The fields after ? and after #; each is decoded once (a second time would damage a code, trap 6)."""
    packed = packed.replace("&amp;", "&")
    address, _, fragment = packed.partition("#")
    query = address.partition("?")[2] if "?" in address else address
    fields: dict[str, str] = {}
    for part in (fragment, query):
        # An address inside the query (of the sign-in address) is percent-encoded, so a bare one here has no fields.
        fields.update({name: value.strip() for name, value in parse_qsl(part) if value.strip()})
    if "code" in fields:
        # A code has no space: it was a + that nobody had encoded. Closing quotes may have stayed inside the brackets.
        fields["code"] = fields["code"].replace(" ", "+").rstrip(_AROUND.replace("(", "").replace(")", ""))
    return fields


def _judge(fields: Mapping[str, str], state: str) -> PastedAnswer:
    if not is_same_state(fields.get("state", state).rstrip(_AROUND), state):
        return PastedAnswer(PasteKind.OLD_ATTEMPT)
    # client_info only helps to find the nearest of Microsoft's computers; one that was cut off makes msal fail.
    complete = {**{name: value for name, value in fields.items() if name != "client_info"}, "state": state}
    return PastedAnswer(PasteKind.ANSWER if "code" in fields else PasteKind.REFUSED, complete)


HTTP_PORT = 80
LONGEST_FORM_BYTES = 64 * 1024
SILENCE_SECONDS = 10.0  # browsers open connections in advance and say nothing
_IN_USE = (errno.EADDRINUSE, errno.EACCES, getattr(errno, "WSAEACCES", errno.EACCES))

ARRIVED = (
    "Microsoft's answer has arrived",
    "Go back to the terminal: the program finishes the sign-in there, and says whether it worked. You can close this "
    "page.",
)
ALREADY_ANSWERED = ("The answer has arrived already", "Go back to the terminal. You can close this page.")
OLD_ATTEMPT = ("This belongs to an earlier attempt", "Go back to the terminal, and open the address it showed last.")
LED_ON = ("On to Microsoft's page", "Your browser is being led to Microsoft's sign-in page.")
OPENED_TWICE = (
    "This address works once, and was opened before",
    "If that was not you, somebody else on this computer did, and the program no longer waits for the answer: leave "
    "the sign-in in the terminal, and choose 1 again.",
)
NO_CODE = (
    "There is no code in this answer",
    "Perhaps a browser add-on cut it out. Go back to the terminal, and try again without it.",
)
ELSEWHERE = ("There is nothing here", "This is where the OneDrive downloader waits for the end of a sign-in.")
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><style>body{{font:1.1em/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;"
    "padding:0 1em}}:root{{color-scheme:light dark}}</style></head><body><h1>{title}</h1><p>{text}</p></body></html>"
)


@dataclass(frozen=True)
class _Lent:
    """A path of ours that leads to an address; '' when it has led there."""

    path: str
    address: str


class PortBusy(Exception):
    """The listener cannot be had; the message says why, in words that fit after 'because'."""


class RedirectListener:
    """Waits at a redirect address, from when it is made until its `with` block is left, for the attempt it expects.

    At localhost any free port will do where that of the address is taken or not named: Microsoft does not compare it
    (graph-facts §1.4, RFC 8252 §7.3). `describe_error` makes words of an answer that says no, for the page. Making one
    raises PortBusy.
    """

    def __init__(self, redirect_uri: str, describe_error: Callable[[Mapping[str, str]], str]) -> None:
        self._configured_uri = redirect_uri
        self._parts = urlsplit(redirect_uri)
        self._state: str | None = None
        self._describe_error = describe_error
        self._answer: Mapping[str, str] | None = None
        self._lent = _Lent("", "")
        self._lock = threading.Lock()
        self._servers = _bind(self._parts, self)
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="redirect")
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> RedirectListener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    @property
    def redirect_uri(self) -> str:
        """The redirect address with the port at which the listener really waits."""
        port = self._servers[0].server_address[1]
        if port == (self._parts.port or HTTP_PORT):
            return self._configured_uri
        return urlunsplit(self._parts._replace(netloc=f"{self._parts.hostname}:{port}"))

    @property
    def answer(self) -> Mapping[str, str] | None:
        """The fields of Microsoft's answer to this attempt, None while there is none."""
        with self._lock:
            return self._answer

    def expect(self, state: str) -> None:
        """Wait for the answer to the attempt with this state."""
        with self._lock:
            self._state = state
            self._answer = None

    def lend(self, address: str) -> str:
        """An address here that leads to `address` once.

        What a browser is started with can be read by all who use this computer. With the state in it another person
        could answer in Microsoft's place, and the program would be signed in as them.
        """
        with self._lock:
            self._lent = _Lent(f"/open-{secrets.token_urlsafe(24)}", address)
            return urlunsplit(urlsplit(self.redirect_uri)._replace(path=self._lent.path, query=""))

    def lead_on(self, path: str) -> str:
        """Where a lent address leads; '' for any other, and the second time: then no answer is waited for any more."""
        with self._lock:
            if not self._lent.path or not secrets.compare_digest(path.encode(), self._lent.path.encode()):
                return ""
            address, self._lent = self._lent.address, _Lent(self._lent.path, "")
            if not address:
                self._state = None
            return address

    def receive(self, path: str, fields: Mapping[str, str]) -> tuple[HTTPStatus, tuple[str, str]]:
        """Take what a browser brought, and say which page it gets."""
        if path and path == self._lent.path:
            return HTTPStatus.GONE, OPENED_TWICE
        if (path or "/") != (self._parts.path or "/"):
            return HTTPStatus.NOT_FOUND, ELSEWHERE
        if "code" not in fields and "error" not in fields:
            return HTTPStatus.BAD_REQUEST, NO_CODE
        with self._lock:
            if self._state is None or not is_same_state(fields.get("state", ""), self._state):
                return HTTPStatus.BAD_REQUEST, OLD_ATTEMPT
            if self._answer is not None:
                return HTTPStatus.OK, ALREADY_ANSWERED
            self._answer = dict(fields)
        if "error" in fields:
            return HTTPStatus.OK, ("You are not signed in", self._describe_error(fields) + " Go back to the terminal.")
        return HTTPStatus.OK, ARRIVED


def can_listen_at(redirect_uri: str) -> bool:
    """True for an address on this computer, http; elsewhere the browser's answer must be pasted."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    # On Windows the option would let two programs have the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, host: str, port: int, listener: RedirectListener) -> None:
        self.listener = listener
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """As usual; IPv6 alone, since 127.0.0.1 has a server of its own."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle is no news."""


def _bind(parts: SplitResult, listener: RedirectListener) -> list[_Server]:
    """Servers on the loopback addresses of the host. Raises PortBusy."""
    if parts.hostname != "localhost":
        return _bind_to(parts.port or HTTP_PORT, listener, only_ipv4=True)
    try:
        return _bind_to(parts.port or 0, listener)
    except PortBusy:
        return _bind_to(0, listener)


def _bind_to(port: int, listener: RedirectListener, *, only_ipv4: bool = False) -> list[_Server]:
    """All of them, or PortBusy: a browser may choose either."""
    try:
        servers = [_Server("127.0.0.1", port, listener)]
    except OSError as error:
        raise PortBusy(_why_busy(error, port)) from error
    try:
        if not only_ipv4:
            servers.append(_Server("::1", servers[0].server_address[1], listener))
    except OSError as error:
        if error.errno in _IN_USE and port:
            servers[0].server_close()
            raise PortBusy(_why_busy(error, port)) from error
    return servers


def _why_busy(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"another program uses port {port}"
    if error.errno in _IN_USE:
        return f"the system does not allow us to use port {port}"
    return f"port {port} cannot be used ({(error.strerror or 'no reason given').lower()})"


class _Handler(BaseHTTPRequestHandler):
    timeout = SILENCE_SECONDS
    server_version = "OneDriveDownloader"
    sys_version = ""
    server: _Server

    def do_GET(self) -> None:
        """The answer in the address (response_mode query)."""
        parts = urlsplit(self.path)
        if address := self.server.listener.lead_on(parts.path):
            self._reply(HTTPStatus.FOUND, LED_ON, Location=address)
        else:
            self._reply(*self.server.listener.receive(parts.path, _fields(parts.query)))

    def do_POST(self) -> None:
        """The answer in a form (response_mode form_post)."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > LONGEST_FORM_BYTES:
            self._reply(HTTPStatus.BAD_REQUEST, NO_CODE)
            return
        form = self.rfile.read(int(length)).decode("utf-8", "replace")
        self._reply(*self.server.listener.receive(urlsplit(self.path).path, _fields(form)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        """Say nothing: the address holds the code."""

    def _reply(self, status: HTTPStatus, words: tuple[str, str], **further: str) -> None:
        title, text = map(html.escape, words)
        page = _PAGE.format(title=title, text=text).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Connection", "close"),
            *further.items(),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)


def _fields(query: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(query) if value}
