"""The folder that a listing starts from: what a person types for it, and what it is on the drive.

`/Pictures/2023`, `Pictures`, `special/photos`, an item id, and Graph's own spellings of these are understood. Whatever
was typed, the folder is then known by its id and by its path from the drive's root.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import item_address
from onedrive.graph.item import Kind, from_graph
from onedrive.graph.session import SHORTCUTS_SHOWN, GraphSession, JsonObject, read_page
from onedrive.graph.why_refused import NOT_THERE, NOT_UNDERSTOOD, UNWELL, why_of
from onedrive.listing.reasons import VAULT, looks_locked
from onedrive.net.address import quote_part
from onedrive.net.hosts import GRAPH_HOST
from onedrive.words import as_text

# Personal ids (both dialects, graph-facts §2.9) and the 34 characters of work ones.
_ITEM_ID = re.compile(r"[0-9A-Fa-f]{1,16}(!|%21)s?[0-9A-Za-z.]+|01[A-Z2-7]{32}")
# What Graph's own documentation writes: /me/drive/root:/P:/children, /drives/D/items/ID, me/drive/special/music …
_GRAPH_SPELLING = re.compile(
    r"(?:/?v1\.0)?(?P<drive>/?me/drive|/?drives/[^/]+|/?drive)"
    r"(?:/root:(?P<path>/[^:]*):?|/(?P<place>root|items/[^/:]+|special/\w+))(?:/children|/delta)?/?(?:\?.*)?"
)
_SELECT = "?$select=id,name,file,folder,package,remoteItem,parentReference,root"
_MOST_NAMES_SHOWN = 12
_DEEPEST = 400  # a path has at most 400 characters


class NoSuchFolder(OneDriveError):
    """What was typed names no folder that can be listed; the hint names those that exist there, or says what helps."""


@dataclass(frozen=True)
class RootFolder:
    """Where a listing starts. `path` is '/' for the whole drive; `drive_id` as the service spells it."""

    id: str
    path: str
    drive_id: str
    text: str

    @property
    def is_whole_drive(self) -> bool:
        """True when everything is listed."""
        return self.path == "/"


def find_root_folder(graph: GraphSession, text: str) -> RootFolder:
    """The folder that the person means by `text` ('' is the whole drive).

    Raises NoSuchFolder with the names that do exist there or with what keeps it from us, and what GraphSession.get
    raises: also ServiceRefused, where the whole drive is kept from us.
    """
    address = folder_address(text)
    if any(name in (".", "..") for name in unquote(address).split("/")):
        raise NoSuchFolder(
            f"{text.strip()} contains . or .., which are no names of folders in OneDrive.",
            "Write the names from the top of your OneDrive, such as /Pictures/2023.",
        )
    try:
        item = graph.get(address + _SELECT, headers=SHORTCUTS_SHOWN)
    except ServiceRefused as refusal:
        raise _not_to_be_had(graph, text, address, refusal) from refusal
    is_file, is_folder = (item.get(facet) is not None for facet in ("file", "folder"))
    if is_file or (item.get("remoteItem") is not None and not is_folder):
        what = "a file" if is_file else "a shortcut to someone else's drive"
        raise NoSuchFolder(f"{text.strip()} is {what}, not a folder of this drive.", "Name the folder that it is in.")
    if not (identity := as_text(item.get("id"))):
        raise ServiceUnusable(GRAPH_HOST, "it did not say which folder that is")
    return RootFolder(
        id=identity,
        path=_path_from_root(graph, item),
        drive_id=_parent(item)[0],
        text=text.strip() or "/",
    )


def folder_address(text: str) -> str:
    """The Graph path of the folder that `text` names; pure, asks nobody."""
    text = text.strip().strip("\"'").strip()
    if text.lower().startswith("https://"):
        text = urlsplit(text).path
    if _ITEM_ID.fullmatch(text):
        return item_address(unquote(text))
    graphs = _GRAPH_SPELLING.fullmatch(text)
    if graphs is None:
        special = re.fullmatch(r"/?special/(\w+)/?", text)
        return f"/me/drive/special/{special.group(1)}" if special else _by_names("/me/drive", text)
    drive = graphs["drive"] or "/me/drive"
    drive = "/me/drive" if drive in ("drive", "/drive") else "/" + drive.lstrip("/")
    if graphs["path"] is not None:
        return _by_names(drive, unquote(graphs["path"]))
    return f"{drive}/{quote_part(unquote(graphs['place']), '/!')}"


def _by_names(drive: str, text: str) -> str:
    names = [name for name in text.replace("\\", "/").split("/") if name]
    if not names:
        return f"{drive}/root"
    return f"{drive}/root:/" + "/".join(map(quote_part, names))


def _path_from_root(graph: GraphSession, item: JsonObject) -> str:
    """The names from the drive's root to the item, asked for by id: paths in replies cannot be relied on (§0.3)."""
    names: list[str] = []
    for _ in range(_DEEPEST):
        if item.get("root") is not None:
            break
        names.insert(0, str(item.get("name") or ""))
        parent_id = _parent(item)[1]
        if not parent_id:
            break
        item = graph.get(f"{item_address(parent_id)}{_SELECT}")
    return "/" + "/".join(names)


def _not_to_be_had(graph: GraphSession, text: str, address: str, refusal: ServiceRefused) -> OneDriveError:
    """Why the folder cannot be had: it is not there, it is kept from us, or the whole drive is."""
    why = why_of(refusal)
    if why.is_of_account or why is UNWELL or address == "/me/drive/root":
        return refusal
    if looks_locked(refusal):
        return NoSuchFolder(f"{text.strip()} cannot be listed: {VAULT} ({refusal.raw}).")
    if why not in (NOT_THERE, NOT_UNDERSTOOD):
        return NoSuchFolder(f"{text.strip()} cannot be listed: {why.words} ({refusal.raw}).", why.cure)
    missing = _no_such_folder(graph, text, address)
    return NoSuchFolder(f"{missing.sentence} (OneDrive said: {refusal.raw}.)", missing.hint)


def _no_such_folder(graph: GraphSession, text: str, address: str) -> NoSuchFolder:
    """Says how far the path does exist, and which folders are there."""
    typed = text.strip()
    if not address.startswith("/me/drive/root:/"):
        return NoSuchFolder(f"There is no folder {typed} in this OneDrive.", _names_hint(graph, "/me/drive/root", "/"))
    names = [unquote(name) for name in address.removeprefix("/me/drive/root:/").split("/")]
    while names:
        names.pop()
        found = _by_names("/me/drive", "/".join(names))
        hint = _names_hint(graph, found, "/" + "/".join(names))
        if hint:
            return NoSuchFolder(f"There is no folder {typed} in this OneDrive.", hint)
    return NoSuchFolder(
        f"There is no folder {typed} in this OneDrive.", "Choose 3 and press Enter for the whole drive."
    )


def _names_hint(graph: GraphSession, address: str, path: str) -> str:
    separator = ":" if "root:/" in address else ""
    try:
        page = graph.get(f"{address}{separator}/children?$top=200&$select=id,name,folder,parentReference")
    except ServiceRefused:
        return ""
    items = [from_graph(item) for item in read_page(page) if item.get("name") and item.get("id")]
    folders = sorted((item.name for item in items if item.kind is Kind.FOLDER), key=str.casefold)
    if not folders:
        return f"In {path} there are no folders."
    more = f" and {len(folders) - _MOST_NAMES_SHOWN} more" if len(folders) > _MOST_NAMES_SHOWN else ""
    return f"Folders in {path}: {', '.join(folders[:_MOST_NAMES_SHOWN])}{more}."


def _parent(item: JsonObject) -> tuple[str, str]:
    """The drive id and the id of the folder that an item is in, '' where the service does not say."""
    parent = item.get("parentReference")
    if not isinstance(parent, dict):
        return "", ""
    return str(parent.get("driveId") or ""), str(parent.get("id") or "")
