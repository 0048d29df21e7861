"""Lines of file_list.json for tests and benchmarks that make lists of their own."""

from __future__ import annotations

from onedrive.graph.item import DriveItem
from onedrive.listing.item_row import RowReader, make_line


def line_of_item(item: DriveItem) -> str:
    """The line that option 3 would write for an item with its path."""
    return make_line(item.id, item.name, item.path, RowReader("").read(item.to_json()).tail)
