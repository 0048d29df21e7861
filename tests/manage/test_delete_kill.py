"""`kill -9` in the middle of deleting: nothing goes that was not proven, and everything that goes is on record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onedrive.home.records import describe_unfinished_deletes
from onedrive.home.verification import ItemClass
from onedrive.manage.deletions import complete_record
from pretend_onedrive.model.drive import DemoItem
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")

PROVEN = [f"/proven/{number:02}.jpg" for number in range(50)]
UNPROVEN = [f"/unproven/{number:02}.jpg" for number in range(10)]
PATHS = PROVEN + UNPROVEN
PROGRAM = """
import io, sys
from pathlib import Path
from onedrive.manage.delete import Deleting
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.home.lists import read_list_state
from onedrive.net.patience import SharedPause
from onedrive.choosing.selection import EVERYTHING
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from onedrive.manage.writes import WriteAccess

class Token:
    def access_token(self):
        return sys.argv[3]

home, port = Path(sys.argv[1]), int(sys.argv[2])
graph = GraphSession(HttpClient(demo_port=port), Token(), SharedPause(print))
terminal = Terminal(stdin=io.StringIO("50\\n"), stdout=io.StringIO(), environ={})
settings = Settings(home=home, downloads=home / "downloads")
deleting = Deleting(terminal, settings, read_list_state(home), WriteAccess(graph, lambda: graph))
deleting.run(deleting.plan(EVERYTHING))
"""


@pytest.mark.parametrize(("at", "moment"), [(1, "before"), (20, "after"), (33, "before"), (50, "after")])
def test_a_killed_deletion_left_nothing_undone_off_the_record_and_the_rest_can_be_deleted(
    managed: ManagedDrive, demo: FaultyServer, at: int, moment: str
) -> None:
    managed.prove(dict.fromkeys(UNPROVEN, ItemClass.SAME_SIZE))
    home, drive = managed.home, managed.drive

    returncode = _run_until_killed(managed, demo, at, moment)
    gone = {path for path in PATHS if path not in managed.online()}
    begun = {path for path, states in managed.states().items() if states[0] == "deleting"}
    told = describe_unfinished_deletes(home)
    complete_record(home, managed.graph, drive.id)

    assert returncode == -signal.SIGKILL
    assert 0 < len(gone) + (moment == "before") <= at
    assert gone <= set(PROVEN)
    assert gone <= begun
    assert told
    assert _deleted(managed) == gone
    assert describe_unfinished_deletes(home) is None
    assert len(managed.desk.files()) == 60

    managed.delete("50")

    assert managed.online() == sorted(UNPROVEN)
    assert _deleted(managed) == set(PROVEN)


def _deleted(managed: ManagedDrive) -> set[str]:
    return {path for path, states in managed.states().items() if states[-1] == "deleted"}


def _run_until_killed(managed: ManagedDrive, demo: FaultyServer, at: int, moment: str) -> int:
    """Kill the program when the service is about to delete the item with this number, or has just done so."""
    arguments = [sys.executable, "-c", PROGRAM, str(managed.home), str(demo.port), managed.tokens.token]
    real, seen = managed.drive.delete, list[DemoItem]()

    def delete(item: DemoItem) -> None:
        seen.append(item)
        if len(seen) > at or (len(seen) == at and moment == "before"):
            os.kill(process.pid, signal.SIGKILL)
            return
        real(item)
        if len(seen) == at:
            os.kill(process.pid, signal.SIGKILL)

    managed.drive.delete = delete  # type: ignore[method-assign]  # the moment is what matters
    top = Path(__file__).resolve().parent.parent.parent
    process = subprocess.Popen(arguments, cwd=top, stdout=subprocess.DEVNULL)
    returncode = process.wait(timeout=60)
    managed.drive.delete = real  # type: ignore[method-assign]
    return returncode
