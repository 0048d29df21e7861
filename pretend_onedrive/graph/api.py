"""graph.microsoft.com: reads the token, finds who answers for the address, and answers.

`GraphApi` has a table of addresses for each of the three things that a path can be about: the account, a drive, an
item. `addresses.py` reads paths, `items.py` shows items, `pages.py` and `delta.py` list them, `writes.py` changes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from pretend_onedrive.file_host import DownloadUrls, malware_page
from pretend_onedrive.graph.addresses import (
    HIDDEN_LIBRARY_ID,
    READS_OWN,
    READS_PROFILE,
    SPECIAL_NAMES,
    WRITES_OWN,
    DriveAddress,
    ItemAddress,
    find_drive,
    find_item,
    read_bearer,
    refuse_not_pretended,
    require,
    require_for_item,
)
from pretend_onedrive.graph.batch import answer_batch
from pretend_onedrive.graph.delta import ChangeLog
from pretend_onedrive.graph.errors import (
    GraphError,
    bad_request,
    method_not_allowed,
    not_found,
    not_pretended,
    unknown_segment,
)
from pretend_onedrive.graph.items import Selection, View, show_drive, show_item
from pretend_onedrive.graph.pages import PageSizes, expand, list_children, list_in_order
from pretend_onedrive.graph.thumbnails import jpg_address, list_thumbnails, show_thumbnail
from pretend_onedrive.graph.writes import change_item, delete_item, restore_item
from pretend_onedrive.model.dialect import ROOT_GUID, Json, dashed
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.signin.apps import Account
from pretend_onedrive.signin.tokens import Grant, Grants
from pretend_onedrive.wire import Reply, Request, json_reply

METADATA = "https://graph.microsoft.com/v1.0/$metadata#"
JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
COLLECTIONS = ("/special", "/sharedWithMe", "/sharedWithMe()")
SERVICES = ("me", "users", "groups", "search", "shares", "subscriptions", "$metadata")  # at Microsoft's, not here
_VERSION = re.compile(r"^/+(v1\.0|beta)(?=/|$)")
_ENTRANCES = [
    {"name": name, "kind": kind, "url": name}
    for name, kind in (("me", "Singleton"), ("drive", "Singleton"), ("drives", "EntitySet"), ("users", "EntitySet"))
]
_WRITING = ("PATCH", "DELETE", "POST", "PUT")


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
        self._of_items: dict[str, tuple[str, Callable[[Request, ItemAddress], Reply]]] = {
            "": ("GET, PATCH, DELETE", self._answer_item),
            "restore": ("POST", self._answer_restore),
            "children": ("GET", self._answer_children),
            "delta": ("GET", self._answer_delta),
            "content": ("GET", self._answer_content),
            "thumbnails": ("GET", self._answer_thumbnails),
            "permissions": ("GET", lambda _request, _found: _graph_reply({"value": []})),
            "versions": ("GET", lambda _request, found: _graph_reply({"value": [_only_version(found.item)]})),
        }

    def answer(self, request: Request) -> Reply:
        """The reply for one request, error bodies included."""
        try:
            if request.path == "/oidc/userinfo":
                return self._answer_userinfo(request)
            path = _without_version(request.path)
            if not path:
                _only(request, "GET")
                return _graph_reply({"@odata.context": METADATA.rstrip("#"), "value": _ENTRANCES})
            grant = read_bearer(request, self.grants)
            if path == "/$batch":
                return answer_batch(request, self.answer_inner)
            with self.drive.lock:
                return self._answer_path(request, path, grant)
        except GraphError as refusal:
            return refusal.to_reply(request)

    def item_of(self, request: Request) -> DemoItem | None:
        """The item that a request is about, if it names one."""
        try:
            address = find_drive(self._as_me(_without_version(request.path)), self.drive)
            return find_item(address, with_bin=_asks_bin(request)).item if address and address.rest else None
        except GraphError:
            return None

    def _as_me(self, path: str) -> str:
        """`/users/{the person}` is `/me`; raises 404 for anybody else."""
        _, users, name, *rest = [*path.split("/", 3), "", ""]
        if users != "users" or not name:
            return path
        if unquote(name).lower() not in self.account().names:
            raise not_found()
        return "/".join(("/me", *rest[:1])).rstrip("/")

    def _answer_userinfo(self, request: Request) -> Reply:
        grant = read_bearer(request, self.grants)
        require(grant, {"openid"})
        _only(request, "GET, POST")
        return json_reply(self.account().userinfo(grant.scopes))

    def _answer_path(self, request: Request, path: str, grant: Grant) -> Reply:
        path = self._as_me(path)
        address = find_drive(path, self.drive)
        if address and address.rest == "/bundles" and request.method == "GET":
            return self._answer_bundles(request, address, grant)
        if address and address.rest not in ("", *COLLECTIONS):
            return self._answer_for_item(request, address, grant)
        if path.startswith("/sites"):
            message = "This API is not supported for MSA accounts (no addressUrl for Microsoft.FileServices,False)."
            raise GraphError(400, "BadRequest", message)
        of_accounts = {
            "/me": (READS_PROFILE, self._show_account),
            "/me/drives": (READS_OWN, self._show_all_drives),
            "/drives": (READS_OWN, self._show_all_drives),
        }
        if address is None and path not in of_accounts:
            first = unquote(path.strip("/").partition("/")[0])
            raise not_pretended(f"{request.method} {path}") if first in SERVICES else unknown_segment(first)
        scopes, show = (READS_OWN, partial(self._show_of_drive, address)) if address else of_accounts[path]
        require(grant, scopes)
        _only(request, "GET")
        if "$expand" in request.options:
            raise not_pretended("$expand of anything but drive items")
        shown, fields = show(), Selection.from_options(request.options).fields
        if fields is not None and "value" not in shown:
            shown = {name: value for name, value in shown.items() if name in fields or name.startswith("@")}
        return _graph_reply(shown)

    def _show_account(self) -> Json:
        return self.account().to_me()

    def _show_all_drives(self) -> Json:
        """The person's drives; personal accounts list a hidden library first that nobody can open."""
        drives = [show_drive(self.drive)]
        if self.drive.dialect.name == "new":
            hidden = {**show_drive(self.drive), "id": HIDDEN_LIBRARY_ID, "name": dashed(ROOT_GUID)}
            drives.insert(0, {**hidden, "description": "Document library to store albums and album items"})
        return {"@odata.context": f"{METADATA}drives", "value": drives}

    def _show_of_drive(self, address: DriveAddress) -> Json:
        """A drive itself, or one of its collections, of which only the special folders are pretended."""
        if not address.rest:
            return {"@odata.context": self._context(address, "$entity")} | show_drive(address.drive)
        shown: list[Json] = []
        if address.rest == "/special":
            view = View(address.path_prefix, self.urls.url_for, self.urls.picture_url)
            special = address.drive.special_folders()
            shown = [show_item(item, view) for item in special if item.facets["specialFolder"]["name"] in SPECIAL_NAMES]
        return {"@odata.context": self._context(address, address.rest.strip("/")), "value": shown}

    def _answer_for_item(self, request: Request, address: DriveAddress, grant: Grant) -> Reply:
        refuse_not_pretended(request.method, address)
        with_bin = _asks_bin(request) and address.drive.drive_type == "personal"
        found = find_item(address, may_make_special=bool(WRITES_OWN & set(grant.scopes)), with_bin=with_bin)
        require_for_item(grant, found.item, self.drive, writes=request.method in _WRITING)
        if found.item.kind == "bundle" and request.method != "GET":
            raise not_pretended("changing an album")
        action = re.sub(r"^delta\(.*\)$", "delta", found.action.removeprefix("microsoft.graph."))
        action = re.sub("^thumbnails/.*$", "thumbnails", action)
        if action not in self._of_items:
            raise unknown_segment(found.action)
        methods, answer = self._of_items[action]
        _only(request, methods)
        return answer(request, found)

    def _answer_item(self, request: Request, found: ItemAddress) -> Reply:
        item = found.item
        if request.method == "DELETE":
            delete_item(request, item)
            return Reply(204)
        if request.method == "PATCH":
            change_item(request, item)
        elif unchanged := _if_unchanged(request, item):
            return unchanged
        view = self._view(request, found.of)
        shown = Selection.from_options(request.options).apply(show_item(item, view), item, view)
        if item.id in item.drive.tombstones:
            shown["deleted"] = {"state": "deleted"}
        shown |= expand(request, item, view)
        return _graph_reply({"@odata.context": self._context(found.of, "items/$entity")} | shown)

    def _answer_restore(self, request: Request, found: ItemAddress) -> Reply:
        restore_item(request, found.item)
        shown = show_item(found.item, self._view(request, found.of))
        return _graph_reply({"@odata.context": self._context(found.of, "items/$entity")} | shown)

    def _answer_children(self, request: Request, found: ItemAddress) -> Reply:
        item = found.item
        if item.kind == "file":
            return _graph_reply({"@odata.context": self._context(found.of, "items"), "value": []})
        if unchanged := _if_unchanged(request, item):
            return unchanged
        where = "root/children" if item.kind == "root" else f"items('{quote(item.id)}')/children"
        page = list_children(request, item, self._view(request, found.of), self.page_sizes)
        return _graph_reply({"@odata.context": self._context(found.of, where)} | page)

    def _answer_delta(self, request: Request, found: ItemAddress) -> Reply:
        page = self.change_log.list_changes(request, found, self._view(request, found.of), self.page_sizes)
        return _graph_reply({"@odata.context": f"{METADATA}Collection(microsoft.graph.driveItem)"} | page)

    def _answer_content(self, request: Request, found: ItemAddress) -> Reply:
        item = found.item
        if item.kind == "notebook":
            raise GraphError(404, "itemNotFound", "The item does not have content.")
        if item.kind != "file":
            raise GraphError(400, "invalidRequest", "You cannot get content for a folder", inner_code="notAFile")
        if "malware" in item.facets:
            warning = {"X-Virus-Infected": malware_page().headers["X-Virus-Infected"]}
            raise GraphError(403, "malwareDetected", "Malware detected", inner_code="malwareDetected", headers=warning)
        if request.options.get("format") == "jpg":
            return Reply(302, {"Location": jpg_address(item, request.options, self.urls.picture_url)})
        if "format" in request.options:
            raise not_pretended("content in another format than jpg")
        if unchanged := _if_unchanged(request, item):
            return unchanged
        url = self.urls.url_for(item)
        if url is None:
            raise not_found()
        return Reply(302, {"Location": url})

    def _answer_bundles(self, request: Request, address: DriveAddress, grant: Grant) -> Reply:
        """All bundles, or with the filter the albums (bundle-list)."""
        require(grant, READS_OWN)
        options, drive = request.options, address.drive
        if drive.drive_type == "business":
            raise GraphError(501, "notSupported", "Operation not supported")
        wanted = options.get("$filter", options.get("filter"))
        if wanted not in (None, "bundle/album ne null") or "children" in options.get(
            "$expand", options.get("expand", "")
        ):
            raise bad_request("Bundles can be filtered by bundle/album ne null only, and not be expanded by children")
        found = [bundle for bundle in drive.bundles.values() if wanted is None or "album" in bundle.facets]
        page = list_in_order(request, found, self._view(request, address), self.page_sizes)
        return _graph_reply({"@odata.context": self._context(address, "bundles")} | page)

    def _answer_thumbnails(self, request: Request, found: ItemAddress) -> Reply:
        """All sizes, one (`thumbnails/0/small`), or the way to its bytes (`thumbnails/0/small/content`)."""
        if found.item.drive.drive_type == "business":
            raise not_pretended("thumbnails of a work drive")
        _, number, size, content = [*found.action.split("/"), "", "", ""][:4]
        if not number:
            listed = list_thumbnails(found.item, request.options, self.urls.picture_url)
            return _graph_reply({"@odata.context": self._context(found.of, "thumbnails"), "value": listed})
        if number != "0" or not size or content not in ("", "content"):
            raise not_found()
        shown = show_thumbnail(found.item, size, self.urls.picture_url)
        return Reply(302, {"Location": shown["url"]}) if content else _graph_reply(shown)

    def _view(self, request: Request, address: DriveAddress) -> View:
        asked = "addtoonedrive" in request.headers.get("Prefer", "").lower()
        shows_shortcuts = asked or address.drive.dialect.name != "new"
        return View(address.path_prefix, self.urls.url_for, self.urls.picture_url, shows_shortcuts=shows_shortcuts)

    def _context(self, address: DriveAddress, rest: str) -> str:
        person = quote(self.account().email, safe="")
        where = f"drives('{quote(address.drive.id)}')" if address.by_id else f"users('{person}')/drive"
        return f"{METADATA}{where}/{rest}"


def _without_version(path: str) -> str:
    found = _VERSION.match(path)
    if not found:
        raise GraphError(400, "BadRequest", "Invalid version: the request path must begin with /v1.0 or /beta.")
    before, colon, after = path[found.end() :].rstrip("/").partition(":")
    return re.sub("/{2,}", "/", before) + colon + after  # Microsoft's own libraries send `/v1.0//me`


def _asks_bin(request: Request) -> bool:
    """Whether it may be about an item in the recycle bin (driveitem-get, driveitem-restore)."""
    return request.path.endswith("/restore") or request.options.get("includeDeletedItems", "").lower() == "true"


def _only(request: Request, methods: str) -> None:
    if request.method not in methods.split(", "):
        raise method_not_allowed(methods)


def _graph_reply(shown: dict[str, Any]) -> Reply:
    return json_reply(shown, content_type=JSON_TYPE)


def _if_unchanged(request: Request, item: DemoItem) -> Reply | None:
    """304 when the client knows the item as it is."""
    known = request.headers.get("If-None-Match", "").strip()
    return Reply(304, {"ETag": item.etag}) if known and known in ("*", item.etag, item.ctag) else None


def _only_version(item: DemoItem) -> dict[str, Any]:
    when = item.drive.dialect.time(item.modified)
    return {"id": f"{item.content_version}.0", "lastModifiedDateTime": when, "size": item.size}
