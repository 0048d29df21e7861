"""Lines of file_list.json for tests and benchmarks that make lists of their own."""

from __future__ import annotations

from onedrive.graph.item import KEPT_FACETS, DriveItem, Kind
from onedrive.home.database import text_bytes
from onedrive.listing.item_row import RowReader, make_line
from onedrive.words import to_bytes


def line_of_item(item: DriveItem) -> bytes:
    """The line that option 3 would write for an item with its path."""
    row = RowReader("").read(row_of(item))
    return make_line(text_bytes(item.id), text_bytes(item.name), text_bytes(item.path), to_bytes(row.tail))


def row_of(item: DriveItem) -> dict[str, object]:
    """The item as file_list.json has it, with Graph's names."""
    row: dict[str, object] = {"id": item.id, "name": item.name, "path": item.path}
    is_file = item.kind is Kind.FILE
    if is_file and item.size is not None:
        row["size"] = item.size
    texts = {
        "eTag": item.etag,
        "cTag": item.ctag if is_file else "",
        "createdDateTime": item.created,
        "lastModifiedDateTime": item.modified,
    }
    row.update({key: text for key, text in texts.items() if text})
    row["parentReference"] = {"driveId": item.drive_id, "id": item.parent_id}
    row.update({name: dict(item.facets[name]) for name in KEPT_FACETS if name in item.facets})
    if "folder" in row:
        row["folder"] = {}
    return row
