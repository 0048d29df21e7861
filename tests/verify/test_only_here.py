"""What is here and belongs to no file of the drive, and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onedrive.local.names import LINUX_RULES, WINDOWS_RULES, NameRules
from onedrive.verify.inventory import walk_strangers, why_only_here
from onedrive.verify.judgement import FILE, LINK, FoundFile


def _walk(root: Path, found: set[str], *, rules: NameRules = LINUX_RULES, ours: str = "") -> dict[str, str]:
    known = {place: FoundFile(1, 1, 1, FILE) for place in found}
    strangers = walk_strangers(root, rules, known, lambda path: path.name == ours)
    return {place: stranger.kind for place, stranger in strangers}


def _put(root: Path, *places: str) -> None:
    for place in places:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(b"x")


def test_everything_but_the_drives_own_files_is_found(tmp_path: Path) -> None:
    _put(tmp_path, "a.jpg", "deep/er/b.jpg", "deep/mine.txt")

    assert _walk(tmp_path, {"a.jpg", "deep/er/b.jpg"}) == {"deep/mine.txt": FILE}


def test_what_is_our_own_is_passed_over(tmp_path: Path) -> None:
    _put(tmp_path, ".partial/begun", "SHA256SUMS", "token.json", "deep/.partial/mine", "deep/SHA256SUMS")

    assert _walk(tmp_path, set(), ours="token.json") == {"deep/.partial/mine": FILE, "deep/SHA256SUMS": FILE}


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    _put(outside, "secret.txt")
    root = tmp_path / "downloads"
    root.mkdir()
    (root / "link").symlink_to(outside)

    assert _walk(root, set()) == {"link": LINK}


def test_what_is_inside_a_folder_in_a_files_place_is_found_too(tmp_path: Path) -> None:
    _put(tmp_path, "a.jpg/mine.txt")

    assert _walk(tmp_path, {"a.jpg"}) == {"a.jpg/mine.txt": FILE}


def test_on_a_case_blind_disk_another_spelling_is_the_same_file(tmp_path: Path) -> None:
    _put(tmp_path, "A.JPG")

    assert _walk(tmp_path, {"a.jpg"}, rules=WINDOWS_RULES) == {}
    assert _walk(tmp_path, {"a.jpg"}) == {"A.JPG": FILE}


def test_a_name_that_is_no_utf8_is_a_name_all_the_same(tmp_path: Path) -> None:
    place = os.fsdecode(b"\xff.txt")
    _put(tmp_path, place)

    assert _walk(tmp_path, set()) == {place: FILE}


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("a (local copy kept 2026-11-24 05.42.16).jpg", "kept beside when another version took its place"),
        ("b/a (local copy kept 2026-11-24 05.42.16 2)", "kept beside when another version took its place"),
        ("Pictures/.DS_Store", "made by this computer's file manager"),
        ("Pictures/Thumbs.db", "made by this computer's file manager"),
        ("mine.txt", "it did not come from OneDrive, or nothing is recorded about it"),
    ],
)
def test_a_stranger_has_a_reason(place: str, reason: str) -> None:
    assert why_only_here(place, None) == reason
