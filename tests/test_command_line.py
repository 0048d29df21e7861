"""The command line: what is understood, and that the rest gets a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.command_line import read_command_line
from onedrive.errors import UsageError

NUMBERS = {1: "Sign in", 2: "Renew", 3: "List", 4: "Download", 6: "Verify", 7: "Manage", 9: "Sign out", 0: "Quit"}


def test_numbers_are_run_in_their_order() -> None:
    command = read_command_line(["4", "3", "--home", "h", "--to", "t", "--root", "/P", "--no-input"], NUMBERS)

    assert command.options == (4, 3)
    assert (command.flags.home, command.flags.downloads, command.flags.root) == (Path("h"), Path("t"), "/P")
    assert command.flags.no_input


def test_no_number_means_the_menu() -> None:
    assert read_command_line([], NUMBERS).options == ()


def test_a_demo_port_means_the_demo() -> None:
    command = read_command_line(["--demo-port", "4711"], NUMBERS)

    assert command.is_demo
    assert command.demo_port == 4711


@pytest.mark.parametrize(
    "words",
    [["5"], ["x"], ["3", "x"], ["-1"], ["3.0"], ["\u0663"], ["--hom", "x"], ["--home"], ["--home", ""], ["--no-input"],
     ["--demo-port", "x"], ["--demo-port", "70000"], ["--demo-port", "0"], ["--to", " "]],
)  # fmt: skip
def test_what_cannot_be_meant_is_wrong_use(words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        read_command_line(words, NUMBERS)

    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read_command_line(["--help"], NUMBERS)

    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {code} " in shown for code in ("0", "1", "2", "3", "4", "5", "6", "7", "78", "130"))


@pytest.mark.parametrize(
    ("written", "rate"),
    [("2M", 2e6), ("2m", 2e6), ("500k", 5e5), ("1.5M", 1.5e6), ("1000", 1000), ("2 MB/s", 2e6), ("1G", 1e9)],
)
def test_a_rate_is_in_bytes_a_second(written: str, rate: float) -> None:
    assert read_command_line(["--limit-rate", written, "4"], NUMBERS).limit_rate == rate


def test_without_a_rate_and_a_number_of_connections_there_is_no_limit() -> None:
    command = read_command_line(["4"], NUMBERS)

    assert (command.limit_rate, command.jobs) == (None, None)


@pytest.mark.parametrize("jobs", [1, 16])
def test_a_number_of_connections_may_be_asked_for(jobs: int) -> None:
    assert read_command_line(["--jobs", str(jobs)], NUMBERS).jobs == jobs


@pytest.mark.parametrize(
    "words",
    [["--limit-rate", rate] for rate in ("0", "999", "", "fast", "-1M", "2T", "1e6", "nan", "\u0662M", "9" * 40)]
    + [["--jobs", jobs] for jobs in ("0", "17", "x", "-1", "1.5", "")],
)
def test_a_rate_or_a_number_that_cannot_be_meant_is_wrong_use(words: list[str]) -> None:
    with pytest.raises(UsageError, match="not understood"):
        read_command_line([*words, "4"], NUMBERS)


def test_full_asks_for_a_listing_anew() -> None:
    assert read_command_line(["--full", "3"], NUMBERS).full
    assert not read_command_line(["3"], NUMBERS).full
