from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from onedrive.terminal.input import EndOfInput, LineReader
from onedrive.terminal.posix import PosixKeyboard
from tests.person import Person, wait_for


class Shown:
    """Remembers what was shown while a line was typed."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.restarts = 0

    def show(self, text: str) -> None:
        self.texts.append(text)

    def restart(self) -> None:
        self.restarts += 1


class Parts:
    """A source whose input comes in given parts; `...` stands for a time in which nothing comes."""

    def __init__(self, *parts: str, is_keyboard: bool) -> None:
        self.is_keyboard = is_keyboard
        self.left: list[str] = list(parts)
        self.resumed = False

    def question(self) -> AbstractContextManager[None]:
        return nullcontext()

    def take_resumed(self) -> bool:
        resumed, self.resumed = self.resumed, False
        return resumed

    def read(self, timeout_seconds: float) -> str | None:
        part = self.left.pop(0) if self.left else ""
        return None if part == "..." else part


def never() -> bool:
    return False


def read_lines(source: Parts, *, join_lines: bool = False) -> Iterator[str | None]:
    reader = LineReader(source)
    while True:
        try:
            yield reader.read_line(Shown(), until=never, join_lines=join_lines)
        except EndOfInput:
            return


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        (["one\ntwo\r\nthree\rfour"], ["one", "two", "three", "four"]),
        (["one\r", "\ntwo\n"], ["one", "two"]),
        (["o", "...", "ne\n", "\n"], ["one", ""]),
        (["\ufeff3\n\ufeff"], ["3", "\ufeff"]),
        (["x" * 100_000 + "\n0\n"], ["x" * 100_000, "0"]),
        (["a\x7f\x1b[Ab\n"], ["a\x7f\x1b[Ab"]),
        ([""], []),
    ],
)
def test_a_pipe_gives_its_lines_without_loss(parts: list[str], lines: list[str]) -> None:
    assert list(read_lines(Parts(*parts, is_keyboard=False), join_lines=True)) == lines


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        (["...", "one\rtwo\nthree\r\n\r"], ["one", "two", "three", ""]),
        (["...", "one\r", "\n", "two\r", "..."], ["one", "two"]),
        (["...", "on", "...", "e\r"], ["one"]),
        (["...", "typed\x7f\x7f\rnext\r\x04"], ["typ", "next"]),
        (["ahead\rof\rtime\r", "..."], ["ahead", "of", "time"]),
    ],
)
def test_a_keyboard_gives_its_lines_without_loss(parts: list[str], lines: list[str]) -> None:
    assert list(read_lines(Parts(*parts, is_keyboard=True))) == lines


def test_lines_pasted_at_once_are_one_answer() -> None:
    source = Parts(
        "...", "https://localhost:8080/?co\rde=12\r\n", "34\r", "...", "...", "next\r", "...", is_keyboard=True
    )

    lines = list(read_lines(source, join_lines=True))

    assert lines == ["https://localhost:8080/?code=1234", "next"]


def test_a_bracketed_paste_is_one_answer_however_slowly_it_comes() -> None:
    source = Parts("...", "\x1b[200~one\r", "two\r", "\x1b[201~", "...", is_keyboard=True)

    assert list(read_lines(source, join_lines=True)) == ["onetwo"]


def test_a_bracketed_paste_without_a_line_end_waits_for_enter() -> None:
    source = Parts("...", "\x1b[200~one\x1b[201~", "...", " more\r", "...", is_keyboard=True)

    assert list(read_lines(source, join_lines=True)) == ["one more"]


def test_a_lost_end_mark_does_not_deafen_enter() -> None:
    source = Parts("...", "\x1b[200~one\r", "...", is_keyboard=True)

    assert list(read_lines(source, join_lines=True)) == ["one"]


def test_lines_typed_before_the_question_are_an_answer_each() -> None:
    source = Parts("paste\r3\r0\r", "...", "...", "...", is_keyboard=True)

    assert list(read_lines(source, join_lines=True)) == ["paste", "3", "0"]


def test_a_line_that_is_shown_grows_as_it_is_typed() -> None:
    source, shown = Parts("...", "a", "b", "\x7f", "\r", "...", is_keyboard=True), Shown()

    LineReader(source).read_line(shown, until=never)

    assert shown.texts == ["", "", "a", "ab", "a", "a"]


def test_a_needless_question_takes_nothing_with_it() -> None:
    source = Parts("...", "half", "3\r", "...", is_keyboard=True)
    reader, shown = LineReader(source), Shown()

    answer = reader.read_line(shown, until=lambda: "half" in shown.texts)
    next_line = reader.read_line(Shown(), until=never)

    assert answer is None
    assert next_line == "3"


@pytest.mark.parametrize("is_keyboard", [True, False])
def test_a_question_needless_from_the_start_leaves_what_is_there(is_keyboard: bool) -> None:
    source = Parts("3\r", "...", is_keyboard=is_keyboard)
    reader = LineReader(source)

    answer = reader.read_line(Shown(), until=lambda: True)

    assert answer is None
    assert reader.read_line(Shown(), until=never) == "3"


@pytest.mark.parametrize("parts", [["...", "\x04"], ["...", "half", ""], ["\x00"]])
def test_ctrl_d_and_a_lost_terminal_end_the_input(parts: list[str]) -> None:
    with pytest.raises(EndOfInput):
        LineReader(Parts(*parts, is_keyboard=True)).read_line(Shown(), until=never)


def test_ctrl_c_drops_what_was_typed() -> None:
    def interrupt() -> bool:
        raise KeyboardInterrupt

    source = Parts("old\r", "...", "...", "new\r", "...", is_keyboard=True)
    reader = LineReader(source)
    with pytest.raises(KeyboardInterrupt):
        reader.read_line(Shown(), until=interrupt)

    assert reader.read_line(Shown(), until=never) == "new"


def test_after_a_stop_the_question_is_shown_again() -> None:
    source, shown = Parts("...", "a", "b\r", "...", is_keyboard=True), Shown()

    def stop_once() -> bool:
        source.resumed = shown.texts[-1] == "a" and not shown.restarts
        return False

    LineReader(source).read_line(shown, until=stop_once)

    assert shown.restarts == 1


@pytest.mark.parametrize("length", [6_000, 20_000])
@pytest.mark.parametrize("slowly", [False, True])
def test_a_long_paste_arrives_whole_on_a_terminal(length: int, slowly: bool) -> None:
    address = "https://localhost:8080/?code=" + "".join(chr(97 + i % 26) for i in range(length - 29))
    with Person() as person:
        reader = LineReader(PosixKeyboard(person.keyboard.fileno(), "utf-8", marks_pastes=False))
        answers: list[str | None] = []
        asking = ask_in_turn(reader, answers, times=3)
        wait_for(lambda: not person.is_canonical(), "the question")
        if slowly:
            person.type_slowly(address + "\r", part=length // 40, pause_seconds=0.005)
        else:
            person.type(address + "\r")
        person.type("3\r0\r")
        asking.join(10)

    assert answers == [address, "3", "0"]


def test_what_is_typed_between_questions_is_kept_for_the_next() -> None:
    with Person() as person:
        reader = LineReader(PosixKeyboard(person.keyboard.fileno(), "utf-8", marks_pastes=False))
        person.type("ahead\rhalf")
        person.sees("half")  # the terminal itself echoes outside of questions
        first = reader.read_line(Shown(), until=never)
        person.type(" and rest\r")
        second = reader.read_line(Shown(), until=never)

    assert [first, second] == ["ahead", "half and rest"]


def test_until_is_asked_about_ten_times_a_second() -> None:
    asked: list[float] = []

    def needless() -> bool:
        asked.append(time.monotonic())
        return len(asked) == 4

    with Person() as person:
        reader = LineReader(PosixKeyboard(person.keyboard.fileno(), "utf-8", marks_pastes=False))
        answer = reader.read_line(Shown(), until=needless)

    assert answer is None
    assert 0.2 < asked[-1] - asked[0] < 2


def ask_in_turn(
    reader: LineReader, answers: list[str | None], *, times: int, until: Callable[[], bool] = never
) -> threading.Thread:
    def ask() -> None:
        for _ in range(times):
            answers.append(reader.read_line(Shown(), until=until))  # noqa: PERF401 - the test looks on meanwhile

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread
