"""Who may do what: the token of a request, its scopes, and which of another person's items are shared."""

from __future__ import annotations

from onedrive.demo.drive import DemoDrive
from onedrive.demo.grants import Grant, Grants
from onedrive.demo.graph_errors import access_denied, bad_token
from onedrive.demo.item import DemoItem
from onedrive.demo.wire import Request

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
