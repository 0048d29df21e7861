"""Graph's addresses of drive items: by id, by path, by special name, relative to an item; in any reachable drive.

/me/drive/root:/Pictures/2023:/children      -> that folder, "children"
/drives/{id}/items/{id}/content              -> that file, "content"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from pretend_onedrive.graph.errors import (
    GraphError,
    access_denied,
    bad_request,
    bad_token,
    not_found,
    object_handle_is_invalid,
    unknown_segment,
)
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.signin.tokens import Grant, Grants
from pretend_onedrive.wire import Request

LONGEST_PATH = 400
SPECIAL_NAMES = {"documents", "photos", "cameraroll", "approot", "music", "desktop", "public", "attachments"}
HIDDEN_LIBRARY_ID = "b!aLbUmS0fTh3PreTendOneDr1veTh4tN0b0dyC4nOpenAnDthAtIsL1stedFirst0"

_DRIVE = re.compile(
    r"^(?:/(?:me|users/[^/]+)/drives/(?P<my_id>[^/]+)|/drives/(?P<id>[^/]+)|/(?:me|users/[^/]+)/drive|/drive)"
    r"(?=/|$)(?P<rest>.*)$"
)
_ITEM = re.compile(r"^/(?P<start>root|items/(?P<id>[^/:]+)|special/(?P<special>[^/:]+))(?P<rest>(?:[/:].*)?)$")


@dataclass(frozen=True)
class DriveAddress:
    """A drive, how it was addressed, and the rest of the path after it."""

    drive: DemoDrive
    by_id: bool
    rest: str

    @property
    def path_prefix(self) -> str:
        """What paths in `parentReference` begin with, as the item was addressed."""
        return f"/drives/{self.drive.id}/root:" if self.by_id else "/drive/root:"


@dataclass(frozen=True)
class ItemAddress:
    """An item, and what is wanted of it: "" for itself, "children", "content", "delta", …"""

    item: DemoItem
    action: str
    of: DriveAddress


def find_drive(path: str, own: DemoDrive) -> DriveAddress | None:
    """The drive that a Graph path begins with; None when it names none, 400 or 404 when it is not there."""
    found = _DRIVE.match(path)
    if not found:
        return None
    drive_id = found["my_id"] or found["id"]
    if not drive_id:
        return DriveAddress(own, by_id=False, rest=found["rest"])
    wanted = unquote(drive_id).lower()
    drive = own.reachable_drives().get(wanted) or own.reachable_drives().get(wanted.zfill(16))
    if drive is None:
        raise object_handle_is_invalid() if wanted.startswith("b!") else not_found()
    return DriveAddress(drive, by_id=True, rest=found["rest"])


def find_item(address: DriveAddress, *, may_make_special: bool = False, with_bin: bool = False) -> ItemAddress:
    """The item that the rest of the address names; raises GraphError where there is none.

    `with_bin`: by its id one that is in the recycle bin, too.
    """
    rest = re.sub("%3a", ":", address.rest, flags=re.IGNORECASE)
    found = _ITEM.match(rest)
    if not found:
        raise unknown_segment(unquote(rest.strip("/").partition("/")[0]))
    start = _starting_item(address.drive, found, may_make_special=may_make_special, with_bin=with_bin)
    if not found["rest"].startswith(":"):
        return ItemAddress(start, found["rest"].strip("/"), address)
    relative, _, action = found["rest"][1:].partition(":")
    item = _follow(start, relative)
    return ItemAddress(item, action.strip("/"), address)


def _starting_item(drive: DemoDrive, found: re.Match[str], *, may_make_special: bool, with_bin: bool) -> DemoItem:
    if found["id"]:
        item = drive.items.get(unquote(found["id"]))
        if item is None and with_bin:
            item = drive.tombstones.get(unquote(found["id"]))
        if item is None or item.purged:
            raise not_found()
        return item
    if not found["special"]:
        return drive.root
    name = unquote(found["special"])
    if name.lower() not in SPECIAL_NAMES:
        raise GraphError(400, "invalidRequest", "The special folder identifier isn't valid")
    special = {item.facets["specialFolder"]["name"].lower(): item for item in drive.special_folders()}
    folder = special.get(name.lower())
    if folder is None and may_make_special:
        folder = drive.add_folder(f"/{name.capitalize()}", special=name)
    if folder is None:
        raise not_found()
    return folder


def _follow(start: DemoItem, relative: str) -> DemoItem:
    """Walk down by names.

    An unescaped `+` is read as a space, as clients report, and only then as itself, as rclone needs.
    """
    names = relative.strip("/").split("/")
    if not all(names):
        raise bad_request("The resource path is not well formed")
    if sum(len(unquote(name)) + 1 for name in names) > LONGEST_PATH:
        raise GraphError(400, "pathIsTooLong", "Path exceeds maximum length")
    item: DemoItem | None = start
    for name in names:
        if item and item.kind == "vault":
            raise object_handle_is_invalid()
        item = (item.child(unquote_plus(name)) or item.child(unquote(name))) if item else None
    if item is None:
        raise not_found()
    return item


READS_ALL = {"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All"}
READS_OWN = READS_ALL | {"Files.Read", "Files.ReadWrite"}
WRITES_ALL = {"Files.ReadWrite.All"}
WRITES_OWN = WRITES_ALL | {"Files.ReadWrite"}
READS_PROFILE = {"User.Read", "User.ReadWrite"}


def read_bearer(request: Request, grants: Grants) -> Grant:
    """The permission behind the request's token; raises the 401 that fits."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise bad_token("Access token is empty.", given=False)
    grant = grants.access.get(token.strip())
    if grant is None:
        raise bad_token("IDX14100: JWT is not well formed, there are no dots (.).")
    if grant.revoked:
        raise bad_token("The access token has been revoked.")
    if grant.expires_at <= grants.now():
        raise bad_token("Lifetime validation failed, the token is expired.")
    return grant


def require(grant: Grant, allowed: set[str]) -> None:
    """Raise 403 unless the token has one of these scopes."""
    if not allowed & set(grant.scopes):
        raise access_denied()


def require_for_item(grant: Grant, item: DemoItem, own: DemoDrive, *, writes: bool) -> None:
    """Raise 403 unless the token reaches this item: one's own, or what another person shares."""
    if item.drive is own:
        require(grant, WRITES_OWN if writes else READS_OWN)
        return
    require(grant, WRITES_ALL if writes else READS_ALL)
    shared = {
        id(shortcut.remote)
        for drive in own.reachable_drives().values()
        for shortcut in drive.items.values()
        if shortcut.remote
    }
    if not any(id(step) in shared for step in item.lineage()):
        raise access_denied()
