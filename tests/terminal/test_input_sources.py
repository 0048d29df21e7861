from __future__ import annotations

import io
import os
from pathlib import Path

from onedrive.terminal.input import NoInput, StreamInput, file_descriptor, open_source
from tests.person import Person


def test_no_input_has_ended_before_it_began() -> None:
    source = open_source(None, marks_pastes=False)

    assert isinstance(source, NoInput)
    assert source.read(0.1) == ""
    assert not source.take_resumed()


def test_a_stream_in_memory_is_read_to_its_end() -> None:
    source = open_source(io.StringIO("3\n0\n"), marks_pastes=False)

    assert isinstance(source, StreamInput)
    with source.question():
        assert [source.read(0), source.read(0)] == ["3\n0\n", ""]


def test_a_file_is_no_keyboard(tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    answers.write_text("3\n", encoding="utf-8")

    with answers.open(encoding="utf-8") as stream:
        source = open_source(stream, marks_pastes=False)
        read = [source.read(0.1), source.read(0.1)]

    assert not source.is_keyboard
    assert read == ["3\n", ""]


def test_a_terminal_is_a_keyboard() -> None:
    with Person() as person:
        assert open_source(person.keyboard, marks_pastes=False).is_keyboard


def test_streams_without_a_descriptor_are_known() -> None:
    closed = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    closed.close()

    assert file_descriptor(io.StringIO()) is None
    assert file_descriptor(closed) is None
