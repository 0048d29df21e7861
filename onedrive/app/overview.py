"""How things stand, in the four lines above the menu; and which choice comes next. Reads a few numbers, never a list.

What cannot be read is said as such and never stops the menu.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onedrive.app.options import DOWNLOAD, LIST, SIGN_IN, VERIFY
from onedrive.choosing.selection import Layout, Selection, read_selection
from onedrive.errors import OneDriveError
from onedrive.home.failed import failed_count
from onedrive.home.files import is_there
from onedrive.home.lists import ListState, describe_age, read_list_state
from onedrive.home.manifest import MANIFEST, count_downloaded
from onedrive.home.verification import BAD, VERIFICATION, VerificationFacts, read_verification
from onedrive.local.marker import describe_absence
from onedrive.settings import Settings
from onedrive.signin.token_file import describe_sign_in
from onedrive.words import format_ago, format_bytes, plural, printable, shorten_middle

RETRY = "r"
_OLD_LIST = timedelta(days=1)
_LEAST_PATH = 20  # columns, in which a path tells something


@dataclass(frozen=True)
class Overview:
    """`recommended` is the key of the menu that comes next, '' when all is done; `failed` can be tried again."""

    lines: tuple[str, ...]
    recommended: str
    failed: int
    downloaded: int


def look_over(settings: Settings, *, done: str = "", width: int = 0, now: datetime | None = None) -> Overview:
    """How things stand now; `done` is the key of the choice that has just come to its end, '' where none has.

    Long paths are shortened to a `width`, unless that is 0.
    """
    home, now = settings.home, now or datetime.now(UTC)
    sign_in = describe_sign_in(home, settings.app_id)
    state, trouble = _read_list(home)
    selection, choice = _read_choice(home)
    downloaded, failed = count_downloaded(home), failed_count(home)
    away = describe_absence(home, settings.downloads) if downloaded else ""
    facts, verified_at, is_stale = _read_facts(home)
    listed = trouble or (_describe_list(state, now) if state else "no list yet")
    here = f"{plural('file', downloaded)} downloaded" if downloaded else "nothing downloaded yet"
    verified = away or (_describe_facts(facts, now, is_stale=is_stale) if downloaded or facts else "")
    lines = (
        _describe_places(settings, width),
        _capital(sign_in),
        _capital(" · ".join(filter(None, [listed, *choice]))),
        _capital(" · ".join(filter(None, [here, verified]))),
    )
    recommended = ""
    if sign_in.startswith("not"):
        recommended = str(SIGN_IN)
    elif state is None:
        recommended = str(LIST)
    elif not away:
        wants_all = selection is not None and selection.wants_all
        is_newer = now - _age(state, now) > verified_at
        recommended = _recommend(
            facts, is_stale=is_stale, is_listed_anew=is_newer, is_begun=wants_all and downloaded < state.files
        )
        if not downloaded:
            recommended = str(DOWNLOAD)
        if failed and done != RETRY:
            recommended = RETRY
        elif recommended == str(DOWNLOAD) and done in (str(DOWNLOAD), RETRY):
            recommended = str(VERIFY)
        elif not recommended and _age(state, now) > _OLD_LIST:
            recommended = str(LIST)
    return Overview(lines, recommended, failed, downloaded)


def _recommend(facts: VerificationFacts | None, *, is_stale: bool, is_listed_anew: bool, is_begun: bool) -> str:
    """Whether 4 or 6 comes next where something is here; '' when all is here and verified."""
    if facts is None or is_stale:
        return str(DOWNLOAD if is_begun else VERIFY)
    if facts.is_good:
        return str(DOWNLOAD) if is_listed_anew else ""
    return str(DOWNLOAD if is_listed_anew or _count_bad(facts) else VERIFY)


def _read_list(home: Path) -> tuple[ListState | None, str]:
    """What is known about the list, and what is wrong with it in words."""
    try:
        if is_there(home) and not home.is_dir():
            return None, f"{printable(str(home))} is no folder, so nothing can be kept there"
        return read_list_state(home), ""
    except (OneDriveError, OSError):
        return None, "the list cannot be read"


def _describe_list(state: ListState, now: datetime) -> str:
    where = "" if state.root_path == "/" else f" of {printable(state.root_path)}"
    return f"list{where}: {plural('file', state.files)}, {format_bytes(state.size_bytes)}, {describe_age(state, now)}"


def _age(state: ListState, now: datetime) -> timedelta:
    """How long ago everything was listed; where that cannot be read, long ago."""
    try:
        return now - datetime.fromisoformat(state.listed_at)
    except (ValueError, TypeError):
        return timedelta(days=365)


def _read_choice(home: Path) -> tuple[Selection | None, list[str]]:
    """The choice in force, in words; nothing is said when everything is wanted."""
    try:
        selection = read_selection(home)
    except OneDriveError:
        return None, ["the choice cannot be read"]
    parts = [] if selection.wants_all else [f"chosen: {selection.describe()}"]
    is_arranged = selection.layout is not Layout.ONEDRIVE
    return selection, parts + ([f"into folders by {selection.layout}"] if is_arranged else [])


def _read_facts(home: Path) -> tuple[VerificationFacts | None, datetime, bool]:
    """What the last verification found, when it ended, and whether something was downloaded since."""
    try:
        if (facts := read_verification(home)) is not None:
            ended_at = datetime.fromtimestamp((home / VERIFICATION).stat().st_mtime, UTC)
            return facts, ended_at, (home / MANIFEST).stat().st_size != facts.manifest_bytes
    except (OneDriveError, OSError, ValueError, OverflowError):
        pass
    return None, datetime.now(UTC), False


def _describe_facts(facts: VerificationFacts | None, now: datetime, *, is_stale: bool) -> str:
    if facts is None:
        return "not verified yet"
    try:
        when = format_ago((now - datetime.fromisoformat(facts.when)).total_seconds())
    except (ValueError, TypeError):
        when = "at an unknown time"
    how = "" if facts.way == "read" else f" ({facts.way})"
    bad = _count_bad(facts)
    found = "all is here" if facts.is_good else f"{plural('file', bad)} missing or wrong" if bad else "not all is well"
    return f"verified{how} {when}: {found}{', and files came since' if is_stale else ''}"


def _count_bad(facts: VerificationFacts) -> int:
    return sum(facts.counts.get(item_class.value, (0, 0))[0] for item_class in BAD)


def _describe_places(settings: Settings, width: int) -> str:
    """The name of the program or the profile, its home, and where files go; in one line where two paths fit one."""
    home, downloads = settings.home, settings.downloads
    whose = f"Profile {settings.profile}" if settings.profile else "OneDrive downloader"
    is_usual = downloads == home / "downloads"
    begin, between, end = f"{whose} · ", " · files go to ", "downloads there" if is_usual else ""
    room = (width - len(begin + between + end)) // (1 if is_usual else 2) if width else 10_000
    if room < _LEAST_PATH:  # it takes two lines in any case
        room = max(width - len(begin), _LEAST_PATH)
    return begin + _short(home, room) + between + (end or _short(downloads, room))


def _short(folder: Path, width: int) -> str:
    """The folder with ~ for the person's own, in so many columns."""
    with suppress(ValueError, RuntimeError):  # it is not below that; there is none
        folder = Path("~") / folder.relative_to(Path.home())
    return shorten_middle(printable(str(folder)), width)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
