"""The log: a line each, only its owner's, never beyond its size, and never a file that is something else."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from onedrive.errors import UsageError
from onedrive.terminal.log import LogFile


def test_each_text_is_one_line_with_its_time_and_level(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "run.log")

    log.write("Listed 3 files.")
    log.write("A folder\ncould not\tbe read.", "warning")
    log.write("It broke.", "problem")
    log.close()
    log = LogFile(tmp_path / "run.log")  # a second run
    log.write("/\ud800.txt", "good")
    log.write("/\x1b[31m\u202e\x9b.txt")
    log.close()

    lines = (tmp_path / "run.log").read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line) for line in lines)
    assert [line.split("Z ", 1)[1] for line in lines] == [
        "INFO    Listed 3 files.",
        "WARNING A folder could not be read.",
        "ERROR   It broke.",
        "INFO    /\\ud800.txt",
        "INFO    /\\x1b[31m\\u202e\\x9b.txt",
    ]


@pytest.mark.posix("modes")
def test_the_log_and_its_older_parts_are_their_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "run.log").touch(0o644)
    log = LogFile(tmp_path / "run.log", most_bytes=500)

    for number in range(40):
        log.write(f"line {number} of the log")
    log.close()

    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["run.log", "run.log.1", "run.log.2"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert all(file.stat().st_size <= 500 for file in files)
    assert "line 39" in (tmp_path / "run.log").read_text()


@pytest.mark.parametrize("name", ["nowhere/run.log", "."])
def test_a_place_that_cannot_be_written_is_wrong_use(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        LogFile(tmp_path / name)

    assert "cannot be written" in caught.value.sentence
    assert "--log-file" in caught.value.hint


@pytest.mark.parametrize("content", ["[\n", "{}", "x", "2026"])
def test_a_file_that_is_no_log_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "file_list.json").write_text(content)

    with pytest.raises(UsageError, match="is not a log"):
        LogFile(tmp_path / "file_list.json")

    assert (tmp_path / "file_list.json").read_text() == content


@pytest.mark.posix("/dev/full")
def test_a_full_disk_ends_the_log_and_not_the_work(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = LogFile(tmp_path / "run.log")
    log.write("first")
    stream = log._handler.stream
    assert stream is not None
    os.dup2(os.open("/dev/full", os.O_WRONLY), stream.fileno())

    log.write("second")
    log.close()

    assert capsys.readouterr().err == ""


@pytest.mark.posix("pipes with names")
@pytest.mark.parametrize("kind", ["pipe", "link", "hard link", "device"])
def test_what_is_no_plain_file_of_ours_is_left_alone_and_nothing_waits(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "run.log", tmp_path / "other.log"
    other.write_text("2026-11-24T10:00:00.000Z INFO    x\n")
    other.chmod(0o644)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "hard link":
        os.link(other, path)
    elif kind == "link":
        path.symlink_to(other)
    else:
        path = other = Path(os.ttyname(os.openpty()[1]))
        path.chmod(0o620)
    before = stat.S_IMODE(other.stat().st_mode)

    with pytest.raises(UsageError, match="is not a log"):
        LogFile(path)

    assert stat.S_IMODE(other.stat().st_mode) == before != 0o600


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a file to somebody else")
def test_a_log_of_another_user_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "run.log"
    theirs.write_text("2026-11-26T01:02:03.000Z INFO    Theirs.\n")
    os.chown(theirs, 65534, 65534)
    before = theirs.stat()

    with pytest.raises(UsageError, match="is not a log of this program"):
        LogFile(theirs)

    assert theirs.stat() == before


@pytest.mark.parametrize("number", [1, 2])
def test_a_foreign_file_where_an_older_part_belongs_is_not_replaced(tmp_path: Path, number: int) -> None:
    foreign = tmp_path / f"run.log.{number}"
    foreign.write_text("mine")
    with pytest.raises(UsageError, match=rf"run.log.{number} is there already"):
        LogFile(tmp_path / "run.log")
    foreign.unlink()
    log = LogFile(tmp_path / "run.log", most_bytes=200)
    foreign.write_text("mine, put there meanwhile")

    for _ in range(20):
        log.write("one of many lines of the log")
    log.close()

    assert foreign.read_text() == "mine, put there meanwhile"
    assert (tmp_path / "run.log").stat().st_size <= 200
