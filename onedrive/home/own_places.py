"""Which names and folders are the program's own: nothing of OneDrive takes them, and only plain files stand there."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from onedrive.errors import SettingsError, StateFileBroken

PROGRAM_FOLDER = Path(__file__).resolve().parents[2]
_PROGRAM_PARTS = ("onedrive", "pretend_onedrive", "tests", "docs", ".git", ".ci", ".venv")
_DEMO_FILES = ("pretend_onedrive.json", "pretend_onedrive_server.json", "demo_server.json")
# What is kept in the home; files-on-disk.md says what each is.
_STATE_NAMES = (
    *(
        "token.json",
        "token.keystore",
        "file_list.json",
        "folder_list.json",
        "list_state.json",
        "selection.json",
        "verification.json",
    ),
    *("download_manifest.jsonl", "download_count.json", "downloads_folder.json", "item_download_errors.json"),
    *("listing.sqlite", "listing_in_progress.sqlite", "listing_in_progress.journal", "local_hashes.sqlite"),
    *("deleted_items.jsonl", "renamed_items.jsonl", "gone_files.json", "download_report.html"),
    "download_report_pictures",
    *("further_folders.json", "known_files.sqlite"),
    *("folders_to_list_again.json", "moving_out.html", "albums.json", "companions.jsonl", "last_run.json", "profiles"),
    *("verification_in_progress.jsonl", "sums.jsonl", "run.lock", "list-for-verifying", ".env"),
    *_DEMO_FILES,
)


def _patterns() -> Iterator[str]:
    """Each name, the one it has while it grows, what SQLite puts beside it, and one that was set aside."""
    for name in _STATE_NAMES:
        stem, dot, end = name.rpartition(".") if "." in name[1:] else (name, "", "")
        set_aside = r"(\.[a-z]+-\d{8}-\d{6}(-\d+)?)?"
        yield f"{re.escape(stem)}{set_aside}{re.escape(dot + end)}" + r"(\.new|-wal|-shm|-journal)?"


@cache
def _state_file() -> re.Pattern[str]:
    return re.compile("|".join(_patterns()), re.IGNORECASE)


def is_state_file(name: str) -> bool:
    """Whether a file of this name in the home would be the program's own, also one that was set aside."""
    return _state_file().fullmatch(name) is not None


def parts_below(path: Path, folder: Path) -> tuple[str, ...] | None:
    """The names that lead from a folder to a path, () for the folder itself; None: it is not in there.

    Links are followed, and the system is asked whether two folders are the same one.
    """
    real = Path(os.path.realpath(path))
    for depth, above in enumerate((real, *real.parents)):
        with contextlib.suppress(OSError, ValueError):
            if above.samefile(folder):
                return real.parts[len(real.parts) - depth :]
    return None


def check_downloads_place(downloads: Path) -> None:
    """Raise SettingsError where a file of OneDrive would take the place of a part of the program."""
    parts = parts_below(downloads, PROGRAM_FOLDER)
    if parts == () or (parts and parts[0].lower() in _PROGRAM_PARTS):
        raise SettingsError(
            f"The downloads cannot go into {downloads}, the program's own folder: a file from your OneDrive could "
            "replace a part of the program.",
            "Name another folder with --to or ONEDRIVE_DOWNLOADS; without them it is the folder downloads in the home.",
        )


def check_settings_file(path: Path, downloads: Path) -> None:
    """Raise SettingsError where a settings file could have come from OneDrive."""
    if parts_below(path, downloads):
        raise SettingsError(
            f"The settings file {path} is not read, because it is in the downloads folder {downloads}, where "
            "anything from your OneDrive can end up.",
            "Move it to the folder from which you start the program, or choose another downloads folder with --to.",
        )


_LISTS = ("file_list.json", "folder_list.json", "list_state.json", "download_manifest.jsonl")


def check_demo_home(home: Path, demo_app_id: str, *, is_apart: bool) -> None:
    """Raise SettingsError for a home of the real OneDrive: the demo's lists would take the place of the real ones.

    `is_apart`: the pretend OneDrive runs elsewhere and keeps nothing here, so that lists alone say nothing.
    """
    is_demos = has_lists = has_key_store = False
    sign_in = b""
    with contextlib.suppress(OSError, UnicodeError):  # then the demo cannot write here either, and says so
        is_demos = any((home / name).is_file() for name in _DEMO_FILES)
        has_lists = any((home / name).is_file() for name in _LISTS)
        has_key_store = (home / "token.keystore").is_file()
        sign_in = token.read_bytes() if (token := home / "token.json").is_file() else b""
    if demo_app_id.encode() in sign_in:
        return
    what = "a sign-in" if sign_in and not (is_demos and b"client_id" not in sign_in) else ""
    what = what or ("a sign-in" if has_key_store and not is_demos and not is_apart else "")
    what = what or ("lists of files" if has_lists and not is_demos and not is_apart else "")
    if what:
        raise SettingsError(
            f"{home} holds {what} of a real OneDrive, which the demo would overwrite.",
            "Leave out --home, or name an empty folder for the demo. Nothing was changed.",
        )


_A_FOLDER, _A_PIPE = "it is a folder, not a file", "it is a pipe, a socket or a device, not a file"
_FOLDERS = ("list-for-verifying", "download_report_pictures", "profiles", ".env")  # the last may be an environment


def check_state_files(home: Path) -> None:
    """Raise StateFileBroken for the first that is no file, before anything is done with it."""
    for path, what in _odd_files(home):
        raise _no_file(path, what)
    check_not_newer(home)


_FORMAT = 1  # of every state file so far
_WRITTEN_IN = re.compile(rb'\s*\{\s*"(?:manifest_)?version":\s*(\d{1,9})')


def check_not_newer(home: Path) -> None:
    """Raise StateFileBroken where a newer version of the program has written what this one would not understand.

    What begins without a version is either in a form that others made, or only repeats what is known elsewhere.
    """
    for name in _STATE_NAMES:
        with contextlib.suppress(OSError, UnicodeError), (home / name).open("rb") as stream:
            found = _WRITTEN_IN.match(stream.read(64))
            if found and int(found[1]) > _FORMAT:
                hint = "Start that one, or name another home with --home: nothing here was changed."
                raise StateFileBroken(home / name, "a newer version of this program wrote it", hint)


def check_no_pipes(home: Path) -> None:
    """For what only looks: raise StateFileBroken for what must not even be opened, because that could wait for ever."""
    for path, what in _odd_files(home):
        if what is _A_PIPE:
            raise _no_file(path, what)


def _odd_files(home: Path) -> Iterator[tuple[Path, str]]:
    names: list[str] = []
    with contextlib.suppress(OSError, UnicodeError), os.scandir(home) as entries:
        names = sorted(entry.name for entry in entries if is_state_file(entry.name))
    for name in names:
        try:
            mode = (home / name).stat().st_mode
        except (OSError, UnicodeError):
            continue  # whoever reads it says what is wrong
        if stat.S_ISDIR(mode) and name not in _FOLDERS:
            yield home / name, _A_FOLDER
        elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            yield home / name, _A_PIPE


def _no_file(path: Path, what: str) -> StateFileBroken:
    return StateFileBroken(path, what, f"Move it out of {path.parent}; nothing was read from it or written to it.")
