"""What OneDrive means when it says no, by status, codes and message: words that follow a colon, and what helps.

The codes are those of graph-facts §3.6 and §2.1; the same status stands for very different things, so that words in the
codes and in the message come first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from onedrive.errors import ServiceRefused
from onedrive.net.patience import THROTTLED, TRANSIENT


@dataclass(frozen=True)
class WhyRefused:
    """`words` say what it is, `cure` what a person can do; `is_of_account`: no other folder will be answered either."""

    words: str
    cure: str
    is_of_account: bool = False


_THEN = "then choose the same option again."
NO_LICENCE = WhyRefused(
    "this account has no licence for OneDrive",
    f"The administrator of your organisation can give it one (SharePoint with OneDrive); {_THEN} "
    "Or choose 1 to sign in with another account.",
    is_of_account=True,
)
NOT_SET_UP = WhyRefused(
    "Microsoft has not set up a OneDrive for this account yet",
    f"Open OneDrive once in the browser (https://www.microsoft365.com) and wait until it shows its folders; {_THEN}",
    is_of_account=True,
)
FROZEN = WhyRefused(
    "this OneDrive is frozen, or more is stored in it than it may hold",
    f"Open onedrive.com in the browser: it says how to unfreeze it or make room; {_THEN}",
    is_of_account=True,
)
BLOCKED = WhyRefused(
    "Microsoft or an administrator has blocked it",
    f"Open onedrive.com in the browser: it says why, and who can lift the block; {_THEN}",
    is_of_account=True,
)
RESTRICTED = WhyRefused(
    "your organisation allows it only from certain devices or networks",
    "Ask the administrator of your organisation, or run the program where the browser may open OneDrive.",
    is_of_account=True,
)
LOCKED = WhyRefused(
    "it is locked: somebody has it open or checked out, or an administrator has locked it",
    f"Wait until it is free, or ask whoever locked it; {_THEN}",
)
NOT_ALLOWED = WhyRefused(
    "OneDrive does not allow this account to read it",
    "Open it in the browser with the same account: if that works, choose 1 to sign in again; otherwise ask its owner.",
)
NOT_THERE = WhyRefused("it is not there, or no longer there", "Choose 3 to list what is there now.")
NOT_UNDERSTOOD = WhyRefused("OneDrive did not understand the request", "Please report this line.")
UNWELL = WhyRefused(
    "OneDrive is overloaded or out of order for the moment",
    f"Wait a few minutes, {_THEN}",
)
UNKNOWN = WhyRefused("it gives no reason that this program knows", "onedrive.com in the browser may say more.")

_BY_WORDS = (
    (r"licen[cs]e", NO_LICENCE),
    (r"mysite|provision", NOT_SET_UP),
    (r"frozen|freez|quota|insufficientstorage|storage ?(limit|full|exceed)|insufficient space", FROZEN),
    (r"block|suspend|disabled|violat|deactivat|compromised", BLOCKED),
    (r"accessrestricted|conditional ?access|unmanaged", RESTRICTED),
    (r"locked|lockmismatch|checked out", LOCKED),
)
_BY_STATUS = {
    400: NOT_UNDERSTOOD,
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NOT_THERE,
    410: NOT_THERE,
    423: LOCKED,
    451: BLOCKED,
    507: FROZEN,
}
_BY_CODE = {
    "accessdenied": NOT_ALLOWED,
    "notallowed": NOT_ALLOWED,
    "forbidden": NOT_ALLOWED,
    "itemnotfound": NOT_THERE,
    "resourcenotfound": NOT_THERE,
}


def why_refused(status: int, codes: Sequence[str], message: str) -> WhyRefused:
    """What a refusal means; `codes` are the outer one and those nested in it."""
    if status in THROTTLED or status in TRANSIENT:
        return UNWELL
    said = " ".join([*codes, message]).lower()
    for pattern, why in _BY_WORDS:
        if re.search(pattern, said):
            return why
    known = _BY_STATUS.get(status)
    if known in (None, NOT_UNDERSTOOD):
        known = next((_BY_CODE[code.lower()] for code in codes if code.lower() in _BY_CODE), known)
    return known or UNKNOWN


def why_of(refusal: ServiceRefused) -> WhyRefused:
    """The same for one that was raised."""
    return why_refused(refusal.status, (refusal.code, *refusal.inner_codes), refusal.message)


def as_of_drive(refusal: ServiceRefused) -> ServiceRefused:
    """The refusal of a whole drive: one that is not there was never set up (graph-facts §2.1)."""
    if why_of(refusal) not in (NOT_THERE, NOT_UNDERSTOOD):
        return refusal
    return ServiceRefused(
        refusal.status,
        refusal.code,
        refusal.message,
        inner_codes=refusal.inner_codes,
        request_id=refusal.request_id,
        why=NOT_SET_UP.words,
        hint=NOT_SET_UP.cure,
    )
