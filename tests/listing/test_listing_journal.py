"""The journal: what was appended comes back, and after a crash as much as is whole pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.listing.catalogue import (
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


def _page(number: int) -> str:
    link = f"https://next/{number}"
    return item_record("F", "p", str(number), "a", ',"size":1}') + page_record("", link, (number, 0, 1))


def _spoil(home: Path, spoil: Callable[[bytes], bytes]) -> tuple[int, int]:
    """Four pages, the file spoilt: how many records are left of eight, and how often damage was said."""
    journal = ListingJournal.begin(home, HEADER)
    for number in range(4):
        journal.append(_page(number))
    journal.close()
    path = home / JOURNAL
    path.write_bytes(spoil(path.read_bytes()))
    said: list[int] = []
    resumed = ListingJournal.resume(home, HEADER, on_damage=lambda: said.append(1))
    return (len(list(resumed.records())) if resumed else 0), len(said)


def _line(text: bytes, number: int) -> int:
    """Where the line with this number begins, the header being 0."""
    return sum(map(len, text.splitlines(keepends=True)[:number]))


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        (lambda text: text[: _line(text, 5)] + b"\0" * 40 + text[_line(text, 5) + 40 :], 4),
        (lambda text: text.replace(b"next/1", b"next/7"), 2),
        (lambda text: text[: _line(text, 3)] + text[_line(text, 4) :], 2),
        (lambda text: text[: _line(text, 3)] + text[_line(text, 5) :], 2),
        (lambda text: text[: _line(text, 7)] + b"\0" * 500, 6),
        (lambda text: text.replace(b"F\tp\t0", b"F\tp\t9"), 0),
    ],
    ids=["zeros inside", "a bit", "a record less", "a page less", "zeros at the end", "the first page"],
)
def test_a_spoilt_journal_goes_on_from_before_the_damage_and_says_so(
    home: Path, spoil: Callable[[bytes], bytes], left: int
) -> None:
    assert _spoil(home, spoil) == (left, 1)


def test_a_torn_end_is_no_damage_worth_a_word(home: Path) -> None:
    assert _spoil(home, lambda text: text[:-10]) == (6, 0)


def test_a_resumed_journal_is_checked_as_a_whole(home: Path) -> None:
    assert _spoil(home, lambda text: text[:-10]) == (6, 0)
    resumed = ListingJournal.resume(home, HEADER)
    assert resumed is not None
    resumed.append(_page(9))
    resumed.close()

    again = ListingJournal.resume(home, HEADER)

    assert again is not None
    assert len(list(again.records())) == 8
