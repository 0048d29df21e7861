"""What a step left undone, in one paragraph: what, how many, where the details are, what to do. For --quiet.

A step that went through its work leaves the details on disk, and they are read from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from onedrive.errors import OneDriveError
from onedrive.failed_items import ERRORS_FILE
from onedrive.list_state import LIST_STATE, read_list_state
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.words import plural, printable

_MOST_NAMED = 3
_BY_CODE = {
    3: "some items failed; run it without --quiet to see which",
    5: "the disk has not enough room; what fits is kept. Make room, or choose another disk with --to",
    7: "the verification found something wrong; run it without --quiet to see what",
}


def describe_failure(number: int, label: str, result: StepResult, settings: Settings) -> str:
    """The paragraph about a step that ended with a code other than 0."""
    details = result.failure or _from_disk(number, result.exit_code, settings)
    if details:
        return details
    words = _BY_CODE.get(result.exit_code, f"it ended with exit code {result.exit_code}")
    return f"Option {number} ({label}): {words}."


def _from_disk(number: int, exit_code: int, settings: Settings) -> str:
    reader = _READERS.get((number, exit_code))
    try:
        return reader(settings) if reader else ""
    except (OneDriveError, OSError, ValueError, KeyError, TypeError):
        return ""  # the general words say enough


def _of_listing(settings: Settings) -> str:
    state = read_list_state(settings.home)
    failed = [(entry.path, entry.reason) for entry in (state.exceptions if state else ()) if not entry.by_nature]
    if not failed:
        return ""
    return (
        f"{plural('item', len(failed))} could not be listed: {_name_some(failed)}. "
        f"The rest is in the list; {settings.home / LIST_STATE} names them all. Run 3 again to try once more."
    )


def _of_download(settings: Settings) -> str:
    path = settings.home / ERRORS_FILE
    failed = [(str(row["path"]), str(row["reason"])) for row in json.loads(path.read_text(encoding="utf-8"))]
    return (
        f"{plural('file', len(failed))} could not be downloaded: {_name_some(failed)}. "
        f"The others are here; {path} names them all. Run 4 again to try once more."
    )


def _of_verification(settings: Settings) -> str:
    from onedrive.verification import VERIFICATION, read_verification

    facts = read_verification(settings.home)
    if facts is None or facts.is_good:
        return ""
    return (
        f"The verification found something wrong: {facts.verdict.rstrip('.')}. "
        f"{settings.home / VERIFICATION} names each file. Run 4 to fetch what is missing or damaged."
    )


_READERS: dict[tuple[int, int], Callable[[Settings], str]] = {
    (3, 3): _of_listing,
    (4, 3): _of_download,
    (6, 7): _of_verification,
}


def _name_some(failed: Sequence[tuple[str, str]]) -> str:
    named = "; ".join(f"{printable(path)} ({reason.rstrip('.')})" for path, reason in failed[:_MOST_NAMED])
    return named + (f"; and {plural('more', len(failed) - _MOST_NAMED, many='more')}" if failed[_MOST_NAMED:] else "")
