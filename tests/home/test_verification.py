"""verification.json: written in one step, read a line at a time, checked when read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import StateFileBroken
from onedrive.home.verification import (
    VERIFICATION,
    ItemClass,
    VerifiedItem,
    read_verification,
    read_verified_items,
    write_verification,
)
from tests.report.verified import verified, write_verified

ITEM = verified("/Pictures/\ud800 ü.jpg", local_path="Pictures/\ufffd ü.jpg")
STRANGER = VerifiedItem("", "", "", ItemClass.ONLY_HERE, "now", "mine.txt", reason="never there")


def test_what_is_written_is_read_again_and_plain_json_for_other_programs(home: Path) -> None:
    assert read_verification(home) is None
    facts = write_verified(home, [ITEM, STRANGER], manifest_bytes=7)

    row = json.loads((home / VERIFICATION).read_text())
    assert read_verification(home) == facts
    assert list(read_verified_items(home)) == [ITEM, STRANGER]
    assert (row["version"], row["verdict"]) == (1, facts.verdict)
    assert [item["class"] for item in row["items"]] == ["proven", "only here"]


def test_facts_are_asked_for_at_the_end_and_what_fails_in_the_middle_leaves_the_old_file(home: Path) -> None:
    facts, seen = write_verified(home, []), list[str]()

    def items(error: type[BaseException] | None) -> Iterator[VerifiedItem]:
        seen.append("an item")
        yield ITEM
        if error:
            raise error

    write_verification(home, lambda: replace(facts, verdict=f"after {seen[0]}"), items(None))
    with pytest.raises(KeyboardInterrupt):
        write_verification(home, facts, items(KeyboardInterrupt))

    found = read_verification(home)
    assert found is not None
    assert found.verdict == "after an item"
    assert list(read_verified_items(home)) == [ITEM]
    assert [path.name for path in home.iterdir()] == [VERIFICATION]


@pytest.mark.parametrize("text", ["", "{", "[]\n", '{"version":2, "items":[\n]}\n', '{"version":1, "items":[\n]}\n'])
def test_a_damaged_file_is_named(home: Path, text: str) -> None:
    (home / VERIFICATION).write_text(text)

    with pytest.raises(StateFileBroken, match=r"verification\.json"):
        read_verification(home)


@pytest.mark.parametrize("line", ["{", '{"id":1,"class":"proven"}', '{"id":"1","class":"?"}', '{"id":"1","size":"x"}'])
def test_a_damaged_item_is_named(home: Path, line: str) -> None:
    write_verified(home, [ITEM])
    lines = (home / VERIFICATION).read_text().splitlines()
    (home / VERIFICATION).write_text("\n".join([lines[0], line, *lines[2:]]))

    with pytest.raises(StateFileBroken, match=r"verification\.json"):
        list(read_verified_items(home))
