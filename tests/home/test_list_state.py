"""The state of the lists: what comes back of it, and whose work a list is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import StateFileBroken
from onedrive.home.lists import (
    FILE_LIST,
    LIST_STATE,
    ListException,
    ListState,
    Ownership,
    read_list_state,
    who_wrote,
    write_list_state,
    write_lists,
)

STATE = ListState(listed_at="2026-11-23T16:00:00+00:00", account_id="ada", drive_id="0f09000000cfea42", files=3)


def test_the_state_comes_back_as_it_was_written_and_no_state_is_none(home: Path) -> None:
    assert read_list_state(home) is None
    exceptions = (ListException("/Vault", "v", "it is locked", by_nature=True),)

    written = write_lists(home, [b'{"id":"1"}'], [], replace(STATE, exceptions=exceptions))

    assert read_list_state(home) == written
    assert (written.listed_at, written.files, written.exceptions) == (STATE.listed_at, 3, exceptions)


def test_it_is_known_whose_work_a_list_is(home: Path) -> None:
    old = write_lists(home, [b'{"id":"1"}'], [], replace(STATE, delta_link="old"))
    assert who_wrote(home, FILE_LIST, old) is Ownership.OURS
    assert old.coming == {}

    new = write_lists(home, [b'{"id":"22"}'], [], replace(STATE, delta_link="new"))
    write_list_state(home, replace(old, coming=new.fingerprints))  # as it stands before the lists are replaced
    state = read_list_state(home)
    assert state is not None
    assert state.delta_link == "old"
    assert who_wrote(home, FILE_LIST, state) is Ownership.UNFINISHED  # a crash between the lists and their state

    (home / FILE_LIST).unlink()
    assert who_wrote(home, FILE_LIST, state) is Ownership.MISSING


DAMAGED_TEXTS = [
    *("", "{", "[]", "{}", '{"version": 99}', '{"version": 1, "exceptions": 7}', "null"),
    *("[" * 100_000, '{"version": 1, "glance": ' + '{"a":' * 100_000),
]
EXCEPTION = {"path": "/Vault", "id": "v", "reason": "r", "by_nature": True}
DAMAGED_FIELDS: dict[str, list[object]] = {
    "listed_at": [5],
    "account_id": [None],
    "drive_id": [[]],
    "root_id": [5],
    "root_path": [None],
    "root_text": [{}],
    "files": ["x"],
    "folders": [True],
    "size_bytes": [1.5],
    "delta_link": [5, {}],
    "shared": ["x"],
    "line_form": [None],
    "exceptions": [{}, [1], [{}], [{**EXCEPTION, "path": 5}], [{**EXCEPTION, "path": None}]],
    "glance": [[1]],
    "fingerprints": [5, [1], {"file_list.json": 5}],
    "coming": [None, {"file_list.json": "x"}],
}


def test_a_damaged_state_is_named(home: Path) -> None:
    write_list_state(home, STATE)
    row = json.loads((home / LIST_STATE).read_text())
    wrong = [json.dumps({**row, field: value}) for field, values in DAMAGED_FIELDS.items() for value in values]
    for text in DAMAGED_TEXTS + wrong:
        (home / LIST_STATE).write_text(text)

        with pytest.raises(StateFileBroken, match="list_state"):
            pytest.fail(f"{text[:200]} was read as {read_list_state(home)}")
