"""What changes the drive: PATCH (name, folder, times, description), DELETE and restore, with their conditions."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from pretend_onedrive.graph.addresses import well_formed
from pretend_onedrive.graph.errors import GraphError, bad_request, not_found
from pretend_onedrive.model.dialect import FORBIDDEN_CHARACTERS, free_name, is_allowed, read_time
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.wire import Request

CONFLICT = "@microsoft.graph.conflictBehavior"
MAY_CHANGE = {"name", "description", "parentReference", "fileSystemInfo", CONFLICT}
MAY_CHANGE_WITHIN = {
    "parentReference": {"id", "path", "driveId", "driveType", "name", "siteId"},
    "fileSystemInfo": {"createdDateTime", "lastModifiedDateTime"},
}
_FOLDER_PATH = re.compile(r"^/(?:drives/(?P<drive>[^/]+)|(?:me/)?drive)/root:?(?P<path>(?:/.*)?)$")


def change_item(request: Request, item: DemoItem) -> None:
    """Carry out a PATCH: `name`, `parentReference`, `fileSystemInfo`, `description`; raises GraphError."""
    wishes = _read_wishes(request)
    _check_match(request, item)
    _refuse_fixed_item(item)
    folder = _target_folder(item, wishes.get("parentReference"))
    name = _read_name(wishes, item)
    times = _read_times(wishes.get("fileSystemInfo") or {})
    if folder is not item.parent or name != item.name:
        _place(request, wishes, item, folder, name)
    item.client_modified = times.get("lastModifiedDateTime", item.client_modified)
    item.client_created = times.get("createdDateTime", item.client_created)
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


def restore_item(request: Request, item: DemoItem) -> None:
    """Take an item out of the recycle bin, to `parentReference.id` and under `name` where given; raises GraphError.

    Personal drives only (driveitem-restore); what happens where the folder is gone no documentation says.
    """
    drive = item.drive
    if drive.drive_type != "personal":
        raise GraphError(501, "notSupported", "Operation not supported")
    if item.id in drive.items:
        raise bad_request("The item is not deleted")
    wishes = _read_wishes(request)
    folder = _named_folder(drive, wishes.get("parentReference") or {}) or item.parent
    name = _read_name(wishes, item)
    try:
        drive.restore(item, folder, name)
    except KeyError as error:
        raise not_found() from error
    except FileExistsError as error:
        message = "An item with the same name already exists under the parent"
        raise GraphError(409, "nameAlreadyExists", message) from error
    except ValueError as error:
        raise bad_request("Cannot restore an item into this target") from error


def _read_wishes(request: Request) -> dict[str, Any]:
    wishes: Any = None
    with suppress(ValueError):
        wishes = json.loads(request.body or b"{}")
    if not isinstance(wishes, dict):
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
    within = {name: wishes[name] for name in MAY_CHANGE_WITHIN if wishes.get(name) is not None}
    readable = all(isinstance(value, dict) for value in within.values())
    if not readable or not isinstance(wishes.get("description", ""), str | None):
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
    fixed = [name for name in wishes if name not in MAY_CHANGE]
    fixed += [f"{name}.{field}" for name in within for field in within[name] if field not in MAY_CHANGE_WITHIN[name]]
    fixed = [name for name in fixed if "@odata." not in name]  # notes of the client's library
    if fixed:
        raise bad_request(f"The property '{fixed[0]}' is read-only or does not exist on 'microsoft.graph.driveItem'.")
    return wishes


def _read_name(wishes: dict[str, Any], item: DemoItem) -> str:
    name = wishes.get("name", item.name)
    if not isinstance(name, str) or (name != item.name and not is_allowed(name)):
        raise bad_request(f"The provided name cannot contain any of the following characters: {FORBIDDEN_CHARACTERS}")
    return name


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
    folder = _named_folder(drive, reference or {}) or item.parent
    if folder is item.parent:
        return folder
    if not folder.is_folder or folder.kind == "vault" or folder.is_within(item):
        raise bad_request("Cannot move an item into this target")
    return folder


def _named_folder(drive: DemoDrive, reference: dict[str, Any]) -> DemoItem | None:
    """The folder that a `parentReference` names by id or path; None: it is empty."""
    if not reference:
        return None
    by_path = _FOLDER_PATH.match(str(reference.get("path", "")))
    drives = [str(reference.get("driveId") or drive.id), unquote(by_path["drive"] or drive.id) if by_path else drive.id]
    if any(name.lower().zfill(16) != drive.id.lower().zfill(16) for name in drives):
        raise bad_request("Cannot move items between drives with this request")
    if reference.get("id") == "root" or not ("id" in reference or by_path):
        raise bad_request("The parent must be given by its id")
    try:
        by_id = drive.items[well_formed(str(reference["id"]), drive)] if "id" in reference else None
        return by_id or drive.find(unquote(by_path["path"] if by_path else ""))
    except KeyError as error:
        raise not_found() from error


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
    item.drive.place(item, folder, name)
    if wishes.get("fileSystemInfo"):
        item.client_modified = client_modified


def _read_times(times: dict[str, Any]) -> dict[str, datetime]:
    try:
        return {name: read_time(text) for name, text in times.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise bad_request("Invalid date") from error
