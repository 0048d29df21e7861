from __future__ import annotations

import io
import threading

import pytest

from onedrive.terminal.progress import Progress, show_progress
from onedrive.terminal.screen import Screen
from tests.person import wait_for
from tests.terminal.test_screen import Window, window_screen


def test_a_live_progress_is_redrawn_and_taken_away_at_the_end() -> None:
    screen, window = window_screen()

    with show_progress(screen, "Listing") as progress:
        progress.update("3 files")
        wait_for(lambda: window.rows() == ["Listing: 3 files"], "the first figures")
        progress.update("5 files")
        progress.say("A folder could not be read.", style="warning")
        wait_for(
            lambda: window.rows() == ["A folder could not be read.", "Listing: 5 files"], "the line above the figures"
        )

    assert window.rows() == ["A folder could not be read."]


def test_files_in_work_come_and_go() -> None:
    screen, _ = window_screen()
    progress = Progress(screen, "Downloading", clock=lambda: 0.0)
    progress.set_total(files=2, size_bytes=0)

    progress.set_working("1", "a.jpg")
    progress.set_working("2", "b.jpg")
    progress.set_working("1", None)
    progress.set_working("1", None)

    assert progress.lines()[-1] == "  b.jpg"
    assert "  a.jpg" not in progress.lines()


def test_a_live_progress_is_never_taller_than_the_screen() -> None:
    screen, _ = window_screen()
    progress = Progress(screen, "Downloading")
    for i in range(100):
        progress.set_working(str(i), "file")

    assert len(progress.lines()) == screen.most_footer_lines == 22


def test_without_escape_sequences_a_live_progress_is_one_line() -> None:
    screen, window = window_screen(NO_COLOR="1")

    with show_progress(screen, "Downloading") as progress:
        progress.set_total(files=2, size_bytes=4_000)
        progress.set_working("1", "a.jpg")
        progress.advance(files=1, size_bytes=1_000)
        wait_for(
            lambda: window.rows() == ["Downloading: 25 %, 1 of 2 files, 1.0 kB of 4.0 kB"], "the figures in one line"
        )

    assert window.rows() == []


@pytest.mark.parametrize("stream", [io.StringIO(), Window()])
def test_a_plain_progress_prints_news_each_period_and_a_last_line(stream: io.StringIO) -> None:
    screen = Screen(stream, {"TERM": "dumb"}, plain=False)

    with show_progress(screen, "Listing", plain_period_seconds=0.02) as progress:
        progress.update("3 files")
        wait_for(lambda: stream.getvalue() == "Listing: 3 files\n", "the first line")
        threading.Event().wait(0.05)
        progress.update("5 files")

    assert stream.getvalue() == "Listing: 3 files\nListing: 5 files\n"


def test_a_plain_progress_is_silent_within_its_period_and_without_news() -> None:
    stream = io.StringIO()

    with show_progress(Screen(stream, {}, plain=False), "Listing"):
        pass

    assert stream.getvalue() == ""


def test_a_plain_progress_prints_its_last_line_when_the_work_breaks_off() -> None:
    stream = io.StringIO()

    def work() -> None:
        with show_progress(Screen(stream, {}, plain=False), "Downloading") as progress:
            progress.set_total(files=4, size_bytes=0)
            progress.skip(files=1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()

    assert stream.getvalue() == "Downloading: 25 %, 1 of 4 files\n"


def test_telling_figures_is_cheap_and_safe_from_many_threads() -> None:
    screen, _ = window_screen()

    with show_progress(screen, "Downloading") as progress:
        progress.set_total(files=40_000, size_bytes=40_000)

        def work() -> None:
            for _ in range(10_000):
                progress.advance(files=1, size_bytes=1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = progress.lines()

    assert "40,000 of 40,000 files" in lines[1]


def test_the_figures_are_told_to_a_program_when_they_are_news() -> None:
    screen = Screen(io.StringIO(), {}, plain=True)
    told: list[dict[str, object]] = []

    with show_progress(screen, "Downloading", tell=told.append, event_period_seconds=0.001) as progress:
        progress.set_total(files=2, size_bytes=100)
        progress.advance(files=1, size_bytes=40)
        wait_for(lambda: bool(told) and told[-1]["files"] == 1, "the figures")

    facts = told[-1]
    assert (facts["work"], facts["of_files"], facts["size_bytes"], facts["of_bytes"]) == ("Downloading", 2, 40, 100)


def test_figures_that_are_no_news_are_not_told_again() -> None:
    screen = Screen(io.StringIO(), {}, plain=True)
    told: list[dict[str, object]] = []
    periods = threading.Event()

    with show_progress(screen, "Listing", tell=told.append, event_period_seconds=0.001) as progress:
        progress.update("3 files")
        wait_for(lambda: len(told) == 1, "the first figures")
        periods.wait(0.02)

    assert [facts["text"] for facts in told] == ["3 files"]
    assert (told[0]["of_files"], told[0]["bytes_per_second"]) == (None, None)
