"""Which way a listing goes: what changed since last time, or everything anew, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onedrive.drive_item import normalise_drive_id
from onedrive.graph import ForeignNextLink, GraphSession, read_link
from onedrive.list_state import LINE_FORM, LISTS, ListState, Ownership, who_wrote

_OTHER_SHARING = "What others share is now treated otherwise than last time."


@dataclass(frozen=True)
class DriveFacts:
    """The signed-in person's drive. `drive_id` is normalised; quota in bytes, None where the service does not say."""

    drive_id: str
    account_id: str
    is_personal: bool
    quota_total: int | None
    quota_used: int | None


def fetch_drive_facts(graph: GraphSession) -> DriveFacts:
    """Ask whose drive this is. Raises as GraphSession.get."""
    answer = graph.get("/me/drive?$select=id,driveType,owner,quota")
    owner, quota = answer.get("owner"), answer.get("quota")
    user = owner.get("user") if isinstance(owner, dict) else None
    owner_id = user.get("id") if isinstance(user, dict) else None
    total, used = (quota.get("total"), quota.get("used")) if isinstance(quota, dict) else (None, None)
    return DriveFacts(
        drive_id=normalise_drive_id(str(answer.get("id") or "")),
        account_id=owner_id if isinstance(owner_id, str) else "",
        is_personal=answer.get("driveType") == "personal",
        quota_total=total if isinstance(total, int) else None,
        quota_used=used if isinstance(used, int) else None,
    )


def why_not_update(home: Path, state: ListState | None, root_text: str, *, shared: bool) -> str | None:
    """Why the lists here cannot be brought up to date by what changed, in words; '' needs none, None: they can.

    Asks nobody: whether they are this account's lists is seen by `is_same_drive`.
    """
    if state is None:
        return ""
    if not is_whole_drive(root_text) or not is_whole_drive(state.root_text):
        same = is_whole_drive(root_text) == is_whole_drive(state.root_text) and root_text == state.root_text
        return "" if same else "The list of last time was of another folder."
    if shared or state.shared:
        same = shared == state.shared
        return "What others share is not among the changes that OneDrive names." if same else _OTHER_SHARING
    whose = {who_wrote(home, name, state) for name in LISTS}
    if Ownership.MISSING in whose:
        return "A list of last time is missing."
    if Ownership.EDITED in whose:
        return "The lists were changed since they were made."
    if Ownership.UNFINISHED in whose:
        return "The last listing was stopped while its lists were being written."
    if state.line_form != LINE_FORM:
        return "The lists were made by another version of this program."
    if state.delta_link is None:
        is_whole = all(entry.by_nature for entry in state.exceptions)
        return "" if is_whole else "The last listing could not see everything."
    return None if _leads_to_graph(state.delta_link) else "The saved link to what changed leads to another computer."


def _leads_to_graph(link: str) -> bool:
    try:
        return read_link({"link": link}, "link") is not None
    except ForeignNextLink:
        return False


def is_same_drive(state: ListState, facts: DriveFacts) -> bool:
    """True when the lists are of this account and drive."""
    return (state.account_id, normalise_drive_id(state.drive_id)) == (facts.account_id, facts.drive_id)


def is_whole_drive(root_text: str) -> bool:
    """True when what the person typed plainly means everything."""
    return root_text.strip() in ("", "/")
