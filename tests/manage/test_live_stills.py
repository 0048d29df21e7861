"""A still whose film only OneDrive has is never deleted there, however honestly OneDrive lists it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import VERIFICATION
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.live_photos import live_film, live_still_heic, live_still_jpeg
from tests.manage.managed import ManagedDrive

PATHS: list[str] = []  # no files but those of the fixture
ALONE, PAIRED, OTHER = (f"{letter * 8}-5F0E-4C7B-9E0A-0123456789AB" for letter in "ABC")
STILL = "still of a Live Photo"


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    drive.add_file("/alone.heic", live_still_heic(ALONE))
    drive.add_file("/alone.jpg", live_still_jpeg(ALONE))
    drive.add_file("/paired.heic", live_still_heic(PAIRED))
    drive.add_file("/z.mov", live_film(PAIRED))
    drive.add_file("/other.mov", live_film(OTHER))
    drive.add_file("/motion.jpg", live_still_jpeg(PAIRED).replace(b"Apple iOS", b"Other one") + live_film(OTHER))
    drive.add_file("/unreadable.heic", live_still_heic(ALONE)[:150])
    return drive


def _spoil(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"~")


def _forget(managed: ManagedDrive, field: str, name: str = MANIFEST) -> None:
    """As an earlier version of the program wrote it."""
    path = managed.home / name
    rows = path.read_text().splitlines()
    kept = []
    for line in rows:
        if line.startswith('{"id"'):
            comma = "," if line.endswith(",") else ""
            row = json.loads(line.rstrip(","))
            row.pop(field, None)
            line = json.dumps(row, separators=(",", ":")) + comma
        kept.append(line)
    path.write_text("\n".join(kept) + "\n")


@pytest.mark.parametrize("home_is", ["new", "old"])
def test_a_still_with_honest_size_and_hash_goes_only_with_a_film_of_its_own_that_is_proven(
    managed: ManagedDrive, home_is: str
) -> None:
    if home_is == "old":
        _forget(managed, "live")
    assert managed.desk.verify().exit_code == 0
    said = " ".join(managed.desk.said.getvalue().split())

    classes = managed.desk.classes()
    managed.delete("4")

    assert [path for path, word in classes.items() if word == STILL] == [
        "/alone.heic",
        "/alone.jpg",
        "/unreadable.heic",
    ]
    assert managed.online() == ["/alone.heic", "/alone.jpg", "/unreadable.heic"]
    assert "3 Live Photos lack their short films, which OneDrive gives to no program; the report says how" in said
    assert "its film is not here" in managed.shown


def test_a_film_that_is_damaged_or_missing_speaks_for_no_still(managed: ManagedDrive) -> None:
    _spoil(managed.desk.downloads / "z.mov")
    managed.desk.verify()

    assert managed.desk.classes()["/paired.heic"] == STILL


def test_what_was_no_still_when_it_came_is_looked_at_again(managed: ManagedDrive) -> None:
    still = live_still_jpeg(ALONE)
    managed.drive.change_content(managed.drive.find("/motion.jpg"), still)
    (managed.desk.downloads / "motion.jpg").write_bytes(still)
    managed.desk.verify()

    assert managed.desk.classes()["/motion.jpg"] == STILL


GONE, ANOTHER, EARLIER, EDITED = "the film is gone", "another film", "an earlier version proved it", "it was edited"
SPOILED = "something was done to the film"


@pytest.mark.parametrize(
    ("what", "number"), [(GONE, "3"), (ANOTHER, "3"), (SPOILED, "3"), (EARLIER, "4"), (EDITED, "7")]
)
def test_in_the_moment_of_deleting_the_film_is_looked_for_again(managed: ManagedDrive, what: str, number: str) -> None:
    managed.desk.verify()
    path = managed.home / VERIFICATION
    if what == GONE:
        (managed.desk.downloads / "z.mov").unlink()
    elif what == ANOTHER:
        (managed.desk.downloads / "z.mov").write_bytes(live_film(OTHER))
    elif what == SPOILED:
        (managed.desk.downloads / "z.mov").write_bytes(live_film(PAIRED) + b"~")
        os.utime(managed.desk.downloads / "z.mov", (2**32, 2**32))
    elif what == EARLIER:
        _forget(managed, "film", VERIFICATION)
    else:
        path.write_text(path.read_text().replace(STILL, "proven"))

    managed.delete(number)

    expected = {"/alone.heic", "/alone.jpg", "/unreadable.heic"} | ({"/paired.heic"} if what != EDITED else set())
    assert expected <= set(managed.online())
    assert "its film is not here" in managed.shown


def test_option_4_counts_the_stills_and_says_once_how_to_get_their_films(managed: ManagedDrive) -> None:
    said = " ".join(managed.desk.said.getvalue().split())

    assert "3 photos that came are stills of Live Photos whose moving part (the video) did not come." in said
    assert said.count("OneDrive does not hand out the moving part (the video) of a Live Photo") == 1
