"""graph.microsoft.com: reads the token, finds the item, answers; faults and common headers are the server's part."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from onedrive.demo.account import Account
from onedrive.demo.addresses import HIDDEN_LIBRARY_ID, SPECIAL_NAMES, DriveAddress, ItemAddress, find_drive, find_item
from onedrive.demo.batch import answer_batch
from onedrive.demo.change_log import ChangeLog
from onedrive.demo.dialect import ROOT_GUID, dashed
from onedrive.demo.download_urls import DownloadUrls
from onedrive.demo.drive import DemoDrive
from onedrive.demo.edits import change_item, delete_item
from onedrive.demo.file_host import malware_page
from onedrive.demo.grants import Grant, Grants
from onedrive.demo.graph_errors import GraphError, not_found, unknown_segment
from onedrive.demo.item import DemoItem
from onedrive.demo.item_json import Selection, View, show_item
from onedrive.demo.listing import list_children
from onedrive.demo.paging import PageSizes
from onedrive.demo.permissions import READS_OWN, READS_PROFILE, WRITES_OWN, read_bearer, require, require_for_item
from onedrive.demo.wire import Reply, Request, json_reply

METADATA = "https://graph.microsoft.com/v1.0/$metadata#"
JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_VERSION = re.compile(r"^/(v1\.0|beta)(?=/|$)")


class GraphApi:
    """Answers requests for Graph about one person's drive and what it leads to."""

    def __init__(self, drive: DemoDrive, grants: Grants, urls: DownloadUrls, account: Callable[[], Account]) -> None:
        self.drive = drive
        self.grants = grants
        self.urls = urls
        self.account = account
        self.page_sizes = PageSizes()
        self.change_log = ChangeLog()
        self.answer_inner: Callable[[Request], Reply] = self.answer  # for requests inside a batch

    def answer(self, request: Request) -> Reply:
        """The reply for one request, error bodies included."""
        try:
            grant = read_bearer(request, self.grants)
            path = _without_version(request.path)
            if path == "/$batch":
                return answer_batch(request, self.answer_inner)
            with self.drive.lock:
                return self._answer_path(request, path, grant)
        except GraphError as refusal:
            return refusal.to_reply(request)

    def item_of(self, request: Request) -> DemoItem | None:
        """The item that a request is about, if it names one; for faults that are meant for one item."""
        try:
            address = find_drive(_without_version(request.path), self.drive)
            return find_item(address).item if address and address.rest else None
        except GraphError:
            return None

    def _answer_path(self, request: Request, path: str, grant: Grant) -> Reply:
        if path in ("/me", f"/users/{self.account().user_id}"):
            require(grant, READS_PROFILE)
            _only(request, "GET")
            return _graph_reply(_pick(self.account().to_me(), request))
        if path in ("/me/drives", "/drives"):
            require(grant, READS_OWN)
            _only(request, "GET")
            return _graph_reply(self._all_drives())
        if path.startswith("/sites"):
            message = "This API is not supported for MSA accounts (no addressUrl for Microsoft.FileServices,False)."
            raise GraphError(400, "BadRequest", message)
        address = find_drive(path, self.drive)
        if address is None:
            raise unknown_segment(unquote(path.strip("/").partition("/")[0]))
        if not address.rest:
            require(grant, READS_OWN)
            _only(request, "GET")
            return _graph_reply(
                _pick({"@odata.context": self._context(address, "$entity")} | show_drive(address.drive), request)
            )
        return self._answer_in_drive(request, address, grant)

    def _answer_in_drive(self, request: Request, address: DriveAddress, grant: Grant) -> Reply:
        if address.rest in ("/special", "/sharedWithMe", "/recent", "/bundles", "/sharedWithMe()", "/recent()"):
            require(grant, READS_OWN)
            return self._answer_collection(address)
        writes = request.method in ("PATCH", "DELETE", "POST", "PUT")
        found = find_item(address, may_make_special=bool(WRITES_OWN & set(grant.scopes)))
        require_for_item(grant, found.item, self.drive, writes=writes)
        action = found.action.partition("(")[0].removeprefix("microsoft.graph.")
        answers: dict[str, Callable[[Request, ItemAddress], Reply]] = {
            "": self._answer_item,
            "children": self._answer_children,
            "delta": self._answer_delta,
            "content": self._answer_content,
            "thumbnails": lambda _request, _found: _graph_reply({"value": []}),
            "permissions": lambda _request, _found: _graph_reply({"value": []}),
            "versions": lambda _request, found: _graph_reply({"value": [_only_version(found.item)]}),
        }
        if action not in answers:
            raise unknown_segment(found.action)
        return answers[action](request, found)

    def _answer_item(self, request: Request, found: ItemAddress) -> Reply:
        item = found.item
        if request.method == "DELETE":
            delete_item(request, item)
            return Reply(204)
        if request.method == "PATCH":
            change_item(request, item)
        else:
            _only(request, "GET")
            if _is_unchanged(request, item):
                return Reply(304, {"ETag": item.etag})
        view = self._view(request, found.of)
        shown = Selection.from_options(request.options).apply(show_item(item, view), item, view)
        if "children" in request.options.get("$expand", request.options.get("expand", "")):
            shown["children"] = list_children(_without_options(request), found, view, PageSizes())["value"]
        return _graph_reply({"@odata.context": self._context(found.of, "items/$entity")} | shown)

    def _answer_children(self, request: Request, found: ItemAddress) -> Reply:
        _only(request, "GET")
        item = found.item
        if item.kind == "file":
            return _graph_reply({"@odata.context": self._context(found.of, "items"), "value": []})
        if _is_unchanged(request, item):
            return Reply(304, {"ETag": item.etag})
        where = "root/children" if item.kind == "root" else f"items('{quote(item.id)}')/children"
        page = list_children(request, found, self._view(request, found.of), self.page_sizes)
        return _graph_reply({"@odata.context": self._context(found.of, where)} | page)

    def _answer_delta(self, request: Request, found: ItemAddress) -> Reply:
        _only(request, "GET")
        page = self.change_log.list_changes(request, found, self._view(request, found.of), self.page_sizes)
        return _graph_reply({"@odata.context": f"{METADATA}Collection(microsoft.graph.driveItem)"} | page)

    def _answer_content(self, request: Request, found: ItemAddress) -> Reply:
        _only(request, "GET")
        item = found.item
        if item.kind == "notebook":
            raise GraphError(404, "itemNotFound", "The item does not have content.")
        if item.kind != "file":
            raise GraphError(400, "invalidRequest", "You cannot get content for a folder", inner_code="notAFile")
        if "malware" in item.facets:
            return _malware_reply(request)
        if _is_unchanged(request, item):
            return Reply(304, {"ETag": item.etag})
        url = self.urls.url_for(item)
        if url is None:
            raise not_found()
        return Reply(302, {"Location": url})

    def _answer_collection(self, address: DriveAddress) -> Reply:
        shown: list[dict[str, Any]] = []
        if address.rest == "/special":
            view = View(_prefix(address), self.urls.url_for)
            shown = [
                show_item(item, view)
                for item in address.drive.items.values()
                if item.facets.get("specialFolder", {}).get("name") in SPECIAL_NAMES
            ]
        return _graph_reply({"@odata.context": self._context(address, address.rest.strip("/")), "value": shown})

    def _all_drives(self) -> dict[str, Any]:
        """The person's drives; personal accounts list a hidden library first that nobody can open."""
        drives = [show_drive(self.drive)]
        if self.drive.dialect.name == "new":
            hidden = {**show_drive(self.drive), "id": HIDDEN_LIBRARY_ID, "name": dashed(ROOT_GUID)}
            drives.insert(0, {**hidden, "description": "Document library to store albums and album items"})
        return {"@odata.context": f"{METADATA}drives", "value": drives}

    def _view(self, request: Request, address: DriveAddress) -> View:
        asked = "addtoonedrive" in request.headers.get("Prefer", "").lower()
        shows_shortcuts = asked or address.drive.dialect.name != "new"
        return View(_prefix(address), self.urls.url_for, shows_shortcuts=shows_shortcuts)

    def _context(self, address: DriveAddress, rest: str) -> str:
        person = quote(self.account().email, safe="")
        where = f"drives('{quote(address.drive.id)}')" if address.by_id else f"users('{person}')/drive"
        return f"{METADATA}{where}/{rest}"


def show_drive(drive: DemoDrive) -> dict[str, Any]:
    """The drive itself, with its quota."""
    used = drive.root.bytes_below
    system = {"user": {"displayName": "System Account"}}
    owner = {"email": drive.owner_email, "displayName": drive.owner_name, "id": drive.id}
    time = drive.dialect.time
    quota: dict[str, Any] = {"deleted": 0, "remaining": max(0, drive.quota_bytes - used)}
    quota |= {"state": "normal" if used < drive.quota_bytes else "exceeded", "total": drive.quota_bytes, "used": used}
    if drive.dialect.name == "new":
        quota["storagePlanInformation"] = {"upgradeAvailable": True}
    return {
        "createdDateTime": time(drive.created),
        "description": "",
        "id": drive.id,
        "lastModifiedDateTime": time(max(item.modified for item in drive.items.values())),
        "name": "OneDrive",
        "webUrl": f"https://{drive.dialect.file_host}/personal/{drive.id}/Documents",
        "driveType": drive.drive_type,
        "createdBy": system,
        "lastModifiedBy": system,
        "owner": {"user": owner},
        "quota": quota,
    }


def _without_version(path: str) -> str:
    found = _VERSION.match(path)
    if not found:
        raise GraphError(400, "BadRequest", "Invalid version: the request path must begin with /v1.0 or /beta.")
    return path[found.end() :].rstrip("/")


def _graph_reply(shown: dict[str, Any]) -> Reply:
    return json_reply(shown, content_type=JSON_TYPE)


def _only_version(item: DemoItem) -> dict[str, Any]:
    return {
        "id": f"{item.content_version}.0",
        "lastModifiedDateTime": item.drive.dialect.time(item.modified),
        "size": item.size,
    }


def _malware_reply(request: Request) -> Reply:
    refusal = GraphError(403, "malwareDetected", "Malware detected", inner_code="malwareDetected")
    reply = refusal.to_reply(request)
    reply.headers["X-Virus-Infected"] = malware_page().headers["X-Virus-Infected"]
    return reply


def _pick(shown: dict[str, Any], request: Request) -> dict[str, Any]:
    fields = Selection.from_options(request.options).fields
    return shown if fields is None else {name: shown[name] for name in shown if name in fields or name.startswith("@")}


def _prefix(address: DriveAddress) -> str:
    return f"/drives/{address.drive.id}/root:" if address.by_id else "/drive/root:"


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise GraphError(
            405, "methodNotAllowed", "Request method is not allowed on this resource.", headers={"Allow": method}
        )


def _is_unchanged(request: Request, item: DemoItem) -> bool:
    known = request.headers.get("If-None-Match", "").strip()
    return bool(known) and known in ("*", item.etag, item.ctag)


def _without_options(request: Request) -> Request:
    return Request(request.method, request.host, request.path, "", request.headers)
