"""The hosts that we speak to, what a person calls the service behind each, and the way each request is marked."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from onedrive.words import format_count, plural

GRAPH_HOST = "graph.microsoft.com"
SIGN_IN_HOST = "login.microsoftonline.com"
# Where a person takes back what they allowed an app; this program only names them.
CONSENT_PERSONAL = "https://account.live.com/consent/Manage"
CONSENT_WORK = "https://myapps.microsoft.com"
# Where pre-authenticated download URLs lead (graph-facts §3.1).
FILE_HOST_ENDINGS = (
    ".1drv.com",
    ".livefilestore.com",
    ".microsoftpersonalcontent.com",
    ".sharepoint.com",
    ".sharepoint.us",
    ".sharepoint.cn",
    ".sharepoint-mil.us",
    ".svc.ms",
)


def is_file_host(host: str) -> bool:
    """True for the hosts that serve the bytes of files for OneDrive."""
    return host.lower().endswith(FILE_HOST_ENDINGS)


def name_service(host: str) -> str:
    """What a person calls the service at a host: OneDrive, Microsoft (the sign-in), or else the host's own name."""
    if host.lower() == GRAPH_HOST or is_file_host(host):
        return "OneDrive"
    return "Microsoft" if host.lower() == SIGN_IN_HOST else host


_MOST_HOSTS_SHOWN = 8
# The hosts of files name them otherwise (graph-facts §3.8).
_IDS = ("request-id", "x-ms-request-id", "client-request-id", "SPRequestGuid", "MS-CV")
_ID = re.compile(r"[0-9A-Za-z+/.-]{8,64}")


class Traffic:
    """The requests of a run; may be told from any thread. `note` hears of each failed one, in words."""

    def __init__(self, note: Callable[[str], None] = lambda _: None) -> None:
        self._note = note
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def answered(self, method: str, host: str, status: int, headers: Mapping[str, str]) -> None:
        """A host answered with this status."""
        with self._lock:
            self._counts[host, str(status)] += 1
        if status >= 400:
            self._note(f"{method} {host}: {status}{describe_ids(headers)}")

    def lost(self, method: str, host: str, error: BaseException) -> None:
        """A host gave no answer; the error's kind is kept, its words may hold an address."""
        with self._lock:
            self._counts[host, "no answer"] += 1
        self._note(f"{method} {host}: no answer ({type(error).__name__})")

    def describe(self) -> str:
        """What was asked since the last time, by host: 'graph.microsoft.com 12 (200: 11, 429: 1)'; '' for nothing."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        by_host: dict[str, Counter[str]] = {}
        for (host, answer), number in counts.items():
            by_host.setdefault(host, Counter())[answer] += number
        hosts = sorted(by_host.items(), key=lambda entry: -entry[1].total())
        parts = [f"{host or 'no host'} {format_count(found.total())} ({_join(found)})" for host, found in hosts]
        if len(parts) > _MOST_HOSTS_SHOWN:
            rest = sum(found.total() for _, found in hosts[_MOST_HOSTS_SHOWN:])
            parts[_MOST_HOSTS_SHOWN:] = [f"other hosts {format_count(rest)}"]
        return f"{plural('request', counts.total())}: {'; '.join(parts)}" if parts else ""


def _join(answers: Counter[str]) -> str:
    return ", ".join(f"{answer}: {format_count(number)}" for answer, number in sorted(answers.items()))


def describe_ids(headers: Mapping[str, str]) -> str:
    """The ids by which Microsoft's support finds a request, each after a comma; '' when there are none."""
    ids = [f", {name} {headers[name]}" for name in _IDS if _ID.fullmatch(headers.get(name, ""))]
    return "".join(ids)
