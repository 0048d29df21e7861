"""TLS at Microsoft's real names: a proxy with certificates made for this run, and the pretend OneDrive behind it.

A client is told of it as of any proxy: HTTPS_PROXY, and a file with the authority to trust. Other names are refused, so
that nothing leaves this computer.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pretend_onedrive.model.dialect import DIALECTS

NAMES = [
    *("graph.microsoft.com", "login.microsoftonline.com", "login.microsoft.com", "login.windows.net"),
    *(dialect.file_host for dialect in DIALECTS.values()),
]


class Front:
    """The proxy; `port` is where it listens, `authority` the file to trust, `asked` how often which name was asked."""

    def __init__(self, behind: int, folder: Path) -> None:
        self.behind = behind
        self.authority = folder / "authority.pem"
        self.asked: Counter[str] = Counter()
        self.port = 0
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(make_certificates(folder, self.authority))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._listening = starting.result(10)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def environment(self) -> dict[str, str]:
        """What a client must be told: the proxy, and whom to trust, in the variables of curl, Go, Python and Node."""
        proxy, authority = f"http://127.0.0.1:{self.port}", str(self.authority)
        trusted = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        told = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy) | dict.fromkeys(trusted, authority)
        return told | dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1")

    async def _end(self) -> None:
        self._listening.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, *_ = head.split(" ")
            name = target.removesuffix(":443").lower()
            self.asked[name] += 1
            if method == "CONNECT" and name in NAMES:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.start_tls(self._tls)
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.behind)
                await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
            else:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()


def make_certificates(folder: Path, authority: Path, host_names: Sequence[str] = NAMES) -> Path:
    """Write the authority's certificate, and key and certificate for all names into the file that is returned."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])
        for words in ("Authority of a test of the pretend OneDrive", "The pretend OneDrive")
    ]
    now = datetime.now(UTC)
    signed = []
    for number, (key, name) in enumerate(zip(keys, names, strict=True)):
        may_sign = number == 0
        builder = (
            x509.CertificateBuilder(names[0], name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=7))
            .add_extension(x509.BasicConstraints(ca=may_sign, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    *(True, False, False, False, False),
                    key_cert_sign=may_sign,
                    crl_sign=may_sign,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if not may_sign:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in host_names])
            builder = builder.add_extension(alternatives, critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        signed.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    authority.write_bytes(signed[0])
    chain = folder / "names.pem"
    chain.write_bytes(keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed[1])
    return chain
