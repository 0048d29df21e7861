"""Moving out as a person or a script does it: 3, 4 and 6 in one, the questions, the sheet, and what keeps it away."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from onedrive.report.sheet import SHEET
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.starting import Ended, run

LEAVE, NOT_YET = "You can leave.", "Not yet."


class House:
    """A home beside a pretend OneDrive; somebody is signed in, and nothing is here yet."""

    def __init__(self, folder: Path, demo: FaultyServer) -> None:
        self._folder, self.demo = folder, demo
        self.home = folder / "demo-home"
        self.sheet = self.home / SHEET
        self.run("--no-input", "1")

    def run(self, *arguments: str, typed: str = "") -> Ended:
        return run(self._folder, "--demo-port", str(self.demo.port), *arguments, typed=typed)

    def moves_out(self, *more: str) -> Ended:
        return self.run("--no-input", "--move-out", *more)

    def has(self, verdict: str) -> bool:
        return f"<h1>{verdict.rstrip('.')}</h1>" in self.sheet.read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    drive = DemoDrive()
    for number in range(24):
        drive.add_file(f"/Pictures/{number}.jpg", b"%d" % number * 30)
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        yield House(tmp_path, demo)


def test_a_script_lists_downloads_and_verifies_everything_and_may_leave(house: House) -> None:
    house.run("--no-input", "--root", "/Pictures", "3")
    house.demo.drive.add_file("/beside.txt", b"of the whole drive")

    done = house.moves_out("--json")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    (told,) = [event for event in events if event["event"] == "moving_out"]
    assert (done.returncode, told["can_leave"], told["to_do"]) == (0, True, [])
    assert told["lines"] == {"Proven here": 25, "Folders": 1}
    assert told["items"] == 26
    assert [event["option"] for event in events if event["event"] == "step_started"] == [3, 4, 6]
    assert house.has(LEAVE)


def test_what_only_the_person_can_see_to_is_not_done_as_long_as_nobody_says_so(house: House) -> None:
    house.demo.drive.add_vault()

    done = house.moves_out("--quiet")

    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert f"{NOT_YET} Each of the 26 items" in done.stderr
    assert house.has(NOT_YET)


@pytest.mark.parametrize(("answers", "verdict"), [("1\n1\n", LEAVE), ("1\n0\n", NOT_YET), ("1\n\n", NOT_YET)])
def test_the_menu_asks_about_each_of_them(house: House, answers: str, verdict: str) -> None:
    house.demo.drive.add_vault()
    house.demo.drive.add_notebook("/Diary")
    house.run("--no-input", "3", "4")

    done = house.run(typed=f"m\n{answers}0\n")

    assert "  m  Move out" in done.stdout
    assert "Locked in the Personal Vault (1 item)" in done.stdout
    assert "/Personal Vault" in done.stdout
    assert verdict in done.stdout
    assert "  done: Locked in the Personal Vault (1 item)" in done.stdout
    assert house.has(verdict)
    assert "> o  Open moving_out.html" in done.stdout
    assert "Fetch" not in done.stdout
    assert "was not written" not in done.stdout


def test_there_is_no_such_line_in_the_menu_before_anything_was_downloaded(house: House) -> None:
    assert "Move out" not in house.run(typed="0\n").stdout


def test_what_could_not_be_fetched_comes_first_and_nothing_is_asked(house: House) -> None:
    house.demo.drive.add_vault()
    house.run("--no-input", "3", "4")
    house.demo.drive.add_file("/late.txt", b"late")
    house.demo.fail_next(404, on="files", times=99, path="/late.txt")

    done = house.run(typed="m\n0\n")

    assert "or I can do without it" not in done.stdout
    assert done.stdout.index("to do: Missing here (1 item)") < done.stdout.index("to do: Locked in the Personal Vault")
    assert house.has(NOT_YET)


@pytest.mark.parametrize("in_menu", [True, False])
def test_many_replaced_files_stop_it_and_the_old_sheet_is_gone(house: House, *, in_menu: bool) -> None:
    house.moves_out()
    assert house.has(LEAVE)
    for number in range(24):
        house.demo.drive.change_content(house.demo.drive.find(f"/Pictures/{number}.jpg"), b"ENCRYPTED%d" % number)

    done = house.run(typed="m\n0\n0\n") if in_menu else house.moves_out()

    assert done.returncode == (0 if in_menu else 8)
    assert "The sheet for moving out was not written" in done.stdout
    assert "Verifying" not in done.stdout
    assert not house.sheet.exists()


@pytest.mark.parametrize("in_menu", [True, False])
def test_a_disk_that_is_away_stops_it(house: House, *, in_menu: bool) -> None:
    house.moves_out()
    (house.home / "downloads").rename(house.home / "unplugged")
    (house.home / "downloads").mkdir()

    done = house.run(typed="m\n0\n0\n") if in_menu else house.moves_out()

    assert done.returncode == (0 if in_menu else 9)
    assert ("The sheet for moving out was not written" in done.stdout) == in_menu
    assert "onnect" in done.stdout
    assert not house.sheet.exists()
    assert [*(house.home / "downloads").iterdir()] == []


@pytest.mark.parametrize("in_menu", [True, False])
def test_ctrl_c_ends_it_without_a_sheet(house: House, *, in_menu: bool) -> None:
    house.moves_out()
    house.demo.drive.add_file("/new.bin", b"new" * 1000)
    house.demo.when_bytes_served(1, lambda: signal.raise_signal(signal.SIGINT))

    done = house.run(typed="m\n0\n") if in_menu else house.moves_out()

    assert done.returncode == (0 if in_menu else 130)
    assert "Stopped." in done.stdout
    assert ("The sheet for moving out was not written" in done.stdout) == in_menu
    assert not house.sheet.exists()


def test_an_error_in_one_of_the_three_leaves_no_sheet(house: House) -> None:
    house.moves_out()
    house.demo.revoke_refresh_tokens()
    house.demo.revoke_access_tokens()

    done = house.moves_out()

    assert done.returncode == 4
    assert not house.sheet.exists()
