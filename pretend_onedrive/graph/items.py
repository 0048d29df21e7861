"""Drive items in Graph's JSON, in each dialect: as children and single replies show them, as delta does, as tombstones.

A `View` says how the caller came to the item (its own drive or by a drive id) and what it may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from pretend_onedrive.model.dialect import PERSONAL_TENANT, Json, dashed, internal_id
from pretend_onedrive.model.drive import DemoDrive, DemoItem

DOWNLOAD_URL = "@microsoft.graph.downloadUrl"
NO_HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
DELETED_CTAG_NUMBER = 4294967295
DEMO_APPLICATION = "b3af06fc-dbcf-4a28-98b2-4624811440d8"


@dataclass(frozen=True)
class View:
    """How items are shown to one request.

    `path_prefix` is `/drive/root:` or `/drives/{id}/root:`; `url_for` makes the pre-authenticated URL of a file,
    `picture_url` that of a small picture of it.
    """

    path_prefix: str
    url_for: Callable[[DemoItem], str | None]
    picture_url: Callable[[DemoItem, tuple[int, int]], str]
    shows_shortcuts: bool = False


LOSABLE_FACETS = ("file", "folder", "package")  # selected, and left out all the same (OD#1879)


@dataclass(frozen=True)
class Selection:
    """What `$select` asked for; `fields` is None when everything comes back.

    The download URL is given under its own name only when the option was spelled without `$`, and otherwise under
    the alias `content.downloadUrl`; `$select=@microsoft.graph.downloadUrl` is dropped without a word.
    """

    fields: frozenset[str] | None
    wants_url: bool

    @classmethod
    def from_options(cls, options: dict[str, str]) -> Selection:
        """Read `$select` or `select`."""
        text = options.get("$select", options.get("select", ""))
        fields = frozenset(field.strip().partition("/")[0] for field in text.split(",") if field.strip())
        if not fields or "*" in fields:
            return cls(None, wants_url="content.downloadUrl" in fields)
        plain = "$select" not in options
        return cls(fields, wants_url="content.downloadUrl" in fields or (plain and DOWNLOAD_URL in fields))

    def apply(self, shown: Json, item: DemoItem, view: View) -> Json:
        """Leave out what was not asked for."""
        url = view.url_for(item) if self.wants_url else None
        if self.fields is None:
            return {DOWNLOAD_URL: url, **shown} if url else shown
        shown = {field: value for field, value in shown.items() if field != DOWNLOAD_URL}
        kept: Json = {DOWNLOAD_URL: url} if url else {}
        if item.drive.dialect.name != "old" and "eTag" in shown:
            kept["@odata.etag"] = shown["eTag"]
        lost = () if item.lists_facets else LOSABLE_FACETS
        kept.update((field, value) for field, value in shown.items() if field in self.fields and field not in lost)
        return kept


def show_drive(drive: DemoDrive) -> Json:
    """The drive itself, with its quota."""
    used = drive.root.bytes_below + drive.unlisted_bytes
    time = drive.dialect.time
    system = {"user": {"displayName": "System Account"}}
    owner = {"email": drive.owner_email, "displayName": drive.owner_name, "id": drive.id}
    quota: Json = {"deleted": 0, "remaining": max(0, drive.quota_bytes - used)}
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
        **drive.spelled,
    }


def show_item(item: DemoItem, view: View) -> Json:
    """An item as a single reply or a children page has it, the download URL included."""
    time, url = item.drive.dialect.time, view.url_for(item)
    shown: Json = {DOWNLOAD_URL: url} if url else {}
    shown |= {"createdDateTime": time(item.created), "eTag": item.etag}
    shown |= {"id": item.id, "lastModifiedDateTime": time(item.modified), "name": item.name, "size": item.size}
    shown["webUrl"] = _web_url(item)
    if item.kind not in ("root", "vault"):
        shown["cTag"] = item.ctag
    shown |= _people(item)
    shown["fileSystemInfo"] = _file_system_info(item)
    shown["parentReference"] = _parent_reference(item, view)
    if item.drive.dialect.name == "old":
        shown["reactions"] = {"commentCount": 0}
    shown |= _facets(item)
    return shown


def show_in_delta(item: DemoItem, view: View) -> Json:
    """An item as delta lists it: what real delta replies leave out is left out here."""
    business, old = item.drive.drive_type == "business", item.drive.dialect.name == "old"
    no_url = replace(view, url_for=lambda _item: None)  # it comes only when it is selected
    shown = show_item(item, view if old else no_url)
    if not old:
        shown["webUrl"] = f"https://onedrive.live.com?cid={item.drive.id}&id={internal_id(item.drive.id, item.guid)}"
    shown["parentReference"].pop("name", None)
    shown["parentReference"]["driveId"] = item.drive.id
    if item.kind == "root":
        shown.pop("eTag")
    if business:
        shown.pop("cTag", None)
        shown["parentReference"].pop("path", None)
    if old and "folder" in shown:
        shown["folder"] = {**shown["folder"], "childCount": 0}
    return shown


def show_tombstone(item: DemoItem) -> Json:
    """A deleted item as delta lists it: no name, no eTag, and a hash that is no content hash."""
    shown: Json = {"id": item.id}
    reference = {"driveType": item.drive.drive_type, "driveId": item.drive.id}
    if item.parent:
        reference["id"] = item.parent.id
    if item.drive.dialect.name == "new":
        shown["cTag"] = f'"c:{{{dashed(item.guid).upper()}}},{DELETED_CTAG_NUMBER}"'
        reference["siteId"] = _site_id(item.drive)
    shown |= {"size": 0, "parentReference": reference, "deleted": {"state": "deleted"}, "fileSystemInfo": {}}
    if item.kind == "file":
        shown["file"] = {"hashes": {"quickXorHash": NO_HASH}}
    elif item.is_folder:
        shown["folder"] = {"childCount": 0}
    return shown


def keep_visible(items: Iterable[DemoItem], view: View) -> list[DemoItem]:
    """The items that this request may see: the new back end hides shortcuts unless asked by header."""
    return [item for item in items if item.kind != "shortcut" or view.shows_shortcuts]


def _file_system_info(item: DemoItem) -> Json:
    time = item.drive.dialect.time
    return {"createdDateTime": time(item.client_created), "lastModifiedDateTime": time(item.client_modified)}


def _people(item: DemoItem) -> Json:
    drive = item.drive
    person: Json = {"displayName": drive.owner_name, "id": drive.id}
    application: Json = {"displayName": "OneDrive for iOS", "id": "44048800"}
    if drive.dialect.name != "old":
        person = {"email": drive.owner_email, **person}
        application = {"displayName": f"i:0i.t|ms.sp.ext|{DEMO_APPLICATION}@{PERSONAL_TENANT}"}
    by = {"user": person} if item.kind == "root" else {"application": application, "user": person}
    return {"createdBy": by, "lastModifiedBy": by}


def _parent_reference(item: DemoItem, view: View) -> Json:
    drive, parent = item.drive, item.parent
    drive_id = drive.id.upper() if item.migrated and drive.dialect.name == "new" else drive.id  # the case varies
    reference: Json = {"driveType": drive.drive_type, "driveId": drive_id}
    if parent:
        reference["id"] = parent.id
        if drive.dialect.name != "old":
            reference["name"] = parent.name if parent.parent else "Documents"
        elif parent.parent:
            reference["name"] = parent.name
        path = parent.path.rstrip("/")
        encoded = drive.dialect.path_is_encoded
        reference["path"] = view.path_prefix + (quote(path, errors="replace") if encoded else path)
    if drive.dialect.name != "old":
        reference["siteId"] = _site_id(drive)
    return reference


def _facets(item: DemoItem) -> Json:
    if item.kind == "shortcut":
        return {"remoteItem": _remote_item(item)} | item.facets
    if item.kind == "notebook":
        return {"package": {"type": "oneNote"}} | item.facets
    if item.kind == "bundle":
        beside = {name: facet for name, facet in item.facets.items() if name != "album"}
        album = {name: facet for name, facet in item.facets.items() if name == "album"}
        return {"bundle": {"childCount": len(item.drive.members_of(item))} | album} | beside
    if item.kind == "file":
        return {"file": _file_facet(item)} | _media_facets(item)
    folder: Json = {"childCount": len(item.children)}
    if item.kind != "vault":
        folder["view"] = {"sortBy": "name", "sortOrder": "ascending", "viewType": "thumbnails"}
    root: Json = {"root": {}} if item.kind == "root" else {}
    return {"folder": folder} | root | item.facets


def _file_facet(item: DemoItem) -> Json:
    hashes: Json = {}
    if item.quick_xor_hash and item.content:
        hashes["quickXorHash"] = item.quick_xor_hash
        if item.drive.dialect.name == "old" or (item.lists_sha and item.drive.drive_type == "personal"):
            hashes |= {"sha1Hash": item.content.sha1, "sha256Hash": item.content.sha256}
    return {"mimeType": item.mime_type, "hashes": hashes}


def _media_facets(item: DemoItem) -> Json:
    """Photo, image, video and the like; work drives fill next to nothing of them."""
    if item.drive.drive_type != "business":
        return item.facets
    shown = {facet: {} if facet in ("image", "video", "photo") else value for facet, value in item.facets.items()}
    if "takenDateTime" in item.facets.get("photo", {}):
        shown["photo"] = {"takenDateTime": item.facets["photo"]["takenDateTime"]}
    return shown


def _remote_item(shortcut: DemoItem) -> Json:
    remote = shortcut.remote
    if remote is None:
        return {}
    drive, time = remote.drive, remote.drive.dialect.time
    facet: Json = {"folder": {"childCount": len(remote.children)}} if remote.is_folder else {"file": {"hashes": {}}}
    owner = {"user": {"id": drive.id, "displayName": drive.owner_name}}
    return {
        "id": remote.id,
        "name": remote.name,
        "size": remote.size,
        "createdDateTime": time(remote.created),
        "lastModifiedDateTime": time(remote.modified),
        "webUrl": _web_url(remote),
        "fileSystemInfo": _file_system_info(remote),
        **facet,
        "parentReference": {"driveType": drive.drive_type, "driveId": drive.id},
        "shared": {"scope": "users", "sharedDateTime": time(shortcut.created), "owner": owner},
        "sharepointIds": {
            "listItemUniqueId": dashed(remote.guid),
            "siteId": _site_id(drive),
            "siteUrl": f"https://{drive.dialect.file_host}/personal/{drive.id}",
        },
    }


def _web_url(item: DemoItem) -> str:
    drive = item.drive
    if drive.drive_type == "business":
        path = quote(item.path, errors="replace")
        return f"https://{drive.dialect.file_host}/personal/person_contoso_com/Documents{path}"
    if drive.dialect.name == "old":
        return f"https://1drv.ms/{'f' if item.is_folder else 'u'}/s!A{item.guid[:8]}"
    if item.mime_type and "officedocument" in item.mime_type:
        return f"https://onedrive.live.com/personal/{drive.id}/_layouts/15/doc.aspx?resid={dashed(item.guid)}&cid={drive.id}"
    return f"https://onedrive.live.com?cid={drive.id}&id={item.id}"


def _site_id(drive: DemoDrive) -> str:
    return dashed(drive.root.guid[::-1])
