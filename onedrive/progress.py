"""How far a long step is, for the person who waits.

The work tells its figures, which costs next to nothing; a thread of its own draws them: some times a second in a live
terminal, as a plain line every ten seconds elsewhere, and once more at the end there. In a live terminal the lines are
taken away at the end: the step's summary says more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from onedrive.progress_figures import ProgressFigures, live_lines, plain_line
from onedrive.screen import Screen, Style

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
