"""Discretion: what may stand in a text that a person pastes into a bug report.

The home folder becomes `~`, the person's name in other paths `...`, addresses of e-mail keep their first letter, ids
their first characters, proxies lose their password. Whatever is known to be a secret is cut out of every text as well,
should it ever come so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from onedrive.finding import Finding
from onedrive.words import printable

HIDDEN = "(hidden)"
_EMAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+'-]*@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})")
_USER_OF_AN_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*://)[^/@\s]+@", re.IGNORECASE)
_SHORTEST_SECRET = 6  # shorter ones would be found everywhere


class Discretion:
    """Makes texts fit to be shown to anybody; `folder` is the person's own home folder."""

    def __init__(self, folder: Path, secrets: Iterable[str] = ()) -> None:
        self._folder = str(folder)
        self._person = folder.name
        self._secrets = sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def clean(self, finding: Finding) -> Finding:
        """The finding with both of its texts cleaned."""
        return replace(finding, words=self.clean_text(finding.words), cure=self.clean_text(finding.cure))

    def clean_text(self, text: str) -> str:
        """The text without secrets, e-mail addresses and the person's name in paths, and with nothing unseen in it."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = printable(text)
        if len(self._folder) > 1:
            text = re.sub(rf"(?<![\w/\\.-]){re.escape(self._folder)}(?![\w-])", "~", text)
        if len(self._person) > 1:
            text = re.sub(rf"(?<=[/\\]){re.escape(self._person)}(?![\w-])", "...", text)
        return _EMAIL.sub(r"\1...@\2", _USER_OF_AN_ADDRESS.sub(r"\1", text))


def shorten_id(identity: str) -> str:
    """The beginning of an id: enough to tell two apart."""
    return f"{identity[:4]}..." if len(identity) > 6 else "..."


def proxy_words(address: str) -> str:
    """The address of a proxy, without the name and password in it."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that can be none"
    if not host:
        return "an address that can be none"
    shown = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return f"{shown} (with a name and password, not shown)" if parts.username or parts.password else shown


def proxy_secrets(address: str) -> list[str]:
    """The password in a proxy's address, if there is one."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return [address]
    return [password] if password else []
