"""Reading what a state file says, trusting nothing in it: what is wrong is said, or is the same as no file."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar

from onedrive.errors import StateFileBroken
from onedrive.home.files import disk_errors

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")


def read_object(raw: bytes) -> dict[str, Any] | None:
    """The JSON object that is written there; None: it is none."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


_LARGEST_NOTE_BYTES = 64 << 20  # some name each item that was gone, or each folder: a million of them


def read_note(path: Path) -> dict[str, Any]:
    """The JSON object in a file of ours; {} where there is none, or it cannot be read. Never fails, follows no link."""
    with contextlib.suppress(OSError, ValueError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST_NOTE_BYTES:
            return read_object(path.read_bytes()) or {}
    return {}


@contextlib.contextmanager
def as_written(path: Path, wrong: str, hint: str) -> Iterator[None]:
    """Say `wrong` about a state file for whatever is wrong with what is read from it. Raises StateFileBroken."""
    with disk_errors(path):
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StateFileBroken(path, wrong, hint) from error


# What a field's annotation says of values out of JSON; other annotations are not judged.
_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "str | None": (str, NoneType),
    "int | None": (int, NoneType),
}


def check_fields(record: _Record) -> _Record:
    """A dataclass made of what a file says, when each field is what its annotation says. Raises TypeError."""
    for name, kinds in _kinds_of(type(record)):
        if type(getattr(record, name)) not in kinds:
            raise TypeError(name)
    return record


@cache
def _kinds_of(kind: type[DataclassInstance]) -> list[tuple[str, tuple[type, ...]]]:
    found = [
        (each.name, _KINDS.get(str(each.type), (dict,) if "Mapping" in str(each.type) else ())) for each in fields(kind)
    ]
    return [(name, kinds) for name, kinds in found if kinds]
