"""The hosts that serve bytes: a pre-authenticated URL, ranges, and no Authorization header whatsoever."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import parse_qsl, quote

from pretend_onedrive.model.dialect import PERSONAL_TENANT, dashed
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.model.pictures import encode_jpeg, landscape, written_page
from pretend_onedrive.signin.tokens import Grants
from pretend_onedrive.wire import PIECE_BYTES, Delivery, Reply, Request

LIFETIME_SECONDS = 3600.0
PICTURE_PATH = "/transform/thumbnail"
DOCUMENT_ENDINGS = (".pdf", ".doc", ".docx", ".odt", ".odp", ".pps", ".ppsx", ".ppt", ".pptx", ".xlsx")
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
        claims = {"aud": f"00000003-0000-0ff1-ce00-000000000000/{host}@{PERSONAL_TENANT}"}
        claims |= {"exp": self._expiry(), "drive": drive.id, "g": self.generation}
        payload, guid = _encode(claims), dashed(item.guid)
        owner = drive.id if drive.drive_type == "personal" else "person_contoso_com"
        return (
            f"https://{host}/personal/{owner}/_layouts/15/download.aspx?UniqueId={guid}&Translate=false"
            f"&tempauth=v1e.{payload}.{self._sign(payload + guid)}.MAC&ApiVersion=2.0"
        )

    def picture_url(self, item: DemoItem, sides: tuple[int, int]) -> str:
        """The URL of a JPEG of these sides that shows what is in the file."""
        claims = {
            "d": item.drive.id,
            "i": item.id,
            "v": item.content_version,
            "exp": self._expiry(),
            "g": self.generation,
        }
        payload, size = _encode(claims), f"{sides[0]}x{sides[1]}"
        host = self.host or item.drive.dialect.file_host
        return f"https://{host}{PICTURE_PATH}?docid={payload}.{self._sign(payload + size)}&size={size}"

    def read(self, path: str, query: str, drives: dict[str, DemoDrive]) -> DemoItem | None:
        """The item that a URL leads to, None when it is gone; raises UrlRefusedError."""
        if path.startswith("/y4m"):
            payload, _, signature = path.removeprefix("/y4m").partition("/")[0].partition(".")
            claims = self._check(payload, signature, signed=payload)
            drive = drives.get(claims["d"].lower())
            return drive.items.get(claims["i"]) if drive else None
        if path == PICTURE_PATH:
            asked = dict(parse_qsl(query))
            payload, _, signature = asked.get("docid", "").partition(".")
            claims = self._check(payload, signature, signed=payload + asked.get("size", ""))
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


_RANGE = re.compile(r"^bytes=(?:(\d+)-(\d*)|-(\d+))$")
_PAGE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{0}</title></head><body><h1>{0}</h1></body></html>'
)


class FileHost:
    """Answers for the download hosts of all dialects."""

    def __init__(self, drives: Callable[[], dict[str, DemoDrive]], urls: DownloadUrls) -> None:
        self.drives = drives
        self.urls = urls
        self.refuses_bearer = True  # as the personal host does since 2024; before, an extra token did no harm
        self._paces: dict[str, Pace] = {}

    def answer(self, request: Request) -> Reply:
        """The bytes, or a page that says why not; never Graph's JSON."""
        if self.refuses_bearer and "Authorization" in request.headers:
            return file_host_page(401, "401 UNAUTHORIZED")
        if request.method != "GET":
            return file_host_page(405, "405 METHOD NOT ALLOWED")
        try:
            item = self.urls.read(request.path, request.query, self.drives())
        except UrlRefusedError:
            return file_host_page(401, "401 UNAUTHORIZED")
        if item is None or item.content is None:
            return file_host_page(404, "404 FILE NOT FOUND")
        if "malware" in item.facets:
            return malware_page()
        if request.path == PICTURE_PATH:
            width, height = (int(side) for side in request.options["size"].split("x"))
            headers = {"Content-Type": "image/jpeg", "Cache-Control": "private"}
            is_text = item.name.lower().endswith(DOCUMENT_ENDINGS)
            paint = (written_page if is_text else landscape)(_seed_of(item))
            return Reply(200, headers, encode_jpeg(paint, width, height))
        reply = serve(item, request.headers.get("Range"), request.headers.get("If-Range"))
        if item.paced_bytes_per_second and reply.pieces is not None:
            pace = self._paces.setdefault(item.id, Pace(item.paced_bytes_per_second))
            reply.delivery.pace, reply.delivery.piece_bytes = pace.reserve, 16 * 1024
        return reply

    def item_of(self, request: Request) -> DemoItem | None:
        """The item that the URL leads to; None when it leads to none."""
        try:
            return self.urls.read(request.path, request.query, self.drives())
        except UrlRefusedError:
            return None


class Pace:
    """Lets the connections that serve one file together send no more than so many bytes a second."""

    def __init__(self, bytes_per_second: float) -> None:
        self.bytes_per_second = bytes_per_second
        self._free_at = 0.0
        self._lock = threading.Lock()

    def reserve(self, size: int) -> float:
        """Seconds to wait before sending the next `size` bytes."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free_at)
            self._free_at = start + size / self.bytes_per_second
            return start - now


def serve(item: DemoItem, wanted: str | None, only_if: str | None = None) -> Reply:
    """The file, or the range of it that `Range` asks for and `If-Range` allows: 200, 206 or 416."""
    size = item.true_size
    headers = {
        "Content-Type": item.mime_type or "application/octet-stream",
        "Accept-Ranges": "bytes",
        "ETag": item.etag if item.etag.startswith('"') else f'"{item.etag}"',
        "Last-Modified": format_datetime(item.modified, usegmt=True),
        "Content-Disposition": _disposition(item.name),
        "Cache-Control": "private",
    }
    same = only_if is None or only_if.strip() in (headers["ETag"], headers["Last-Modified"])
    chosen = _choose_range(wanted, size) if same else None
    if chosen and chosen[0] >= chosen[1]:
        return Reply(416, {**headers, "Content-Range": f"bytes */{size}", "Content-Type": "text/html"})
    start, stop = chosen or (0, size)
    if chosen:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    reply = Reply(206 if chosen else 200, headers, delivery=Delivery(), bytes_of_files=True)
    reply.pieces, reply.length = _pieces(item, start, stop), stop - start
    return reply


def file_host_page(status: int, words: str) -> Reply:
    """A page in the file host's style."""
    return Reply(
        status, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "private"}, _PAGE.format(words).encode()
    )


def malware_page() -> Reply:
    """How a file with a virus answers."""
    reply = file_host_page(403, "Sorry, this file can't be opened because it may contain a virus")
    reply.headers["X-Virus-Infected"] = "EICAR-Test-File"
    return reply


def _seed_of(item: DemoItem) -> int:
    """What a small picture is painted by: that of the file where it is painted too, else any of its own."""
    maker, _, rest = getattr(item.content, "recipe", "").partition("|")
    return (
        int(rest.partition("|")[0]) if maker in ("picture", "film") else int(item.guid[:4], 16) + item.content_version
    )


def _choose_range(wanted: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, none between them when there is none; None: not one range."""
    found = _RANGE.match(wanted or "")
    if not found:
        return None
    if found[3]:
        return max(0, size - int(found[3])), size
    if found[2] and int(found[2]) < int(found[1]):
        return None
    return int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)


def _pieces(item: DemoItem, start: int, stop: int) -> Iterator[bytes]:
    content = item.content
    for begin in range(start, stop, PIECE_BYTES):
        if content:
            yield content.read(begin, min(begin + PIECE_BYTES, stop))


def _disposition(name: str) -> str:
    plain = name.encode("ascii", "replace").decode("ascii").replace('"', "'").replace("\\", "_")
    encoded = quote(name, safe="", errors="replace")
    return f"attachment;filename*=UTF-8''{encoded};filename=\"{plain}\""
