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
    VerificationFacts,
    VerifiedItem,
    read_verification,
    read_verified_items,
    write_verification,
)

FACTS = VerificationFacts(
    when="2026-11-24T05:42:16+00:00",
    account_id="account",
    drive_id="d",
    downloads="/downloads",
    verdict="All 2 files are here and proven.",
    is_good=True,
    is_whole=True,
    way="read",
    drive_files=2,
    drive_bytes=20,
    drive_folders=1,
    selection="everything",
    counts={"proven": (2, 20)},
    manifest_bytes=7,
)
ITEM = VerifiedItem(
    id="1",
    drive_id="d",
    path="/Pictures/\ud800 ü.jpg",
    local_path="Pictures/\ufffd ü.jpg",
    size_bytes=10,
    etag="e",
    ctag="c",
    hash="AAAA",
    item_class=ItemClass.PROVEN,
    when="2026-11-24T05:42:16+00:00",
    kind="photos",
    day="2023-05-06",
)
STRANGER = VerifiedItem("", "", "", ItemClass.ONLY_HERE, "now", "mine.txt", reason="never there")


def test_what_is_written_is_read_again_and_plain_json_for_other_programs(home: Path) -> None:
    assert read_verification(home) is None
    write_verification(home, FACTS, [ITEM, STRANGER])

    row = json.loads((home / VERIFICATION).read_text())
    assert read_verification(home) == FACTS
    assert list(read_verified_items(home)) == [ITEM, STRANGER]
    assert (row["version"], row["verdict"]) == (1, FACTS.verdict)
    assert [item["class"] for item in row["items"]] == ["proven", "only here"]


def test_facts_that_are_known_only_at_the_end_are_asked_for_then(home: Path) -> None:
    seen: list[str] = []

    def items() -> Iterator[VerifiedItem]:
        seen.append("an item")
        yield ITEM

    write_verification(home, lambda: replace(FACTS, verdict=f"after {seen[0]}"), items())

    facts = read_verification(home)
    assert facts is not None
    assert facts.verdict == "after an item"
    assert sorted(path.name for path in home.iterdir()) == [VERIFICATION]


def test_a_verification_that_fails_in_the_middle_leaves_the_old_one(home: Path) -> None:
    write_verification(home, FACTS, [ITEM])

    def items() -> Iterator[VerifiedItem]:
        yield STRANGER
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_verification(home, FACTS, items())

    assert list(read_verified_items(home)) == [ITEM]


@pytest.mark.parametrize("text", ["", "{", "[]\n", '{"version":2, "items":[\n]}\n', '{"version":1, "items":[\n]}\n'])
def test_a_damaged_file_is_named(home: Path, text: str) -> None:
    (home / VERIFICATION).write_text(text)

    with pytest.raises(StateFileBroken, match=r"verification\.json"):
        read_verification(home)


@pytest.mark.parametrize("line", ["{", '{"id":1,"class":"proven"}', '{"id":"1","class":"?"}', '{"id":"1","size":"x"}'])
def test_a_damaged_item_is_named(home: Path, line: str) -> None:
    write_verification(home, FACTS, [ITEM])
    lines = (home / VERIFICATION).read_text().splitlines()
    (home / VERIFICATION).write_text("\n".join([lines[0], line, *lines[2:]]))

    with pytest.raises(StateFileBroken, match=r"verification\.json"):
        list(read_verified_items(home))
