"""Whose drive this is."""

from __future__ import annotations

from dataclasses import dataclass

from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import GraphSession


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
