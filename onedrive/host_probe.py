"""One request to one host, and all that can be learned from its answer: is it reached, trusted, itself, and on time?"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from onedrive.errors import OneDriveError
from onedrive.http import HttpClient, host_of

HALF_A_SECOND = 0.5  # a Date header has whole seconds, cut off


@dataclass(frozen=True)
class Probe:
    """What came of a request; `error` says why nothing did, and then the rest is empty.

    `answer` is the JSON object of the body, None when it is none. `skew_seconds`: how far this computer's clock is
    before the server's; None: the server did not say its time.
    """

    host: str
    error: OneDriveError | None = None
    status: int = 0
    answer: Mapping[str, object] | None = field(default=None, repr=False)
    seconds: float = 0.0
    skew_seconds: float | None = None
    leads_to: str = ""  # the host of a redirect
    retry_after: str = ""


def probe(
    http: HttpClient, method: str, url: str, *, bearer: str | None = None, form: Mapping[str, str] | None = None
) -> Probe:
    """Ask once, without another try; whatever goes wrong is in the result."""
    host = host_of(url)
    sent_at, began = time.time(), time.monotonic()
    try:
        reply = http.send(method, url, bearer=bearer, form=form, headers={"Accept": "application/json"})
        seconds = time.monotonic() - began
        body = reply.body()
    except OneDriveError as error:
        return Probe(host, error=error)
    return Probe(
        host,
        status=reply.status,
        answer=_read_object(body),
        seconds=seconds,
        skew_seconds=_skew(reply.headers.get("Date", ""), sent_at + seconds / 2),
        leads_to=_host_in(reply.headers.get("Location", "")),
        retry_after=reply.headers.get("Retry-After", ""),
    )


def _read_object(body: bytes) -> Mapping[str, object] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _skew(date: str, here: float) -> float | None:
    try:
        return here - (parsedate_to_datetime(date).timestamp() + HALF_A_SECOND)
    except (ValueError, TypeError, OverflowError):
        return None


def _host_in(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:
        return ""
