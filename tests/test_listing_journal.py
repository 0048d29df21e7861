"""The journal: what was appended comes back, and after a crash as much as is whole pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.listing_journal import (
    JOURNAL,
    ListingJournal,
    deleted_record,
    end_record,
    exception_record,
    item_record,
    make_key,
    page_record,
    root_record,
    split_key,
)

HEADER: dict[str, object] = {"form": 1, "drive": "d"}
PAGE = item_record("F", "p", "1", "a", ',"size":1}') + page_record("", "https://next", (1, 0, 1))


def test_records_come_back_in_order(home: Path) -> None:
    journal = ListingJournal.begin(home, HEADER)

    journal.append(root_record("r") + PAGE + deleted_record("1") + end_record("https://delta"))

    assert [record.split(b"\t")[0] for record in journal.records()] == [b"R", b"F", b">", b"-", b"."]
    first = next(iter(journal.records()))
    assert journal.record_at(journal.first_position()) == first


@pytest.mark.parametrize("torn", [b"", b"F\tp\t2\tb", b"F\tp\t2\tb\t}\n", b"\0\0\0\0", b"F\tp\t2\tb\t}\n>\t\thttps"])
def test_what_is_no_whole_page_is_cut_off(home: Path, torn: bytes) -> None:
    journal = ListingJournal.begin(home, HEADER)
    journal.append(PAGE)
    journal.close()
    with (home / JOURNAL).open("ab") as stream:
        stream.write(torn)

    resumed = ListingJournal.resume(home, HEADER)

    assert resumed is not None
    assert resumed.is_resumed
    assert len(list(resumed.records())) == 2
    resumed.append(PAGE)
    assert len(list(resumed.records())) == 4


def test_a_journal_without_a_whole_page_is_worth_nothing(home: Path) -> None:
    ListingJournal.begin(home, HEADER).append(item_record("F", "p", "1", "a", "}"))

    assert ListingJournal.resume(home, HEADER) is None


def test_a_journal_for_something_else_is_not_used(home: Path) -> None:
    ListingJournal.begin(home, HEADER).append(PAGE)

    other: dict[str, object] = {"form": 1, "drive": "another"}

    assert ListingJournal.is_there(home, HEADER)
    assert not ListingJournal.is_there(home, other)
    assert ListingJournal.resume(home, other) is None


def test_without_a_journal_there_is_nothing_to_go_on_from(home: Path) -> None:
    assert ListingJournal.resume(home, HEADER) is None
    assert not ListingJournal.is_there(home, HEADER)


def test_a_discarded_journal_is_gone(home: Path) -> None:
    ListingJournal.begin(home, HEADER).discard()

    assert list(home.iterdir()) == []


def test_names_with_half_characters_and_line_ends_stay_one_record(home: Path) -> None:
    journal = ListingJournal.begin(home, HEADER)

    journal.append(exception_record("p", "1", "half \ud83d", reason="line\nend\ttab", by_nature=True))

    assert len(list(journal.records())) == 1


def test_a_key_says_on_which_drive_an_item_is() -> None:
    assert split_key(make_key("F09!1").encode()) == (b"", b"F09!1")
    assert split_key(make_key("64E!7", "64e5").encode()) == (b"64e5", b"64E!7")
