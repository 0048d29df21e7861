"""graph.microsoft.com: reads the token, finds the item, answers; faults and common headers are the server's part."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

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
    require,
    require_for_item,
)
from pretend_onedrive.graph.delta import ChangeLog
from pretend_onedrive.graph.errors import GraphError, bad_request, not_found, unknown_segment
from pretend_onedrive.graph.items import Selection, View, show_item
from pretend_onedrive.graph.pages import PageSizes, list_children
from pretend_onedrive.model.dialect import FORBIDDEN_CHARACTERS, ROOT_GUID, dashed, free_name, is_allowed, read_time
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.signin.apps import Account
from pretend_onedrive.signin.tokens import Grant, Grants
from pretend_onedrive.wire import Headers, Reply, Request, json_reply

CONFLICT = "@microsoft.graph.conflictBehavior"


def change_item(request: Request, item: DemoItem) -> None:
    """Carry out a PATCH: `name`, `parentReference.id`, `fileSystemInfo`, `description`; raises GraphError."""
    wishes = _read_wishes(request)
    _check_match(request, item)
    _refuse_fixed_item(item)
    folder = _target_folder(item, wishes.get("parentReference"))
    name = wishes.get("name", item.name)
    if not isinstance(name, str) or (name != item.name and not is_allowed(name)):
        raise bad_request(f"The provided name cannot contain any of the following characters: {FORBIDDEN_CHARACTERS}")
    if folder is not item.parent or name != item.name:
        _place(request, wishes, item, folder, name)
    times = wishes.get("fileSystemInfo") or {}
    if times:
        _set_times(item, times)
    if "description" in wishes:
        item.facets["description"] = wishes["description"]
    if times or "description" in wishes:
        item.drive.touch(item)


def delete_item(request: Request, item: DemoItem) -> None:
    """Carry out a DELETE: into the recycle bin, with all that is below; raises GraphError."""
    if "If-Match" in request.headers and item.drive.drive_type == "personal":
        raise _match_failed()  # personal drives refuse every If-Match on DELETE
    _check_match(request, item)
    _refuse_fixed_item(item)
    if "specialFolder" in item.facets:
        raise GraphError(403, "accessDenied", "Special folders cannot be deleted")
    item.drive.delete(item)


def _read_wishes(request: Request) -> dict[str, Any]:
    try:
        wishes = json.loads(request.body or b"{}")
    except ValueError as error:
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from error
    if not isinstance(wishes, dict):
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
    return wishes


def _check_match(request: Request, item: DemoItem) -> None:
    wanted = request.headers.get("If-Match")
    if wanted and wanted.strip() not in ("*", item.etag, item.ctag):
        raise _match_failed()


def _match_failed() -> GraphError:
    return GraphError(
        412, "resourceModified", "ETag does not match current item's value", inner_code="preconditionFailed"
    )


def _refuse_fixed_item(item: DemoItem) -> None:
    if item.kind == "root":
        raise bad_request("Cannot move, rename or delete the root of a drive")
    if item.kind == "vault":
        raise GraphError(403, "accessDenied", "Operation not allowed on the Personal Vault")


def _target_folder(item: DemoItem, reference: dict[str, Any] | None) -> DemoItem:
    drive = item.drive
    if item.parent is None:
        raise bad_request("Cannot move the root of a drive")
    if not reference or "id" not in reference:
        return item.parent
    if reference.get("driveId", drive.id).lower().zfill(16) != drive.id.lower().zfill(16):
        raise bad_request("Cannot move items between drives with this request")
    if reference["id"] == "root":
        raise bad_request("The parent must be given by its id")
    folder = drive.items.get(reference["id"])
    if folder is None:
        raise not_found()
    if not folder.is_folder or folder.kind == "vault" or folder.is_within(item):
        raise bad_request("Cannot move an item into this target")
    return folder


def _place(request: Request, wishes: dict[str, Any], item: DemoItem, folder: DemoItem, name: str) -> None:
    standing = folder.child(name)
    only_form_differs = (
        unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", item.name) and name != item.name
    )
    is_taken_for_same = only_form_differs or not item.drive.tells_case_apart_when_renaming
    if (standing and standing is not item) or (standing is item and name != item.name and is_taken_for_same):
        behaviour = request.options.get(CONFLICT, wishes.get(CONFLICT, "fail"))
        if behaviour == "rename":
            name = free_name(name, set(folder.children))
        elif behaviour == "replace" and standing and standing is not item and standing.kind == item.kind == "file":
            item.drive.delete(standing)
        else:
            raise GraphError(
                409,
                "nameAlreadyExists",
                "An item with the same name already exists under the parent",
                inner_code=None if standing and standing.name == name else "similarRelationshipNameAlreadyExists",
            )
    client_modified = item.client_modified
    if folder is not item.parent:
        item.drive.move_and_rename(item, folder, name)
    else:
        item.drive.rename(item, name)
    if wishes.get("fileSystemInfo"):
        item.client_modified = client_modified


def _set_times(item: DemoItem, times: dict[str, Any]) -> None:
    try:
        if "lastModifiedDateTime" in times:
            item.client_modified = read_time(times["lastModifiedDateTime"])
        if "createdDateTime" in times:
            item.client_created = read_time(times["createdDateTime"])
    except (TypeError, ValueError) as error:
        raise bad_request("Invalid date") from error


LARGEST = 20


def answer_batch(request: Request, answer: Callable[[Request], Reply]) -> Reply:
    """The outer reply is 200 even when inner ones fail; raises GraphError for a batch that is none."""
    if request.method != "POST":
        raise GraphError(
            405, "methodNotAllowed", "Request method is not allowed on this resource.", headers={"Allow": "POST"}
        )
    wishes = _read(request)
    statuses: dict[str, int] = {}
    shown: list[dict[str, Any]] = []
    for wish in wishes:
        failed = [name for name in wish.get("dependsOn", []) if not 200 <= statuses.get(name, 424) < 400]
        if failed:
            inner = GraphError(424, "failedDependency", f"Request {wish['id']} depends on a request that failed.")
            reply = inner.to_reply(request)
        else:
            reply = answer(_inner_request(request, wish))
        statuses[wish["id"]] = reply.status
        shown.append(_show(wish["id"], reply))
    return json_reply({"responses": shown[1::2] + shown[0::2]})  # replies come in no particular order


def _read(request: Request) -> list[dict[str, Any]]:
    try:
        wishes = json.loads(request.body)["requests"]
        names = [wish["id"] for wish in wishes]
        addressed = all(wish["method"] and wish["url"] for wish in wishes)
    except (ValueError, KeyError, TypeError) as error:
        raise GraphError(400, "BadRequest", "Invalid batch payload format.") from error
    if not wishes or len(wishes) > LARGEST:
        sentence = f"Number of batch request steps exceeds the maximum value of {LARGEST}."
        raise GraphError(400, "BadRequest", sentence if wishes else "Invalid batch payload format.")
    for name in names:
        if names.count(name) > 1:
            raise GraphError(400, "BadRequest", f"Request Id {name} has to be unique in a batch.")
    for wish in wishes:
        if wish.get("body") is not None and "content-type" not in {name.lower() for name in wish.get("headers") or {}}:
            message = f"Write request with id '{wish['id']}' does not contain a Content-Type header."
            raise GraphError(400, "BadRequest", message)
    if not addressed or not all(isinstance(name, str) for name in names):
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    return list(wishes)


def _inner_request(request: Request, wish: dict[str, Any]) -> Request:
    parts = urlsplit(wish["url"])
    fields = [(name, value) for name, value in request.headers.fields if name.lower() in ("authorization", "host")]
    fields += [(name, str(value)) for name, value in wish.get("headers", {}).items()]
    body = wish.get("body")
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    version = request.path.split("/")[1]
    path = f"/{version}/{parts.path.lstrip('/')}"
    return Request(wish["method"].upper(), request.host, path, parts.query, Headers(fields), raw, request.id)


def _show(name: str, reply: Reply) -> dict[str, Any]:
    headers = {"Cache-Control": "no-store, no-cache", **reply.headers}
    shown: dict[str, Any] = {"id": name, "status": reply.status, "headers": headers}
    body = reply.whole_body()
    if "json" in reply.headers.get("Content-Type", ""):
        shown["body"] = json.loads(body)
    elif body:
        shown["body"] = base64.b64encode(body).decode("ascii")
    return shown


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
