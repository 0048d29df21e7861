"""`6 --also DIR`: the downloads once more on another disk, each item with its state there; nothing is written there."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.errors import UsageError
from onedrive.graph.session import GraphSession
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.net.client import HttpClient
from onedrive.report.page import write_report
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.terminal.event_check import check_event

NAMES = ("good", "flipped", "cut", "lost", "linked", "folder")


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    desk = Desk(home, graph, http, demo)
    desk.given({f"/Pictures/{name}.jpg": name.encode() * 50 for name in NAMES}, {"/empty.txt": b""}, here=True)
    return desk


@pytest.fixture
def copy(desk: Desk, tmp_path: Path) -> Path:
    """The downloads, copied to another disk by the person."""
    return Path(shutil.copytree(desk.downloads, tmp_path / "disk B"))


def _states(desk: Desk) -> dict[str, list[str]]:
    return {item.path.removeprefix("/Pictures/"): [*item.copies] for item in read_verified_items(desk.home)}


def test_each_item_has_its_state_in_each_copy_and_the_copies_stay_as_they_are(
    desk: Desk, drive: DemoDrive, copy: Path, tmp_path: Path
) -> None:
    whole = Path(shutil.copytree(copy, tmp_path / "disk C"))
    pictures = copy / "Pictures"
    (pictures / "flipped.jpg").write_bytes(b"flippeD" * 50)
    (pictures / "cut.jpg").write_bytes(b"cut")
    (pictures / "lost.jpg").unlink()
    (pictures / "linked.jpg").unlink()
    os.link(desk.downloads / "Pictures/linked.jpg", pictures / "linked.jpg")
    (pictures / "folder.jpg").unlink()
    (pictures / "folder.jpg").mkdir()
    (copy / "mine.txt").write_text("mine")
    before = sorted((str(path), path.lstat().st_mtime_ns) for root in (copy, whole) for path in root.rglob("*"))
    heard = io.StringIO()

    result = desk.verify(also=(copy, whole, tmp_path / "not there"), events=heard)

    assert result.exit_code == 7
    assert set(desk.classes().values()) == {"proven", "same size"}
    away = "not connected"
    assert _states(desk) == {
        "good.jpg": ["proven", "proven", away],
        "flipped.jpg": ["wrong", "proven", away],
        "cut.jpg": ["wrong", "proven", away],
        "lost.jpg": ["missing", "proven", away],
        "linked.jpg": ["only a link", "proven", away],
        "folder.jpg": ["wrong", "proven", away],
        "/empty.txt": ["the same as here", "the same as here", away],
    }
    facts = read_verification(desk.home)
    assert facts
    assert facts.copies[str(whole)] == {"proven": 6, "the same as here": 1}
    said = desk.said.getvalue()
    assert (
        f"In the copy {copy} 3 files are wrong, 1 is missing and 1 is only a link; run python start.py 4 --also {copy} "
        in said
    )
    assert f"The copy {whole} has all 7 too." in said
    assert f"The copy {tmp_path / 'not there'} is not there: connect its disk, then choose 6 again." in said
    assert "  /Pictures/lost.jpg: missing.\n" in said
    assert f"{whole} is on the same disk as the downloads" in said
    assert before == sorted((str(path), path.lstat().st_mtime_ns) for root in (copy, whole) for path in root.rglob("*"))
    rows = [json.loads(line) for line in heard.getvalue().splitlines()]
    assert [problem for row in rows for problem in check_event(row)] == []
    told = [row["state"] for row in rows if row["event"] == "verified_copy"]
    assert {state: told.count(state) for state in told} == {"wrong": 3, "missing": 1, "only a link": 1, away: 7}
    report = write_report(desk.home, desk.downloads).read_text()
    assert f'<th scope="row">{whole}</th><td>6</td><td>1</td><td>0</td>' in report


def test_a_whole_copy_is_good_and_what_is_gone_or_left_out_here_is_not_asked_of_it(desk: Desk, copy: Path) -> None:
    assert desk.verify(also=(copy,)).exit_code == 0
    assert f"7 files (1.5 kB), each checked. The copy {copy} has all 7 too." in desk.said.getvalue()
    (desk.downloads / "Pictures/good.jpg").unlink()
    for root in (desk.downloads, copy):
        (root / "Pictures/cut.jpg").write_bytes(b"CUT" * 50)  # damaged alike is no good copy

    assert desk.verify(also=(copy,)).exit_code == 7

    assert (_states(desk)["good.jpg"], _states(desk)["cut.jpg"]) == (["proven"], ["wrong"])


def test_quick_reads_nothing_of_a_copy_and_sees_what_has_another_size(desk: Desk, copy: Path) -> None:
    (copy / "Pictures/flipped.jpg").write_bytes(b"flippeD" * 50)
    (copy / "Pictures/cut.jpg").write_bytes(b"cut")

    assert desk.verify(also=(copy,), quick=True).exit_code == 7

    states = _states(desk)
    assert (states.pop("cut.jpg"), {*map(tuple, states.values())}) == (["wrong"], {("not read",)})


@pytest.mark.parametrize("place", ["", "Pictures", ".."])
def test_the_downloads_themselves_are_no_copy_of_theirs(desk: Desk, place: str) -> None:
    with pytest.raises(UsageError, match="overlap"):
        desk.verify(also=(desk.downloads / place,))


def _refusing(folder: Path, really: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
    def look(path: object, *rest: object, **how: object) -> os.stat_result:
        if str(folder) in str(path):
            raise OSError(errno.EIO, "Input/output error")
        return really(path, *rest, **how)

    return look


def test_a_disk_that_is_pulled_out_is_not_connected_and_no_mistake_of_the_program(
    desk: Desk, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lstat", "stat"):
        monkeypatch.setattr(os, name, _refusing(copy, getattr(os, name)))

    assert desk.verify(also=(copy,)).exit_code == 7

    assert {*map(tuple, _states(desk).values())} == {("not connected",)}
    assert f"The copy {copy} is not there: connect its disk" in desk.said.getvalue()
