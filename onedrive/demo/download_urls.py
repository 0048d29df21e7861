"""Pre-authenticated download URLs: secrets that live an hour, in the form of each back end's file host."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from onedrive.demo.dialect import PERSONAL_TENANT, dashed
from onedrive.demo.drive import DemoDrive
from onedrive.demo.grants import Grants
from onedrive.demo.item import DemoItem

LIFETIME_SECONDS = 3600.0
_DOWNLOAD_PATH = re.compile(r"^/personal/[^/]+/_layouts/15/download\.aspx$")
_DOWNLOAD_QUERY = re.compile(
    r"^UniqueId=(?P<guid>[0-9a-f-]{36})&Translate=false&tempauth=v1e\.(?P<payload>[^.&]+)\.(?P<signature>[^.&]+)\.MAC&ApiVersion=2\.0(&.*)?$"
)


class UrlRefusedError(Exception):
    """The URL is not one of ours, was altered, or is past its time."""


@dataclass
class DownloadUrls:
    """Makes the URLs and reads them back; `generation` is raised to make all URLs given out so far worthless."""

    grants: Grants
    lifetime_seconds: float = LIFETIME_SECONDS
    generation: int = 0
    host: str | None = None  # another host than the dialect's, when the service redirects elsewhere

    def url_for(self, item: DemoItem) -> str | None:
        """The URL of a file's bytes; None for what has none (folders, notebooks, files with malware)."""
        if item.kind != "file" or "malware" in item.facets:
            return None
        drive = item.drive
        host = self.host or drive.dialect.file_host
        if drive.dialect.name == "old":
            claims = {"d": drive.id, "i": item.id, "exp": self._expiry(), "g": self.generation}
            payload = _encode(claims)
            plain = "".join(letter for letter in item.name if letter.isalnum() and letter.isascii())
            return f"https://{host}/y4m{payload}.{self._sign(payload)}/{plain or 'file'}"
        claims = {
            "siteid": dashed(drive.root.guid[::-1]),
            "app_displayname": "OneDrive downloader (demo)",
            "appid": "b3af06fc-dbcf-4a28-98b2-4624811440d8",
            "aud": f"00000003-0000-0ff1-ce00-000000000000/{host}@{PERSONAL_TENANT}",
            "exp": self._expiry(),
            "drive": drive.id,
            "g": self.generation,
        }
        payload, guid = _encode(claims), dashed(item.guid)
        owner = drive.id if drive.drive_type == "personal" else "person_contoso_com"
        return (
            f"https://{host}/personal/{owner}/_layouts/15/download.aspx?UniqueId={guid}&Translate=false"
            f"&tempauth=v1e.{payload}.{self._sign(payload + guid)}.MAC&ApiVersion=2.0"
        )

    def read(self, path: str, query: str, drives: dict[str, DemoDrive]) -> DemoItem | None:
        """The item that a URL leads to, None when it is gone; raises UrlRefusedError."""
        if path.startswith("/y4m"):
            payload, _, signature = path.removeprefix("/y4m").partition("/")[0].partition(".")
            claims = self._check(payload, signature, signed=payload)
            drive = drives.get(claims["d"].lower())
            return drive.items.get(claims["i"]) if drive else None
        found = _DOWNLOAD_QUERY.match(query)
        if not _DOWNLOAD_PATH.match(path) or not found:
            raise UrlRefusedError
        claims = self._check(found["payload"], found["signature"], signed=found["payload"] + found["guid"])
        drive = drives.get(claims["drive"].lower())
        guid = found["guid"].replace("-", "")
        return next((item for item in drive.items.values() if item.guid == guid), None) if drive else None

    def _expiry(self) -> str:
        return str(int(self.grants.now() + self.lifetime_seconds))

    def _sign(self, text: str) -> str:
        digest = hmac.new(self.grants.url_key.encode(), text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")

    def _check(self, payload: str, signature: str, *, signed: str) -> dict[str, str]:
        if not hmac.compare_digest(self._sign(signed), signature):
            raise UrlRefusedError
        claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if int(claims["exp"]) <= self.grants.now() or int(claims["g"]) < self.generation:
            raise UrlRefusedError
        return claims


def _encode(claims: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode("ascii").rstrip("=")
