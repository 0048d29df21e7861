"""What happens, as one JSON object a line, for programs that read our output (--json); and the schema of it.

Everything that is not plain ASCII is written as an escape: a line means the same in every encoding, drives no terminal,
and half a surrogate pair in a name cannot break it. Addresses are shortened to their host, as in the log.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from onedrive.terminal.output import Output
from onedrive.terminal.redaction import shorten_addresses

EVENT_VERSION = 1


class EventWriter:
    """Writes whole lines; may be used from any thread. When nobody reads them any more it is silent."""

    def __init__(self, stream: TextIO | None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._output = Output(stream)
        self._now = now
        self.profile: str | None = None  # whose run it is, said in each line; None: there is but one
        self._lock = threading.Lock()

    @property
    def failure(self) -> OSError | None:
        """What the disk said that did not take all lines; None: it took them, or nobody reads them."""
        return self._output.failure

    def write(self, name: str, fields: dict[str, object]) -> None:
        """One line: version, event and time, then the fields; their values are what JSON has."""
        if self._output.is_closed:
            return
        whose = {} if self.profile is None else {"profile": self.profile}
        line = event_line(name, {**whose, **fields}, self._now())
        with self._lock:
            self._output.write(f"{line}\n")


def event_line(name: str, fields: Mapping[str, object], now: datetime) -> str:
    """The line without its end: version, event and time, then the fields, without addresses."""
    time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"v": EVENT_VERSION, "event": name, "time": time, **fields}, default=str)
    return shorten_addresses(line) if "://" in line else line


@dataclass(frozen=True)
class Event:
    """One kind of line: when it comes, and its fields with their types; '?' after a type: or null."""

    name: str
    when: str
    fields: Mapping[str, str]


def _event(name: str, when: str, fields: str) -> Event:
    """`fields` as the table shows them: 'id text, size_bytes whole'."""
    return Event(name, when, dict(field.split(" ") for field in fields.split(", ") if field))


EVENTS = (
    _event("run_started", "first, once the command line is understood", "version text, options list"),
    _event("step_started", "before each number", "option whole, label text"),
    _event(
        "step_finished",
        "after each number, also after an error",
        "option whole, label text, exit_code whole, seconds number",
    ),
    _event(
        "error",
        "what ended a step or the run; `option` is null when none was under way",
        "sentence text, hint text, exit_code whole, option whole?",
    ),
    _event(
        "run_summary",
        "a run of all the numbers has ended, with --every each; what `--then` reads, too. `results` has the last "
        "`listed`, `brake`, `summary`, `verdict` and `moving_out` by name, `steps` the `step_finished`; `words` says "
        "what failed; `profiles` has such a summary of each (--all-profiles)",
        "profile text?, began time, seconds number, exit_code whole, words text, steps list, results object, profiles "
        "list",
    ),
    _event("next_run", "--every: a run has ended so, and the next one begins then", "at time, exit_code whole"),
    _event("run_finished", "last, with the exit code of the program", "exit_code whole"),
    _event(
        "progress",
        "at most once a second while something long is done; `work` names it",
        "work text, text text, files whole, of_files whole?, size_bytes whole, of_bytes whole?, bytes_per_second "
        "whole?",
    ),
    _event("waiting", "the service asks us to wait; `who` is its host", "until time, seconds number, who text"),
    _event(
        "signed_in",
        "1: whose OneDrive it is; `drive` is personal, business or documentLibrary",
        "name text, address text, drive text, used_bytes whole?, total_bytes whole?",
    ),
    _event(
        "listed",
        "3: the list is whole; `way` is everything or changes, and only with changes are there numbers of them",
        "way text, root text, files whole, folders whole, size_bytes whole, new whole?, changed whole?, moved whole?,"
        " gone whole?",
    ),
    _event("album_listed", "3 --albums: an album, and how many files are in it", "id text, name text, files whole"),
    _event(
        "exception",
        "3: an item that could not be listed, or (`by_nature`) is never handed out",
        "path text, id text, reason text, by_nature yes/no",
    ),
    _event(
        "finding",
        "8: one thing that was looked at; `state` is ok, note or wrong, and `name` stays the same from run to run",
        "group text, name text, state text, words text, cure text",
    ),
    _event("signed_out", "9: the saved sign-in was removed; `files` are the names of what held it", "files list"),
    _event(
        "selection",
        "4 and 5: which choice is in force, or in hand, and how much of the list it wants",
        "description text, files whole, size_bytes whole, listed_files whole, listed_bytes whole, layout text, "
        "duplicates text",
    ),
    _event(
        "plan",
        "4: what is to be done; `twins` are equal files that are not fetched a second time, `elsewhere` those that a "
        "known folder (--known) has",
        "files whole, size_bytes whole, here_files whole, here_bytes whole, left_out_files whole, left_out_bytes "
        "whole, moves whole, twins whole, elsewhere whole, unavailable whole, impossible whole, room_bytes whole, "
        "free_bytes whole?",
    ),
    _event(
        "brake",
        "4: many files here have new content on OneDrive, or are gone there (the numbers; the biggest folders, the "
        "first ten paths, the first and the last change); `decision` is go_on, only_new or stop",
        "files whole, here_files whole, gone_files whole, aside_files whole, folders list, first list, since time?, "
        "until time?, decision text",
    ),
    _event(
        "plan_item",
        "4 with --dry-run: a file, what would be done with it, and why: fetch, compare, keep_beside, move, link, "
        "copy, name, aside, there (nothing: it is here), elsewhere (nothing: a known folder has it), left_out, "
        "unavailable, impossible",
        "action text, id text, path text, place text, size_bytes whole, reason text",
    ),
    _event(
        "item",
        "4: a file, once it is decided: fetched, adopted (it was here), there, moved, linked, copied, named, held "
        "(the brake), failed, unavailable; `earlier` is the place where the content that it replaced is kept",
        "result text, id text, path text, place text, size_bytes whole, verified text, reason text, earlier text",
    ),
    _event(
        "summary",
        "4: how it went: every file of the list in one of the counts from `fetched` to `no_room_files`; `here_files` "
        "is `there`",
        "fetched whole, adopted whole, there whole, moved whole, linked whole, copied whole, named whole, held "
        "whole, failed whole, unavailable whole, elsewhere whole, left_out_files whole, no_room_files whole, "
        "here_files whole, here_bytes whole, left_out_bytes whole, replaced whole, aside whole, fetched_bytes whole, "
        "saved_bytes whole, seconds number",
    ),
    _event(
        "put_back",
        "4 --put-back: an earlier content and its place; `earlier`: where it was kept, `kept`: where what stood there "
        "is now; `result` is done or failed, `reason` says why",
        "result text, place text, earlier text, kept text, reason text",
    ),
    _event(
        "copy_updated",
        "4 --also: a further copy was brought up to date; `set_aside` counts what is in its `.earlier` now",
        "folder text, copied whole, size_bytes whole, set_aside whole, failed whole",
    ),
    _event(
        "verified_item",
        "6: an item and its class, as in verification.json",
        "class text, id text, path text, place text, size_bytes whole, reason text",
    ),
    _event(
        "album_verified",
        "6: an album that option 3 listed, how many of its files are here and in order; `lacking` has the number of "
        "the others by reason",
        "id text, name text, files whole, here whole, lacking object",
    ),
    _event(
        "verified_copy",
        "6: an item that is not good in a further copy: missing, wrong, unreadable, only a link, not connected",
        "state text, folder text, id text, path text, place text",
    ),
    _event(
        "verdict",
        "6: the verdict in words; `counts` has files and bytes of each class, `copies` by the folder of each further "
        "copy (--also) the number of files in each state",
        "words text, is_good yes/no, counts object, copies object, exit_code whole",
    ),
    _event(
        "moving_out",
        "--move-out, at its end: whether the person can leave, and why; `lines` has the number of items on each line "
        "of the sheet, which add up to `items`; `to_do` names what comes first",
        "can_leave yes/no, words text, items whole, lines object, to_do list, sheet text",
    ),
    _event(
        "rename_item",
        "7: one rename; `result` is done, refused (by this program) or failed, `reason` says why",
        "id text, path text, old_name text, new_name text, result text, reason text",
    ),
    _event(
        "delete_item",
        "7: one deletion; `result` is done, refused (by this program) or failed, `reason` says why",
        "id text, path text, result text, reason text",
    ),
    _event(
        "restore_item",
        "7: one item brought back out of the recycle bin; `place` is its path then, `result` and `reason` as above",
        "id text, path text, place text, result text, reason text",
    ),
)


def markdown() -> str:
    """The table of docs/events.md."""
    return "".join(f"{line}\n" for line in _markdown_lines())


def _markdown_lines() -> Iterator[str]:
    yield "| event | when | fields |"
    yield "|---|---|---|"
    for event in EVENTS:
        fields = ", ".join(f"`{name}` {kind}" for name, kind in event.fields.items())
        yield f"| `{event.name}` | {event.when} | {fields} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
