"""The children of a folder, a page at a time."""

from __future__ import annotations

from typing import Any

from onedrive.demo.addresses import ItemAddress
from onedrive.demo.graph_errors import GraphError, bad_request, object_handle_is_invalid
from onedrive.demo.item_json import Selection, View, keep_visible, show_item
from onedrive.demo.paging import Order, PageSizes, next_link, read_skip_token, write_skip_token
from onedrive.demo.wire import Request

TIPS = (
    "Use $select to choose only the properties your app needs, as this can lead to performance improvements. "
    "For example: GET me/drive/root/children?$select=cTag,eTag"
)


def list_children(request: Request, address: ItemAddress, view: View, sizes: PageSizes) -> dict[str, Any]:
    """One page of a folder; the next begins after the sort position of this one's last item.

    Paging by position is what the service does: items renamed meanwhile may be missed or come twice.
    """
    folder, options = address.item, request.options
    _refuse_what_cannot_be_listed(address)
    for option in ("$skip", "$filter"):
        if option in options:
            raise bad_request(
                f"{option} is not supported on this API. Only URLs returned by the API can be used to page."
            )
    order = Order.from_options(options, business=folder.drive.drive_type == "business")
    items = sorted(keep_visible(folder.children.values(), view), key=order.place_of, reverse=order.descending)
    total = len(items)
    token = options.get("$skiptoken", options.get("$skipToken"))
    if token is not None:
        after = read_skip_token(token)
        items = [
            item
            for item in items
            if (order.place_of(item) > after) != order.descending and order.place_of(item) != after
        ]
    size = sizes.choose(options)
    selection = Selection.from_options(options)
    shown: dict[str, Any] = {}
    if folder.drive.dialect.name == "old" or options.get("$count") == "true" or selection.fields is None:
        shown["@odata.count"] = total
    if selection.fields is None and folder.drive.dialect.name == "new":
        shown["@microsoft.graph.tips"] = TIPS
    if len(items) > size:
        place = write_skip_token(order.place_of(items[size - 1]))
        shown["@odata.nextLink"] = next_link(request, **{"$skiptoken": place})
    shown["value"] = [selection.apply(show_item(item, view), item, view) for item in items[:size]]
    return shown


def _refuse_what_cannot_be_listed(address: ItemAddress) -> None:
    folder = address.item
    if folder.unreadable:
        status, code = folder.unreadable
        if code == "vault":
            raise object_handle_is_invalid()
        raise GraphError(status, code, "The folder cannot be read")
    if folder.kind == "shortcut":
        raise bad_request("The item is a reference to an item of another drive")
