"""After signing in: whose drive it is, how full, and whether the list belongs to it."""

from __future__ import annotations

import io
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

NOTICE = "The list in file_list.json was made with another account;"


class Account:
    """What the service says of an account, and what is shown of that."""

    def __init__(self, demo: FaultyServer, graph: GraphSession, home: Path) -> None:
        self._demo, self._graph, self.home = demo, graph, home

    def answers(self, path: str, body: dict[str, object], status: int = 200) -> None:
        """What the service says at one path from now on."""

        def effect(request: Request, answer: Answer) -> Reply:
            return json_reply(body, status) if request.path.endswith(path) else answer()

        self._demo.fault_line.add(Fault(effect, "graph", times=None))

    def shown(self) -> str:
        output = io.StringIO()
        show_account(Terminal(stdin=io.StringIO(), stdout=output, environ={}), self._graph, self.home)
        return output.getvalue()


@pytest.fixture
def account(demo: FaultyServer, graph: GraphSession, home: Path) -> Account:
    return Account(demo, graph, home)


@pytest.mark.parametrize("status", [404, 403])
def test_an_account_without_a_drive_is_told_so(status: int, account: Account) -> None:
    account.answers("/me/drive", {"error": {"code": "itemNotFound", "message": "User's mysite not found."}}, status)

    shown = account.shown()

    assert "Signed in as Example Person" in shown
    assert "this account has no OneDrive that can be read" in shown
    assert f"({status} itemNotFound)" in shown


def test_another_refusal_is_an_error(account: Account) -> None:
    account.answers("/me/drive", {"error": {"code": "gone", "message": "Gone."}}, 410)

    with pytest.raises(ServiceRefused):
        account.shown()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (
            "/me/drive",
            {"driveType": "personal", "quota": {"used": 1_500_000, "total": 5_000_000_000}},
            "Drive: personal OneDrive, 1.5 MB used of 5.0 GB.",
        ),
        (
            "/me/drive",
            {"driveType": "business", "quota": {"used": 0, "total": 0}},
            "Drive: OneDrive for work or school, 0 B used.",
        ),
        ("/me/drive", {"driveType": "new kind", "quota": {"used": "much"}}, "Drive: OneDrive."),
        (
            "/me",
            {"displayName": "A", "mail": None, "userPrincipalName": "a@example.com"},
            "Signed in as A (a@example.com).",
        ),
        ("/me", {"displayName": "A\x1b[31m"}, "Signed in as A\\x1b[31m."),
        ("/me", {}, "Signed in as somebody without a name."),
    ],
)
def test_the_person_and_the_kind_of_drive_and_its_space_are_said(
    path: str, body: dict[str, object], words: str, account: Account
) -> None:
    account.answers(path, body)

    assert words in account.shown()


@pytest.mark.parametrize(
    ("state", "is_another"),
    [
        ('{"account_id": "x", "drive_id": "ABCDEF0123456789"}', True),
        ('{"account_id": "x", "drive_id": "F09000000CFEA42"}', False),
        ('{"account_id": "x"}', True),
        ('{"account_id": "me"}', False),
        ("[]", False),
        ("{", False),
    ],
)
def test_the_list_of_another_account_is_noticed(state: str, is_another: bool, account: Account) -> None:
    account.answers("/me", {"id": "me", "displayName": "Me"})
    account.answers("/me/drive", {"id": "0f09000000cfea42", "driveType": "personal"})
    (account.home / "list_state.json").write_text(state)

    assert (NOTICE in account.shown().replace("\n", " ")) is is_another
