"""What is said and asked where nobody types, tables, and how a terminal speaks in its window."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import WrongAnswer
from onedrive.terminal.events import EventWriter
from onedrive.terminal.input import EndOfInput, QuestionWithdrawn
from onedrive.terminal.log import LogFile
from onedrive.terminal.redaction import quote_service
from onedrive.terminal.terminal import Column, InputNotAllowed, Terminal
from onedrive.words import printable
from tests.person import Person, wait_for
from tests.terminal.asking import DUMB, LIVE, NO_COLOUR, piped, sit_down


def read_size(typed: str) -> int:
    if not typed.isdigit():
        raise WrongAnswer("Type a figure." if typed else "")
    return int(typed)


# --- questions without a keyboard -------------------------------------------------------------------------------------


def test_an_empty_answer_is_the_default_that_the_question_shows() -> None:
    terminal, output = piped("\n  \nother\n")

    answers = [terminal.ask("Which folder?", default="/Pictures") for _ in range(3)]

    assert answers == ["/Pictures", "/Pictures", "other"]
    assert output.getvalue() == "Which folder? [/Pictures] \n" * 3


@pytest.mark.parametrize("is_file", [True, False])
def test_answers_are_whole_whatever_their_length_and_line_ends(tmp_path: Path, is_file: bool) -> None:
    content = b"\xef\xbb\xbf3\r\n" + "漢".encode() * 30_000 + b"\r\n\r\xff\n\n0"
    if is_file:
        (tmp_path / "lines").write_bytes(content)
    asking = (
        "from onedrive.terminal.terminal import Terminal; from onedrive.terminal.input import EndOfInput\n"
        "terminal = Terminal()\n"
        "try:\n    while True: terminal.say(ascii(terminal.ask('?', join_lines=True)))\n"
        "except EndOfInput: terminal.say('end')\n"
    )

    with (tmp_path / "lines").open("rb") if is_file else io.BytesIO(content) as stream:
        given: dict[str, Any] = {"stdin": stream} if is_file else {"input": content}
        done = subprocess.run([sys.executable, "-c", asking], capture_output=True, timeout=60, **given)

    said = bytes(done.stdout).decode().replace("\r\n", "\n")
    assert said == "? \n'3'\n? \n'" + "\\u6f22" * 30_000 + "'\n? \n''\n? \n'\\ufffd'\n? \n''\n? \n'0'\n? \nend\n"


def test_a_pipe_that_stays_open_can_be_left_by_a_needless_question() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stdin, os.fdopen(writing, "wb", buffering=0) as pipe:
        output = io.StringIO()
        terminal = Terminal(stdin=stdin, stdout=output, environ={})
        with pytest.raises(QuestionWithdrawn):
            terminal.ask("Paste:", until=lambda: True)
        pipe.write(b"3\r")
        first = terminal.ask("Number?")
        pipe.write(b"\n4\n")
        second = terminal.ask("Number?")

    assert (first, second) == ("3", "4")
    assert output.getvalue() == "Paste: (not needed any more)\nNumber? \nNumber? \n"


def test_a_question_above_several_lines_has_its_answer_behind_the_last() -> None:
    terminal, output = piped("x\n")

    terminal.ask("Open this address.\nPaste what comes back:")

    assert output.getvalue() == "Open this address.\nPaste what comes back: \n"


def test_without_input_the_default_is_the_answer_and_else_a_person_is_needed() -> None:
    terminal, _ = piped("/typed\n", no_input=True)

    assert not terminal.can_ask
    assert terminal.ask("Which folder?", default="/") == "/"
    with pytest.raises(InputNotAllowed) as refused:
        terminal.ask("Which folder? ")
    assert refused.value.exit_code == 4
    assert refused.value.sentence == "Only a person can answer this, and --no-input forbids asking: Which folder?"


def test_nobody_is_asked_when_nobody_reads() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        terminal = Terminal(stdin=io.StringIO("3\n"), stdout=stream, environ={})
        terminal.say("one")

        assert terminal.is_closed
        with pytest.raises(EndOfInput):
            terminal.ask("Number?")


# --- the form of all questions ----------------------------------------------------------------------------------------


def test_a_question_comes_again_with_the_reason_until_its_answer_can_be_meant() -> None:
    terminal, output = piped("many\n\n7\n")

    assert terminal.ask_until("How many?", read_size) == 7
    assert output.getvalue() == "How many? \nType a figure.\nHow many? \nHow many? \n"
    assert piped("\n")[0].ask_until("How many?", read_size, default="3") == 3


@pytest.mark.parametrize(
    ("typed", "default", "key"),
    [
        ("1", "", "1"),
        (" 02 ", "", "2"),
        ("0", "1", "0"),
        ("q", "", "0"),
        ("Q", "", "0"),
        ("S", "", "s"),
        ("", "2", "2"),
    ],
)
def test_one_of_a_list_is_picked_by_its_key(typed: str, default: str, key: str) -> None:
    terminal, output = piped(f"{typed}\n")

    picked = terminal.pick("Which?", {"1": "Fetch", "2": "Look", "s": "Save", "0": "Back"}, default=default)

    assert picked == key
    assert output.getvalue().startswith("  1  Fetch\n  2  Look\n  s  Save\n  0  Back\nWhich? ")


def test_what_a_list_does_not_have_is_named_with_what_it_has() -> None:
    terminal, output = piped("3\n\nq\n\x1b[2J\n1\n")

    assert terminal.pick_shown("Which?", ["1", "2"]) == "1"
    there_is_no = [line for line in output.getvalue().splitlines() if line != "Which? "]
    assert there_is_no == [f"There is no '{typed}' here. Type 1 or 2 and Enter." for typed in ("3", "q", "\\x1b[2J")]
    assert output.getvalue().count("Which?") == 5


# --- what is said -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "plain", "is_live", "written"),
    [
        (LIVE, False, True, "\x1b[33mone\x1b[0m\n\x1b[33mtwo\x1b[0m\n"),
        ({**LIVE, "NO_COLOR": ""}, False, True, "\x1b[33mone\x1b[0m\n\x1b[33mtwo\x1b[0m\n"),
        (NO_COLOUR, False, True, "one\ntwo\n"),
        (DUMB, False, False, "one\ntwo\n"),
        ({}, False, False, "one\ntwo\n"),
        (LIVE, True, False, "one\ntwo\n"),
    ],
)
def test_a_window_is_redrawn_and_coloured_as_it_can_be(
    environ: dict[str, str], plain: bool, is_live: bool, written: str
) -> None:
    with Person(width=50) as person:
        terminal = sit_down(person, environ, plain=plain)
        terminal.say("one\ntwo", style="warning")
        wait_for(lambda: person.written == written, "both lines")

        assert (terminal.is_live, terminal.is_plain, terminal.width) == (is_live, plain, 50)


@pytest.mark.parametrize("plain", [True, False])
def test_a_window_breaks_lines_between_words_only(plain: bool) -> None:
    with Person(width=50) as person:
        terminal = sit_down(person, plain=plain)
        terminal.say("word " * 12 + "https://localhost:8080/?code=" + "x" * 60)
        person.sees("xxx\n")

    lines = ["word word word word word word word word word word", "word word"]
    assert person.written.split("\n") == [*lines, "https://localhost:8080/?code=" + "x" * 60, ""]


def test_a_file_gets_whole_lines_and_no_controls_from_outside() -> None:
    terminal, output = piped("")

    terminal.say("word " * 40 + "name\x1b[2J\x07\x9b1A [red]x[/red] :smile:", style="problem")

    assert output.getvalue() == "word " * 40 + "name[2J1A [red]x[/red] :smile:\n"
    assert terminal.width == 80


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_what_an_encoding_lacks_is_shown_as_escapes(encoding: str) -> None:
    octets = io.BytesIO()
    terminal = Terminal(
        stdin=io.StringIO(), stdout=io.TextIOWrapper(octets, encoding=encoding, newline="\n"), environ={}
    )

    terminal.say("Größe 漢 \ud83d")

    assert octets.getvalue() == "Größe 漢 \ud83d\n".encode(encoding, "backslashreplace")
    assert terminal.can_show("e")
    assert terminal.can_show("漢") == (encoding == "utf-8")


def test_a_closed_output_is_no_trouble() -> None:
    closed = io.StringIO()
    closed.close()
    terminal = Terminal(stdin=io.StringIO(), stdout=closed, environ=LIVE)

    terminal.say("nothing")

    assert terminal.is_closed
    assert not terminal.is_live


def test_a_listener_hears_what_is_said_and_asked_but_no_answer_and_no_code() -> None:
    terminal, _ = piped("my answer\n")
    heard: list[tuple[str, str]] = []
    terminal.listen_with(lambda text, style: heard.append((text, style)))

    terminal.say()
    terminal.say("It broke.", style="problem")
    terminal.say_unlogged("ABCD1234")
    terminal.ask("Which folder?")
    terminal.table(["name"], [["a"]], title="All")
    terminal.detail("3 requests.")

    assert [text for text, _ in heard] == ["It broke.", "Which folder?", "All", "name", "----", "a", "3 requests."]


@pytest.mark.parametrize(
    ("hint", "command"),
    [
        ("Choose 3 first.", "Run python start.py 3 first."),
        ("Mend it, then choose 3 and 4 again: nothing is lost.", "Mend it, then run python start.py 3 4 again: nothing "
         "is lost."),
        ("Choose 3, then 4, then 6.", "Run python start.py 3 4 6."),
        ("choose 5 to change it, then 4", "run python start.py 5 to change it, then 4"),
        ("Choose 1 in the menu to be asked.", "Run python start.py 1 to be asked."),
        ("Choose r.", "Run python start.py --retry-failed 4."),
        ("Choose m, or b.", "Run python start.py --move-out, or b."),
        ("Wait, then choose the same option again.", "Wait, then run the same command again."),
        ("/Pictures/Choose 3 apples.jpg", "/Pictures/Choose 3 apples.jpg"),
        ("/or choose 3.jpg", "/or choose 3.jpg"),
        ("Choose 12, or rain.", "Choose 12, or rain."),
    ],
)  # fmt: skip
def test_hints_name_numbers_in_the_menu_and_commands_where_there_is_none(hint: str, command: str) -> None:
    events = io.StringIO()
    terminal, output = piped("", events=EventWriter(events))
    terminal.say(hint)

    terminal.name_commands("python start.py")
    terminal.say(hint)
    terminal.event("error", sentence="No.", hint=hint, exit_code=1, option=None)

    assert output.getvalue() == f"{hint}\n{command}\n"
    assert json.loads(events.getvalue())["hint"] == command


def test_what_is_called_as_a_hint_stays_as_it_is(tmp_path: Path) -> None:
    name, said = "/then choose 3 and\u00a0go.jpg", "Please choose 4, or choose r."
    events, log = io.StringIO(), LogFile(tmp_path / "log")
    terminal, output = piped("", events=EventWriter(events))
    terminal.listen_with(log.write)
    terminal.name_commands("python start.py")
    sentence = f"{printable(name)} failed: {quote_service(said)}, then choose 3."

    terminal.say(sentence)
    terminal.table(["Name"], [[printable(name)]])
    terminal.event("error", sentence=sentence, hint="", exit_code=1, option=None)
    log.close()

    shown = f"{printable(name)} failed: {said}, then run python start.py 3.".replace("\u2060", "")
    assert printable(printable(name)) == printable(name)
    assert shown.startswith("/then choose 3 and")
    assert output.getvalue().splitlines()[0] == shown
    assert "\u2060" not in output.getvalue()
    assert json.loads(events.getvalue())["sentence"] == shown
    assert shown.replace("\u00a0", " ") in (tmp_path / "log").read_text(encoding="utf-8")


# --- tables -----------------------------------------------------------------------------------------------------------

KINDS = [["Pictures [red]x[/red] :smile: of long ago and far away", "1,204", "3.1 GB"], ["漢字\x1b[2J", "3", "120 B"]]


def test_a_table_in_a_file_is_plain_and_aligned() -> None:
    terminal, output = piped("")

    terminal.table(["Kind", "Files", "Size"], KINDS, title="What is in it")

    assert output.getvalue() == (
        "What is in it\n"
        "Kind                                                    Files    Size\n"
        "------------------------------------------------------  -----  ------\n"
        "Pictures [red]x[/red] :smile: of long ago and far away  1,204  3.1 GB\n"
        "漢字[2J                                                     3   120 B\n"
    )


@pytest.mark.parametrize(
    ("columns", "row", "lines"),
    [
        (["Year", "Time", "Of"], ["2019", "2 min 5 s", "12 kinds"], "2019  2 min 5 s  12 kinds"),
        (["Time", "Time"], ["1 s", "under 1 s"], "1 s   under 1 s"),
        ([Column("Year", "right"), Column("Files", "left")], ["19", "3"], "  19  3"),
        (["", "Size"], ["a", ""], "a"),
    ],
)
def test_figures_stand_on_the_right_and_a_column_s_own_side_wins(
    columns: list[str | Column], row: list[str], lines: str
) -> None:
    terminal, output = piped("")

    terminal.table(columns, [row])

    assert output.getvalue().split("\n")[2] == lines


@pytest.mark.parametrize("environ", [LIVE, NO_COLOUR])
def test_a_table_in_a_window_fits_it_and_keeps_figures_whole(environ: dict[str, str]) -> None:
    with Person(width=40) as person:
        sit_down(person, environ).table(["Kind", Column("Files", "right"), "Size"], KINDS)
        wait_for(lambda: len(person.rows()) == 6, "the whole table")

        assert person.rows() == [
            "Kind                      Files     Size",
            "────────────────────────────────────────",
            "Pictures [red]x[/red]     1,204   3.1 GB",
            ":smile: of long ago and",
            "far away",
            "漢字[2J                       3    120 B",
        ]
        assert ("\x1b" in person.written) == (environ == LIVE)
