"""Whose drive this is."""

from __future__ import annotations

from dataclasses import dataclass

from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import GraphSession
from onedrive.words import as_text


@dataclass(frozen=True)
class DriveFacts:
    """The signed-in person's drive. `drive_id` is normalised, `kind` Graph's driveType; quota in bytes, None where the
    service does not say.
    """

    drive_id: str
    account_id: str
    kind: str
    quota_total: int | None
    quota_used: int | None

    @property
    def is_personal(self) -> bool:
        """Whether it belongs to a person's own account, not to one for work or school."""
        return self.kind == "personal"


def fetch_drive_facts(graph: GraphSession) -> DriveFacts:
    """Ask whose drive this is. Raises as GraphSession.get."""
    answer = graph.get("/me/drive?$select=id,driveType,owner,quota")
    owner, quota = answer.get("owner"), answer.get("quota")
    user = owner.get("user") if isinstance(owner, dict) else None
    total, used = (quota.get("total"), quota.get("used")) if isinstance(quota, dict) else (None, None)
    return DriveFacts(
        drive_id=normalise_drive_id(as_text(answer.get("id"))),
        account_id=as_text(user.get("id")) if isinstance(user, dict) else "",
        kind=as_text(answer.get("driveType")),
        quota_total=total if isinstance(total, int) and total >= 0 else None,
        quota_used=used if isinstance(used, int) and used >= 0 else None,
    )
