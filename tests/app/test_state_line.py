"""The line above the menu."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.app.menu import describe_state
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, SELECTION, Layout, Selection, write_selection
from onedrive.graph.traits import FileKind
from onedrive.home.lists import LIST_STATE, ListState, write_lists
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import VERIFICATION, VerificationFacts, write_verification
from onedrive.settings import Settings

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, downloads=home / "downloads", app_id="5b0f1c9e-7d34-4c52-9a1e-0d3e6b8f2a11")


def _state(**more: object) -> ListState:
    values = {
        "listed_at": "2026-11-21T16:00:00+00:00", "account_id": "", "drive_id": "d", "files": 18900,
        "size_bytes": 88 * 10**9,
    }  # fmt: skip
    return ListState(**{**values, **more})  # type: ignore[arg-type]  # the values are those of a test


def test_at_first_nothing_is_there(settings: Settings) -> None:
    assert describe_state(settings, now=NOW) == "not signed in · no list yet · nothing downloaded yet"


def test_the_age_and_extent_of_the_list_are_said(settings: Settings) -> None:
    write_lists(settings.home, [], [], _state())

    assert "list: 18,900 files, 88.0 GB, made 2 days ago" in describe_state(settings, now=NOW)


def test_a_list_of_one_folder_names_it(settings: Settings) -> None:
    write_lists(settings.home, [], [], _state(root_path="/Pictures"))

    assert "list of /Pictures: " in describe_state(settings, now=NOW)


def test_a_file_that_came_twice_counts_once(settings: Settings) -> None:
    lines = [f'{{"id":"{identity}","drive_id":"d"}}\n' for identity in ("a", "b", "a")]
    (settings.home / "download_manifest.jsonl").write_text("".join(lines) + '{"id":"c","dri')

    assert describe_state(settings, now=NOW).endswith("3 files downloaded")


@pytest.mark.parametrize(
    ("listed_at", "words"), [("yesterday", "of unknown age"), ("2026-11-23T15:59:50+00:00", "just now")]
)
def test_an_odd_age_is_no_error(settings: Settings, listed_at: str, words: str) -> None:
    write_lists(settings.home, [], [], _state(listed_at=listed_at))

    assert words in describe_state(settings, now=NOW)


def test_a_damaged_state_is_said(settings: Settings) -> None:
    (settings.home / LIST_STATE).write_text("{")

    assert "the list cannot be read" in describe_state(settings, now=NOW)


def test_the_choice_in_force_is_said(settings: Settings) -> None:
    chosen = Selection(kinds=frozenset({FileKind.PHOTO}), dates=read_date_range("since 2019"), layout=Layout.DATE)
    write_selection(settings.home, chosen)

    assert " · chosen: photos since 2019 · into folders by date · " in describe_state(settings, now=NOW)


def test_where_everything_is_wanted_nothing_is_said_of_a_choice(settings: Settings) -> None:
    write_selection(settings.home, EVERYTHING)

    assert "chosen" not in describe_state(settings, now=NOW)


def test_a_damaged_choice_is_said(settings: Settings) -> None:
    (settings.home / SELECTION).write_text("{")

    assert " · the choice cannot be read · " in describe_state(settings, now=NOW)


def test_on_a_screen_the_years_are_drawn(settings: Settings) -> None:
    write_lists(settings.home, [], [], _state(glance={"years": {"2018": [1, 5], "2019": [1, 50]}}))

    assert " · by year 2018 ▂█ 2019 · " in describe_state(settings, now=NOW, can_show=lambda _: True)
    assert " · by year 2018 .@ 2019 · " in describe_state(settings, now=NOW, can_show=str.isascii)
    assert "by year" not in describe_state(settings, now=NOW)


@pytest.mark.parametrize("years", [None, [], {"2018": 5, "2019": []}, {"2018": ["a", "b"], "2019": [1, "x"]}])
def test_years_that_are_none_draw_nothing(settings: Settings, years: object) -> None:
    write_lists(settings.home, [], [], _state(glance={"years": years}))

    assert "by year" not in describe_state(settings, now=NOW, can_show=lambda _: True)


def _verify(home: Path, *, is_good: bool = False) -> None:
    (home / MANIFEST).write_text('{"manifest_version":1}\n')
    facts = VerificationFacts(
        when="2026-11-23T15:00:00+00:00", account_id="", drive_id="d", downloads="", verdict="", is_good=is_good,
        is_whole=True, way="read", drive_files=5, drive_bytes=50, drive_folders=1, selection="everything",
        counts={"proven": (3, 30), "missing here": (1, 10), "damaged here": (1, 10)},
        manifest_bytes=(home / MANIFEST).stat().st_size,
    )  # fmt: skip
    write_verification(home, facts, [])


def test_what_a_verification_found_is_said_until_something_was_downloaded(settings: Settings) -> None:
    _verify(settings.home)
    assert describe_state(settings, now=NOW).endswith("6 found 2 files missing or wrong")

    with (settings.home / MANIFEST).open("a") as manifest:
        manifest.write("{}\n")

    assert "6 found" not in describe_state(settings, now=NOW)


def test_a_good_verification_and_a_damaged_one_say_nothing(settings: Settings) -> None:
    _verify(settings.home, is_good=True)
    assert "6 found" not in describe_state(settings, now=NOW)

    (settings.home / VERIFICATION).write_text("[]")

    assert "6 found" not in describe_state(settings, now=NOW)
