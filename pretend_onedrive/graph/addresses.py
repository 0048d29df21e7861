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
    not_pretended,
    object_handle_is_invalid,
    unknown_segment,
)
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.signin.tokens import Grant, Grants
from pretend_onedrive.wire import Request

LONGEST_PATH = 400
SPECIAL_NAMES = {"documents", "photos", "cameraroll", "approot", "music", "desktop", "public", "attachments"}
HIDDEN_LIBRARY_ID = "b!aLbUmS0fTh3PreTendOneDr1veTh4tN0b0dyC4nOpenAnDthAtIsL1stedFirst0"

_DRIVE = re.compile(r"^(?:/me)?/(?:drives/(?P<id>[^/]+)|drive)(?=/|$)(?P<rest>.*)$")
_ITEM = re.compile(r"^/(?:root|items/(?P<id>[^/:]+)|special/(?P<special>[^/:]+))(?P<rest>(?:[/:].*)?)$")
_ACTION = re.compile(
    r"^(?:/(?:root|items/[^/:]+|special/[^/:]+)(?::/[^:]*:)?)?/(?P<name>[A-Za-z.]+)(?:\(.*\))?(?P<further>/.+)?$"
)
# What Microsoft's service has below a drive or an item and this one has not; by which methods, "" is by any.
_BY_ANY = (
    "activities analytics assignSensitivityLabel bundles checkin checkout copy createLink createUploadSession "
    "discardCheckout extractSensitivityLabels follow following getActivitiesByInterval invite list listItem "
    "permanentDelete preview recent retentionLabel search subscriptions unfollow workbook"
)
_BY_SOME = {"children": "POST PUT", "content": "PUT PATCH", "permissions": "POST", "versions": "POST"}
NOT_PRETENDED = dict.fromkeys(_BY_ANY.split(), "") | _BY_SOME


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
    if not found["id"]:
        return DriveAddress(own, by_id=False, rest=found["rest"])
    wanted = unquote(found["id"]).lower()
    drive = own.reachable_drives().get(wanted) or own.reachable_drives().get(wanted.zfill(16))
    if drive is None:
        if re.fullmatch("[0-9a-f]{1,16}", wanted):
            raise not_found()
        malformed = "The provided drive id appears to be malformed, or does not represent a valid drive."
        raise object_handle_is_invalid() if wanted.startswith("b!") else bad_request(malformed)
    return DriveAddress(drive, by_id=True, rest=found["rest"])


def find_item(address: DriveAddress, *, may_make_special: bool = False, with_bin: bool = False) -> ItemAddress:
    """The item that the rest of the address names; raises GraphError where there is none.

    `with_bin`: by its id one that is in the recycle bin, too.
    """
    rest = _with_colons(address.rest)
    found = _ITEM.match(rest)
    if not found:
        raise unknown_segment(unquote(rest.strip("/").partition("/")[0]))
    start = _starting_item(address.drive, found, may_make_special=may_make_special, with_bin=with_bin)
    if not found["rest"].startswith(":"):
        return ItemAddress(start, found["rest"].strip("/"), address)
    relative, _, action = found["rest"][1:].partition(":")
    item = _follow(start, relative) if found["rest"] not in (":", ":/") else start
    return ItemAddress(item, action.strip("/"), address)


def refuse_not_pretended(method: str, address: DriveAddress) -> None:
    """Raise 501 for an address that is there at Microsoft's, also below an item that is not there yet."""
    found = _ACTION.match(_with_colons(address.rest))
    if found is None:
        return
    name = found["name"].removeprefix("microsoft.graph.")
    methods = NOT_PRETENDED.get(name)
    if methods == "" or (methods and (found["further"] or method in methods.split())):
        raise not_pretended(f"{method} {name}{found['further'] or ''}")


def _with_colons(rest: str) -> str:
    """`items/root%3A%2FPictures%3A`, as some libraries send it, is `items/root:/Pictures:`."""
    plain = re.sub("%3a", ":", rest, flags=re.IGNORECASE)
    before, colon, after = plain.partition(":")
    return before + colon + re.sub("%2f", "/", after, flags=re.IGNORECASE)


def _starting_item(drive: DemoDrive, found: re.Match[str], *, may_make_special: bool, with_bin: bool) -> DemoItem:
    if found["id"] and found["id"] != "root":
        item_id = well_formed(unquote(found["id"]), drive)
        item = drive.items.get(item_id) or drive.bundles.get(item_id)
        item = item or (drive.tombstones.get(item_id) if with_bin else None)
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


def well_formed(item_id: str, drive: DemoDrive) -> str:
    """The id itself; raises 400 where it is none, which is not the same as an item that is not there."""
    if not drive.dialect.form_of_ids.fullmatch(item_id):
        raise bad_request("The provided item id is malformed")
    return item_id


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


WRITES_ALL = {"Files.ReadWrite.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"}
READS_ALL = WRITES_ALL | {"Files.Read.All", "Sites.Read.All"}
READS_OWN = READS_ALL | {"Files.Read", "Files.ReadWrite"}
WRITES_OWN = WRITES_ALL | {"Files.ReadWrite"}
READS_PROFILE = {"User.Read", "User.ReadWrite", "User.Read.All", "User.ReadWrite.All"}


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
