from __future__ import annotations

import os

from onedrive.terminal.input import LineReader
from onedrive.terminal.windows import ThreadedInput
from tests.terminal.test_line_reader import Shown, never


def test_a_pipe_is_read_as_it_comes_and_to_its_end() -> None:
    reading, writing = os.pipe()
    source = ThreadedInput(reading, "utf-8")

    nothing_yet = source.read(0.01)
    os.write(writing, "ü".encode()[:1])
    os.write(writing, "ü".encode()[1:] + b"\r")
    letter = LineReader(source).read_line(Shown(), until=never)
    os.close(writing)
    end = [source.read(5), source.read(5)]
    os.close(reading)

    assert nothing_yet is None
    assert letter == "ü"
    assert end == ["", ""]


def test_a_pipe_that_cannot_be_read_has_ended() -> None:
    reading, writing = os.pipe()
    os.close(writing)

    source = ThreadedInput(writing, "utf-8")
    end = source.read(5)
    os.close(reading)

    assert end == ""
    assert not source.is_keyboard
    assert not source.take_resumed()
