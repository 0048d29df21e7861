"""Several OneDrives side by side: which profile is meant, a run of all of them, another one in the menu."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.errors import WrongAnswer
from onedrive.home.lock import RunLock
from onedrive.home.profiles import find_profiles, find_used_profiles, read_profile_name
from onedrive.settings import Flags, read_what_can_be
from tests.starting import run
from tests.terminal.event_check import check_event

FLAGS = ("--demo", "--no-input")


@pytest.mark.parametrize(("text", "name"), [("anna", "anna"), (" Anna-2 ", "anna-2"), ("a" * 32, "a" * 32)])
def test_names_of_profiles(text: str, name: str) -> None:
    assert read_profile_name(text) == name


@pytest.mark.parametrize("text", ["", "a/b", "..", "-a", "a b", "zoë", "CON", "lpt1", "a" * 33, "a.b", "anna\n.."])
def test_names_that_are_no_folder_on_some_disk_are_refused(text: str) -> None:
    with pytest.raises(WrongAnswer):
        read_profile_name(text)


def test_a_profile_has_a_home_of_its_own_that_signing_in_begins_and_a_mistyped_one_is_never_a_new_one(
    tmp_path: Path,
) -> None:
    assert run(tmp_path, *FLAGS, "--profile", "Anna", "1").returncode == 0
    shared = tmp_path / "demo-home"
    assert (shared / "profiles/anna/token.json").exists()
    assert not (shared / "token.json").exists()
    assert find_used_profiles(shared) == find_profiles(shared) == ["anna"]

    done = run(tmp_path, *FLAGS, "--profile", "ana", "3")

    assert done.returncode == 2
    assert f"There is no profile ana in {shared / 'profiles'}. There is anna.\n" in done.stdout
    assert "To begin a new one, sign in with it: python start.py --profile ana --demo 1" in done.stdout
    assert find_profiles(shared) == ["anna"]


def test_all_profiles_run_whatever_becomes_of_the_others_and_the_worst_code_wins(tmp_path: Path) -> None:
    assert run(tmp_path, *FLAGS, "--all-profiles", "3").returncode == 2
    assert run(tmp_path, *FLAGS, "1").returncode == 0
    shared = tmp_path / "demo-home"
    for name in ("anna", "ben", "carl"):
        (shared / "profiles" / name).mkdir(parents=True)
    with RunLock(shared / "profiles/anna", "option 4"):
        done = run(tmp_path, *FLAGS, "--all-profiles", "--json", "3")

    assert done.returncode == 6
    assert (shared / "file_list.json").exists()
    assert done.stderr.splitlines()[-4:] == [
        "The profile without a name: all done.",
        "Profile anna: another run is at work there.",
        "Profile ben: a person must sign in: run python start.py --profile ben --demo 1.",
        "Profile carl: a person must sign in: run python start.py --profile carl --demo 1.",
    ]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    profiles = [row.pop("profile") for row in rows if "profile" in row and row["event"] != "run_summary"]
    assert list(dict.fromkeys(profiles)) == ["", "anna", "ben", "carl"]
    assert [wrong for row in rows for wrong in check_event(row)] == []
    summaries = [row for row in rows if row["event"] == "run_summary"]
    assert [(row["profile"], row["exit_code"]) for row in summaries] == [
        ("", 0),
        ("anna", 6),
        ("ben", 4),
        ("carl", 4),
        (None, 6),
    ]
    assert [row["profile"] for row in summaries[-1]["profiles"]] == ["", "anna", "ben", "carl"]
    assert summaries[-1]["began"] == summaries[0]["began"]
    assert summaries[-1]["seconds"] >= summaries[0]["seconds"]
    assert "Profile ben: You are not signed in." in summaries[-1]["words"]
    assert "run python start.py --profile carl --demo 1" in summaries[-1]["words"].replace("Run", "run")


def test_two_profiles_never_download_into_one_folder(tmp_path: Path) -> None:
    few = ("--max-size", "1k", "--to", "files")
    assert run(tmp_path, *FLAGS, "--profile", "anna", *few, "1", "3", "4").returncode == 0
    (tmp_path / "demo-home/profiles/ben").mkdir()
    here = sorted(tmp_path.glob("files/**/*"))

    done = run(tmp_path, *FLAGS, "--profile", "ben", *few, "4")

    assert done.returncode == 9
    assert f"Profile anna downloads into {tmp_path / 'files'} already; nothing was done." in done.stdout
    assert sorted(tmp_path.glob("files/**/*")) == here


@pytest.mark.parametrize("words", [["1"], ["--to", "x", "4"], ["--profile", "anna", "3"], ["--put-back", "*", "4"], []])
def test_what_cannot_be_meant_for_all_is_refused(tmp_path: Path, words: list[str]) -> None:
    assert run(tmp_path, *FLAGS[:1], "--all-profiles", *words).returncode == 2


def test_the_settings_of_all_hold_for_each_unless_its_own_say_otherwise(tmp_path: Path) -> None:
    home = tmp_path / "profiles/anna"
    home.mkdir(parents=True)
    (tmp_path / ".env").write_text("MS_OPENGRAPH_APP_ID=shared\nONEDRIVE_SHARED=1\nONEDRIVE_DOWNLOADS=/disk\n")
    anna, environ = Flags(profile="anna"), {"ONEDRIVE_SHARED": "0"}

    settings, faults = read_what_can_be(anna, environ, tmp_path)
    assert (settings.home, settings.shared_home, settings.app_id) == (home, tmp_path, "shared")
    assert settings.env_file == tmp_path / ".env"
    assert "is the downloads folder of the profile without a name" in faults[0].sentence
    assert read_what_can_be(Flags(profile="anna", downloads=Path("/mine")), environ, tmp_path)[1] == ()

    (home / ".env").write_text("MS_OPENGRAPH_APP_ID=own\nONEDRIVE_SHARED=1\nONEDRIVE_DOWNLOADS=files\n")
    settings, faults = read_what_can_be(anna, environ, tmp_path)
    assert (settings.app_id, settings.shared, settings.downloads, faults) == ("own", True, home / "files", ())
    assert settings.env_file == home / ".env"


def test_the_menu_changes_the_profile_and_says_whose_it_is(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", typed="1\na\nn\nBen!\nben\na\n9\n1\na\n2\na\n0\nq\n")

    assert done.returncode == 0
    assert "  a  Another OneDrive\n" in done.stdout
    assert "  1  The one without a name (this one): signed in as Example Person (person@example.com)\n" in done.stdout
    assert "A profile's name is up to 32 letters" in done.stdout
    heads = [line for line in done.stdout.splitlines() if line.endswith("downloads there")]
    assert [head.split(" · ")[0] for head in heads] == [
        "OneDrive downloader", "OneDrive downloader", "Profile ben", "OneDrive downloader", "Profile ben", "Profile ben"
    ]  # fmt: skip
    assert "  2  ben (this one): not signed in\n" in done.stdout
