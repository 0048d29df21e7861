"""How long planning and deleting take with many files: `python -m tests.benchmarks.bench_delete [FILES]`."""

from __future__ import annotations

import io
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from onedrive.choosing.selection import EVERYTHING
from onedrive.graph.session import GraphSession
from onedrive.manage.delete import Deleting
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files


def main(number: int) -> None:
    """A drive with so many small files: download, prove, plan, delete."""
    drive = DemoDrive()
    add_files(drive, (f"/{folder:03}/{file:04}.jpg" for folder in range(number // 1000) for file in range(1000)))
    with tempfile.TemporaryDirectory() as folder, FaultyServer(drive) as demo:
        http, home = HttpClient(demo_port=demo.port), Path(folder)
        pause = SharedPause(_tell)
        managed = ManagedDrive(home, GraphSession(http, _Token(demo), pause), http, demo, pause)
        managed.download_all()
        managed.prove(when=datetime.now(UTC))
        terminal = Terminal(stdin=io.StringIO(f"{number}\n"), stdout=io.StringIO(), environ={})
        deleting = Deleting(terminal, managed.desk.settings, managed.state, managed.access)
        began = time.monotonic()
        plan = deleting.plan(EVERYTHING)
        planned = time.monotonic()
        demo.requests.clear()
        deleting.run(plan)
        deleted = time.monotonic()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        sys.stdout.write(
            f"{len(plan.deletions):,} files planned in {planned - began:.1f} s, deleted in {deleted - planned:.1f} s "
            f"with {len(demo.requests):,} requests; {len(managed.online())} are left; peak {peak:.0f} MB\n"
        )
        http.close()


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


class _Token:
    def __init__(self, demo: FaultyServer) -> None:
        self._token = demo.issue_token("Files.ReadWrite User.Read", 86_400)

    def access_token(self) -> str:
        """A token that holds all day."""
        return self._token

    def renew_access_token(self, rejected: str) -> str:
        """The same."""
        return rejected


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
