"""This computer, for option 8: Python and its packages, the disk, the files of the home.

Long files are read for a limited time; what was not reached is said.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from onedrive.albums.record import ALBUMS, read_albums
from onedrive.choosing.selection import SELECTION, read_selection
from onedrive.companions.record import COMPANIONS, describe_companions, read_companions
from onedrive.errors import AnotherRun, OneDriveError, os_reason
from onedrive.home.database import MAGIC
from onedrive.home.failed import ERRORS_FILE
from onedrive.home.files import is_folder, is_there
from onedrive.home.further import FURTHER_FOLDERS, read_further
from onedrive.home.lists import LIST_STATE, LISTS, Ownership, describe_age, read_items, read_list_state, who_wrote
from onedrive.home.lock import LOCK_FILE, DownloadsLock, RunLock
from onedrive.home.manifest import MANIFEST, read_lines
from onedrive.home.own_places import check_not_newer
from onedrive.home.reading import read_note, read_object
from onedrive.home.records import read_last_rows
from onedrive.home.verification import VERIFICATION, read_verification
from onedrive.listing.catalogue import CATALOGUE, IN_PROGRESS
from onedrive.local.earlier import describe_earlier
from onedrive.local.known_files import KNOWN_FILES
from onedrive.local.marker import find_problem
from onedrive.local.names import NameRules, probe_name_rules
from onedrive.local.places import PARTIAL_FOLDER
from onedrive.local.room import AFTER_POWER_CUT, LARGEST_ON_FAT_BYTES, NO_FSYNC, RESERVE_BYTES, DiskRoom, look_at_disk
from onedrive.report.pictures import PICTURE, PICTURES_FOLDER, list_pictures
from onedrive.settings import Settings
from onedrive.setup.findings import DISK, FILES, PROGRAM, Finding, State
from onedrive.words import (
    advise_on_age,
    describe_version,
    format_ago,
    format_bytes,
    format_count,
    join_words,
    plural,
    printable,
)

RECORDS = ("deleted_items.jsonl", "renamed_items.jsonl")
_BEGUN = ("deleting", "renaming")
_INDEXES = {CATALOGUE: 3, "local_hashes.sqlite": 6, KNOWN_FILES: 4}  # and the option that makes each
FILE_SECONDS = 2.0  # to read one file
_LINES_AT_A_TIME = 1000
_WORK = "option 8"


def look_at_files(home: Path, downloads: Path, *, now: float) -> Iterator[Finding]:
    """Findings about every file of the home that is there, and about who is at work in it or in the downloads."""
    yield _look_at_locks(home, downloads)
    try:
        check_not_newer(home)
    except OneDriveError as newer:
        yield FILES.failed("newer version", newer)
        return
    nothing_yet = True
    for name, look in _LOOKS.items():
        try:
            if not is_there(home / name):
                continue
            nothing_yet = False
            words, cure = look(home, name, _age(home / name, now))
            yield FILES.note(name, words, cure) if cure else FILES.ok(name, words)
        except OneDriveError as error:
            yield FILES.failed(name, error)
        except (OSError, ValueError, RecursionError) as error:
            reason = os_reason(error) if isinstance(error, OSError) else "it is not what it should be"
            cure = f"Move {home / name} away, or change its permissions."
            yield FILES.wrong(name, f"{name} cannot be read: {reason}", cure)
    if nothing_yet:
        yield FILES.ok("files", "No lists and no downloads yet")


def _look_at_locks(home: Path, downloads: Path) -> Finding:
    """A lock is tried only where a run has left its file: a look must not make a home."""
    partial = downloads / PARTIAL_FOLDER
    try:
        if is_there(home / LOCK_FILE):
            with RunLock(home, _WORK):
                pass
        if is_there(partial / LOCK_FILE):
            with DownloadsLock(downloads, partial, _WORK):
                pass
    except AnotherRun as other:
        cure = "Other options wait until it has ended; this one does not."
        return FILES.note("lock", other.sentence.rstrip("."), cure)
    except OneDriveError as error:
        return FILES.failed("lock", error)
    return FILES.ok("lock", "No other run is at work here")


_Seen = tuple[str, str]  # what is said of a file, and what to do; '' where it is in order


def _look_at_list_state(home: Path, name: str, _age: str) -> _Seen:
    state = read_list_state(home)
    if state is None:
        return f"{name}: not there", ""
    # The state knows its age better than the file: it is written again by what only looks.
    words = f"List: {plural('file', state.files)}, {format_bytes(state.size_bytes)}, "
    words += describe_age(state, datetime.now(UTC))
    failed = sum(not entry.by_nature for entry in state.exceptions)
    return (
        (f"{words}; {plural('thing', failed)} could not be listed", "Choose 3 to try again.") if failed else (words, "")
    )


def _look_at_list(home: Path, name: str, age: str) -> _Seen:
    try:
        owner = who_wrote(home, name, read_list_state(home))
    except OneDriveError:
        owner = Ownership.EDITED
    if owner is Ownership.OURS:
        return f"{name}: as option 3 wrote it, {age}", ""
    count, _, is_whole = _count(read_items(home / name))
    can_be_read = f"{plural('item', count) if is_whole else f'the first {format_count(count)} items'} can be read"
    if owner is Ownership.UNFINISHED:
        return f"{name}: option 3 was stopped as it wrote it; {can_be_read}", "Choose 3."
    cure = "Option 4 downloads what it names. Choose 3 for a new list; this one is then kept aside."
    return f"{name}: changed by a person or another program {age}; {can_be_read}", cure


def _look_at_interrupted(home: Path, name: str, age: str) -> _Seen:
    if not _is_database(home / name):
        cure = "Choose 3: it begins anew, and nothing is lost."
        return f"A listing was interrupted {age}, and what it left is damaged", cure
    return f"A listing was interrupted {age}", "Choose 3: it goes on from there."


def _look_at_index(home: Path, name: str, age: str) -> _Seen:
    """An index that saves work, and that the option which uses it makes anew."""
    if not _is_database(home / name):
        return f"{name}: damaged", f"Nothing is lost: option {_INDEXES[name]} makes it anew."
    return f"{name}: there, last used {age}", ""


def _is_database(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) in (MAGIC, b"")


def _look_at_selection(home: Path, name: str, age: str) -> _Seen:
    return f"{name}: {'everything' if read_selection(home).wants_all else 'a part of the list'}, chosen {age}", ""


def _look_at_albums(home: Path, name: str, age: str) -> _Seen:
    return f"{name}: {plural('album', len(read_albums(home)))}, asked for {age}", ""


def _look_at_companions(home: Path, name: str, age: str) -> _Seen:
    words = describe_companions(Counter(line.kind for line in read_companions(home).entries()))
    return f"{name}: {words or 'nothing'} made beside the files, the last {age}", ""


def _look_at_pictures(home: Path, name: str, age: str) -> _Seen:
    there = [ending for _, _, ending in list_pictures(home)]
    return f"{name}: {plural('small picture', there.count(PICTURE))} for the report, the last {age}", ""


def _look_at_manifest(home: Path, name: str, age: str) -> _Seen:
    count, damaged, is_whole = _count(read_lines(home / name))
    looked = plural("line", count) if is_whole else f"the first {format_count(count)} lines looked at"
    if damaged:
        cure = "Choose 4: what those lines named is recognised by its content, or fetched again. Choose 6 to prove all."
        return f"{name}: {looked}, {format_count(damaged)} of them damaged", cure
    return f"{name}: {looked}, the last {age}", ""


def _look_at_errors(home: Path, name: str, age: str) -> _Seen:
    rows = json.loads((home / name).read_text(encoding="utf-8"))
    if not isinstance(rows, list):
        raise ValueError(name)  # noqa: TRY004 - not a mistake of ours
    if not rows:
        return f"{name}: empty", ""
    words = f"{plural('file', len(rows))} could not be downloaded last time, {age}"
    return words, f"Choose 4 to try again; {name} says why."


def _look_at_verification(home: Path, name: str, age: str) -> _Seen:
    facts = read_verification(home)
    if facts is None or facts.is_good:
        return f"{name}: all was well {age}", ""
    return f"{name}: not all was well {age}", "Choose 6 to see what, and what helps."


def _look_at_further(home: Path, name: str, _age: str) -> _Seen:
    folders = read_further(home)
    away = [printable(str(folder.path)) for folder in folders if not is_folder(folder.path)]
    words = f"{name}: {plural('further folder', len(folders))} named with --also or --known"
    return words, f"Not connected now: {join_words(away)}." if away else ""


def _look_at_record(home: Path, name: str, age: str) -> _Seen:
    """The record of what was deleted or renamed on OneDrive; what is open in it is asked for by option 7."""
    with (home / name).open("rb") as lines:
        judged = [read_object(line) is not None for line in lines]
    last = read_last_rows(home / name)
    if not all(judged):
        cure = "Keep the file: it says what was done. onedrive.com shows what is so now, in its recycle bin too."
        return f"{name}: {judged.count(False)} of {plural('line', len(judged))} damaged", cure
    if last and last[-1].get("state") in _BEGUN:
        return f"{name}: the program ended in the middle of it, {age}", "Choose 7: it asks OneDrive."
    return f"{name}: {plural('line', len(judged))}, the last {age}", ""


def _look_at_last_run(home: Path, name: str, age: str) -> _Seen:
    code = read_note(home / name).get("exit_code")
    return f"The last run of --every ended {age}, with exit code {code}", ""


_LOOKS: dict[str, Callable[[Path, str, str], _Seen]] = {
    LIST_STATE: _look_at_list_state,
    **dict.fromkeys(LISTS, _look_at_list),
    IN_PROGRESS: _look_at_interrupted,
    SELECTION: _look_at_selection,
    ALBUMS: _look_at_albums,
    COMPANIONS: _look_at_companions,
    PICTURES_FOLDER: _look_at_pictures,
    MANIFEST: _look_at_manifest,
    ERRORS_FILE: _look_at_errors,
    VERIFICATION: _look_at_verification,
    FURTHER_FOLDERS: _look_at_further,
    "last_run.json": _look_at_last_run,
    **dict.fromkeys(RECORDS, _look_at_record),
    **dict.fromkeys(_INDEXES, _look_at_index),
}


def _count(rows: Iterator[object]) -> tuple[int, int, bool]:
    """How many rows can be read, how many of them are none, and whether that was all; for a while only."""
    deadline, count, damaged = time.monotonic() + FILE_SECONDS, 0, 0
    for count, row in enumerate(rows, start=1):
        damaged += row is None
        if count % _LINES_AT_A_TIME == 0 and time.monotonic() > deadline:
            return count, damaged, False
    return count, damaged, True


def _age(path: Path, now: float) -> str:
    try:
        return format_ago(now - path.stat().st_mtime)
    except OSError:
        return "at an unknown time"


_TRIAL = ".setup-check-"


def look_at_folders(settings: Settings) -> Iterator[Finding]:
    """Findings about the home and the downloads folder, neither of which need exist."""
    yield _try_to_write(settings.home, "home", "The home", "--home")
    if problem := find_problem(settings):
        cure = "Connect its disk, or name the folder with --to. Option 4 asks before it begins a new one."
        yield DISK.wrong("downloads folder", problem.rstrip("."), cure)
        return
    writable = _try_to_write(settings.downloads, "downloads folder", "The downloads folder", "--to")
    yield writable
    if writable.state is State.OK:
        yield from _look_at_disk(_nearest(settings.downloads))
    yield from _look_at_earlier(settings.downloads)


def _look_at_earlier(downloads: Path) -> Iterator[Finding]:
    """How much room earlier contents take; nothing where none are kept."""
    if words := describe_earlier(downloads):
        yield DISK.ok("earlier", words)


def _try_to_write(folder: Path, name: str, subject: str, flag: str) -> Finding:
    place = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        reason = os_reason(error)
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
        yield DISK.note("disk", "What the disk can hold could not be tried")
        return
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    yield from _describe_room(room)
    yield DISK.ok("names", f"Names: {_name_words(rules)}")
    if not room.survives_power_cut:
        yield DISK.note("power cut", NO_FSYNC, AFTER_POWER_CUT)


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
            "The disk cannot hold a file of 4 GiB or more (it is formatted as FAT32)",
            "Choose another with --to, or format it as exFAT, if you have such files.",
        )


def _name_words(rules: NameRules) -> str:
    unit = "characters" if rules.counts_utf16 else "bytes"
    refused = " ".join(character for character in rules.refused_characters if character.isprintable())
    words = [f"up to {rules.longest} {unit}", f"not with {refused}" if refused else "all characters"]
    words.append("A.jpg and a.jpg are two files" if rules.tells_case_apart else "A.jpg and a.jpg are one file")
    return ", ".join(words) + ("; other names get the nearest one" if refused or not rules.tells_case_apart else "")


LEAST_PYTHON = (3, 11)
_INSTALL = (
    "Start the program once in a terminal: python start.py offers to install what is missing. Or run: "
    "python -m pip install -r requirements.txt"
)


def look_at_program(
    requirements: Path, today: date, *, installed: Callable[[str], str] = version, is_demo: bool = False
) -> Iterator[Finding]:
    """Findings about the program itself; `installed` says which version of a package is here."""
    if is_demo:
        pretended = "Microsoft's sign-in, the OneDrive, and the hosts that are asked"
        yield PROGRAM.ok("demo", f"This is the demo. Pretended: {pretended}. Real: the program, the disk, the files")
    system = f"{platform.system() or 'an unknown system'} {platform.release()} ({platform.machine()})"
    words, cure = f"{describe_version(today)} on {system}", advise_on_age(today)
    yield PROGRAM.note("program", words, cure) if cure else PROGRAM.ok("program", words)
    python = platform.python_version()
    if sys.version_info >= LEAST_PYTHON:
        yield PROGRAM.ok("python", f"Python {python}")
    else:
        yield PROGRAM.wrong("python", f"Python {python} is too old", "Install Python 3.11 or later from python.org.")
    try:
        yield from _look_at_packages(requirements.read_text(encoding="utf-8").splitlines(), installed)
    except (OSError, UnicodeDecodeError):
        yield PROGRAM.note("packages", "requirements.txt is not beside start.py, so the packages were not checked")
    except ModuleNotFoundError as missing:
        words = f"The package {missing.name} is not installed, so the others were not checked"
        yield PROGRAM.wrong(f"package {missing.name}", words, _INSTALL)


def _look_at_packages(lines: Sequence[str], installed: Callable[[str], str]) -> Iterator[Finding]:
    """Raises ModuleNotFoundError without the library that knows versions."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion

    good = []
    for line in lines:
        try:
            wanted = Requirement(line.partition("#")[0])
        except InvalidRequirement:  # an empty line, or one that only pip understands
            continue
        if wanted.marker and not wanted.marker.evaluate():  # of another system
            continue
        name = f"package {wanted.name}"
        try:
            found = installed(wanted.name)
            is_in_range = wanted.specifier.contains(found, prereleases=True)
        except PackageNotFoundError:
            yield PROGRAM.wrong(name, f"The package {wanted.name} is not installed", _INSTALL)
            continue
        except InvalidVersion:
            is_in_range = False
        if is_in_range:
            good.append(f"{wanted.name} {found}")
        else:
            words = f"The package {wanted.name} {found} is not in the range {wanted.specifier}"
            yield PROGRAM.wrong(name, words, _INSTALL)
    if good:
        yield PROGRAM.ok("packages", f"Packages: {', '.join(good)}")
