"""The home and the disk for the downloads: can they be written, how much fits, which names. Nothing is left behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from onedrive.disk_room import LARGEST_ON_FAT_BYTES, RESERVE_BYTES, DiskRoom, look_at_disk
from onedrive.errors import OneDriveError
from onedrive.finding import DISK, Finding, State
from onedrive.name_rules import NameRules, probe_name_rules
from onedrive.settings import Settings
from onedrive.words import format_bytes

_TRIAL = ".setup-check-"


def look_at_folders(settings: Settings) -> Iterator[Finding]:
    """Findings about the home and the downloads folder, neither of which need exist."""
    yield _try_to_write(settings.home, "home", "The home", "--home")
    writable = _try_to_write(settings.downloads, "downloads folder", "The downloads folder", "--to")
    yield writable
    if writable.state is State.OK:
        yield from _look_at_disk(_nearest(settings.downloads))


def _try_to_write(folder: Path, name: str, subject: str, flag: str) -> Finding:
    place = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        cure = f"Change the permissions of {place}, or choose another folder with {flag}."
        return DISK.wrong(name, f"{subject} {folder} cannot be written to: {reason}", cure)
    if place == folder:
        return DISK.ok(name, f"{subject} can be written to")
    return DISK.ok(name, f"{subject} is not there yet, and can be made")


def _nearest(folder: Path) -> Path:
    """The folder, or the first one above it that exists."""
    return next((path for path in (folder, *folder.parents) if _exists(path)), folder)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # trying to write there says what is wrong


def _look_at_disk(folder: Path) -> Iterator[Finding]:
    try:
        trial = Path(tempfile.mkdtemp(prefix=_TRIAL, dir=folder))
    except OSError:
        return
    try:
        rules = probe_name_rules(trial)
        room = look_at_disk(trial, rules, largest_wanted_bytes=LARGEST_ON_FAT_BYTES + 1)
    except (OneDriveError, OSError):
        yield DISK.note("disk", "What the disk takes could not be tried")
        return
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    yield from _describe_room(room)
    yield DISK.ok("names", f"Names: {_name_words(rules)}")


def _describe_room(room: DiskRoom) -> Iterator[Finding]:
    if room.free_bytes is None:
        yield DISK.note("room", "The system does not say how much of the disk is free")
    elif not room.room_bytes:
        yield DISK.wrong(
            "room",
            f"The disk has {format_bytes(room.free_bytes)} free; the last {format_bytes(RESERVE_BYTES)} are left alone",
            "Make room there, or choose another disk with --to.",
        )
    else:
        yield DISK.ok("room", f"The disk has {format_bytes(room.free_bytes)} free")
    if room.largest_file_bytes is not None:
        yield DISK.note(
            "largest file",
            "The disk takes no file of 4 GiB or more (it is formatted as FAT32)",
            "Choose another with --to, or format it as exFAT, if you have such files.",
        )


def _name_words(rules: NameRules) -> str:
    unit = "characters" if rules.counts_utf16 else "bytes"
    refused = " ".join(character for character in rules.refused_characters if character.isprintable())
    words = [f"up to {rules.longest} {unit}", f"not with {refused}" if refused else "all characters"]
    words.append("A and a are two names" if rules.tells_case_apart else "A and a are one name")
    return ", ".join(words) + ("; other names get the nearest one" if refused or not rules.tells_case_apart else "")
