"""Events as JSON lines: whole lines, in every encoding, without addresses, also when nobody reads."""

from __future__ import annotations

import io
import json
import os
import threading
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from onedrive.terminal.events import EventWriter


def _written(name: str, **fields: object) -> str:
    stream = io.StringIO()
    EventWriter(stream, now=lambda: datetime(2026, 11, 24, 5, 42, 16, 250_000, UTC)).write(name, fields)
    return stream.getvalue()


def test_a_line_has_version_event_and_time_before_its_fields() -> None:
    assert _written("item", path="/a.jpg", size_bytes=7) == (
        '{"v": 1, "event": "item", "time": "2026-11-24T05:42:16.250Z", "path": "/a.jpg", "size_bytes": 7}\n'
    )


@trials(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None)))
def test_any_name_comes_back_as_it_was_and_in_one_line_of_ascii(name: str) -> None:
    line = _written("item", path=f"/{name}")

    assert line.isascii()
    assert line.count("\n") == 1
    assert line.rstrip("\n").isprintable()
    if "://" not in name:
        assert json.loads(line)["path"] == f"/{name}"


def test_an_address_is_its_host_alone_and_the_line_stays_json() -> None:
    line = _written("error", sentence='No "https://x.1drv.com/y/f?tempauth=eyJ0eXAi&z=1" now', hint="see https://a.com")

    assert json.loads(line)["sentence"] == 'No "x.1drv.com/..." now'
    assert json.loads(line)["hint"] == "see a.com"


def test_lines_of_many_threads_stay_whole() -> None:
    stream = io.StringIO()
    writer = EventWriter(stream)

    def write_some(number: int) -> None:
        for i in range(50):
            writer.write("item", {"number": number, "i": i, "filler": "x" * 200})

    threads = [threading.Thread(target=write_some, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {(row["number"], row["i"]) for row in rows} == {(number, i) for number in range(8) for i in range(50)}


def test_a_pipe_that_nobody_reads_is_no_error() -> None:
    reader, end = os.pipe()
    os.close(reader)
    with os.fdopen(end, "w", encoding="ascii") as stream:
        writer = EventWriter(stream)

        writer.write("item", {})
        writer.write("item", {})


def test_without_a_stream_nothing_is_written() -> None:
    EventWriter(None).write("item", {})
