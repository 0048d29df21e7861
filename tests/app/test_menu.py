"""The line above the menu, its years as little bars, and options that wait for another one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.app.menu import MOST_BARS, describe_retry, describe_state, sparkline
from onedrive.app.program import WaitingOptions
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, SELECTION, Layout, Selection, write_selection
from onedrive.graph.traits import FileKind
from onedrive.home.lists import LIST_STATE, ListState, write_list_state
from onedrive.home.manifest import DOWNLOAD_COUNT, MANIFEST, ManifestWriter
from onedrive.home.verification import VERIFICATION, VerificationFacts, write_verification
from onedrive.settings import Settings

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.fixture
def settings(home: Path) -> Settings:
    (home / "downloads").mkdir()
    return Settings(home=home, downloads=home / "downloads", app_id="5b0f1c9e-7d34-4c52-9a1e-0d3e6b8f2a11")


def _list(home: Path, **more: object) -> None:
    values = {"listed_at": "2026-11-21T16:00:00+00:00", "account_id": "", "drive_id": "d", "files": 18900,
              "size_bytes": 88 * 10**9}  # fmt: skip
    write_list_state(home, ListState(**{**values, **more}))  # type: ignore[arg-type]  # the values are those of a test


def test_at_first_nothing_is_there(settings: Settings) -> None:
    assert describe_state(settings, now=NOW) == "not signed in · no list yet · nothing downloaded yet"


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ({}, "list: 18,900 files, 88.0 GB, made 2 days ago"),
        ({"root_path": "/Pictures"}, "list of /Pictures: "),
        ({"root_path": "/a\x1b"}, r"list of /a\x1b: "),
        ({"listed_at": "yesterday"}, "of unknown age"),
        ({"listed_at": "2026-11-23T15:59:50+00:00"}, "just now"),
    ],
)
def test_the_list_is_said(settings: Settings, listed: dict[str, object], words: str) -> None:
    _list(settings.home, **listed)

    assert words in describe_state(settings, now=NOW)


@pytest.mark.parametrize(
    ("name", "words"), [(LIST_STATE, "the list cannot be read"), (SELECTION, "the choice cannot be read")]
)
def test_what_is_damaged_is_said(settings: Settings, name: str, words: str) -> None:
    (settings.home / name).write_text("{")

    assert f" · {words} · " in describe_state(settings, now=NOW)


def test_a_file_that_came_twice_counts_once(settings: Settings) -> None:
    lines = [f'{{"id":"{identity}","drive_id":"d"}}\n' for identity in ("a", "b", "a")]
    (settings.home / MANIFEST).write_text("".join(lines) + '{"id":"c","dri')

    assert describe_state(settings, now=NOW).endswith("3 files downloaded")


def _long_manifest(home: Path, *ids: str) -> None:
    with (home / MANIFEST).open("a") as lines:
        lines.write(f'{{"manifest_version":1,"room":"{"x" * 5_000_000}"}}\n')
        lines.writelines(f'{{"id":"{identity}","drive_id":"d"}}\n' for identity in ids)


def test_the_files_of_a_long_manifest_are_counted_once_for_each_state_of_it(settings: Settings) -> None:
    _long_manifest(settings.home, "a", "b", "a")
    assert describe_state(settings, now=NOW).endswith(" · 2 files downloaded")
    note = settings.home / DOWNLOAD_COUNT
    note.write_text(note.read_text().replace('"files": 2', '"files": 77'))
    assert describe_state(settings, now=NOW).endswith(" · 77 files downloaded")  # it was not read again

    status = (settings.home / MANIFEST).stat()
    os.utime(settings.home / MANIFEST, ns=(status.st_atime_ns, status.st_mtime_ns - 1))
    assert describe_state(settings, now=NOW).endswith(" · 2 files downloaded")

    with ManifestWriter(settings.home / MANIFEST) as writer:
        writer.write({"id": "c", "drive_id": "d"})
    assert json.loads(note.read_text())["files"] == 3  # counted as the option ended, before the menu needs it
    assert describe_state(settings, now=NOW).endswith(" · 3 files downloaded")


@pytest.mark.parametrize("change", [{"files": "2"}, {"files": True}, {"manifest_bytes": 1}, {"x": 1}, None])
def test_a_noted_count_that_does_not_fit_is_not_believed(settings: Settings, change: dict[str, object] | None) -> None:
    _long_manifest(settings.home, "a", "b")
    describe_state(settings, now=NOW)
    note = settings.home / DOWNLOAD_COUNT
    whole = json.loads(note.read_text())
    note.write_text("[" if change is None else json.dumps({**whole, "files": 9, **change}))

    assert describe_state(settings, now=NOW).endswith(" · 2 files downloaded")
    assert json.loads(note.read_text()) == whole


def test_where_no_count_can_be_noted_it_is_counted_each_time(settings: Settings) -> None:
    _long_manifest(settings.home, "a", "b")
    (settings.home / DOWNLOAD_COUNT).mkdir()

    assert describe_state(settings, now=NOW).endswith(" · 2 files downloaded")


def test_the_choice_in_force_is_said_where_not_everything_is_wanted(settings: Settings) -> None:
    write_selection(settings.home, EVERYTHING)
    assert "chosen" not in describe_state(settings, now=NOW)

    chosen = Selection(kinds=frozenset({FileKind.PHOTO}), dates=read_date_range("since 2019"), layout=Layout.DATE)
    write_selection(settings.home, chosen)

    assert " · chosen: photos since 2019 · into folders by date · " in describe_state(settings, now=NOW)


def test_on_a_screen_the_years_are_drawn(settings: Settings) -> None:
    _list(settings.home, glance={"years": {"2018": [1, 5], "2019": [1, 50]}})

    assert " · by year 2018 ▂█ 2019 · " in describe_state(settings, now=NOW, can_show=lambda _: True)
    assert " · by year 2018 .@ 2019 · " in describe_state(settings, now=NOW, can_show=str.isascii)
    assert "by year" not in describe_state(settings, now=NOW)


@pytest.mark.parametrize("years", [None, [], {"2018": 5, "2019": []}, {"2018": ["a", "b"], "2019": [1, "x"]}])
def test_years_that_are_none_draw_nothing(settings: Settings, years: object) -> None:
    _list(settings.home, glance={"years": years})

    assert "by year" not in describe_state(settings, now=NOW, can_show=lambda _: True)


@pytest.mark.parametrize(
    ("years", "shown"),
    [
        ({}, ""),
        ({"2019": 5, "unknown": 3}, ""),
        ({"2019": 1, "2020": 8}, "2019 ▂█ 2020"),
        ({"2018": 1, "2021": 1000}, "2018 ▂▁▁█ 2021"),
        ({"2018": 0, "2019": 0}, "2018 ▁▁ 2019"),
        ({str(year): year - 2000 for year in range(2001, 2009)}, "2001 ▂▃▄▅▅▆▇█ 2008"),
        ({"1995": 1, "2026": 9}, "1995 ▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁█ 2026"),
        ({"1994": 1, "2026": 9}, "1994 ▂▁▁▁▁▁▁▁▁▁█ 2026"),
    ],
)
def test_each_year_is_a_bar_as_high_as_its_bytes_and_many_share_one(years: dict[str, int], shown: str) -> None:
    assert sparkline(years, lambda _: True) == shown
    assert len(shown) <= MOST_BARS + 10


@pytest.mark.parametrize(("is_good", "words"), [(False, "6 found 2 files missing or wrong"), (True, "downloaded yet")])
def test_what_a_verification_found_is_said_until_something_was_downloaded(
    settings: Settings, is_good: bool, words: str
) -> None:
    manifest = settings.home / MANIFEST
    manifest.write_text('{"manifest_version":1}\n')
    facts = VerificationFacts(
        when="2026-11-23T15:00:00+00:00", account_id="", drive_id="d", downloads="", verdict="", is_good=is_good,
        is_whole=True, way="read", drive_files=5, drive_bytes=50, drive_folders=1, selection="everything",
        counts={"proven": (3, 30), "missing here": (1, 10), "damaged here": (1, 10)},
        manifest_bytes=manifest.stat().st_size,
    )  # fmt: skip
    write_verification(settings.home, facts, [])
    assert describe_state(settings, now=NOW).endswith(words)

    manifest.write_text('{"manifest_version":1}\n{}\n')
    assert "6 found" not in describe_state(settings, now=NOW)

    manifest.write_text('{"manifest_version":1}\n')
    (settings.home / VERIFICATION).write_text("[]")
    assert "6 found" not in describe_state(settings, now=NOW)


@pytest.mark.parametrize(
    ("failed", "choices"),
    [(0, {}), (1, {"r": "Try the failed one again"}), (1200, {"r": "Try the 1,200 failed ones again"})],
)
def test_a_letter_tries_again_what_failed(failed: int, choices: dict[str, str]) -> None:
    assert describe_retry(failed) == choices


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
    waiting.forget()
    assert waiting.go_on(1) is None
