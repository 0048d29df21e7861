"""The progress of long work: its figures in words, lines that change in a window, plain lines elsewhere, events."""

from __future__ import annotations

import io
import os
import threading
from contextlib import ExitStack

import pytest

from onedrive.terminal import progress as progress_module
from onedrive.terminal.drawing import Drawing
from onedrive.terminal.events import EventWriter
from onedrive.terminal.output import Output
from onedrive.terminal.progress import DISK, NOBODY, SERVICE, Expected, Progress, SpeedMeter
from onedrive.terminal.screen import Screen
from onedrive.terminal.terminal import Terminal
from onedrive.words import display_width, format_clock
from tests.person import Person, wait_for
from tests.terminal.asking import DUMB, LIVE, NO_COLOUR, Asking, sit_down


class Window(Screen):
    """A window of this width for the lines of a progress, five columns of which stay free."""

    def __init__(self, width: int) -> None:
        super().__init__(None, {}, plain=False)
        self._width = width

    @property
    def size(self) -> os.terminal_size:
        return os.terminal_size((self._width + 5, 24))

    def can_show(self, text: str) -> bool:
        return self._width != 50


class Work:
    """A progress with a clock that the test sets."""

    def __init__(self, title: str = "Downloading", *, width: int = 75) -> None:
        self.now = 0.0
        self.expected = Expected()
        self.progress = Progress(
            Window(width), title, expected=self.expected, clock=lambda: self.now, now=lambda: 1e9 + self.now
        )

    def line(self, now: float) -> str:
        self.now = now
        return self.progress.line()

    def lines(self, now: float) -> list[str]:
        self.now = now
        return self.progress.lines()


def downloading(*, files: int = 60, size_bytes: int = 120_000_000, width: int = 75) -> Work:
    work = Work(width=width)
    work.progress.set_total(files=files, size_bytes=size_bytes)
    return work


# --- in words ---------------------------------------------------------------------------------------------------------


def test_the_speed_is_that_of_the_last_ten_seconds_and_not_told_in_the_first() -> None:
    meter = SpeedMeter()

    for second in range(21):
        meter.bytes_per_second(float(second))
        meter.received_bytes += 1000 if second < 10 else 3000

    assert meter.bytes_per_second(21.0) == 3000
    assert [meter.bytes_per_second(float(second)) for second in range(22, 40)][-1] == 0
    assert SpeedMeter().bytes_per_second(0.9) is None


@pytest.mark.parametrize(
    ("total", "done", "words"),
    [
        ((60, 120_000_000), (0, 0), "0 %, 0 of 60 files, 0 B of 120 MB"),
        ((60, 120_000_000), (30, 60_000_000), "50 %, 30 of 60 files, 60.0 MB of 120 MB"),
        ((60, 120_000_000), (59, 119_999_999), "99 %, 59 of 60 files, 120 MB of 120 MB"),
        ((60, 120_000_000), (60, 120_000_000), "100 %, 60 of 60 files, 120 MB of 120 MB"),
        ((60, 120_000_000), (1, -5), "0 %, 1 of 60 files, -5 B of 120 MB"),
        ((60, 120_000_000), (60, 130_000_000), "100 %, 60 of 60 files, 130 MB of 120 MB"),
        ((4, 0), (1, 0), "25 %, 1 of 4 files"),
    ],
)
def test_percent_goes_by_bytes_where_there_are_any_and_is_100_only_at_the_end(
    total: tuple[int, int], done: tuple[int, int], words: str
) -> None:
    work = downloading(files=total[0], size_bytes=total[1])

    work.progress.skip(files=done[0], size_bytes=done[1])

    assert work.line(0.5) == f"Downloading: {words}"


def test_a_plain_line_has_all_figures_and_what_was_there_already_says_nothing_about_the_speed() -> None:
    work = downloading()
    work.progress.skip(files=10, size_bytes=20_000_000)
    work.progress.advance(files=21, size_bytes=40_000_000)
    work.progress.update("waiting")

    assert work.line(5.0) == "Downloading: 50 %, 31 of 60 files, 60.0 MB of 120 MB, 8.0 MB/s, 8 s left, waiting"
    assert work.progress.received_bytes == 40_000_000


def test_a_file_started_over_takes_back_its_bytes_but_not_the_speed() -> None:
    work = downloading()
    work.progress.advance(size_bytes=10_000_000)
    work.progress.advance(size_bytes=-10_000_000)

    assert work.line(5.0) == "Downloading: 0 %, 0 of 60 files, 0 B of 120 MB, 2.0 MB/s"


def test_the_first_small_files_say_nothing_about_the_time_that_is_left() -> None:
    work = downloading(size_bytes=120_000_000_000)
    work.progress.advance(files=1, size_bytes=85)

    assert work.line(5.0) == "Downloading: 0 %, 1 of 60 files, 85 B of 120 GB, 17 B/s"
    for second in range(6, 70):
        work.progress.advance(size_bytes=1_000_000)
        said = work.line(float(second))
    assert said.endswith("1.0 MB/s, 1 day 9 h left")


def test_while_nothing_comes_it_is_said_since_when_and_what_is_waited_for_and_no_speed_of_before() -> None:
    work = downloading()
    work.line(3.0)
    work.progress.advance(files=1, size_bytes=60_000_000)
    since = format_clock(1e9 + 3)

    soon, later, silent = work.line(7.0), work.line(12.9), work.line(13.0)

    assert ("MB/s" in soon, "left" in soon) == (True, True)
    assert ("MB/s" in later, "left" in later) == (True, False)
    figures = "Downloading: 50 %, 1 of 60 files, 60.0 MB of 120 MB"
    assert silent == f"{figures}, nothing has come since {since}: waiting for {SERVICE}; it goes on by itself"
    assert work.line(60.0) == silent  # a plain line is printed once
    assert work.progress.facts()["bytes_per_second"] is None
    assert f"nothing has come since {since}" in str(work.progress.facts()["text"])
    assert f"nothing has come since {since}" in " ".join(work.lines(60.0))

    work.expected.who, work.expected.until = "OneDrive", 1e9 + 300
    until = format_clock(1e9 + 300)
    assert work.line(61.0).endswith(f"OneDrive asks us to wait until {until}, then it goes on by itself")
    assert work.line(301.0) == silent

    work.progress.advance(size_bytes=1)
    assert "nothing has come" not in work.line(302.0)


def test_a_listing_of_which_nothing_came_is_not_blank_and_what_waits_for_a_person_says_nothing() -> None:
    work = Work("Listing")

    assert work.line(9.9) == ""
    assert work.line(10.0).startswith("Listing: nothing has come since ")
    assert "nothing has come since" in " ".join(work.lines(10.0))
    work.progress.update("looking", waits_for=DISK)
    work.progress.update("looking")
    assert work.line(21.0).endswith("waiting for the disk; it goes on by itself")
    work.progress.update("", waits_for=NOBODY)
    assert work.line(60.0) == ""


def test_open_ended_work_shows_its_text_and_after_a_while_its_time() -> None:
    work, narrow = Work("Listing"), Work("Listing", width=38)
    before = work.lines(1.0)
    for one in (work, narrow):
        one.now = 60.0
        one.progress.update("1,204 files, 3.1 GB so far")

    assert before == ["Listing"]
    assert work.lines(65.0) == ["Listing: 1,204 files, 3.1 GB so far (1 min 5 s)"]
    assert narrow.lines(65.0) == ["Listing: 1,204 files, 3.1 GB so far"]
    assert work.line(65.0) == "Listing: 1,204 files, 3.1 GB so far"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (100, "████████████░░░░░░░░░░░░░  50 %, 30 of 60 files, 60.0 MB of 120 MB, 10.0 MB/s, 6 s left"),
        (75, "█████████░░░░░░░░░░  50 %, 30 of 60 files, 10.0 MB/s, 6 s left"),
        (45, "██░░░  50 %, 10.0 MB/s, 6 s left"),
        (36, "███░░░  50 %, 10.0 MB/s"),
        (30, "█████░░░░░░  50 %"),
        (20, None),
    ],
)
def test_one_line_has_a_bar_and_as_many_figures_as_fit(width: int, line: str | None) -> None:
    work = downloading(width=width)
    work.progress.advance(files=30, size_bytes=60_000_000)

    assert work.lines(6.0) == [f"Downloading  {line}" if line else "Downloading: 50 %"]


def test_at_most_four_files_that_take_longer_than_a_second_have_a_line_and_their_own_percent() -> None:
    work = downloading(width=50)
    with ExitStack() as in_work:
        names = ["/Pictures/2023/a very long name of a folder/IMG_0001.jpg", "a\x1b[2J\nb", "c", "d", "e"]
        files = [in_work.enter_context(work.progress.working_on(name, 8_000_000)) for name in names]
        files[0].advance(size_bytes=1_000_000)
        files[1].skip(size_bytes=9_000_000)
        assert len(work.lines(0.9)) == 1

        (_, *lines) = work.lines(1.0)
        assert lines == [
            "  /Pictures/2023/...r/IMG_0001.jpg  12 % of 8.0 MB",
            "  a[2J b  100 % of 8.0 MB",
            "  c  0 % of 8.0 MB",
            "  d  0 % of 8.0 MB",
        ]
        work.progress.update("OneDrive asks us to wait until 14:32:07.")
        assert work.lines(1.0)[1:] == ["OneDrive asks us to wait until 14:32:07.", *lines]
        assert work.line(1.0).startswith("Downloading: 8 %, 0 of 60 files, 10.0 MB of 120 MB, 1.0 MB/s")

    assert work.lines(2.0)[1:] == ["OneDrive asks us to wait until 14:32:07."]


@pytest.mark.parametrize("width", [12, 30, 45, 75, 200])
def test_live_lines_fit_any_width(width: int) -> None:
    work = downloading(files=18_900, size_bytes=88_000_000_000, width=width)
    work.progress.advance(files=4_210, size_bytes=31_000_000_000)
    with work.progress.working_on("漢字" * 60, 5):
        assert all(display_width(line) <= width for line in work.lines(600.0))


# --- in a window ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environ", [LIVE, NO_COLOUR])
def test_a_live_progress_changes_below_what_is_said_and_is_taken_away_at_the_end(environ: dict[str, str]) -> None:
    with Person(width=50) as person:
        terminal = sit_down(person, environ)
        with terminal.progress("Downloading") as progress:
            progress.set_total(files=4, size_bytes=0)
            progress.update("漢字 [red]x[/red] :smile:\x1b[2J.jpg")
            bar = "Downloading  " + "░" * 13 + "  0 %, 0 of 4 files"
            name = "漢字 [red]x[/red] :smile:[2J.jpg"
            wait_for(lambda: person.rows() == [bar, name], "the first figures")
            progress.say("A [red]folder[/red] :smile:", style="warning")
            terminal.say("https://localhost/" + "x" * 60)
            progress.advance(files=2)
            said = ["A [red]folder[/red] :smile:", "https://localhost/" + "x" * 32, "x" * 28]
            bar = "Downloading  " + "█" * 6 + "░" * 6 + "  50 %, 2 of 4 files"
            wait_for(lambda: person.rows() == [*said, bar, name], "the lines above the figures")

        wait_for(lambda: person.rows() == said, "the end")
        assert ("\x1b[33m" in person.written) == (environ == LIVE)


def test_a_live_progress_is_never_taller_than_the_screen() -> None:
    with Person(height=10) as person:
        with sit_down(person).progress("Downloading") as progress:
            progress.update("\n".join(f"line {i}" for i in range(100)))
            person.sees("line 7")

        assert "line 8" not in person.written
        wait_for(lambda: person.rows() == [""], "the end")


def test_in_a_window_that_becomes_narrower_the_rows_of_broken_lines_are_taken_away_too() -> None:
    with Person(width=80) as person, sit_down(person).progress("Listing") as progress:
        progress.update("word " * 12)
        person.sees("word word")
        person.resize(width=40)
        person.sees("\r\x1b[1A\x1b[J")


def test_a_window_that_is_being_resized_is_left_alone_until_its_size_has_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, written = [0.0], io.StringIO()
    monkeypatch.setattr("onedrive.terminal.drawing.time.monotonic", lambda: now[0])
    drawing = Drawing(Output(written))
    sizes = [os.terminal_size((width, 24)) for width in (80, 30, 60)]
    drawing.show(["word " * 10], sizes[0])
    now[0] = 10.0
    drawn = written.getvalue()

    drawing.show(["first"], sizes[1])
    now[0] = 10.3
    drawing.show(["second"], sizes[2])
    now[0] = 10.6
    drawing.show(["third"], sizes[2])
    assert written.getvalue() == drawn

    now[0] = 10.8
    drawing.show(["fourth"], sizes[2])
    assert "fourth" in written.getvalue()
    drawing.show(["x" * 100], sizes[2])
    drawing.show([], sizes[2])
    assert "x" * 59 in written.getvalue()
    assert "x" * 60 not in written.getvalue()


def test_a_question_takes_the_place_of_a_progress() -> None:
    with Person() as person:
        terminal = sit_down(person)
        with terminal.progress("Downloading") as progress:
            progress.update("3 files")
            person.sees("Downloading: 3 files")
            asking = Asking(lambda: terminal.ask("Sign in again?"))
            wait_for(lambda: person.rows() == ["Sign in again?"], "the question")
            wait_for(lambda: not person.is_canonical(), "the keys")
            progress.update("5 files")
            threading.Event().wait(0.3)
            assert person.rows() == ["Sign in again?"]
            person.type("yes\r")

            assert asking.answer() == "yes"
            wait_for(lambda: person.rows() == ["Sign in again? yes", "Downloading: 5 files"], "the progress again")


def test_lines_and_figures_of_many_threads_stay_whole() -> None:
    with Person() as person:
        terminal = sit_down(person)
        with terminal.progress("Downloading") as progress:
            progress.set_total(files=2_000, size_bytes=2_000)

            def work(name: str) -> None:
                for i in range(500):
                    progress.advance(files=1, size_bytes=1)
                    if i % 20 == 0:
                        terminal.say(name * 60)

            threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            person.sees("2,000 of 2,000 files")

        wait_for(lambda: sorted(person.rows()) == sorted(name * 60 for name in "abcd" * 25), "every line, whole")


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_a_plain_progress_prints_news_each_period_and_a_last_line() -> None:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, environ=LIVE, plain_period_seconds=0.02)

    with terminal.progress("Listing") as progress:
        progress.update("3 files")
        wait_for(lambda: output.getvalue() == "Listing: 3 files\n", "the first line")
        threading.Event().wait(0.05)
        progress.update("5 files")

    assert output.getvalue() == "Listing: 3 files\nListing: 5 files\n"


@pytest.mark.parametrize(("environ", "plain"), [(DUMB, False), (LIVE, True)])
def test_a_window_without_escape_sequences_gets_plain_lines(environ: dict[str, str], plain: bool) -> None:
    with Person() as person:
        with sit_down(person, environ, plain=plain).progress("Listing") as progress:
            progress.update("3 files")
        wait_for(lambda: person.written == "Listing: 3 files\n", "one line")


def test_a_plain_progress_is_silent_without_news_and_says_how_far_it_came_when_the_work_breaks_off() -> None:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, environ={})

    def work() -> None:
        with terminal.progress("Listing"), terminal.progress("Downloading") as progress:
            progress.set_total(files=4, size_bytes=0)
            progress.skip(files=1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()

    assert output.getvalue() == "Downloading: 25 %, 1 of 4 files\n"


def test_a_program_is_told_the_figures_when_they_are_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "EVENT_PERIOD_SECONDS", 0.01)
    events = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), environ={}, events=EventWriter(events))

    with terminal.progress("Downloading") as progress:
        progress.update("3 files")
        wait_for(lambda: '"text": "3 files"' in events.getvalue(), "the text")
        threading.Event().wait(0.05)
        said = events.getvalue()
        progress.set_total(files=2, size_bytes=100)
        progress.advance(files=1, size_bytes=40)
        wait_for(lambda: '"files": 1, "of_files": 2, "size_bytes": 40, "of_bytes": 100' in events.getvalue(), "figures")

    assert said.count("\n") == 1
    assert '"event": "progress"' in said
    assert '"work": "Downloading"' in said
