"""How far a long step is, for the person who waits.

The work tells its figures, which costs next to nothing; a thread of its own draws them: some times a second in a live
terminal, as a plain line every ten seconds elsewhere, and once more at the end there. In a live terminal the lines are
taken away at the end: the step's summary says more.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar

from onedrive.terminal.screen import ROOM_FOR_ECHO, Screen, Style
from onedrive.words import (
    display_width,
    format_bytes,
    format_clock,
    format_count,
    format_duration,
    plural,
    shorten_middle,
    strip_controls,
    text_head,
    wrap_words,
)

SPEED_WINDOW_SECONDS = 10.0
QUIET_AFTER_SECONDS = 10.0  # then it is said what the work waits for
_TIME_LEFT_TOLD_AFTER_SECONDS = 60.0  # or once a hundredth is done: the first small files say nothing about all
_TIME_LEFT_HOLDS_SECONDS = 6.0  # without news: a speed that was says nothing about what is left
# What work waits for while nothing comes.
SERVICE = "OneDrive or the network (after a minute it asks again)"
NETWORK = "the network"
DISK = "the disk"
NOBODY = ""  # the work says itself what it waits for
_SAMPLE_SECONDS = 0.25
_SHOW_ELAPSED_AFTER_SECONDS = 3
_WIDEST_BAR, _NARROWEST_BAR = 30, 5
_MOST_FILES = 4  # that are shown by themselves,
_FILE_SHOWN_AFTER_SECONDS = 1.0  # and only such as take longer
DRAWINGS_PER_SECOND = 8
PLAIN_PERIOD_SECONDS = 10.0
EVENT_PERIOD_SECONDS = 1.0
_News = TypeVar("_News")


class SpeedMeter:
    """Bytes per second over the last ten seconds."""

    def __init__(self) -> None:
        self.received_bytes = 0
        self._samples: deque[tuple[float, int]] = deque()

    def bytes_per_second(self, now: float) -> float | None:
        """The speed at this moment (seconds of a clock that never jumps); None: too early to tell."""
        if not self._samples or now - self._samples[-1][0] >= _SAMPLE_SECONDS:
            self._samples.append((now, self.received_bytes))
        while len(self._samples) > 2 and now - self._samples[1][0] >= SPEED_WINDOW_SECONDS:
            self._samples.popleft()
        began, received_before = self._samples[0]
        if now - began < 1:
            return None
        return (self.received_bytes - received_before) / (now - began)


class Expected:
    """Until when a service told us to wait: its name in words, and seconds since 1970 (0: it told nothing)."""

    def __init__(self) -> None:
        self.who = ""
        self.until = 0.0


class FileInWork:
    """One file on which work is under way: its bytes count for the whole too."""

    def __init__(self, progress: Progress, name: str, size_bytes: int, began: float) -> None:
        self.name = name
        self.began = began
        self._size_bytes = size_bytes
        self._done_bytes = 0
        self._progress = progress

    def advance(self, *, size_bytes: int) -> None:
        """So much more of it is done; negative when it is started over."""
        self._done_bytes += size_bytes
        self._progress.advance(size_bytes=size_bytes)

    def skip(self, *, size_bytes: int) -> None:
        """So much of it was there already."""
        self._done_bytes += size_bytes
        self._progress.skip(size_bytes=size_bytes)

    def line(self, width: int) -> str:
        """Its name, as much as fits, and how far it is."""
        percent = max(0, min(100, self._done_bytes * 100 // self._size_bytes)) if self._size_bytes > 0 else 0
        end = f"  {percent} % of {format_bytes(self._size_bytes)}"
        name = strip_controls(self.name).replace("\n", " ")
        return text_head(f"  {shorten_middle(name, width - 2 - len(end))}{end}", width)


class Progress:
    """The figures of the work under way, and what is said of them; may be told and asked from any thread.

    `waits_for` is what keeps it when nothing comes: SERVICE, NETWORK, DISK, or NOBODY. `clock` is one that never jumps,
    `now` gives seconds since 1970.
    """

    def __init__(
        self,
        screen: Screen,
        title: str,
        *,
        waits_for: str = SERVICE,
        expected: Expected | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._waits_for = waits_for
        self._expected = expected or Expected()
        self._now = now
        self._screen = screen
        self._title = title
        self._clock = clock
        self._lock = threading.RLock()
        self._began = self._news_at = clock()
        self._news_time = now()
        self._text = ""
        self._in_work: list[FileInWork] = []
        self._has_total = False
        self._files_total = self._bytes_total = self._files_done = self._bytes_done = 0
        self._speed = SpeedMeter()
        self._speed.bytes_per_second(self._began)

    @property
    def received_bytes(self) -> int:
        """How many bytes came so far, those that came twice counted twice."""
        with self._lock:
            return self._speed.received_bytes

    def update(self, text: str, *, waits_for: str | None = None) -> None:
        """What there is to say now: of open-ended work how much it has found, of other work why it waits.

        `waits_for` is what may keep it from now on; None: the same as before.
        """
        with self._lock:
            if text != self._text:
                self._hear()
            self._text = text
            self._waits_for = self._waits_for if waits_for is None else waits_for

    def set_total(self, *, files: int, size_bytes: int) -> None:
        """The work has an end: so many files and bytes, of which nothing is done yet."""
        with self._lock:
            self._hear()
            self._files_total, self._bytes_total, self._has_total = files, size_bytes, True
            self._files_done = self._bytes_done = 0

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """So much more is done; negative when a file is started over."""
        with self._lock:
            self.skip(files=files, size_bytes=size_bytes)
            self._speed.received_bytes += max(size_bytes, 0)

    def skip(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """So much was there already: it is done, and says nothing about the speed."""
        with self._lock:
            self._hear()
            self._files_done += files
            self._bytes_done += size_bytes

    @contextmanager
    def working_on(self, name: str, size_bytes: int) -> Iterator[FileInWork]:
        """Within the block a worker has this file in hand; in a live terminal it gets a line if that takes a while."""
        file = FileInWork(self, name, size_bytes, self._clock())
        with self._lock:
            self._in_work.append(file)
        try:
            yield file
        finally:
            with self._lock:
                self._in_work.remove(file)

    def say(self, text: str, *, style: Style = "normal") -> None:
        """A lasting line above the progress."""
        self._screen.print(text, style)

    def facts(self) -> dict[str, object]:
        """All of it for a program; None: not known, or not yet. {} when there is nothing to say yet."""
        with self._lock:
            if not self._has_news():
                return {}
            speed = self._speed.bytes_per_second(self._clock()) if self._has_total else None
            if self._quiet_seconds() >= QUIET_AFTER_SECONDS:
                speed = None
            return {
                "work": self._title,
                "text": ", ".join(filter(None, [self._text, self._silence()])),
                "files": self._files_done,
                "of_files": self._files_total if self._has_total else None,
                "size_bytes": self._bytes_done,
                "of_bytes": self._bytes_total if self._has_total else None,
                "bytes_per_second": None if speed is None else round(speed),
            }

    def line(self) -> str:
        """All in one plain line of any length; "" when there is nothing to say yet."""
        with self._lock:
            if not self._has_news():
                return ""
            parts = [self._text] if self._text else []
            if self._has_total:
                parts = [f"{self._percent()} %", *self._amounts(), *filter(None, self._pace()), *parts]
            parts += filter(None, [self._silence()])
            return strip_controls(": ".join(filter(None, [self._title, ", ".join(parts)]))).replace("\n", " ")

    def lines(self) -> list[str]:
        """What fits a live terminal: one line for all, what else is to be said, and the files that take a while."""
        columns, rows = self._screen.size
        width = max(1, columns - ROOM_FOR_ECHO)
        with self._lock:
            lines = [self._measured(width)] if self._has_total else []
            if said := self._text if self._has_total else self._open_ended(width):
                lines += wrap_words(strip_controls(said), width)
            if silence := self._silence():
                lines += wrap_words(f"  {silence}", width)
            lines = [text_head(line, width) for line in lines]
            slow_since = self._clock() - _FILE_SHOWN_AFTER_SECONDS
            slow = [file for file in self._in_work if file.began <= slow_since]
            lines += [file.line(width) for file in slow[:_MOST_FILES]]
        return lines[: max(1, rows - 2)]

    def _has_news(self) -> bool:
        """Whether there is anything to say beyond the title."""
        return self._files_total > 0 or bool(self._text) or bool(self._silence())

    def _hear(self) -> None:
        """Something came."""
        self._news_at, self._news_time = self._clock(), self._now()

    def _quiet_seconds(self) -> float:
        return self._clock() - self._news_at

    def _silence(self) -> str:
        """Since when nothing came, what the work waits for, and until when if that is known; "" while things come."""
        if self._quiet_seconds() < QUIET_AFTER_SECONDS or not self._waits_for:
            return ""
        since = f"nothing has come since {format_clock(self._news_time)}"
        if self._expected.until > self._now():
            until = format_clock(self._expected.until)
            return f"{since}: {self._expected.who} asks us to wait until {until}, then it goes on by itself"
        return f"{since}: waiting for {self._waits_for}; it goes on by itself"

    def _percent(self) -> int:
        """How much is done, by bytes where there are any; 100 only when all is."""
        done, total = self._bytes_done, self._bytes_total
        if total <= 0:
            done, total = self._files_done, self._files_total
        return max(0, min(100, done * 100 // total)) if total > 0 else 100

    def _amounts(self) -> list[str]:
        files = f"{format_count(self._files_done)} of {plural('file', self._files_total)}"
        if self._bytes_total <= 0:
            return [files]
        return [files, f"{format_bytes(self._bytes_done)} of {format_bytes(self._bytes_total)}"]

    def _pace(self) -> tuple[str, str]:
        """Speed and time left in words; "" while they cannot be told."""
        speed = self._speed.bytes_per_second(self._clock())
        left = self._bytes_total - self._bytes_done
        quiet_seconds = self._quiet_seconds()
        if speed is None or self._bytes_total <= 0 or quiet_seconds >= QUIET_AFTER_SECONDS:
            return "", ""
        is_early = self._percent() < 1 and self._clock() - self._began < _TIME_LEFT_TOLD_AFTER_SECONDS
        is_told = speed > 0 and left > 0 and quiet_seconds <= _TIME_LEFT_HOLDS_SECONDS and not is_early
        time_left = f"{format_duration(left / speed)} left" if is_told else ""
        return f"{format_bytes(speed)}/s", time_left

    def _open_ended(self, width: int) -> str:
        """The time that has passed shows that the program is alive; it is left out where it would need another line."""
        elapsed = self._clock() - self._began
        text = f"{self._title}: {self._text}" if self._text else self._title
        timed = f"{text} ({format_duration(elapsed)})"
        return timed if elapsed >= _SHOW_ELAPSED_AFTER_SECONDS and display_width(timed) <= width else text

    def _measured(self, width: int) -> str:
        """Title, bar and percent, and of the other figures as many as fit, the most telling first."""
        title, percent = strip_controls(self._title), self._percent()
        (files, *size), (speed, time_left) = self._amounts(), self._pace()
        shown = [f"{percent} %"]
        for more in (speed, time_left, files, *size):
            in_order = [figure for figure in (shown[0], files, *size, speed, time_left) if figure in {*shown, more}]
            if more and len(title) + _NARROWEST_BAR + len(", ".join(in_order)) + 4 <= width:
                shown = in_order
        end = ", ".join(shown)
        bar_width = min(_WIDEST_BAR, width - len(title) - len(end) - 4)
        if bar_width < _NARROWEST_BAR:
            return f"{title}: {end}"
        full, empty = "█░" if self._screen.can_show("█░") else "#-"
        filled = bar_width * percent // 100
        return f"{title}  {full * filled}{empty * (bar_width - filled)}  {end}"


@contextmanager
def show_progress(
    screen: Screen,
    title: str,
    *,
    waits_for: str,
    expected: Expected,
    plain_period_seconds: float,
    tell: Callable[[dict[str, object]], None] | None,
) -> Iterator[Progress]:
    """Show a progress as the output allows, until the block ends; `tell` is given its figures once a second."""
    progress = Progress(screen, title, waits_for=waits_for, expected=expected)
    with ExitStack() as shown:
        if tell is not None:
            shown.enter_context(_repeating(_on_news(progress.facts, tell), EVENT_PERIOD_SECONDS))
        if screen.is_live:
            place = shown.enter_context(screen.changing_lines())
            shown.enter_context(_repeating(lambda: place.show(progress.lines()), 1 / DRAWINGS_PER_SECOND))
        else:
            print_news = _on_news(progress.line, screen.print)
            shown.callback(print_news)  # the last figures, also when the work breaks off
            shown.enter_context(_repeating(print_news, plain_period_seconds))
        yield progress


def _on_news(read: Callable[[], _News], tell: Callable[[_News], object]) -> Callable[[], None]:
    """What tells the news that there are; nothing that it has told before."""
    last: _News | None = None

    def tell_news() -> None:
        nonlocal last
        news = read()
        if news and news != last:
            last = news
            tell(news)

    return tell_news


@contextmanager
def _repeating(action: Callable[[], None], period_seconds: float) -> Iterator[None]:
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(period_seconds):
            action()

    thread = threading.Thread(target=repeat, name="progress", daemon=True)
    with suppress(RuntimeError):  # the system gives no more threads: the work goes on without being drawn
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if thread.ident is not None:
            thread.join()
