"""Small pictures of files: the sizes that there are, their addresses, and `content?format=jpg`.

Documented (driveitem-list-thumbnails, driveitem-get-content-format): names and sizes, `c300x400_crop`, `$select`, the
redirects, that both sides are needed for jpg, and of which pictures and films it is made. Ours: that documents and
those alone have thumbnails too, and text has none; sides are whole blocks of 16.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from pretend_onedrive.graph.errors import GraphError, bad_request, not_found
from pretend_onedrive.model.dialect import Json
from pretend_onedrive.model.drive import DemoItem

Box = tuple[int, int]
PictureUrl = Callable[[DemoItem, Box], str]
LONGEST = {"small": 96, "medium": 176, "large": 800}
_CUSTOM = re.compile(r"c(\d{1,4})x(\d{1,4})(_crop)?", re.IGNORECASE)
_WITH_PICTURES = """jpg jpeg png gif bmp ico tif tiff webp heic heif psd pdf doc docx odp odt pps ppsx ppt pptx xlsx
    arw cr2 crw dng erf mef mrw nef nrw orf pef raw rw1 rw2 sr2 3g2 3gp asf avi m2ts m4v mkv mov mp4 mts ts webm wmv"""
_ENDINGS = frozenset(_WITH_PICTURES.split())


def list_thumbnails(item: DemoItem, options: dict[str, str], picture_url: PictureUrl) -> list[Json]:
    """The item's thumbnail sets: one, or none; `$select` names other sizes than the three usual ones."""
    wanted = options.get("$select", options.get("select", "")) or ",".join(LONGEST)
    if not _has_picture(item):
        return []
    return [{"id": "0"} | {name: show_thumbnail(item, name, picture_url) for name in wanted.split(",") if name != "id"}]


def show_thumbnail(item: DemoItem, name: str, picture_url: PictureUrl) -> Json:
    """One size: `small`, `largeSquare`, `c300x400`, …; raises 404 where there is none, 400 for a name that is none."""
    if not _has_picture(item):
        raise not_found()
    custom, plain = _CUSTOM.fullmatch(name), name.removesuffix("Square")
    if custom:
        box, crops = (int(custom[1]), int(custom[2])), bool(custom[3])
    elif plain in LONGEST:
        box, crops = (LONGEST[plain], LONGEST[plain]), plain != name
    else:
        raise bad_request(f"'{name}' is no size of a thumbnail")
    width, height = _in_blocks(*box) if crops else _fit(item, box)
    return {"height": height, "width": width, "url": picture_url(item, (width, height))}


def jpg_address(item: DemoItem, options: dict[str, str], picture_url: PictureUrl) -> str:
    """Where the item comes as JPEG that fits `width` and `height`; raises 400 without them, 406 where it never does."""
    sides = [options.get(name, "") for name in ("width", "height")]
    if not all(side.isdigit() and 0 < int(side) < 10_000 for side in sides):
        raise bad_request("width and height are required for format=jpg")
    if not _has_picture(item):
        raise GraphError(406, "notSupported", "The item cannot be converted to this format")
    return picture_url(item, _fit(item, (int(sides[0]), int(sides[1]))))


def expand_thumbnails(item: DemoItem, inner: str, picture_url: PictureUrl) -> Json:
    """What `$expand=thumbnails(…)` adds to an item."""
    return {"thumbnails": list_thumbnails(item, dict(parse_qsl(inner.replace(";", "&"))), picture_url)}


def _has_picture(item: DemoItem) -> bool:
    return item.kind == "file" and "malware" not in item.facets and item.name.lower().rpartition(".")[2] in _ENDINGS


def _fit(item: DemoItem, box: Box) -> Box:
    """The item's own proportions within the box, never larger than it is."""
    own = item.facets.get("image") or item.facets.get("video") or {}
    width, height = own.get("width", 400), own.get("height", 300)
    scale = min(1.0, box[0] / width, box[1] / height)
    return _in_blocks(round(width * scale), round(height * scale))


def _in_blocks(width: int, height: int) -> Box:
    return max(16, width // 16 * 16), max(16, height // 16 * 16)
