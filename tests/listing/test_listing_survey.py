"""What the survey makes of the journal: an exception is not forgotten because its folder is shown again."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.listing import reasons
from onedrive.listing.catalogue import (
    NO_FOLDER,
    ListingJournal,
    PlacedLines,
    deleted_record,
    exception_record,
    item_record,
    survey_journal,
)
from onedrive.listing.catalogue import page_record as page

COUNTS = (0, 1, 0)
FOLDER = item_record("D", "root", "a", "A", "}")
NOTEBOOK = item_record("P", "root", "a", "A", "}") + exception_record(
    "root", "a", "A", reason=reasons.NOTEBOOK, by_nature=True
)


def _exceptions(home: Path, text: str) -> list[tuple[str, str]]:
    journal = ListingJournal.begin(home, {})
    journal.append(text)
    placed = PlacedLines(journal, survey_journal(journal, b"root", b""))
    list(placed)
    return [(entry.path, entry.reason) for entry in placed.exceptions]


@pytest.mark.parametrize("reason", ["not listed: OneDrive answered 403", reasons.VAULT, reasons.REPEATING])
@pytest.mark.parametrize("shown", [FOLDER, NOTEBOOK])
def test_a_folder_that_could_not_be_read_stays_named_when_it_is_shown_again(
    home: Path, reason: str, shown: str
) -> None:
    closed = exception_record("", "a", "", reason=reason, by_nature=False) + page("a", None, COUNTS)

    exceptions = _exceptions(home, shown + closed + shown + page(NO_FOLDER, None, COUNTS))

    assert exceptions == [("/A", reason)]


def test_an_item_that_is_shown_anew_loses_its_old_exception(home: Path) -> None:
    assert _exceptions(home, NOTEBOOK + FOLDER + page(NO_FOLDER, None, COUNTS)) == []


def test_a_folder_that_is_gone_is_no_exception_any_more(home: Path) -> None:
    closed = exception_record("", "a", "", reason="x", by_nature=False) + page("a", None, COUNTS)

    assert _exceptions(home, FOLDER + closed + deleted_record("a") + page(NO_FOLDER, None, COUNTS)) == []
