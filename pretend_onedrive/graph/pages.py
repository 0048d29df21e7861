"""Pages: how many items fit one, where the next begins, and the links that say so."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pretend_onedrive.graph.errors import GraphError, bad_request, not_pretended, object_handle_is_invalid
from pretend_onedrive.graph.items import Selection, View, keep_visible, show_item
from pretend_onedrive.graph.thumbnails import expand_thumbnails
from pretend_onedrive.model.dialect import sort_key
from pretend_onedrive.model.drive import DemoItem
from pretend_onedrive.wire import Request

GRAPH = "https://graph.microsoft.com"


@dataclass
class PageSizes:
    """How wide pages are: `usual` without `$top`, `largest` at most; `refused_above` answers 400."""

    usual: int = 200
    largest: int = 1000
    refused_above: int | None = None

    def choose(self, options: dict[str, str]) -> int:
        """The number of items for one page; raises 400 for a `$top` that is none."""
        text = options.get("$top", options.get("top"))
        if text is None:
            return min(self.usual, self.largest)
        if not text.isdigit() or int(text) == 0:
            raise bad_request(f"Invalid value '{text}' for $top")
        if self.refused_above is not None and int(text) > self.refused_above:
            raise bad_request(f"The value of $top must not exceed {self.refused_above}")
        return min(int(text), self.largest)


@dataclass(frozen=True)
class Order:
    """`$orderby` of a children request."""

    key: str = "name"
    descending: bool = False

    @classmethod
    def from_options(cls, options: dict[str, str], *, business: bool) -> Order:
        """Read `$orderby`; raises 400 for a key that the service cannot sort by."""
        key, _, direction = options.get("$orderby", options.get("orderby", "name")).strip().partition(" ")
        allowed = ("name", "url") if business else ("name", "size", "lastModifiedDateTime")
        if key not in allowed or direction.strip().lower() not in ("", "asc", "desc"):
            raise bad_request(f"'{key}' is not a valid sort field")
        return cls(key, direction.strip().lower() == "desc")

    def place_of(self, item: DemoItem) -> tuple[str, str, str, int]:
        """Where the item stands in this order, as text that a skiptoken can hold."""
        measure = {"size": f"{item.size:020}", "lastModifiedDateTime": item.modified.isoformat()}.get(self.key, "")
        return (measure, *sort_key(item.name), item.number)


def next_link(request: Request, **changed: str) -> str:
    """The same address with these options changed; `$` stays readable as the service writes it."""
    options = {
        name: value for name, value in request.options.items() if name not in ("$skiptoken", "$skipToken", "token")
    }
    query = urlencode(options | changed, quote_via=quote, safe="$,'()!:@")
    return f"{GRAPH}{request.path}?{query}"


def write_token(*parts: str | int) -> str:
    """A place in a listing, as text that says nothing to clients."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode("ascii").rstrip("=")


def read_token(text: str, form: str, refusal: str) -> list[Any]:
    """The parts of a token whose kinds are those of `form` ("s" text, "i" number); raises 400 for any other text."""
    try:
        parts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if "".join(type(part).__name__[0] for part in parts) == form:
            return list(parts)
    except (TypeError, ValueError):
        pass
    raise bad_request(refusal)


TIPS = (
    "Use $select to choose only the properties your app needs, as this can lead to performance improvements. "
    "For example: GET me/drive/root/children?$select=cTag,eTag"
)


def list_children(request: Request, folder: DemoItem, view: View, sizes: PageSizes) -> dict[str, Any]:
    """One page of a folder; the next begins after the sort position of this one's last item.

    Paging by position is what the service does: items renamed meanwhile may be missed or come twice.
    """
    options = request.options
    _refuse_what_cannot_be_listed(folder)
    if folder.kind == "bundle":
        return list_in_order(request, folder.drive.members_of(folder), view, sizes)
    for option in ("$skip", "$filter", "$search"):
        if option in options:
            raise bad_request(
                f"{option} is not supported on this API. Only URLs returned by the API can be used to page."
            )
    order = Order.from_options(options, business=folder.drive.drive_type == "business")
    items = sorted(keep_visible(folder.children.values(), view), key=order.place_of, reverse=order.descending)
    total = len(items)
    token = options.get("$skiptoken", options.get("$skipToken"))
    if token is not None:
        after = tuple(read_token(token, "sssi", "Invalid skiptoken"))
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
        shown["@odata.nextLink"] = next_link(request, **{"$skiptoken": write_token(*order.place_of(items[size - 1]))})
    shown["value"] = [
        selection.apply(show_item(item, view), item, view) | expand(request, item, view) for item in items[:size]
    ]
    return shown


def list_in_order(request: Request, items: list[DemoItem], view: View, sizes: PageSizes) -> dict[str, Any]:
    """One page of items that have an order of their own, as the members of an album have."""
    options, size, shown = request.options, sizes.choose(request.options), dict[str, Any]()
    start = read_token(options.get("$skiptoken", write_token(0)), "i", "Invalid skiptoken")[0]
    if len(items) > start + size:
        shown["@odata.nextLink"] = next_link(request, **{"$skiptoken": write_token(start + size)})
    selection = Selection.from_options(options)
    shown["value"] = [
        selection.apply(show_item(item, view), item, view) | expand(request, item, view)
        for item in items[start : start + size]
    ]
    return shown


_EXPANSION = re.compile(r"([^,()]+)(?:\(((?:[^()]|\([^()]*\))*)\))?")
EXPANDABLE = {"permissions", "versions", "listItem", "analytics", "subscriptions", "workbook"}


def expand(request: Request, item: DemoItem, view: View) -> dict[str, Any]:
    """What `$expand` adds to an item: children, thumbnails, each with its options; the rest is not pretended (501)."""
    shown: dict[str, Any] = {}
    if "expand" not in request.query:
        return shown
    for name, inner in _EXPANSION.findall(request.options.get("$expand", request.options.get("expand", ""))):
        if name.strip() in EXPANDABLE:
            raise not_pretended(f"$expand={name.strip()}")
        if name.strip() == "thumbnails":
            if item.drive.drive_type == "business":
                raise not_pretended("$expand=thumbnails on a work drive, where it does not work as documented")
            shown |= expand_thumbnails(item, inner, view.picture_url)
            continue
        if name.strip() != "children":
            raise bad_request(f"Could not find a property named '{name.strip()}' on type 'microsoft.graph.driveItem'.")
        if (item.is_folder or item.kind == "bundle") and not item.unreadable:
            path = f"/v1.0/drives/{quote(item.drive.id)}/items/{quote(item.id)}/children"
            within = Request("GET", request.host, path, quote(inner.replace(";", "&"), safe="&=$,()"), request.headers)
            page = list_children(within, item, view, PageSizes())
            shown["children"] = page["value"]
            if "@odata.nextLink" in page and "$expand" in request.options:  # not without `$` (OD#732)
                shown["children@odata.nextLink"] = page["@odata.nextLink"]
    return shown


def _refuse_what_cannot_be_listed(folder: DemoItem) -> None:
    if folder.unreadable:
        status, code = folder.unreadable
        if code == "vault":
            raise object_handle_is_invalid()
        raise GraphError(status, code, "The folder cannot be read")
    if folder.kind == "shortcut":
        raise bad_request("The item is a reference to an item of another drive")
