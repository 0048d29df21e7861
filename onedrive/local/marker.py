"""Is this the folder that the record speaks of? A disk that is not connected is not to be taken for an empty one.

A small file in the folder has an id; the home remembers the ids and paths of its folders.

the marker's id is known ─► right, wherever the folder is mounted now
no marker, but most of the recorded files are there ─► right, it is marked anew
otherwise ─► a person is asked; without one nothing is done
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from onedrive.errors import DownloadsAway, OneDriveError
from onedrive.home.files import is_folder, replace_file, write_whole
from onedrive.home.manifest import MANIFEST, count_downloaded, read_manifest
from onedrive.home.own_places import parts_below
from onedrive.home.reading import read_note
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import MARKER_FILE
from onedrive.settings import Settings
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.words import plural

KNOWN_FOLDERS = "downloads_folder.json"
_ABOUT = (
    "The OneDrive downloader put this file here. Its id tells the program that this is the folder with your downloads, "
    "and not an empty one in the place of a disk that is not connected. Please leave the file where it is."
)
_LOOKED_AT = 100  # recorded files; so many are asked for where the marker is missing
_DOWNLOAD = 4
_AGAIN, _BEGIN = "1", "2"


class _Look(NamedTuple):
    """What a look found; `problem` is a sentence, '' where the folder is right, or may be begun without a question."""

    problem: str = ""
    is_new: bool = False  # nothing is recorded in it, and this home never had it: option 4 may begin it


def require_downloads(terminal: Terminal, settings: Settings, option: int) -> bool:
    """See that the downloads folder is the right one; False when the person goes back.

    Option 4 may begin a new one: where the person says so, or named one that this home never had, in a place that is
    there. Raises DownloadsAway where nobody can be asked.
    """
    home, downloads = settings.home, settings.downloads
    may_begin = option == _DOWNLOAD
    while (look := _look(home, downloads)).problem:
        answer = _ask(terminal, look, may_begin=may_begin) if terminal.can_ask else None
        if answer is None:
            if not (may_begin and look.is_new):
                raise DownloadsAway(look.problem, _hint(option))
            terminal.say(f"{look.problem} Everything will be downloaded into the new folder.", style="warning")
            return True
        if answer == BACK:
            terminal.say("Nothing was done.")
            return False
        if answer == _BEGIN:
            return True
    return True


def _ask(terminal: Terminal, look: _Look, *, may_begin: bool) -> str | None:
    """What the person wants; None when there is nobody after all."""
    terminal.say(look.problem, style="problem")
    choices = {_AGAIN: "Look again (the disk is connected now)"}
    if may_begin:
        choices[_BEGIN] = "This is a new folder: download everything into it"
    try:
        return terminal.pick("Your choice:", {**choices, BACK: "Back"}, default=_AGAIN)
    except EndOfInput:
        return None


def check_downloads(settings: Settings, option: int) -> None:
    """For what only looks: raise DownloadsAway unless the folder is the right one, or one that option 4 would begin."""
    look = _look(settings.home, settings.downloads)
    if look.problem and not look.is_new:
        raise DownloadsAway(look.problem, _hint(option))


# Where OneDrive's own app says on Windows which folders it keeps in step with OneDrive.
_SYNCED = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")


def warn_of_sync(terminal: Terminal, downloads: Path, environ: Mapping[str, str]) -> None:
    """Say so where the downloads are in a folder that OneDrive's own app sends back to OneDrive."""
    if synced := find_synced(downloads, environ):
        terminal.say(
            f"The downloads folder {downloads} is inside {synced}, which OneDrive's own app syncs: everything "
            "downloaded would be uploaded to OneDrive again, as a second copy, and use up space there. Choose a "
            "folder outside it with --to (Desktop and Documents are often inside).",
            style="problem",
        )


def find_synced(folder: Path, environ: Mapping[str, str]) -> str:
    """The folder of OneDrive's own app that a folder is in; '' where it is in none."""
    named = [environ[name] for name in _SYNCED if environ.get(name)]
    real = Path(os.path.realpath(folder))
    # macOS: ~/Library/CloudStorage/OneDrive-Personal
    named += [str(place) for place in (real, *real.parents) if _is_in_cloud_storage(place)]
    return next((synced for synced in named if parts_below(folder, Path(synced)) is not None), "")


def _is_in_cloud_storage(place: Path) -> bool:
    return place.parent.name == "CloudStorage" and place.name.startswith("OneDrive")


def mark_downloads(terminal: Terminal, home: Path, folder: DownloadFolder) -> None:
    """Let a prepared folder have a marker, and the home remember it; where that cannot be written, it is done later."""
    known = _read_known(home)
    identity = _read_id(folder.root)
    if not identity:
        identity = uuid.uuid4().hex
        try:
            _write_marker(folder, identity)
        except (OneDriveError, OSError):
            return
    path = os.path.abspath(folder.root)  # noqa: PTH100 - a link stays the link that it is
    was = next((known_path for known_id, known_path in reversed(known) if known_id == identity), path)
    if os.path.normcase(was) != os.path.normcase(path):
        terminal.say(f"The downloads folder is now {path}; before it was {was}.")
    if known[-1:] != [(identity, path)]:
        known = [pair for pair in known if pair != (identity, path)] + [(identity, path)]
        rows = [{"id": known_id, "path": known_path} for known_id, known_path in known]
        with contextlib.suppress(OneDriveError):
            write_whole(home / KNOWN_FOLDERS, json.dumps({"version": 1, "folders": rows}, indent=1) + "\n")


def check_not_of(homes: Mapping[str, Path], downloads: Path) -> None:
    """Raise DownloadsAway where the folder is already that of one of these homes, whose key says whose they are."""
    identity = _read_id(downloads)
    for whose, home in homes.items():
        if identity in dict(_read_known(home)):
            raise DownloadsAway(
                f"{whose} downloads into {downloads} already; nothing was done.",
                "Each profile needs its own: name another folder with --to.",
            )


def describe_absence(home: Path, downloads: Path) -> str:
    """What is wrong with the folder in which recorded files should be, in a few words for the line above the menu.

    '' where nothing is. Looks at two small files and the names in one folder.
    """
    if not is_folder(downloads):
        return "the downloads folder is not there"
    known, identity = _read_known(home), _read_id(downloads)
    if identity in dict(known) or (identity and not known):
        return ""
    if identity:
        return "the downloads folder is a different one"
    with contextlib.suppress(OSError), os.scandir(downloads) as entries:
        return "" if any(not entry.name.startswith(".") for entry in entries) else "the downloads folder is empty"
    return ""


def find_problem(settings: Settings) -> str:
    """For option 8: a sentence about the downloads folder where it is not the right one; '' where it is."""
    return _look(settings.home, settings.downloads).problem


def _look(home: Path, downloads: Path) -> _Look:
    """Tell what the folder is; where the marker is there, by two small files."""
    known, identity = _read_known(home), _read_id(downloads)
    if identity in dict(known):
        return _Look()
    number = count_downloaded(home)
    if not number:
        return _Look()
    is_there = is_folder(downloads)
    if is_there and _holds_recorded(home, downloads, is_known_home=bool(known)):
        return _Look()
    files = f"{plural('file', number)} {'was' if number == 1 else 'were'} downloaded"
    if known and not identity and not any(_spellings(downloads) & _spellings(Path(path)) for _, path in known):
        is_possible = is_there or is_folder(downloads.parent)
        problem = f"The folder {downloads} is new; what was downloaded before is in {known[-1][1]}."
        return _Look(problem, is_new=is_possible)
    if not is_there:
        problem = f"The folder {downloads} is not there, although {files} before."
    elif identity:
        problem = f"The folder {downloads} is a different downloads folder: {files} to another one."
    else:
        problem = f"The folder {downloads} holds none of your downloads, although {files} before."
    return _Look(problem)


def _hint(option: int) -> str:
    return (
        f"If it is on another disk, connect that disk, then choose {option}; if it has moved, name its new place with "
        f"--to. To download everything again, into a new folder, choose {_DOWNLOAD} and say so there."
    )


def _holds_recorded(home: Path, downloads: Path, *, is_known_home: bool) -> bool:
    """Whether most of some recorded files are there; in a home from before there were markers one is enough."""
    try:
        manifest = read_manifest(home / MANIFEST)
    except OneDriveError:
        return False
    folder = DownloadFolder(downloads)
    step = max(1, len(manifest) // _LOOKED_AT)
    lines = list(islice(manifest.entries(), 0, None, step))
    found = sum(
        standing is not None and standing.size_bytes == line.size_bytes
        for line in lines
        for standing in [folder.look(line.local_path)]
    )
    return found * 2 >= len(lines) > 0 if is_known_home else found > 0


def _read_id(downloads: Path) -> str:
    """The id in the folder's marker; '' where there is none, or it cannot be read."""
    identity = read_note(downloads / MARKER_FILE).get("id")
    return identity if isinstance(identity, str) else ""


def _read_known(home: Path) -> list[tuple[str, str]]:
    """Id and path of the folders of this home, every path at which one was, the one that was used last at the end."""
    rows = read_note(home / KNOWN_FOLDERS).get("folders")
    pairs = (
        [(row.get("id"), row.get("path")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return [(one, path) for one, path in pairs if isinstance(one, str) and isinstance(path, str)]


def _write_marker(folder: DownloadFolder, identity: str) -> None:
    """Write the marker in one step; what stands in its place is kept beside. Raises OneDriveError, OSError."""
    growing = folder.partial / MARKER_FILE
    write_whole(growing, json.dumps({"id": identity, "about": _ABOUT}, indent=1) + "\n")
    if folder.status(MARKER_FILE) is not None:
        folder.keep_beside(MARKER_FILE)
    replace_file(growing, folder.root / MARKER_FILE)


def _spellings(path: Path) -> set[str]:
    """A path as it is written, and with its links followed."""
    return {os.path.normcase(os.path.abspath(path)), os.path.normcase(os.path.realpath(path))}  # noqa: PTH100
