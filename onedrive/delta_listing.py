"""The whole drive by delta: a few wide pages into the journal, until the service gives a deltaLink.

Other ways in which this can end are told apart here: delta that does not work for this account, a point of continuation
that is not valid any more, pages that repeat themselves. What to do then is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onedrive.drive_item import SELECT
from onedrive.errors import OneDriveError, ServiceRefused
from onedrive.graph import SHORTCUTS_SHOWN, GraphSession
from onedrive.listing_intake import ListingIntake
from onedrive.listing_journal import ListingJournal, end_record, page_record
from onedrive.page_stream import PageStream
from onedrive.repeat_guard import RepeatGuard

WIDTHS = (5000, 1000, 200)  # then none; the widest is tried first, a service that does not like it answers 400
_NOT_VALID_ANY_MORE = frozenset({400, 404, 410})
_NOT_FOR_THIS_ACCOUNT = frozenset({400, 403, 404, 405, 410, 422, 501})


class DeltaNotPossible(OneDriveError):
    """This drive cannot be listed by delta; the sentence says why, and the tree can be walked instead."""


class PointNotValid(OneDriveError):
    """The service does not continue from a link that it gave earlier; the sentence says so."""


def first_addresses() -> list[str]:
    """Where delta begins, the widest pages first."""
    address = f"/me/drive/root/delta?$select={SELECT}"
    return [f"{address}&$top={width}" for width in WIDTHS] + [address]


def open_delta(graph: GraphSession, addresses: Sequence[str], visited: set[str] | None = None) -> PageStream:
    """The pages of delta from the first of `addresses`."""
    return PageStream(graph, addresses, headers=SHORTCUTS_SHOWN, visited=visited)


def list_by_delta(
    pages: PageStream, intake: ListingIntake, journal: ListingJournal, *, report: Callable[[], None]
) -> str:
    """Take all pages into the journal, and return the deltaLink.

    Raises PointNotValid, DeltaNotPossible, RepeatingPages, ForeignNextLink, and what GraphSession.get raises.
    """
    guard = RepeatGuard()
    is_first = not journal.is_resumed
    try:
        for page in pages:
            text = intake.take_delta_page(page.items)
            if page.next_link is None:
                if page.delta_link is None:
                    raise DeltaNotPossible("OneDrive's list of everything ended without saying that it is whole.")
                journal.append(text + page_record("", None, intake.counts) + end_record(page.delta_link))
                report()
                return page.delta_link
            journal.append(text + page_record("", page.next_link, intake.counts))
            is_first = False
            report()
            guard.check(page)
    except ServiceRefused as refusal:
        raise judge_refusal(refusal, is_first=is_first) from refusal
    raise DeltaNotPossible("OneDrive gave no list of everything.")


def judge_refusal(refusal: ServiceRefused, *, is_first: bool) -> OneDriveError:
    """What a refusal means: at the beginning that delta does not work here, later that the point is not valid."""
    if is_first and (refusal.status in _NOT_FOR_THIS_ACCOUNT or refusal.code == "notSupported"):
        return DeltaNotPossible(
            f"OneDrive does not offer its quick list for this account ({refusal.status} {refusal.code})."
        )
    if not is_first and refusal.status in _NOT_VALID_ANY_MORE:
        return PointNotValid(
            f"OneDrive does not continue from where the list stopped ({refusal.status} {refusal.code})."
        )
    return refusal
