"""Profiles: several OneDrives side by side, each with a home of its own below the shared one: `profiles/anna`.

The home itself is the profile without a name. A name is small letters, so that it is one folder on every disk.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from onedrive.errors import OneDriveError, WrongAnswer
from onedrive.home.files import disk_errors, is_file, is_folder

PROFILES = "profiles"
NO_NAME = "without a name"
_NAME = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
_OF_A_PERSON = ("token.json", "token.keystore", "list_state.json", "download_manifest.jsonl")


def read_profile_name(text: str) -> str:
    """The name of a profile; capitals are small ones. Raises WrongAnswer."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise WrongAnswer(
            "A profile's name is up to 32 letters a to z, digits, - and _, such as anna (Windows keeps names such as "
            "con for itself)."
        )
    return name


def title_of(name: str) -> str:
    """What a person is told whose it is, at the beginning of a line."""
    return f"Profile {name}" if name else f"The profile {NO_NAME}"


def profile_home(shared: Path, name: str) -> Path:
    """The home of a profile; '' is the one without a name."""
    return shared / PROFILES / name if name else shared


def find_profiles(shared: Path) -> list[str]:
    """The names of the profiles that are there, without the one that has none."""
    names: list[str] = []
    with suppress(OneDriveError), disk_errors(shared):
        names = [path.name for path in (shared / PROFILES).iterdir() if is_folder(path)]
    return sorted(name for name in names if _NAME.fullmatch(name))


def find_used_profiles(shared: Path) -> list[str]:
    """All that somebody has signed in to; the one without a name ('') first."""
    is_used = any(is_file(shared / name) for name in _OF_A_PERSON)
    return [*([""] if is_used else []), *find_profiles(shared)]
