"""Whose drive this is, and whether two records speak of the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from onedrive.errors import ServiceRefused
from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import GraphSession
from onedrive.graph.why_refused import as_of_drive
from onedrive.words import as_text


class NamesDrive(Protocol):
    """What says whose drive it is about; each is '' where that is not known."""

    @property
    def drive_id(self) -> str: ...  # noqa: D102  # the name says it

    @property
    def account_id(self) -> str: ...  # noqa: D102  # the name says it


def is_same_drive(one: NamesDrive, other: NamesDrive) -> bool | None:
    """Whether both are about the same drive, None where that cannot be told: its id decides, however it is spelled.

    The account is compared only where a drive id is absent: the service spells its owner otherwise from call to call,
    leaves it out, or names a group (graph-facts §2.9, trap 106).
    """
    if one.drive_id and other.drive_id:
        return normalise_drive_id(one.drive_id) == normalise_drive_id(other.drive_id)
    if one.account_id and other.account_id:
        return normalise_drive_id(one.account_id.lower()) == normalise_drive_id(other.account_id.lower())
    return None


@dataclass(frozen=True)
class DriveFacts:
    """The signed-in person's drive. `drive_id` is normalised, `kind` Graph's driveType; quota in bytes, None where the
    service does not say.
    """

    drive_id: str
    account_id: str
    kind: str = ""
    quota_total: int | None = None
    quota_used: int | None = None
    quota_deleted: int = 0  # of what is used: in the recycle bin

    @property
    def is_personal(self) -> bool:
        """Whether it belongs to a person's own account, not to one for work or school."""
        return self.kind == "personal"


def fetch_drive_facts(graph: GraphSession) -> DriveFacts:
    """Ask whose drive this is. Raises as GraphSession.get."""
    try:
        answer = graph.get("/me/drive?$select=id,driveType,owner,quota")
    except ServiceRefused as refusal:
        raise as_of_drive(refusal) from refusal
    owner, quota = answer.get("owner"), answer.get("quota")
    user = owner.get("user") if isinstance(owner, dict) else None
    figures = [quota.get(name) for name in ("total", "used", "deleted")] if isinstance(quota, dict) else [None] * 3
    total, used, deleted = (figure if type(figure) is int and figure >= 0 else None for figure in figures)
    return DriveFacts(
        drive_id=normalise_drive_id(as_text(answer.get("id"))),
        account_id=as_text(user.get("id")) if isinstance(user, dict) else "",
        kind=as_text(answer.get("driveType")),
        quota_total=total,
        quota_used=used,
        quota_deleted=deleted or 0,
    )
