"""Web addresses: one function takes them apart, judges them, and builds what is sent.

Parsers differ in what they make of `https://a\\@b/`: whoever judges with one and sends with another sends tokens to
strangers. `HttpClient` sends nothing but what `read_address` built; `graph`, `transfer`, `signin` judge by it too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from onedrive.errors import ServiceUnusable

HTTPS_PORT = 443
_HOST = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*"
_ADDRESS = re.compile(rf"https://({_HOST})(?::(\d{{1,5}}))?([/?][^#]*)?(?:#.*)?", re.IGNORECASE | re.ASCII)
_NEVER = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_KEPT = "!#$%&'()*+,/:;=?@[]~"  # these and letters, digits, `-._` stand as they came (RFC 3986)


class NoAddress(ServiceUnusable):
    """A server, or a saved file, named what can be no address."""

    def __init__(self) -> None:
        super().__init__("OneDrive", "it named something that is no valid address, so nothing was sent there")


@dataclass(frozen=True)
class Address:
    """An https address: its host in small letters, its port, its path with the query, in ASCII."""

    host: str
    port: int
    target: str

    @property
    def netloc(self) -> str:
        """The host, and the port where it is not the usual one."""
        return self.host if self.port == HTTPS_PORT else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"https://{self.netloc}{self.target}"

    @property
    def path(self) -> str:
        """What stands before the query."""
        return self.target.partition("?")[0]

    def is_at(self, host: str) -> bool:
        """Whether it leads to this very host, at the usual port."""
        return self.host == host and self.port == HTTPS_PORT

    def follow(self, location: str) -> Address:
        """Where a redirect leads from here. Raises NoAddress."""
        try:
            return read_address(urljoin(str(self), _checked(location)))
        except ValueError as error:
            raise NoAddress from error


def read_address(text: str) -> Address:
    """The address that a text is; a fragment is left away, as it is never sent.

    Raises NoAddress unless it is https to a plain name without a user, a backslash or a sign that is none.
    """
    found = _ADDRESS.fullmatch(_checked(text))
    if not found or (found[2] and not 0 < int(found[2]) < 65536):
        raise NoAddress
    target = quote(found[3] or "/", safe=_KEPT)
    return Address(
        host=found[1].lower(),
        port=int(found[2] or HTTPS_PORT),
        target=target if target.startswith("/") else f"/{target}",
    )


def quote_part(text: str, safe: str = "") -> str:
    """A name or an id within an address; half a character too, which the service will not know."""
    return quote(text, safe=safe, errors="surrogatepass")


def _checked(text: str) -> str:
    """The text, unless it holds what addresses never hold, and what parsers skip or turn round."""
    if _NEVER.search(text):
        raise NoAddress
    return text
