"""What stands above the menu, which choice comes next, and options that wait for another one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.app.overview import Overview, look_over
from onedrive.app.program import WaitingOptions
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, SELECTION, Layout, Selection, write_selection
from onedrive.graph.traits import FileKind
from onedrive.home.failed import FailedItem, write_failed
from onedrive.home.lists import LIST_STATE, ListState, write_list_state
from onedrive.home.manifest import DOWNLOAD_COUNT, MANIFEST, ManifestWriter
from onedrive.home.verification import VERIFICATION, VerificationFacts, write_verification
from onedrive.settings import Settings
from tests.person import Person
from tests.starting import in_terminal, run

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
APP_ID = "5b0f1c9e-7d34-4c52-9a1e-0d3e6b8f2a11"
DAYS_AGO_2 = "2026-11-21T16:00:00+00:00"


@pytest.fixture
def settings(home: Path) -> Settings:
    (home / "downloads/Pictures").mkdir(parents=True)
    return Settings(home=home, downloads=home / "downloads", app_id=APP_ID)


def _look(settings: Settings, done: str = "") -> Overview:
    return look_over(settings, done=done, now=NOW)


def _sign_in(home: Path) -> None:
    account = {"home_account_id": "h", "environment": "e", "username": "anna@example.com"}
    token = {**account, "secret": "x", "client_id": APP_ID}
    (home / "token.json").write_text(json.dumps({"RefreshToken": {"r": token}, "Account": {"a": account}}))


def _list(home: Path, **more: object) -> None:
    values = {"listed_at": DAYS_AGO_2, "account_id": "", "drive_id": "d", "files": 18900,
              "size_bytes": 88 * 10**9}  # fmt: skip
    write_list_state(home, ListState(**{**values, **more}))  # type: ignore[arg-type]  # the values are those of a test


def _download(home: Path, *ids: str) -> None:
    with (home / MANIFEST).open("a") as lines:
        lines.writelines(f'{{"id":"{identity}","drive_id":"d"}}\n' for identity in ids)


def _verify(home: Path, *, is_good: object = True, **more: object) -> None:
    facts = VerificationFacts(
        when="2026-11-23T15:00:00+00:00", account_id="", drive_id="d", downloads="", verdict="", is_good=bool(is_good),
        is_whole=True, way="read", drive_files=5, drive_bytes=50, drive_folders=1, selection="everything",
        counts={"proven": (3, 30)} if is_good else {"missing here": (1, 10), "damaged here": (1, 10)},
        manifest_bytes=(home / MANIFEST).stat().st_size,
    )  # fmt: skip
    write_verification(home, replace(facts, **more), [])  # type: ignore[arg-type]  # as above
    at_its_end = datetime.fromisoformat(facts.when).timestamp() + 60
    os.utime(home / VERIFICATION, (at_its_end, at_its_end))


def test_long_paths_are_shortened_to_the_window(settings: Settings) -> None:
    usual = look_over(settings, width=80).lines[0]
    elsewhere = look_over(replace(settings, downloads=Path("/media/disk") / ("x" * 60)), width=80).lines[0]

    assert len(usual) <= 80
    assert usual.endswith("/home · files go to downloads there")
    assert len(elsewhere) <= 80
    assert " · files go to /media/di" in elsewhere


# --- the lines --------------------------------------------------------------------------------------------------------


def test_at_first_nothing_is_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(settings.home.parent))

    assert _look(settings).lines == (
        "OneDrive downloader · ~/home · files go to downloads there",
        "Not signed in",
        "No list yet",
        "Nothing downloaded yet",
    )


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ({}, "List: 18,900 files, 88.0 GB, made 2 days ago"),
        ({"root_path": "/Pictures"}, "List of /Pictures: "),
        ({"root_path": "/a\x1b"}, r"List of /a\x1b: "),
        ({"listed_at": "yesterday"}, "of unknown age"),
        ({"listed_at": "2026-11-23T15:59:50+00:00"}, "just now"),
    ],
)
def test_the_list_is_said(settings: Settings, listed: dict[str, object], words: str) -> None:
    _list(settings.home, **listed)

    assert words in _look(settings).lines[2]


@pytest.mark.parametrize(
    ("name", "words"), [(LIST_STATE, "The list cannot be read"), (SELECTION, "the choice cannot be read")]
)
def test_what_is_damaged_is_said(settings: Settings, name: str, words: str) -> None:
    (settings.home / name).write_text("{")

    assert words in _look(settings).lines[2]


def test_a_file_that_came_twice_counts_once(settings: Settings) -> None:
    _download(settings.home, "a", "b", "a", "c")

    assert _look(settings).lines[3] == "3 files downloaded · not verified yet"


def test_a_downloads_folder_that_is_not_there_or_empty_is_said(settings: Settings) -> None:
    _download(settings.home, "a")
    (settings.downloads / "Pictures").rmdir()
    (settings.downloads / ".hidden").touch()
    assert _look(settings).lines[3] == "1 file downloaded · the downloads folder is empty"

    (settings.downloads / ".hidden").unlink()
    settings.downloads.rmdir()
    assert _look(settings).lines[3] == "1 file downloaded · the downloads folder is not there"
    _sign_in(settings.home)
    _list(settings.home)
    assert _look(settings).recommended == ""


def _long_manifest(home: Path, *ids: str) -> None:
    with (home / MANIFEST).open("a") as lines:
        lines.write(f'{{"manifest_version":1,"room":"{"x" * 5_000_000}"}}\n')
    _download(home, *ids)


def test_the_files_of_a_long_manifest_are_counted_once_for_each_state_of_it(settings: Settings) -> None:
    _long_manifest(settings.home, "a", "b", "a")
    assert _look(settings).downloaded == 2
    note = settings.home / DOWNLOAD_COUNT
    note.write_text(note.read_text().replace('"files": 2', '"files": 77'))
    assert _look(settings).downloaded == 77  # it was not read again

    status = (settings.home / MANIFEST).stat()
    os.utime(settings.home / MANIFEST, ns=(status.st_atime_ns, status.st_mtime_ns - 1))
    assert _look(settings).downloaded == 2

    with ManifestWriter(settings.home / MANIFEST) as writer:
        writer.write({"id": "c", "drive_id": "d"})
    assert json.loads(note.read_text())["files"] == 3  # counted as the option ended, before the menu needs it
    assert _look(settings).downloaded == 3


@pytest.mark.parametrize("change", [{"files": "2"}, {"files": True}, {"manifest_bytes": 1}, {"x": 1}, None])
def test_a_noted_count_that_does_not_fit_is_not_believed(settings: Settings, change: dict[str, object] | None) -> None:
    _long_manifest(settings.home, "a", "b")
    _look(settings)
    note = settings.home / DOWNLOAD_COUNT
    whole = json.loads(note.read_text())
    note.write_text("[" if change is None else json.dumps({**whole, "files": 9, **change}))

    assert _look(settings).downloaded == 2
    assert json.loads(note.read_text()) == whole


def test_where_no_count_can_be_noted_it_is_counted_each_time(settings: Settings) -> None:
    _long_manifest(settings.home, "a", "b")
    (settings.home / DOWNLOAD_COUNT).mkdir()

    assert _look(settings).downloaded == 2


def test_the_choice_in_force_is_said_where_not_everything_is_wanted(settings: Settings) -> None:
    write_selection(settings.home, EVERYTHING)
    assert "chosen" not in _look(settings).lines[2]

    chosen = Selection(kinds=frozenset({FileKind.PHOTO}), dates=read_date_range("since 2019"), layout=Layout.DATE)
    write_selection(settings.home, chosen)

    assert _look(settings).lines[2] == "No list yet · chosen: photos since 2019 · into folders by date"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "verified 1 h ago: all is here"),
        ({"way": "quick"}, "verified (quick) 1 h ago: all is here"),
        ({"when": "x"}, "verified at an unknown time: all is here"),
        ({"is_good": False}, "verified 1 h ago: 2 files missing or wrong"),
        ({"is_good": False, "counts": {}}, "verified 1 h ago: not all is well"),
    ],
)
def test_what_the_last_verification_found_is_said(settings: Settings, found: dict[str, object], words: str) -> None:
    _download(settings.home, "a")
    _verify(settings.home, **{"is_good": True, **found})
    assert _look(settings).lines[3] == f"1 file downloaded · {words}"

    _download(settings.home, "b")
    assert _look(settings).lines[3] == f"2 files downloaded · {words}, and files came since"

    (settings.home / VERIFICATION).write_text("[]")
    assert _look(settings).lines[3] == "2 files downloaded · not verified yet"


# --- what comes next --------------------------------------------------------------------------------------------------


def _fail(home: Path) -> None:
    write_failed(home, [FailedItem("/a", "a", "no")])


_SIGNED_IN: list[Callable[[Path], object]] = [_sign_in]
_LISTED = [*_SIGNED_IN, lambda home: _list(home, files=2)]
_BEGUN = [*_LISTED, lambda home: _download(home, "a")]
_DOWNLOADED = [*_BEGUN, lambda home: _download(home, "b")]
_BAD = [*_DOWNLOADED, lambda home: _verify(home, is_good=False)]
_GOOD = [*_DOWNLOADED, _verify]
_NEW_LIST = [*_GOOD, lambda home: _list(home, listed_at="2026-11-23T15:30:00+00:00")]
_FRESH = [*_DOWNLOADED, lambda home: _list(home, listed_at="2026-11-23T15:00:30+00:00", files=2), _verify]
_CHOSEN = [*_BEGUN, lambda home: write_selection(home, Selection(kinds=frozenset({FileKind.PHOTO})))]


@pytest.mark.parametrize(
    ("happened", "done", "recommended"),
    [
        ([], "", "1"),
        (_SIGNED_IN, "1", "3"),
        (_LISTED, "3", "4"),
        (_BEGUN, "", "4"),
        (_BEGUN, "4", "6"),
        (_CHOSEN, "", "6"),
        ([*_BEGUN, _fail], "4", "r"),
        ([*_BEGUN, _fail], "r", "6"),
        (_DOWNLOADED, "", "6"),
        (_BAD, "6", "4"),
        ([*_BAD, lambda home: _verify(home, is_good=False, counts={})], "6", "6"),
        (_FRESH, "6", ""),
        (_GOOD, "", "3"),  # the list is two days old
        (_NEW_LIST, "3", "4"),
        (_NEW_LIST, "4", "6"),
        ([*_GOOD, lambda home: _download(home, "c")], "", "6"),
    ],
)
def test_one_choice_comes_next(
    settings: Settings, happened: list[Callable[[Path], object]], done: str, recommended: str
) -> None:
    for happens in happened:
        happens(settings.home)

    assert _look(settings, done).recommended == recommended


def test_enter_alone_goes_the_whole_way(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "--root", "/Pictures/2020", typed="\n\n/Pictures/2020\n\n\n0\n0\n")

    assert [line for line in done.stdout.splitlines() if line.startswith("> ")] == [
        "> 1  Sign in to OneDrive",
        "> 3  List all folders and files",
        "> 4  Download what the list names",
        "> 6  Verify: prove what is here",
        "> o  Open download_report.html    m  Move out: a sheet says if you can leave",
    ]
    assert "2 files downloaded · verified just now: all is here" in done.stdout
    assert "  o  Open download_report.html" in run(tmp_path, "--demo", typed="0\n").stdout  # the next day too


def test_whoever_hears_the_menu_hears_what_comes_next(tmp_path: Path) -> None:
    done = run(tmp_path, "--plain", typed="0\n")

    assert "  1  Sign in to OneDrive (recommended next)\n" in done.stdout


@pytest.mark.parametrize(("width", "most_rows"), [(80, 18), (50, 24)])
def test_the_menu_with_all_its_lines_leaves_room_for_a_verdict(settings: Settings, width: int, most_rows: int) -> None:
    home = settings.home
    for happens in [*_DOWNLOADED, _verify, _fail]:
        happens(home)
    (home / ".env").write_text(f"MS_OPENGRAPH_APP_ID={APP_ID}\n")
    (home / "downloads/.earlier/2026-11-27").mkdir(parents=True)
    with Person(width=width) as person:
        program = person.start(in_terminal(home))
        person.sees("Your choice: [r]")
        rows = person.rows()
        person.type("q\r")

        assert person.sees_end(program) == 0
    assert [row for row in rows if row.startswith("> r")]
    assert len(rows) <= most_rows
    assert max(map(len, rows)) <= width


# --- options that wait ------------------------------------------------------------------------------------------------


def test_an_option_waits_for_a_sign_in_once_and_not_in_circles() -> None:
    now = [0.0]
    waiting = WaitingOptions(lambda: now[0])

    assert waiting.go_on(1) is None
    assert waiting.wait(4, until=1)
    assert waiting.go_on(1) == 4
    assert waiting.go_on(1) is None
    now[0] = 60.0
    assert not waiting.wait(4, until=1)  # what is missing again so soon was not cured
    now[0] = 60.1
    assert waiting.wait(4, until=1)
    assert not waiting.wait(4, until=1)
    assert not waiting.wait(3, until=3)
    assert waiting.go_on(1) == 4
    waiting.forget()
    assert waiting.go_on(1) is None
    assert waiting.wait(4, until=1)  # chosen anew, the person is led there again
