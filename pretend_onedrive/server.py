"""DemoServer: the pretend OneDrive on a loopback port, answering by the Host header for all of Microsoft's hosts.

    with DemoServer(drive) as demo:
        requests.get(f"http://127.0.0.1:{demo.port}/v1.0/me/drive", headers={"Host": "graph.microsoft.com", ...})

The URLs that it gives out are at Microsoft's names, with https. It keeps nothing of the requests it has answered;
`Undisturbed` is where tests come between request and answer.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self

from pretend_onedrive.clock import DemoClock
from pretend_onedrive.file_host import DownloadUrls, FileHost, UrlRefusedError
from pretend_onedrive.graph.api import GraphApi
from pretend_onedrive.model.changes import ChangeRefusedError, make_change
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.person import Person
from pretend_onedrive.signin.apps import (
    CLIENT_SECRET,
    PERSONAL_APP_ID,
    PUBLIC_APP_ID,
    WEB_APP_ID,
    WORK_APP_ID,
    Account,
    registered_apps,
    short_scopes,
)
from pretend_onedrive.signin.authorize import words_page
from pretend_onedrive.signin.service import SignInHost
from pretend_onedrive.signin.tokens import Grants
from pretend_onedrive.state import DemoHome
from pretend_onedrive.wire import (
    BadRequestError,
    Reply,
    Request,
    compress,
    html_reply,
    json_reply,
    read_request,
    write_reply,
)


def answer_control(request: Request, drive: DemoDrive, home: DemoHome | None) -> Reply:
    """Make the change that was asked for; only with the key that is in the demo's home."""
    key = request.headers.get("X-Demo-Key", "")
    if home is None or request.method != "POST" or not hmac.compare_digest(key, home.key):
        return json_reply({"refused": "Only programs that can read the demo's home may change the drive."}, 403)
    try:
        done = make_change(drive, json.loads(request.body))
    except (ChangeRefusedError, KeyError, ValueError) as error:
        return json_reply({"refused": str(error)}, 409)
    home.save_if_changed()
    return json_reply({"done": done})


GRAPH_HOSTS = ("graph.microsoft.com",)
SIGN_IN_HOSTS = (
    *("login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"),
    *("www.microsoft.com", "microsoft.com", "localhost", "127.0.0.1"),
)
FILE_HOST_ENDINGS = ("microsoftpersonalcontent.com", ".1drv.com", ".livefilestore.com", ".sharepoint.com", ".svc.ms")
SHORTEST_GZIP_BYTES = 500


class Undisturbed:
    """What comes between a request and its answer: here nothing."""

    def answer(
        self,
        request: Request,  # noqa: ARG002  # for those who come between
        on: str,  # noqa: ARG002
        path_of: Callable[[], str | None],  # noqa: ARG002
        answer: Callable[[], Reply],
    ) -> Reply:
        """The reply of a kind of host ("graph", "files", "token", "sign_in", "batch") about the item at `path_of()`."""
        return answer()

    def sending(self, request: Request, reply: Reply, arrived: float) -> None:
        """A last look at a request that arrived at this moment of `time.monotonic`, and at what goes out."""


class DemoServer:
    """The server and everything behind it; `home` keeps what it knows, None forgets it at the end."""

    def __init__(
        self,
        drive: DemoDrive,
        home: Path | None = None,
        *,
        port: int = 0,
        auto_consent: bool = False,
        clock: DemoClock | None = None,
        faults: Undisturbed | None = None,
    ) -> None:
        self.clock = clock or DemoClock()
        self.drive = drive
        drive.clock = self.clock.now
        self.grants = Grants(self.clock.now)
        self.home = DemoHome(home, drive, self.grants) if home else None
        self.apps = registered_apps()
        self.urls = DownloadUrls(self.grants)
        self.graph = GraphApi(drive, self.grants, self.urls, lambda: Account.of(drive))
        self.graph.answer_inner = self._answer_in_batch
        self.sign_in = SignInHost(self.apps, self.grants, lambda: Account.of(drive))
        self.sign_in.authorize.auto_consent = auto_consent
        self.files = FileHost(drive.reachable_drives, self.urls)
        self._between = faults or Undisturbed()
        self.delay_seconds = 0.0
        self.app_id, self.client_secret = WEB_APP_ID, CLIENT_SECRET
        self.public_app_id, self.personal_app_id, self.work_app_id = PUBLIC_APP_ID, PERSONAL_APP_ID, WORK_APP_ID
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.person = Person(self.port)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to answer, on threads of its own."""
        if self.home:
            self.home.open(self.port)
        self._thread = threading.Thread(target=self._accept, name="pretend OneDrive", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all connections and keep the state."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # a last visitor wakes the thread that waits for one, on every system
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        if self._thread:
            self._thread.join(5)
        if self.home:
            self.home.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def issue_token(self, scope: str = "Files.Read User.Read", lifetime_seconds: float = 3600) -> str:
        """A bearer token that Graph accepts, for tests that are not about signing in."""
        return self.grants.new_access_token(self.public_app_id, short_scopes(scope), lifetime_seconds)

    def answer(self, request: Request) -> Reply:
        """The reply for one request: by host, through the faults, with the headers that every reply has."""
        on, path_of, answer = self._responsible(request)
        if on is None:
            return answer()
        reply = self._between.answer(request, on, path_of, answer)
        if on == "graph":
            _add_graph_headers(request, reply)
        elif on == "files":
            reply.headers.setdefault("SPRequestGuid", request.id)
        elif on in ("token", "sign_in"):
            reply.headers.setdefault("Cache-Control", "no-store, no-cache")
            reply.headers.setdefault("x-ms-request-id", request.id)
        if self.home:
            self.home.save_if_changed()
        return reply

    def _responsible(self, request: Request) -> tuple[str | None, Callable[[], str | None], Callable[[], Reply]]:
        """Which kind of host this is, how to find the item it is about, and who answers."""
        host = request.host
        if host in GRAPH_HOSTS:
            return "graph", lambda: _path(lambda: self.graph.item_of(request)), lambda: self.graph.answer(request)
        if host.endswith(FILE_HOST_ENDINGS) or host == self.urls.host:
            return "files", lambda: _path(lambda: self.files.item_of(request)), lambda: self.files.answer(request)
        if host in ("localhost", "127.0.0.1") and request.path.startswith("/_demo/"):
            return None, lambda: None, lambda: answer_control(request, self.drive, self.home)
        if host in SIGN_IN_HOSTS:
            on = "token" if request.path.endswith("/oauth2/v2.0/token") else "sign_in"
            return on, lambda: None, lambda: self.sign_in.answer(request)
        page = words_page("Nobody here", f"The pretend OneDrive does not answer for the host {host}.")
        return None, lambda: None, lambda: html_reply(page, 421)

    def _answer_in_batch(self, request: Request) -> Reply:
        path_of = lambda: _path(lambda: self.graph.item_of(request))  # noqa: E731  # asked only when a fault is for one item
        return self._between.answer(request, "batch", path_of, lambda: self.graph.answer(request))

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """Answer on one connection until either side ends it; what clients do wrong ends the connection only."""
        stream = connection.makefile("rb")
        self._stopping.wait(self.delay_seconds)  # the round trip of connecting
        try:
            while not self._stopping.is_set() and self._serve_one(stream, connection):
                pass
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            with contextlib.suppress(OSError):
                stream.close()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _serve_one(self, stream: BufferedReader, connection: socket.socket) -> bool:
        try:
            request = read_request(stream, connection)
        except BadRequestError:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if request is None:
            return False
        arrived = time.monotonic()
        if self.delay_seconds:
            self._stopping.wait(self.delay_seconds)
        reply = self._answer_safely(request)
        reply.headers.setdefault("Date", formatdate(self.clock.now(), usegmt=True))
        self._between.sending(request, reply, arrived)
        return write_reply(connection, request, reply, wait=self._stopping.wait)

    def _answer_safely(self, request: Request) -> Reply:
        try:
            return self.answer(request)
        except Exception as error:  # a mistake in the demo must show as an answer, not end a thread silently
            return html_reply(words_page("A mistake in the pretend OneDrive", f"{type(error).__name__}: {error}"), 500)


def _path(find: Callable[[], object]) -> str | None:
    try:
        item = find()
    except UrlRefusedError:
        return None
    return getattr(item, "path", None)


def _add_graph_headers(request: Request, reply: Reply) -> None:
    known = {
        "Cache-Control": "no-store, no-cache" if reply.status == 200 else "private",
        "Strict-Transport-Security": "max-age=31536000",
        "request-id": request.id,
        "client-request-id": request.headers.get("client-request-id", request.id),
        "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"North Europe","Slice":"E","Ring":"4","ScaleUnit":"003",'
        '"RoleInstance":"DEMO000000000000"}}',
        "OData-Version": "4.0",
    }
    for name, value in known.items():
        reply.headers.setdefault(name, value)
    accepts = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    packs = accepts and "json" in reply.headers.get("Content-Type", "") and "Content-Encoding" not in reply.headers
    if packs and reply.content_length > SHORTEST_GZIP_BYTES:
        compress(reply)
