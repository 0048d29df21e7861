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
from contextlib import ExitStack, contextmanager

from onedrive.terminal.screen import Screen, Style
from onedrive.words import (
    display_width,
    format_bytes,
    format_count,
    format_duration,
    plural,
    shorten_middle,
    strip_controls,
    text_head,
    wrap_words,
)

SPEED_WINDOW_SECONDS = 10.0
_SAMPLE_SECONDS = 0.25
_SHOW_ELAPSED_AFTER_SECONDS = 3
_WIDEST_BAR, _NARROWEST_BAR = 30, 8


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


class ProgressFigures:
    """What is known of the work: a text, or files and bytes done of a total; and what is in hand."""

    def __init__(self, title: str, now: float) -> None:
        self.title = title
        self.began = now
        self.text = ""
        self.working: dict[str, str] = {}
        self.files_total = 0
        self.bytes_total = 0
        self.files_done = 0
        self.bytes_done = 0
        self.has_total = False
        self._speed = SpeedMeter()
        self._speed.bytes_per_second(now)

    @property
    def has_news(self) -> bool:
        """Whether there is anything to say beyond the title."""
        return self.files_total > 0 or bool(self.text)

    @property
    def received_bytes(self) -> int:
        """How many bytes came so far, those that came twice counted twice."""
        return self._speed.received_bytes

    def set_total(self, files: int, size_bytes: int) -> None:
        """The work has an end: so many files and bytes, of which nothing is done yet."""
        self.files_total, self.bytes_total, self.has_total = files, size_bytes, True
        self.files_done = self.bytes_done = 0

    def advance(self, files: int, size_bytes: int) -> None:
        """So much more is done; negative when a file is started over."""
        self.skip(files, size_bytes)
        self._speed.received_bytes += max(size_bytes, 0)

    def skip(self, files: int, size_bytes: int) -> None:
        """So much was there already."""
        self.files_done += files
        self.bytes_done += size_bytes

    @property
    def percent(self) -> int:
        """How much is done, by bytes where there are any; 100 only when all is."""
        done, total = self.bytes_done, self.bytes_total
        if total <= 0:
            done, total = self.files_done, self.files_total
        return max(0, min(100, done * 100 // total)) if total > 0 else 100

    def amounts(self) -> list[str]:
        """Files and bytes of their totals, in words."""
        files = f"{format_count(self.files_done)} of {plural('file', self.files_total)}"
        if self.bytes_total <= 0:
            return [files]
        return [files, f"{format_bytes(self.bytes_done)} of {format_bytes(self.bytes_total)}"]

    def facts(self, now: float) -> dict[str, object]:
        """All of it for a program; None: not known, or not yet."""
        speed = self._speed.bytes_per_second(now) if self.has_total else None
        return {
            "work": self.title,
            "text": self.text,
            "files": self.files_done,
            "of_files": self.files_total if self.has_total else None,
            "size_bytes": self.bytes_done,
            "of_bytes": self.bytes_total if self.has_total else None,
            "bytes_per_second": None if speed is None else round(speed),
        }

    def pace(self, now: float) -> tuple[str, str]:
        """Speed and time left in words; "" while they cannot be told."""
        speed = self._speed.bytes_per_second(now)
        left = self.bytes_total - self.bytes_done
        if speed is None or self.bytes_total <= 0:
            return "", ""
        time_left = f"{format_duration(left / speed)} left" if speed > 0 and left > 0 else ""
        return f"{format_bytes(speed)}/s", time_left


def plain_line(figures: ProgressFigures, now: float, width: int | None = None) -> str:
    """All in one line; in a width, as many of its parts as fit."""
    parts = [figures.text] if figures.text else []
    if figures.has_total:
        parts = [f"{figures.percent} %", *figures.amounts(), *filter(None, figures.pace(now)), *parts]
    line = strip_controls(": ".join(filter(None, [figures.title, ", ".join(parts)]))).replace("\n", " ")
    if width is None:
        return line
    while len(parts) > 1 and len(line) > width:
        parts.pop()
        line = strip_controls(f"{figures.title}: {', '.join(parts)}").replace("\n", " ")
    return text_head(line, width)


def live_lines(figures: ProgressFigures, now: float, width: int, *, fine_bar: bool) -> list[str]:
    """Lines that fit the width: the title with a bar, the amounts, what else is to be said, and what is in hand."""
    lines = _measured(figures, now, width, "█░" if fine_bar else "#-") if figures.has_total else []
    said = figures.text if figures.has_total else _open_ended(figures, now, width)
    if said:
        lines += wrap_words(strip_controls(said), width)
    lines = [text_head(line, width) for line in lines]
    return lines + [
        "  " + shorten_middle(strip_controls(text).replace("\n", " "), width - 2) for text in figures.working.values()
    ]


def _open_ended(figures: ProgressFigures, now: float, width: int) -> str:
    """The time that has passed shows that the program is alive; it is left out where it would need a second line."""
    elapsed = now - figures.began
    text = f"{figures.title}: {figures.text}" if figures.text else figures.title
    timed = f"{text} ({format_duration(elapsed)})"
    return timed if elapsed >= _SHOW_ELAPSED_AFTER_SECONDS and display_width(timed) <= width else text


def _measured(figures: ProgressFigures, now: float, width: int, bar_characters: str) -> list[str]:
    speed, time_left = figures.pace(now)
    title = strip_controls(figures.title)
    end = f"{figures.percent} %" + (f", {time_left}" if time_left else "")
    bar_width = min(_WIDEST_BAR, width - len(title) - len(end) - 4)
    first = f"{title}  {_bar(figures.percent, bar_width, bar_characters)}  {end}"
    if bar_width < _NARROWEST_BAR:
        first = f"{title}: {end}"
    facts = ", ".join(filter(None, [*figures.amounts(), speed]))
    return [first, *wrap_words("  " + facts, width)]


def _bar(percent: int, width: int, characters: str) -> str:
    full = width * percent // 100
    return characters[0] * full + characters[1] * (width - full)


DRAWINGS_PER_SECOND = 8
PLAIN_PERIOD_SECONDS = 10.0
EVENT_PERIOD_SECONDS = 1.0


class Progress:
    """The figures of the work under way; may be told from any thread."""

    def __init__(self, screen: Screen, title: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._lock = threading.Lock()
        self._figures = ProgressFigures(title, clock())

    @property
    def received_bytes(self) -> int:
        """How many bytes came so far, those that came twice counted twice."""
        with self._lock:
            return self._figures.received_bytes

    def update(self, text: str) -> None:
        """What there is to say now: of open-ended work how much it has found, of other work why it waits."""
        with self._lock:
            self._figures.text = text

    def set_total(self, *, files: int, size_bytes: int) -> None:
        """The work has an end: so many files and bytes, of which nothing is done yet."""
        with self._lock:
            self._figures.set_total(files, size_bytes)

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """So much more is done; negative when a file is started over."""
        with self._lock:
            self._figures.advance(files, size_bytes)

    def skip(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """So much was there already: it is done, and says nothing about the speed."""
        with self._lock:
            self._figures.skip(files, size_bytes)

    def set_working(self, key: str, text: str | None) -> None:
        """What one of the workers has in hand, a line each in a live terminal; None: nothing any more."""
        with self._lock:
            self._figures.working.pop(key, None) if text is None else self._figures.working.update({key: text})

    def say(self, text: str, *, style: Style = "normal") -> None:
        """A lasting line above the progress."""
        self._screen.print(text, style)

    def lines(self) -> list[str]:
        """The progress as it shows in a live terminal now."""
        width, most = self._screen.footer_width, self._screen.most_footer_lines
        with self._lock:
            lines = live_lines(self._figures, self._clock(), width, fine_bar=self._screen.can_show("█░"))
            return lines[:most] if most > 1 else [plain_line(self._figures, self._clock(), width)]

    def facts(self) -> dict[str, object]:
        """The figures for a program that reads them; {} when there is nothing to say yet."""
        with self._lock:
            return self._figures.facts(self._clock()) if self._figures.has_news else {}

    def line(self) -> str:
        """The progress as one plain line of any length; "" when there is nothing to say yet."""
        with self._lock:
            return plain_line(self._figures, self._clock()) if self._figures.has_news else ""


@contextmanager
def show_progress(
    screen: Screen,
    title: str,
    *,
    plain_period_seconds: float = PLAIN_PERIOD_SECONDS,
    tell: Callable[[dict[str, object]], None] | None = None,
    event_period_seconds: float = EVENT_PERIOD_SECONDS,
) -> Iterator[Progress]:
    """Show a progress as the output allows, until the block ends; `tell` is given its figures once a second."""
    progress = Progress(screen, title)
    with ExitStack() as shown:
        if tell is not None:
            shown.enter_context(_told(progress, tell, event_period_seconds))
        if screen.is_live:
            shown.enter_context(_redrawn(screen, progress))
        else:
            shown.enter_context(_in_plain_lines(screen, progress, plain_period_seconds))
        yield progress


@contextmanager
def _told(progress: Progress, tell: Callable[[dict[str, object]], None], period_seconds: float) -> Iterator[None]:
    last: dict[str, object] = {}

    def tell_news() -> None:
        nonlocal last
        facts = progress.facts()
        if facts and facts != last:
            last = facts
            tell(facts)

    with _repeating(tell_news, period_seconds):
        yield


@contextmanager
def _redrawn(screen: Screen, progress: Progress) -> Iterator[None]:
    with screen.footer() as footer, _repeating(lambda: footer.show(progress.lines()), 1 / DRAWINGS_PER_SECOND):
        yield


@contextmanager
def _in_plain_lines(screen: Screen, progress: Progress, period_seconds: float) -> Iterator[None]:
    last = ""

    def print_news() -> None:
        nonlocal last
        line = progress.line()
        if line != last:
            last = line
            screen.print(line)

    try:
        with _repeating(print_news, period_seconds):
            yield
    finally:
        print_news()


@contextmanager
def _repeating(action: Callable[[], None], period_seconds: float) -> Iterator[None]:
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(period_seconds):
            action()

    thread = threading.Thread(target=repeat, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
