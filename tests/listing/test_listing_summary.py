"""What a listing says at its end: readable at sixty columns, as plain lines, with names that drive no terminal."""

from __future__ import annotations

import io

import pytest

from onedrive.graph.drive import DriveFacts
from onedrive.home.lists import ListException
from onedrive.listing.summary import ChangeReport, show_changes, show_exceptions, show_glance
from onedrive.terminal.terminal import Terminal
from onedrive.words import describe_counts

GLANCE = {
    "whole": [3210, 8_000_000_000],
    "kinds": {"photos": [3000, 5_000_000_000], "videos": [200, 3_000_000_000], "documents": [10, 1000]},
    "years": {"2019": [10, 1000], "2023": [3200, 7_999_999_000]},
    "folders": [
        {
            "path": "/Pictures",
            "size_bytes": 5_000_000_000,
            "inner": [{"path": "/Pictures/" + "x" * 90, "size_bytes": 4_000_000_000, "inner": []}],
        }
    ],
    "largest": [[900_000_000, "/Videos/bad\x1b[2Jname.mp4"], [800_000_000, "/Videos/b.mp4"]],
}
FACTS = DriveFacts("d", "a", kind="personal", quota_total=10_000_000_000, quota_used=8_000_000_000)


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setenv("COLUMNS", "60")
    return io.StringIO()


@pytest.fixture
def terminal(output: io.StringIO) -> Terminal:
    return Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={})


def test_the_glance_fits_sixty_columns_and_drives_no_terminal(terminal: Terminal, output: io.StringIO) -> None:
    show_glance(terminal, GLANCE, FACTS)

    said = output.getvalue()
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 60
    for words in ("photos", "2023", "/Pictures", "largest files", "Space used in OneDrive: 8.0 GB of 10.0 GB (80%)."):
        assert words in said


def test_for_a_screen_reader_no_bars_are_drawn(output: io.StringIO) -> None:
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, plain=True, environ={})

    show_glance(terminal, GLANCE, FACTS)

    assert not {*"█▏░#"} & {*output.getvalue()}
    assert "photos     3,000  5.0 GB\n" in output.getvalue()


def test_an_empty_drive_shows_no_tables(terminal: Terminal, output: io.StringIO) -> None:
    show_glance(terminal, {}, None)

    assert output.getvalue() == ""


def test_changes_are_counted_and_the_first_few_named(terminal: Terminal, output: io.StringIO) -> None:
    report = ChangeReport(new=[f"/new {n}" for n in range(8)], gone=["/old"], moved=[("/a", "/b")], moved_along=7)

    show_changes(terminal, report)

    said = output.getvalue()
    assert "Since the last list: 8 new, 1 moved or renamed, 1 gone." in said
    assert "new: /new 4" in said
    assert "/new 5" not in said
    assert "new: and 3 more" in said
    assert "moved: /a -> /b" in said
    assert "7 items moved along" in said


def test_what_failed_is_told_apart_from_what_can_never_be(terminal: Terminal, output: io.StringIO) -> None:
    entries = [ListException(f"/{n}", str(n), "a reason", by_nature=n > 0) for n in range(20)]

    show_exceptions(terminal, entries)

    said = output.getvalue()
    assert "1 item could not be listed this time:\n  /0: a reason." in said
    assert "19 items cannot be downloaded by their nature:" in said
    assert "and 7 more; list_state.json names them all." in said


def test_counts_are_words() -> None:
    assert describe_counts(1204, 1, 5_200_000_000) == "1,204 files in 1 folder, 5.2 GB"
