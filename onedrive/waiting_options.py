"""Options that wait for another one: a download for the list, the list for a sign-in; then they go on by themselves."""

from __future__ import annotations

import time
from collections.abc import Callable

# What is missing again so soon was not cured: then the person is told, and nothing goes round in circles.
NO_CURE_SECONDS = 60.0


class WaitingOptions:
    """The options that go on when another one is done; the one chosen first waits longest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: list[tuple[int, int]] = []  # an option, and the one it waits for
        self._went_on: dict[tuple[int, int], float] = {}

    def wait(self, number: int, *, until: int) -> bool:
        """Let an option wait until another is done; False when it has just been, and that was no cure."""
        pair = (number, until)
        went_on = self._went_on.get(pair)
        is_circle = number == until or pair in self._waiting
        if is_circle or (went_on is not None and self._clock() - went_on <= NO_CURE_SECONDS):
            return False
        self._waiting.append(pair)
        return True

    def describe(self) -> str:
        """What comes after all that is missing: the option that the person chose is always among it."""
        numbers = [str(number) for number, _ in reversed(self._waiting)]
        if len(numbers) == 1:
            return f"option {numbers[0]} then goes on by itself"
        return f"options {', '.join(numbers[:-1])} and {numbers[-1]} then go on by themselves"

    def go_on(self, done: int) -> int | None:
        """An option is done: the one that waited for it, None when none did."""
        if not self._waiting or self._waiting[-1][1] != done:
            return None
        pair = self._waiting.pop()
        self._went_on[pair] = self._clock()
        return pair[0]

    def forget(self) -> None:
        """What was to come first did not come about."""
        self._waiting.clear()
