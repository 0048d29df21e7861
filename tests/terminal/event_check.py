"""Whether a line of --json is an event as docs/events.md says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from onedrive.terminal.events import EVENT_VERSION, EVENTS

_BY_NAME = {event.name: event for event in EVENTS}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "whole": int,
    "number": (int, float),
    "yes/no": bool,
    "time": str,
    "list": list,
    "object": dict,
}


def check_event(row: object) -> list[str]:
    """What is wrong with a line that was read, [] when nothing is."""
    if not isinstance(row, dict):
        return ["it is no object"]
    head = {"v": "whole", "event": "text", "time": "time"}
    event = _BY_NAME.get(str(row.get("event")))
    if event is None:
        return [f"there is no event {row.get('event')!r}"]
    fields = {**head, **event.fields}
    wrong = [f"{event.name} has no {name}" for name in fields if name not in row]
    wrong += [f"{event.name} has an unknown {name}" for name in row if name not in fields]
    wrong += [
        f"{event.name}: {name} is {row[name]!r}"
        for name in fields
        if name in row and not _fits(row[name], fields[name])
    ]
    return wrong + ([] if row.get("v") == EVENT_VERSION else [f"version {row.get('v')!r}"])


def _fits(value: object, kind: str) -> bool:
    if value is None:
        return kind.endswith("?")
    kind = kind.rstrip("?")
    if kind != "yes/no" and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES[kind]) and (kind != "time" or _is_time(str(value)))


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
