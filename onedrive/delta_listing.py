"""The whole drive by delta: a few wide pages into the journal, until the service gives a deltaLink.

Other ways in which this can end are told apart here: delta that does not work for this account, a point of continuation
that is not valid any more, pages that repeat themselves. What to do then is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onedrive.drive_item import SELECT
from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph import SHORTCUTS_SHOWN, GraphSession
from onedrive.listing_intake import ListingIntake
from onedrive.listing_journal import ListingJournal, end_record, page_record
from onedrive.page_stream import PageStream
from onedrive.repeat_guard import RepeatGuard
from onedrive.retry import TRANSIENT

WIDTHS = (5000, 1000, 200)  # then none; the widest is tried first, a service that does not like it answers 400
_RESYNC = 410
# What says nothing about delta: the sign-in, and throttling without end. A fault (5xx) does when it is delta's first.
_NOT_ABOUT_DELTA = frozenset({401, 429, 509})


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
    has_begun = False
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
            has_begun = True
            report()
            guard.check(page)
    except (ServiceRefused, ServiceUnusable) as error:
        if journal.is_resumed or has_begun:
            raise judge_end(error, has_begun=has_begun) from error
        raise judge_beginning(error) from error
    raise DeltaNotPossible("OneDrive gave no list of everything.")


def judge_beginning(error: ServiceRefused | ServiceUnusable) -> OneDriveError:
    """What it means that delta does not begin: it does not work here, or it asks to begin again."""
    if isinstance(error, ServiceUnusable):
        return DeltaNotPossible(f"OneDrive's quick list cannot be had at the moment: {error.reason}.")
    if error.status in _NOT_ABOUT_DELTA:
        return error
    what = _shortly(error)
    if error.status == _RESYNC:
        return PointNotValid(f"OneDrive wants its quick list to be asked for again ({what}).")
    if error.status in TRANSIENT:
        return DeltaNotPossible(f"OneDrive's quick list fails at the moment ({what}).")
    return DeltaNotPossible(f"OneDrive does not offer its quick list for this account ({what}).")


def judge_end(error: ServiceRefused | ServiceUnusable, *, has_begun: bool) -> OneDriveError:
    """What it means that delta does not go on from a link; `has_begun`: pages have come in this run.

    A fault after them is the service's trouble, and what came is safe; one at the link itself may be the link's.
    """
    if isinstance(error, ServiceUnusable):
        return error if has_begun else PointNotValid(f"OneDrive does not continue its list: {error.reason}.")
    if error.status in _NOT_ABOUT_DELTA or (has_begun and error.status in TRANSIENT):
        return error
    return PointNotValid(f"OneDrive does not continue from where the list stopped ({_shortly(error)}).")


def _shortly(refusal: ServiceRefused) -> str:
    return f"{refusal.status} {refusal.code}".rstrip()
