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


def test_the_state_comes_back_as_it_was_written(home: Path) -> None:
    exceptions = (ListException("/Vault", "v", "it is locked", by_nature=True),)
    write_lists(home, [], [], ListState(**{**vars(STATE), "exceptions": exceptions}))

    state = read_list_state(home)

    assert state is not None
    assert (state.listed_at, state.files, state.exceptions) == (STATE.listed_at, 3, exceptions)


def test_no_state_is_none(home: Path) -> None:
    assert read_list_state(home) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 99}', '{"version": 1, "exceptions": 7}', "null"])
def test_a_damaged_state_is_named(home: Path, text: str) -> None:
    (home / LIST_STATE).write_text(text)

    with pytest.raises(StateFileBroken, match="list_state"):
        read_list_state(home)


def test_a_list_is_ours_after_it_was_written(home: Path) -> None:
    state = write_lists(home, ['{"id":"1"}'], [], STATE)

    assert who_wrote(home, FILE_LIST, state) is Ownership.OURS
    assert state.coming == {}


def test_a_crash_between_the_lists_and_their_state_leaves_lists_that_are_known_as_unfinished(home: Path) -> None:
    old = write_lists(home, ['{"id":"1"}'], [], replace(STATE, delta_link="old"))
    new = write_lists(home, ['{"id":"22"}'], [], replace(STATE, delta_link="new"))
    write_list_state(home, replace(old, coming=new.fingerprints))  # as it stands before the lists are replaced

    state = read_list_state(home)

    assert state is not None
    assert state.delta_link == "old"
    assert who_wrote(home, FILE_LIST, state) is Ownership.UNFINISHED


def test_a_list_that_vanished_is_missing(home: Path) -> None:
    state = write_lists(home, [], [], STATE)
    (home / FILE_LIST).unlink()

    assert who_wrote(home, FILE_LIST, state) is Ownership.MISSING


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("listed_at", 5),
        ("account_id", None),
        ("drive_id", []),
        ("root_id", 5),
        ("root_path", None),
        ("root_text", {}),
        ("files", "x"),
        ("folders", True),
        ("size_bytes", 1.5),
        ("delta_link", 5),
        ("delta_link", {}),
        ("shared", "x"),
        ("line_form", None),
        ("exceptions", {}),
        ("exceptions", [1]),
        ("exceptions", [{}]),
        ("glance", [1]),
        ("fingerprints", 5),
        ("fingerprints", [1]),
        ("fingerprints", {"file_list.json": 5}),
        ("coming", None),
        ("coming", {"file_list.json": "x"}),
    ],
)
def test_a_field_of_the_wrong_type_is_damage(home: Path, field: str, value: object) -> None:
    write_list_state(home, STATE)
    row = json.loads((home / LIST_STATE).read_text())
    (home / LIST_STATE).write_text(json.dumps({**row, field: value}))

    with pytest.raises(StateFileBroken):
        read_list_state(home)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"version": 1, "glance": ' + '{"a":' * 100_000])
def test_a_state_without_end_is_damage(home: Path, text: str) -> None:
    (home / LIST_STATE).write_text(text)

    with pytest.raises(StateFileBroken):
        read_list_state(home)


@pytest.mark.parametrize("path", [5, None])
def test_an_exception_of_the_wrong_type_is_damage(home: Path, path: object) -> None:
    write_list_state(home, STATE)
    row = json.loads((home / LIST_STATE).read_text())
    row["exceptions"] = [{"path": path, "id": "v", "reason": "r", "by_nature": True}]
    (home / LIST_STATE).write_text(json.dumps(row))

    with pytest.raises(StateFileBroken):
        read_list_state(home)
