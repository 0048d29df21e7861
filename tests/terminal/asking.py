"""What the tests of this folder share: a Terminal at a pty or a pipe, and a question asked in a thread of its own."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from onedrive.terminal.input import QuestionWithdrawn
from onedrive.terminal.terminal import Terminal
from tests.person import PATIENCE_SECONDS, Person, wait_for

LIVE = {"TERM": "xterm"}
NO_COLOUR = {"TERM": "xterm", "NO_COLOR": "1"}
DUMB = {"TERM": "dumb"}


class Asking:
    """A question asked in a thread of its own, so that the person can type meanwhile."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._answers: list[str] = []
        self._ask = ask
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answer(self) -> str:
        """What was typed; how it ended when there is no answer."""
        self._thread.join(PATIENCE_SECONDS)
        return self._answers[0]

    def _run(self) -> None:
        try:
            self._answers.append(self._ask())
        except (QuestionWithdrawn, KeyboardInterrupt) as end:
            self._answers.append(type(end).__name__)


def sit_down(person: Person, environ: dict[str, str] = LIVE, *, plain: bool = False) -> Terminal:
    """A Terminal at the person's pty."""
    return Terminal(stdin=person.keyboard, stdout=person.screen, environ=environ, plain=plain)


@contextmanager
def asked(
    question: str,
    environ: dict[str, str] = LIVE,
    *,
    times: int = 1,
    plain: bool = False,
    width: int = 80,
    **how: Any,  # noqa: ANN401  # passed on
) -> Iterator[tuple[Person, Terminal, Asking]]:
    """A person whom a question is put to, once or more often; they can type, and hear its answers joined by commas."""
    with Person(width=width) as person:
        terminal = sit_down(person, environ, plain=plain)
        asking = Asking(lambda: ",".join([terminal.ask(question, **how) for _ in range(times)]))
        wait_for(lambda: not person.is_canonical(), "the question")
        yield person, terminal, asking


def piped(text: str, **how: Any) -> tuple[Terminal, io.StringIO]:  # noqa: ANN401  # passed on
    """A Terminal that reads this, and what it prints."""
    output = io.StringIO()
    return Terminal(**{"stdin": io.StringIO(text), "stdout": output, "environ": {}, **how}), output
