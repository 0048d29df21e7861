"""Lines of file_list.json for tests and benchmarks that make lists of their own."""

from __future__ import annotations

from onedrive.graph.item import DriveItem
from onedrive.home.database import text_bytes
from onedrive.listing.item_row import RowReader, make_line
from onedrive.words import to_bytes


def line_of_item(item: DriveItem) -> bytes:
    """The line that option 3 would write for an item with its path."""
    row = RowReader("").read(item.to_json())
    return make_line(text_bytes(item.id), text_bytes(item.name), text_bytes(item.path), to_bytes(row.tail))
