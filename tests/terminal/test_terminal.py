from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from onedrive.errors import WrongAnswer
from onedrive.terminal.events import EventWriter
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Column, InputNotAllowed, QuestionWithdrawn, Terminal
from tests.person import Person, wait_for
from tests.terminal.test_screen import Window

LIVE = {"TERM": "xterm"}


class Asking:
    """A question asked in a thread of its own, so that the person can type meanwhile."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self.answers: list[str] = []
        self._ask = ask
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answer(self) -> str:
        self._thread.join(10)
        return self.answers[0]

    def _run(self) -> None:
        try:
            self.answers.append(self._ask())
        except QuestionWithdrawn:
            self.answers.append("withdrawn")


def sit_down(person: Person, *, plain: bool = False, environ: Mapping[str, str] = MappingProxyType({})) -> Terminal:
    return Terminal(stdin=person.keyboard, stdout=person.screen, environ={**LIVE, **environ}, plain=plain)


def piped(
    text: str, *, no_input: bool = False, quiet: bool = False, verbose: bool = False, plain: bool = False
) -> tuple[Terminal, io.StringIO]:
    output = io.StringIO()
    terminal = Terminal(
        stdin=io.StringIO(text),
        stdout=output,
        environ={},
        no_input=no_input,
        quiet=quiet,
        verbose=verbose,
        plain=plain,
    )
    return terminal, output


def test_a_typed_answer_shows_behind_the_question() -> None:
    with Person() as person:
        terminal = sit_down(person)
        asking = Asking(lambda: terminal.ask("Which number?"))
        person.sees("Which number?")
        person.type("12\x7f3")
        wait_for(lambda: person.rows() == ["Which number? 13"], "the corrected answer")
        person.type("\r")

        assert asking.answer() == "13"
        terminal.say("Next.")
        wait_for(lambda: person.rows() == ["Which number? 13", "Next."], "the next line")


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_long_paste_arrives_whole_and_the_next_lines_after_it(environ: dict[str, str]) -> None:
    address = "https://localhost:8080/?code=" + "x" * 6_000
    with Person(width=60) as person:
        terminal = sit_down(person, environ=environ)
        asking = Asking(lambda: terminal.ask("Paste the address:", join_lines=True))
        person.sees("Paste the address:")
        person.type_slowly(address, part=1_000, pause_seconds=0.01)
        person.type("\r")
        answer = asking.answer()
        person.type("3\r")

        assert answer == address
        assert terminal.ask("Which number?") == "3"
    assert "\x1b" not in person.written or not environ


def test_a_long_paste_shows_its_end_on_one_line() -> None:
    with Person(width=60) as person:
        terminal = sit_down(person)
        asking = Asking(lambda: terminal.ask("Paste:"))
        person.sees("Paste:")
        person.type("x" * 6_000 + "END")
        wait_for(lambda: person.rows() == ["Paste: ..." + "x" * 46 + "END"], "the end of the paste")
        person.type("\r")
        asking.answer()


def test_a_question_too_long_for_its_line_is_said_above_it() -> None:
    with Person(width=40) as person:
        terminal = sit_down(person)
        asking = Asking(lambda: terminal.ask("Which folder of your OneDrive is to be listed?"))
        person.sees("> ")
        person.type("/P\r")

        assert asking.answer() == "/P"
        wait_for(
            lambda: person.rows() == ["Which folder of your OneDrive is to be", "listed?", "> /P"], "the whole question"
        )


@pytest.mark.parametrize("plain", [False, True])
def test_a_needless_question_says_so_and_leaves_the_next_line_alone(plain: bool) -> None:
    came_back = threading.Event()
    with Person() as person:
        terminal = sit_down(person, plain=plain)
        asking = Asking(lambda: terminal.ask("Paste:", until=came_back.is_set))
        person.sees("Paste:")
        person.type("half")
        person.sees("half")
        came_back.set()
        assert asking.answer() == "withdrawn"
        person.type("3\r")

        assert terminal.ask("Which number?") == "3"
        wait_for(lambda: person.rows()[-1] == "Which number? 3", "the next question")
        assert person.rows()[0].startswith("Paste: (not needed any more)")


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_said_while_the_person_types_comes_out_above(plain: bool) -> None:
    with Person() as person:
        terminal = sit_down(person, plain=plain)
        asking = Asking(lambda: terminal.ask("Paste:"))
        person.sees("Paste:")
        person.type("half")
        person.sees("half")
        terminal.say("The browser has come back.")
        wait_for(
            lambda: person.rows()[-2:] == ["The browser has come back.", "Paste: half"], "the question below the line"
        )
        person.type(" done\r")

        assert asking.answer() == "half done"


def test_a_question_takes_the_place_of_a_progress() -> None:
    with Person() as person:
        terminal = sit_down(person)
        with terminal.progress("Downloading") as progress:
            progress.update("3 files")
            person.sees("Downloading: 3 files")
            asking = Asking(lambda: terminal.ask("Sign in again?"))
            person.sees("Sign in again?")
            progress.update("5 files")
            person.type("yes\r")

            assert asking.answer() == "yes"
            wait_for(
                lambda: person.rows() == ["Sign in again? yes", "Downloading: 5 files"], "the progress after the answer"
            )


@pytest.mark.parametrize("plain", [False, True])
def test_a_secret_is_not_shown(plain: bool) -> None:
    with Person() as person:
        terminal = sit_down(person, plain=plain)
        asking = Asking(lambda: terminal.ask("Secret:", secret=True))
        person.sees("Secret:")
        person.type("abc\r")

        assert asking.answer() == "abc"
        person.sees("Secret: ***")
    assert "abc" not in person.written


def test_the_terminal_s_modes_change_only_while_a_question_is_open() -> None:
    with Person() as person:
        terminal = sit_down(person)
        before = person.is_canonical()
        asking = Asking(lambda: terminal.ask("?"))
        wait_for(lambda: not person.is_canonical(), "the question")
        person.type("\r")
        asking.answer()

        assert before
        assert person.is_canonical()


def test_questions_go_to_the_terminal_when_the_output_is_a_file() -> None:
    output = io.StringIO()
    with Person() as person:
        terminal = Terminal(stdin=person.keyboard, stdout=output, environ=LIVE)
        asking = Asking(lambda: terminal.ask("Which number?"))
        person.sees("Which number?")
        person.type("3\r")

        assert asking.answer() == "3"
        person.sees("Which number? 3\n")
    assert output.getvalue() == ""


def test_an_empty_answer_is_the_default_that_the_question_shows() -> None:
    terminal, output = piped("\n  \nother\n")

    answers = [terminal.ask("Which folder?", default="/Pictures") for _ in range(3)]

    assert answers == ["/Pictures", "/Pictures", "other"]
    assert output.getvalue() == "Which folder? [/Pictures] \n" * 3


def read_size(typed: str) -> int:
    if not typed.isdigit():
        raise WrongAnswer("Type a figure." if typed else "")
    return int(typed)


def test_a_question_comes_again_with_the_reason_until_its_answer_can_be_meant() -> None:
    terminal, output = piped("many\n\n7\n")

    answer = terminal.ask_until("How many?", read_size)

    assert answer == 7
    assert output.getvalue() == "How many? \nType a figure.\nHow many? \nHow many? \n"


def test_the_default_of_a_question_is_read_as_if_it_were_typed() -> None:
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
    assert output.getvalue().splitlines() == [
        "Which? ",
        "There is no '3' here. Type 1 or 2 and Enter.",
        "Which? ",
        "Which? ",
        "There is no 'q' here. Type 1 or 2 and Enter.",
        "Which? ",
        "There is no '\\x1b[2J' here. Type 1 or 2 and Enter.",
        "Which? ",
    ]


def test_answers_from_a_pipe_are_whole_whatever_their_length_and_line_ends(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_bytes(b"3\r\n" + b"x" * 20_000 + b"\r\xff\n0")

    with lines.open(encoding="utf-8") as stream:
        terminal = Terminal(stdin=stream, stdout=io.StringIO(), environ={})
        answers = [terminal.ask("?", join_lines=True) for _ in range(4)]
        with pytest.raises(EndOfInput):
            terminal.ask("?")

    assert answers == ["3", "x" * 20_000, "\ufffd", "0"]


def test_a_question_above_several_lines_has_its_answer_behind_the_last() -> None:
    terminal, output = piped("d\n")

    terminal.ask("Open this address.\nPaste what comes back:")

    assert output.getvalue() == "Open this address.\nPaste what comes back: \n"


def test_without_input_the_default_is_the_answer() -> None:
    terminal, output = piped("", no_input=True)

    assert not terminal.can_ask
    assert terminal.ask("Which folder?", default="/") == "/"
    assert output.getvalue() == ""


def test_without_input_and_default_the_question_is_an_error_for_a_person() -> None:
    terminal, _ = piped("3\n", no_input=True)

    with pytest.raises(InputNotAllowed) as refused:
        terminal.ask("Which folder? ")

    assert refused.value.exit_code == 4
    assert refused.value.sentence == "A person must answer here, and --no-input forbids asking: Which folder?"


def test_nobody_is_asked_when_nobody_reads() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as output:
        terminal = Terminal(stdin=io.StringIO("3\n"), stdout=output, environ={})
        terminal.say("into the void")

        assert terminal.is_closed
        with pytest.raises(EndOfInput):
            terminal.ask("Which number?")


def test_the_end_of_a_broken_pipe_is_quiet() -> None:
    code = (
        "from onedrive.terminal.terminal import Terminal\n"
        "terminal = Terminal()\n"
        "for i in range(20_000): terminal.say(f'line {i}')\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout is not None
    assert program.stderr is not None
    first = program.stdout.readline()
    program.stdout.close()
    complaints = program.stderr.read()
    program.stderr.close()

    assert first.strip() == b"line 0"
    assert program.wait(10) == 0
    assert complaints == b""


def test_saying_and_asking_do_not_import_the_library_for_tables() -> None:
    code = (
        "import io, sys\n"
        "from onedrive.terminal.terminal import Terminal\n"
        "terminal = Terminal(stdin=io.StringIO('3'))\n"
        "terminal.say('menu', style='heading'); terminal.ask('?')\n"
        "with terminal.progress('x') as progress: progress.update('y')\n"
        "terminal.table(['a'], [['b']])\n"
        "assert not {'rich', 'requests', 'msal'} & set(sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=20).returncode == 0


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


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}])
def test_a_table_in_a_window_fits_it_and_keeps_figures_whole(environ: dict[str, str]) -> None:
    with Person(width=40) as person:
        terminal = sit_down(person, environ=environ)
        terminal.table(["Kind", Column("Files", "right"), "Size"], KINDS)
        person.sees("120 B")
        wait_for(lambda: len(person.rows()) == 6, "the whole table")

    assert person.rows() == [
        "Kind                      Files     Size",
        "────────────────────────────────────────",
        "Pictures [red]x[/red]     1,204   3.1 GB",
        ":smile: of long ago and",
        "far away",
        "漢字[2J                       3    120 B",
    ]
    assert ("\x1b" in person.written) == (not environ)


def test_a_window_tells_its_width() -> None:
    with Person(width=50) as person:
        terminal = sit_down(person)

        assert terminal.is_live
        assert terminal.width == 50


def test_plain_output_is_never_redrawn() -> None:
    terminal = Terminal(stdin=io.StringIO(), stdout=Window(), environ=LIVE, plain=True)

    assert not terminal.is_live


def test_a_lasting_line_is_said_in_its_style() -> None:
    window = Window()
    Terminal(stdin=io.StringIO(), stdout=window, environ=LIVE).say("Done.", style="good")

    assert window.getvalue() == "\x1b[32mDone.\x1b[0m\n"


def test_the_period_of_plain_progress_can_be_set() -> None:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, environ={}, plain_period_seconds=0.02)

    began = time.monotonic()
    with terminal.progress("Listing") as progress:
        progress.update("3 files")
        wait_for(lambda: "Listing: 3 files\n" in output.getvalue(), "a line before the end")

    assert time.monotonic() - began < 5


def test_a_long_paste_before_its_question_arrives_whole_while_the_terminal_listens() -> None:
    address = "https://localhost:8080/?code=" + "x" * 6_000
    with Person() as person:
        terminal = sit_down(person)
        with terminal.listening():
            pasting = threading.Thread(target=person.type, args=(address + "\r",), daemon=True)
            pasting.start()
            time.sleep(0.2)
            asking = Asking(lambda: terminal.ask("Address:", join_lines=True))

            assert asking.answer() == address
        assert person.is_canonical()


def test_details_are_for_those_who_want_more() -> None:
    (loud, more), (usual, less) = piped("", verbose=True), piped("")

    loud.detail("3 requests.")
    usual.detail("3 requests.")

    assert (more.getvalue(), less.getvalue()) == ("3 requests.\n", "")


def test_a_quiet_terminal_says_nothing_and_complains_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    terminal, output = piped("", quiet=True, no_input=True)

    terminal.say("Listed 3 files.")
    terminal.table(["name"], [["a"]])
    with terminal.progress("Listing") as progress:
        progress.update("3 files")
    answer = terminal.ask("Which folder?", default="/")
    terminal.complain("It broke. Mend it.")

    assert (output.getvalue(), answer) == ("", "/")
    assert capsys.readouterr() == ("", "It broke. Mend it.\n")


def test_a_listener_hears_what_is_said_and_asked_but_no_answer_and_no_code() -> None:
    terminal, _ = piped("my answer\n", quiet=False)
    heard: list[tuple[str, str]] = []
    terminal.listen_with(lambda text, style: heard.append((text, style)))

    terminal.say()
    terminal.say("It broke.", style="problem")
    terminal.say_unlogged("ABCD1234")
    terminal.ask("Which folder?")
    terminal.table(["name"], [["a"]], title="All")
    terminal.detail("3 requests.")

    assert [text for text, _ in heard] == ["It broke.", "Which folder?", "All", "name", "----", "a", "3 requests."]
    assert heard[0] == ("It broke.", "problem")


def test_events_are_only_for_programs() -> None:
    words, events = io.StringIO(), io.StringIO()
    silent = Terminal(stdin=io.StringIO(), stdout=words, environ={})
    telling = Terminal(stdin=io.StringIO(), stdout=words, environ={}, events=EventWriter(events))

    silent.event("signed_in", name="Somebody")
    telling.event("signed_in", name="Somebody")

    assert (silent.has_events, telling.has_events) == (False, True)
    assert words.getvalue() == ""
    assert events.getvalue().count('"name": "Somebody"') == 1


def test_plain_output_in_a_terminal_breaks_lines_between_words_only() -> None:
    with Person(width=30) as person:
        terminal = sit_down(person, plain=True)

        terminal.say("Copy the whole address from its address bar and paste it here.")

        person.sees("here.")
        assert person.written == "Copy the whole address from\nits address bar and paste it\nhere.\n"
