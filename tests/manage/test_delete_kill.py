"""`kill -9` in the middle of deleting and of undoing it: nothing goes that was not proven, and all is on record."""

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
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive

pytestmark = pytest.mark.posix("kill -9")

PROVEN = [f"/proven/{number:02}.jpg" for number in range(50)]
UNPROVEN = [f"/unproven/{number:02}.jpg" for number in range(10)]
PATHS = PROVEN + UNPROVEN
DELETING = """
deleting = Deleting(terminal, settings, state, access)
deleting.run(deleting.plan(EVERYTHING))
"""
BRINGING_BACK = """
restoring = Restoring(terminal, settings, state, access)
[run] = read_delete_runs(home, state.drive_id)
restoring.run(restoring.plan(graph, choose_deleted(run, "")))
"""
PROGRAM = """
import io, sys
from pathlib import Path
from onedrive.manage.delete import Deleting
from onedrive.manage.restore import Restoring
from onedrive.manage.restore_plan import choose_deleted, read_delete_runs
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.home.lists import read_list_state
from onedrive.net.patience import Clock, SharedPause
from onedrive.choosing.selection import EVERYTHING
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from onedrive.manage.writes import WriteAccess

class Token:
    def access_token(self):
        return sys.argv[3]

class NoWaiting(Clock):
    def wait(self, stop, seconds):
        return stop.is_set()

home, port = Path(sys.argv[1]), int(sys.argv[2])
graph = GraphSession(HttpClient(demo_port=port), Token(), SharedPause(print, clock=NoWaiting()))
terminal = Terminal(stdin=io.StringIO(sys.argv[4] + "\\n"), stdout=io.StringIO(), environ={})
settings = Settings(home=home, downloads=home / "downloads")
state, access = read_list_state(home), WriteAccess(graph, lambda: graph)
"""


@pytest.mark.parametrize(("at", "moment"), [(20, "after"), (33, "before")])
def test_a_killed_deletion_left_nothing_undone_off_the_record_and_the_rest_can_be_deleted(
    managed: ManagedDrive, demo: FaultyServer, at: int, moment: str
) -> None:
    managed.prove(dict.fromkeys(UNPROVEN, ItemClass.SAME_SIZE))
    home, drive = managed.home, managed.drive

    returncode = _run_until_killed(managed, demo, DELETING, "delete", at=at, moment=moment)
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


@pytest.mark.parametrize(("at", "moment"), [(2, "after"), (23, "before")])
def test_a_killed_undo_is_told_completed_and_goes_on_until_all_is_as_before(
    managed: ManagedDrive, demo: FaultyServer, at: int, moment: str
) -> None:
    managed.prove(dict.fromkeys(UNPROVEN, ItemClass.SAME_SIZE))
    before = managed.whole_drive()
    managed.delete("50", "1")

    returncode = _run_until_killed(managed, demo, BRINGING_BACK, "restore", at=at, moment=moment)
    back = set(managed.online()) - set(UNPROVEN)
    told = describe_unfinished_deletes(managed.home)
    done = complete_record(managed.home, managed.graph, managed.drive.id)

    assert returncode == -signal.SIGKILL
    assert len(back) < 50 or at == 51
    assert told
    assert "bringing back" in told
    assert done.restored + done.still_gone > 0
    assert {path for path, states in managed.states().items() if states[-1] == "restored"} >= back

    if len(managed.whole_drive()) < len(before):
        managed.bring_back()

    assert managed.whole_drive() == before
    assert describe_unfinished_deletes(managed.home) is None


def _run_until_killed(
    managed: ManagedDrive, demo: FaultyServer, program: str, change: str, *, at: int, moment: str
) -> int:
    """Kill the program when the service is about to change the item with this number, or has just done so."""
    typed = "50" if change == "delete" else "1"
    arguments = [
        sys.executable,
        "-c",
        PROGRAM + program,
        str(managed.home),
        str(demo.port),
        managed.tokens.token,
        typed,
    ]
    real, seen = getattr(managed.drive, change), list[object]()

    def change_or_kill(*what: object) -> None:
        seen.append(what)
        if len(seen) > at or (len(seen) == at and moment == "before"):
            os.kill(process.pid, signal.SIGKILL)
            return
        real(*what)
        if len(seen) == at:
            os.kill(process.pid, signal.SIGKILL)

    setattr(managed.drive, change, change_or_kill)  # the moment is what matters
    top = Path(__file__).resolve().parent.parent.parent
    process = subprocess.Popen(arguments, cwd=top, stdout=subprocess.DEVNULL)
    returncode = process.wait(timeout=60)
    setattr(managed.drive, change, real)
    return returncode
