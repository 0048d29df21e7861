"""What the README tells a person to type, typed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.sample import build_sample_drive
from tests.conftest import FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer

README = Path(__file__).resolve().parent.parent / "README.md"


def _jq_lines() -> list[str]:
    (block,) = re.findall(r"```jq\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [line for line in block.splitlines() if line]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed here")
@pytest.mark.parametrize(
    ("number", "folders"),
    [
        (0, {"Pictures", "Odd names"}),
        (1, {"Pictures"}),
        (2, {"Documents", "Notes", "Odd names", "Pictures", "Videos"}),
    ],
)
def test_a_list_that_was_cut_down_with_jq_is_a_choice(home: Path, number: int, folders: set[str]) -> None:
    drive = build_sample_drive()
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        http = HttpClient(demo_port=demo.port)
        desk = Desk(home, GraphSession(http, FixedToken(demo), SharedPause(print)), http, demo)
        for item in drive.files():
            item.paced_bytes_per_second = None
        desk.list_drive()
        before = len(json.loads((home / "file_list.json").read_text()))
        subprocess.run(_jq_lines()[number], shell=True, check=True, cwd=home)
        (home / "mine.json").replace(home / "file_list.json")
        chosen = {row["path"] for row in json.loads((home / "file_list.json").read_text())}

        result = desk.download()
        http.close()

    assert result.exit_code == 0
    assert 0 < len(chosen) < before
    assert len(desk.files()) == len(chosen) - desk.said.getvalue().count("malware")
    assert {place.partition("/")[0] for place in desk.files() if "/" in place} <= folders
