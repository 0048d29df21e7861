"""How the whole program speaks: to programs, to nobody, to the log, and plainly; as scripts start it."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from onedrive.net import patience
from onedrive.terminal.log import LogFile
from onedrive.terminal.terminal import Speech, hear_speech
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.person import Person
from tests.starting import Ended, in_terminal, run, run_alone
from tests.terminal.event_check import check_event


def _events(done: Ended) -> list[dict[str, object]]:
    """Every line of stdout, each an event that the table of events knows."""
    rows: list[dict[str, object]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [wrong for row in rows for wrong in check_event(row)] == []
    return rows


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[FaultyServer, list[str]]]:
    """A pretend OneDrive with two files, apart from the program, and the flags that lead there."""
    drive = DemoDrive()
    drive.add_file("/Pictures/a.jpg", b"a" * 1000)
    drive.add_file("/b.txt", b"b")
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        yield demo, ["--demo-port", str(demo.port)]


def test_speech_is_heard_in_any_place_of_the_line() -> None:
    assert hear_speech(["3", "--json", "--nonsense", "--plain"]) == Speech(json=True, plain=True)
    assert hear_speech(["--no-input", "--quiet", "--verbose"]) == Speech(no_input=True, quiet=True, verbose=True)


# --- for programs -----------------------------------------------------------------------------------------------------


def test_a_run_for_programs_is_events_that_the_table_knows_and_words_go_to_stderr(
    tmp_path: Path, small: tuple[FaultyServer, list[str]]
) -> None:
    demo, there = small

    done = run(tmp_path, *there, "--no-input", "--json", "1", "3", "4")

    rows = _events(done)
    assert done.returncode == 0, done.stderr
    names = [str(row["event"]) for row in rows]
    assert (names[0], names[-1]) == ("run_started", "run_finished")
    assert {"step_started", "signed_in", "listed", "step_finished"} <= set(names)
    assert [row["option"] for row in rows if row["event"] == "step_finished"] == [1, 3, 4]
    assert next(row for row in rows if row["event"] == "listed")["files"] == 2
    assert next(row for row in rows if row["event"] == "signed_in")["address"] == demo.drive.owner_email
    assert "Signed in as" in done.stderr
    assert "://" not in done.stdout

    demo.drive.add_file("/Pictures/new.txt", b"n")
    again = run(tmp_path, *there, "--json", "--quiet", "3")

    listed = next(row for row in _events(again) if row["event"] == "listed")
    assert (listed["way"], listed["new"], listed["gone"], listed["files"]) == ("changes", 1, 0, 3)
    assert again.stderr == ""


def test_the_error_event_and_the_exit_code_agree(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "--json", "--root", "/nowhere", "1", "3", "4")

    rows = _events(done)
    errors = [row for row in rows if row["event"] == "error"]
    assert [(row["option"], row["exit_code"]) for row in errors] == [(3, 1)]
    assert "There is no folder /nowhere" in str(errors[0]["sentence"])
    assert rows[-1]["exit_code"] == done.returncode == 1
    assert [row["exit_code"] for row in rows if row["event"] == "step_finished"] == [0, 1]


def test_wrong_use_is_an_error_event_too(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", "12")

    rows = _events(done)
    assert [row["event"] for row in rows] == ["error", "run_finished"]
    assert (rows[0]["exit_code"], rows[1]["exit_code"], done.returncode) == (2, 2, 2)
    assert rows[0]["option"] is None
    assert "There is no option '12'" in done.stderr


def test_a_wait_is_told_with_its_end(
    tmp_path: Path, small: tuple[FaultyServer, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo, there = small
    run(tmp_path, *there, "1")
    monkeypatch.setattr(patience, "Clock", FakeClock)
    demo.throttle_next(seconds=70)

    done = run(tmp_path, *there, "--json", "3")

    waits = [row for row in _events(done) if row["event"] == "waiting"]
    assert [(row["seconds"], row["who"], row["until"]) for row in waits] == [
        (70.0, "graph.microsoft.com", "2026-09-21T14:14:30Z")
    ]


@pytest.mark.posix("shell of POSIX")
def test_without_stderr_the_events_stay_alone_on_stdout(tmp_path: Path) -> None:
    done = run_alone(tmp_path, "--demo", "--json", "3", redirect="2>&-")

    assert _events(done)[-1]["exit_code"] == done.returncode == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("line", ["--root /Videos 1 3", "--json 9"])
def test_a_disk_too_full_for_what_programs_read_is_an_error_and_the_work_is_done(tmp_path: Path, line: str) -> None:
    done = run_alone(tmp_path, "--demo", *line.split(), redirect=">/dev/full")

    assert done.returncode == 1
    assert "could not be written to the end: no space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "demo-home/file_list.json").is_file() == line.endswith("3")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("fault", ["write", "close"])
def test_a_log_that_its_disk_does_not_take_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def fill(self: LogFile, path: Path) -> None:
        begin(self, path)
        stream = self._handler.stream
        assert stream is not None
        if fault == "write":
            os.dup2(os.open("/dev/full", os.O_WRONLY), stream.fileno())
        else:
            monkeypatch.setattr(self._handler, "close", _no_room)

    begin = LogFile.__init__
    monkeypatch.setattr(LogFile, "__init__", fill)

    done = run(tmp_path, "--demo", "--log-file", "run.log", "0")

    assert done.returncode == 1
    assert "The log file could not be written to the end: no space left on device." in done.stderr


def _no_room() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- for nobody -------------------------------------------------------------------------------------------------------


def test_a_quiet_run_that_succeeds_prints_nothing_and_its_log_has_all_but_secrets(tmp_path: Path) -> None:
    arguments = ["--demo", "--quiet", "--root", "/Pictures/2020", "--log-file", "run.log"]

    done = run(tmp_path, *arguments, "1", "3", "4", "5")  # 5 would ask

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list((tmp_path / "demo-home/downloads/Pictures/2020").iterdir())) == 2
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "2 downloaded and checked" in log
    token = json.loads((tmp_path / "demo-home/token.json").read_text())
    secrets = [str(entry["secret"]) for kind in ("AccessToken", "RefreshToken") for entry in token[kind].values()]
    assert secrets
    for secret in [*secrets, "code_challenge", "://", "tempauth", "state="]:
        assert secret not in log
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "run.log").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--demo", "3", "4"], 4, "Run python start.py --demo 1 to"),
        (["12"], 2, "There is no option '12'. The options are"),
    ],
)
def test_a_quiet_run_that_fails_prints_one_paragraph_on_stderr(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    done = run(tmp_path, "--quiet", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_a_quiet_run_with_failed_files_says_how_many_where_and_what_to_do(
    tmp_path: Path, small: tuple[FaultyServer, list[str]]
) -> None:
    demo, there = small
    run(tmp_path, *there, "1", "3")
    demo.corrupt_next("/b.txt", times=None)

    done = run(tmp_path, *there, "--quiet", "4")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("1 file could not be downloaded: /b.txt (")
    assert f"{tmp_path / 'demo-home/item_download_errors.json'} names them all. Run python start.py" in done.stderr
    assert done.stderr.count("\n") == 1


# --- more, and into a file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("manner", [["--json"], ["--verbose", "--plain"]])
def test_the_log_has_what_was_said_and_what_failed_in_every_manner(
    tmp_path: Path, small: tuple[FaultyServer, list[str]], manner: list[str]
) -> None:
    demo, there = small
    demo.fail_next(503)

    done = run(tmp_path, *there, *manner, "--log-file", "run.log", "1", "3")

    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "is listed: 2 files in" in log
    assert re.search(r"WARNING GET graph\.microsoft\.com: 503", log)
    assert "client-request-id" in log
    assert "ended with exit code 0" in log
    counted = r"^\d+ requests: .*graph\.microsoft\.com \d+ \(200: \d+"
    assert bool(re.search(counted, done.stdout, re.MULTILINE)) == ("--verbose" in manner)


def test_an_error_is_in_the_log(tmp_path: Path) -> None:
    run(tmp_path, "--demo", "--quiet", "--log-file", "run.log", "3")

    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "ERROR" in log
    assert "The run ended with exit code 4." in log


def test_a_log_that_cannot_be_written_is_2_before_anything_is_done(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "--log-file", "nowhere/run.log", "1")

    assert done.returncode == 2
    assert "nowhere/run.log cannot be written" in done.stdout
    assert not (tmp_path / "demo-home").exists()


# --- plainly ----------------------------------------------------------------------------------------------------------


def test_a_plain_run_in_a_terminal_draws_nothing(tmp_path: Path) -> None:
    with Person() as person:
        program = person.start(in_terminal(tmp_path, "--demo", "--plain", "--root", "/Pictures/2020"))
        person.sees("Your choice:")
        person.type("1\r")
        person.sees("How do you want to sign in?")
        program.send_signal(signal.SIGINT)
        person.sees("Choose 1 to go on")
        person.type("0\r")

        assert person.sees_end(program) == 0
        assert "\x1b" not in person.written
        assert "\r" not in person.written.replace("\r\n", "")


def test_events_and_words_on_one_screen_are_not_drawn_over_each_other(tmp_path: Path) -> None:
    with Person(width=1000) as person:
        program = person.start(in_terminal(tmp_path, "--demo", "--json", "--no-input", "3"))

        assert person.sees_end(program) == 4
        person.sees('"event": "run_finished"')
        assert "You are not signed in.\nRun python start.py --demo 1 to sign in.\n" in person.written
        assert "\x1b" not in person.written


# --- the choice of a run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "flag", "code", "says"),
    [
        ('{"version": 1, "max_size": "5M"}', "--min-size=10M", 2, "one of them is from selection.json"),
        ('{"version": 1, "kind": []}', "--no-input", 1, "there is no setting 'kind'"),
    ],
)
def test_a_saved_choice_that_cannot_be_meant_is_said_before_anything_is_done(
    tmp_path: Path, saved: str, flag: str, code: int, says: str
) -> None:
    (tmp_path / "demo-home").mkdir()
    (tmp_path / "demo-home/selection.json").write_text(saved)

    done = run(tmp_path, "--demo", flag, "1", "3", "4")

    assert done.returncode == code
    assert says in done.stdout
    assert not (tmp_path / "demo-home/token.json").exists()
