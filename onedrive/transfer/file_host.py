"""The file host's side of a download: which hosts may serve bytes, and what their replies say. No bearer, ever."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from onedrive.errors import FileHostFailed, ForeignFileHost
from onedrive.net.address import HTTPS_PORT, Address, NoAddress, read_address
from onedrive.net.client import HttpClient
from onedrive.net.hosts import is_file_host
from onedrive.net.reply import Reply

MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BYTES = r"\d{1,18}"  # 18 digits are an exabyte; Python refuses to read thousands of them
_LENGTH = re.compile(_BYTES, re.ASCII)
_CONTENT_RANGE = re.compile(rf"bytes\s+({_BYTES})-({_BYTES})/({_BYTES}|\*)", re.IGNORECASE | re.ASCII)
_UNSATISFIED_RANGE = re.compile(rf"bytes\s+\*/({_BYTES})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class BodyPlan:
    """What a reply with status 200 or 206 promises: where its bytes begin, and the file's size (None: not said)."""

    first_byte: int
    total_bytes: int | None
    etag: str
    content_type: str
    ends_by_itself: bool  # the reply's own framing shows whether it was whole


def open_address(
    http: HttpClient, address: str, *, first_byte: int, end: int | None = None, extra_hosts: Sequence[str] = ()
) -> Reply:
    """Ask for the bytes from `first_byte` up to, not including, `end`; redirects are followed to file hosts only.

    Raises ForeignFileHost, FileHostFailed (redirects without end), ConnectionLost.
    """
    headers = {"Accept-Encoding": "identity"}
    if first_byte or end is not None:
        headers["Range"] = f"bytes={first_byte}-" if end is None else f"bytes={first_byte}-{end - 1}"
    place = check_address(address, extra_hosts)
    for _ in range(MOST_REDIRECTS + 1):
        reply = http.fetch(place, headers)
        if reply.status not in _REDIRECTS:
            return reply
        reply.close()
        if not reply.headers.get("Location"):
            raise FileHostFailed(reply.host, "redirects without saying where to")
        try:
            place = check_address(str(place.follow(reply.headers["Location"])), extra_hosts)
        except NoAddress as error:
            raise ForeignFileHost("") from error
    raise FileHostFailed(reply.host, "redirects in a circle")


def check_address(address: str, extra_hosts: Sequence[str]) -> Address:
    """The address, which is https at one of Microsoft's file hosts, or at one the person trusts.

    An extra host is a name, or an ending that begins with a dot. Raises ForeignFileHost for any other.
    """
    try:
        place = read_address(address)
    except NoAddress as error:
        raise ForeignFileHost("") from error
    is_trusted = is_file_host(place.host) or any(
        place.host.endswith(extra.lower()) if extra.startswith(".") else place.host == extra.lower()
        for extra in extra_hosts
        if extra
    )
    if not is_trusted or place.port != HTTPS_PORT:
        raise ForeignFileHost(place.netloc)
    return place


def read_body_plan(reply: Reply) -> BodyPlan | None:
    """What the reply promises; None when its headers contradict themselves."""
    headers = reply.headers
    is_encoded = headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
    is_chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    first_byte, total = 0, None
    if reply.status == 206:
        found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if found is None or is_encoded:
            return None
        first_byte = int(found[1])
        total = None if found[3] == "*" else int(found[3])
        if int(found[2]) < first_byte or (total is not None and int(found[2]) >= total):
            return None
    elif not is_encoded and not is_chunked:
        length = headers.get("Content-Length", "")
        total = int(length) if _LENGTH.fullmatch(length) else None
    return BodyPlan(
        first_byte=first_byte,
        total_bytes=total,
        etag=headers.get("ETag", "").strip().removeprefix("W/"),
        content_type=headers.get("Content-Type", ""),
        ends_by_itself=is_encoded or is_chunked or "Content-Length" in headers,
    )


class Refusal(NamedTuple):
    """An answer that says no: its status, and the code that it names ('': none)."""

    status: int
    code: str
    is_malware: bool = False


_MOST_READ_BYTES = 64 * 1024
_CODE = re.compile(r"[\w.,: -]{1,80}")


def read_refusal(reply: Reply) -> Refusal:
    """Why the file host says no, out of its header or of the JSON that it sends (trap 110). Raises ConnectionLost."""
    block = memoryview(bytearray(_MOST_READ_BYTES))
    read = 0
    while read < len(block) and (filled := reply.fill(block[read:], 1.0)):
        read += filled
    try:
        said = json.loads(bytes(block[:read]))
    except (ValueError, RecursionError):
        said = None
    codes = list(_codes(said)) if isinstance(said, dict) else []
    is_malware = "X-Virus-Infected" in reply.headers or any("malware" in code.lower() for code in codes)
    return Refusal(reply.status, codes[0] if codes else "", is_malware)


def _codes(said: dict[str, object]) -> Iterator[str]:
    """The codes of an answer, the outermost first."""
    inside = said.get("error") or said.get("odata.error") or said
    while isinstance(inside, dict):
        code = inside.get("code")
        if isinstance(code, str) and _CODE.fullmatch(code):
            yield code
        inside = inside.get("innerError") or inside.get("innererror")


def read_unsatisfied_total(reply: Reply) -> int | None:
    """The file's size out of a 416 reply; None when it does not say."""
    found = _UNSATISFIED_RANGE.fullmatch(reply.headers.get("Content-Range", "").strip())
    return int(found[1]) if found else None
