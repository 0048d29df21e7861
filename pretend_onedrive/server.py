"""DemoServer: the pretend OneDrive on a loopback port, answering by the Host header for all of Microsoft's hosts.

    with DemoServer(drive) as demo:
        requests.get(f"http://127.0.0.1:{demo.port}/v1.0/me/drive", headers={"Host": "graph.microsoft.com", ...})

The URLs that it gives out are at Microsoft's names, with https. It keeps nothing of the requests that it has answered;
`Undisturbed` is where tests come between a request and its answer. What is answered: `graph/api.py`, `file_host.py`,
`signin/service.py`.
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
from pretend_onedrive.file_host import DownloadUrls, FileHost
from pretend_onedrive.graph.api import GraphApi
from pretend_onedrive.model.changes import ChangeRefusedError, make_change
from pretend_onedrive.model.drive import DemoDrive, DemoItem
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
from pretend_onedrive.signin.authorize import words_reply
from pretend_onedrive.signin.service import SignInHost
from pretend_onedrive.signin.tokens import Grants
from pretend_onedrive.state import DemoHome
from pretend_onedrive.wire import BadRequestError, Reply, Request, compress, json_reply, read_request

GRAPH_HOST = "graph.microsoft.com"
LOCAL_HOSTS = ("localhost", "127.0.0.1")
SIGN_IN_HOSTS = (
    *("login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"),
    *("www.microsoft.com", "microsoft.com", *LOCAL_HOSTS),
)
FILE_HOST_ENDINGS = ("microsoftpersonalcontent.com", ".1drv.com", ".livefilestore.com", ".sharepoint.com", ".svc.ms")
SHORTEST_GZIP_BYTES = 500
Find = Callable[[], DemoItem | None]
Host = GraphApi | FileHost | SignInHost  # one kind of Microsoft's hosts: it answers, and knows the item that is meant


class Undisturbed:
    """What comes between a request and its answer: here nothing."""

    def answer(self, request: Request, on: str, find_item: Find, answer: Callable[[], Reply]) -> Reply:  # noqa: ARG002
        """The reply of a kind of host: "graph", "files", "token", "sign_in", or "batch" for a request inside one."""
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
        self.delay_seconds = 0.0  # before each answer, as a far-away service needs
        self.app_id, self.client_secret = WEB_APP_ID, CLIENT_SECRET
        self.public_app_id, self.personal_app_id, self.work_app_id = PUBLIC_APP_ID, PERSONAL_APP_ID, WORK_APP_ID
        self._between = faults or Undisturbed()
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
        """The reply for one request: by host, with the headers that every reply of that host has."""
        found = self._host_of(request)
        if found is None:
            return self._answer_elsewhere(request)
        kind, host = found
        reply = self._between.answer(request, kind, lambda: host.item_of(request), lambda: host.answer(request))
        reply.headers = _common_headers(kind, request, reply.status) | reply.headers
        if kind == "graph" and reply.content_length > SHORTEST_GZIP_BYTES and _may_be_packed(request, reply):
            compress(reply)
        if self.home:
            self.home.save_if_changed()
        return reply

    def _host_of(self, request: Request) -> tuple[str, Host] | None:
        """Which kind of Microsoft's hosts is asked; None: none of them."""
        name, path = request.host, request.path.lower()
        if name == GRAPH_HOST:
            return "graph", self.graph
        if name.endswith(FILE_HOST_ENDINGS) or name == self.urls.host:
            return "files", self.files
        if name in SIGN_IN_HOSTS and not (name in LOCAL_HOSTS and path.startswith("/_demo/")):
            return "token" if path.endswith("/oauth2/v2.0/token") else "sign_in", self.sign_in
        return None

    def _answer_elsewhere(self, request: Request) -> Reply:
        """A change to the drive, for those who can read the key in the demo's home; nobody at other names."""
        if request.host not in LOCAL_HOSTS:
            words = f"The pretend OneDrive does not answer for the host {request.host}."
            return words_reply("Nobody here", words, 421)
        key = request.headers.get("X-Demo-Key", "")
        if self.home is None or request.method != "POST" or not hmac.compare_digest(key, self.home.key):
            return json_reply({"refused": "Only programs that can read the demo's home may change the drive."}, 403)
        try:
            done = make_change(self.drive, json.loads(request.body))
        except (ChangeRefusedError, KeyError, ValueError) as error:
            return json_reply({"refused": str(error)}, 409)
        self.home.save_if_changed()
        return json_reply({"done": done})

    def _answer_in_batch(self, request: Request) -> Reply:
        return self._between.answer(
            request, "batch", lambda: self.graph.item_of(request), lambda: self.graph.answer(request)
        )

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            try:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            except RuntimeError:  # the system gives no thread now: the client may ask again
                self._hang_up(connection)

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
            with contextlib.suppress(OSError):
                stream.close()
            self._hang_up(connection)

    def _hang_up(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
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
        return reply.delivery.send(connection, request, reply, self._stopping.wait)

    def _answer_safely(self, request: Request) -> Reply:
        try:
            return self.answer(request)
        except Exception as error:  # a mistake in the demo must show as an answer, not end a thread silently
            return words_reply("A mistake in the pretend OneDrive", f"{type(error).__name__}: {error}", 500)


def _common_headers(kind: str, request: Request, status: int) -> dict[str, str]:
    """The headers that every reply of this kind of host has, unless it says otherwise itself."""
    if kind == "graph":
        return {
            "Cache-Control": "no-store, no-cache" if status == 200 else "private",
            "Strict-Transport-Security": "max-age=31536000",
            "request-id": request.id,
            "client-request-id": request.headers.get("client-request-id", request.id),
            "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"North Europe","Slice":"E","Ring":"4",'
            '"ScaleUnit":"003","RoleInstance":"DEMO000000000000"}}',
            "OData-Version": "4.0",
        }
    if kind == "files":
        return {"SPRequestGuid": request.id}
    return {"Cache-Control": "no-store, no-cache", "x-ms-request-id": request.id}


def _may_be_packed(request: Request, reply: Reply) -> bool:
    weights: dict[str, float] = {}
    for coding in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        weights[name] = float(weight) if weight.replace(".", "", 1).isdigit() else 1.0
    accepts = weights.get("gzip", weights.get("*", 0.0)) > 0
    return accepts and "json" in reply.headers.get("Content-Type", "") and "Content-Encoding" not in reply.headers
