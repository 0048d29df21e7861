"""After signing in: whose drive it is, how full, and whether the list belongs to it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from onedrive.errors import ServiceRefused
from onedrive.graph.session import GraphSession
from onedrive.signin.account import show_account
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.wire import Reply, Request, json_reply
from tests.faults.effects import Answer
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

NOTICE = "The list in file_list.json was made with another account."


def _answer_at(demo: FaultyServer, path: str, body: dict[str, object], status: int = 200) -> None:
    """What the service says at one path from now on."""

    def effect(request: Request, answer: Answer) -> Reply:
        return json_reply(body, status) if request.path.endswith(path) else answer()

    demo.fault_line.add(Fault(effect, "graph", times=None))


def _show(graph: GraphSession, home: Path) -> str:
    output = io.StringIO()
    show_account(Terminal(stdin=io.StringIO(), stdout=output, environ={}), graph, home)
    return output.getvalue()


@pytest.mark.parametrize("status", [404, 403])
def test_an_account_without_a_drive_is_told_so(
    status: int, demo: FaultyServer, graph: GraphSession, home: Path
) -> None:
    _answer_at(demo, "/me/drive", {"error": {"code": "itemNotFound", "message": "User's mysite not found."}}, status)

    shown = _show(graph, home)

    assert "Signed in as Example Person" in shown
    assert "this account has no OneDrive that can be read" in shown
    assert f"({status} itemNotFound)" in shown


def test_another_refusal_is_an_error(demo: FaultyServer, graph: GraphSession, home: Path) -> None:
    _answer_at(demo, "/me/drive", {"error": {"code": "gone", "message": "Gone."}}, 410)

    with pytest.raises(ServiceRefused):
        _show(graph, home)


@pytest.mark.parametrize(
    ("kind", "quota", "words"),
    [
        ("personal", {"used": 1_500_000, "total": 5_000_000_000}, "personal OneDrive, 1.5 MB used of 5.0 GB."),
        ("business", {"used": 0, "total": 0}, "OneDrive for work or school, 0 B used."),
        ("documentLibrary", None, "SharePoint."),
        ("new kind", {"used": "much"}, "OneDrive."),
    ],
)
def test_the_kind_of_drive_and_its_space_are_said(
    kind: str, quota: object, words: str, demo: FaultyServer, graph: GraphSession, home: Path
) -> None:
    _answer_at(demo, "/me/drive", {"driveType": kind, "quota": quota})

    assert f"Drive: {words}" in _show(graph, home)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"displayName": "A", "mail": None, "userPrincipalName": "a@example.com"}, "A (a@example.com)"),
        ({"displayName": "a@example.com", "mail": "a@example.com"}, "a@example.com"),
        ({"displayName": "A\x1b[31m"}, "A\\x1b[31m"),
        ({}, "somebody without a name"),
    ],
)
def test_the_person_is_named(
    person: dict[str, object], words: str, demo: FaultyServer, graph: GraphSession, home: Path
) -> None:
    _answer_at(demo, "/me", person)

    assert f"Signed in as {words}." in _show(graph, home)


@pytest.mark.parametrize(
    ("state", "is_another"),
    [
        ({"account_id": "x", "drive_id": "ABCDEF0123456789"}, True),
        ({"account_id": "x", "drive_id": "F09000000CFEA42"}, False),
        ({"account_id": "x"}, True),
        ({"account_id": "me"}, False),
        ({}, False),
        ([], False),
    ],
)
def test_the_list_of_another_account_is_noticed(
    state: object, is_another: bool, demo: FaultyServer, graph: GraphSession, home: Path
) -> None:
    _answer_at(demo, "/me", {"id": "me", "displayName": "Me"})
    _answer_at(demo, "/me/drive", {"id": "0f09000000cfea42", "driveType": "personal"})
    (home / "list_state.json").write_text(json.dumps(state))

    assert (NOTICE in _show(graph, home).replace("\n", " ")) is is_another


def test_a_damaged_list_state_is_passed_over(graph: GraphSession, home: Path) -> None:
    (home / "list_state.json").write_text("{")

    assert NOTICE not in _show(graph, home)
