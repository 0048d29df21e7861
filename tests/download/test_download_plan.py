"""What is to be done for each file, decided before any request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from onedrive.download.plan import Action, choose_action
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.manifest import (
    DIFFERS_BY_DESIGN,
    VERIFIED_BY_HASH,
    VERIFIED_BY_REPEAT,
    Manifest,
    ManifestLine,
)
from onedrive.local.proof import LocalFile, is_same_content

QUICK, OTHER = "aCgDG9jwBhDc4Q1yawMZAAAAAAA=", "AAAAAAAAAAAAAAAAoAAAAAAAAAA="
ITEM = DriveItem(
    "1",
    "a.jpg",
    Kind.FILE,
    path="/A/a.jpg",
    drive_id="d",
    parent_id="p",
    size=11,
    etag="e1",
    ctag="c1",
    facets={"file": {"hashes": {"quickXorHash": QUICK}}},
)
CHANGED = replace(ITEM, etag="e2", ctag="c2", facets={"file": {"hashes": {"quickXorHash": OTHER}}})
LINE = ManifestLine("1", "d", "c1", "e1", "/A/a.jpg", "A/a.jpg", 11, 1000, QUICK, VERIFIED_BY_HASH)
OURS, TOUCHED, EDITED = LocalFile(11, 1001), LocalFile(11, 5000), LocalFile(12, 5000)
FOLDER = LocalFile(4096, 1000, is_file=False)


def _manifest(*lines: ManifestLine) -> Manifest:
    manifest = Manifest()
    for line in lines:
        manifest.take(line)
    return manifest


def _recorded(line: ManifestLine = LINE) -> ManifestLine:
    recorded = _manifest(line).find(line.drive_id, line.id)
    assert recorded is not None
    return recorded


def _disk(files: dict[str, LocalFile]) -> Callable[[str], LocalFile | None]:
    return lambda place: files.get(place)


RECORDED = _recorded()
ELSEWHERE = _recorded(replace(LINE, path="/B/b.jpg", place="B/b.jpg"))


@pytest.mark.parametrize(
    ("item", "local", "recorded", "action"),
    [
        (ITEM, None, None, Action.FETCH),
        (ITEM, None, RECORDED, Action.FETCH),
        (ITEM, None, ELSEWHERE, Action.MOVE),
        (CHANGED, None, ELSEWHERE, Action.FETCH),
        (ITEM, OURS, RECORDED, Action.SKIP),
        (CHANGED, OURS, RECORDED, Action.FETCH),
        (ITEM, TOUCHED, RECORDED, Action.ADOPT),
        (ITEM, EDITED, RECORDED, Action.FETCH),
        (CHANGED, TOUCHED, RECORDED, Action.ADOPT),
        (CHANGED, EDITED, RECORDED, Action.FETCH),
        (ITEM, OURS, None, Action.ADOPT),
        (ITEM, EDITED, None, Action.FETCH),
        (ITEM, OURS, ELSEWHERE, Action.ADOPT),
        (ITEM, FOLDER, None, Action.FETCH),
        (ITEM, FOLDER, RECORDED, Action.FETCH),
        (replace(ITEM, facets={"file": {}, "malware": {}}), None, None, Action.REFUSE),
        (replace(ITEM, kind=Kind.PACKAGE), None, None, Action.REFUSE),
        (replace(ITEM, kind=Kind.FOLDER), OURS, RECORDED, Action.REFUSE),
    ],
)
def test_the_table_of_actions(
    item: DriveItem, local: LocalFile | None, recorded: ManifestLine | None, action: Action
) -> None:
    assert choose_action(item, local, recorded, "A/a.jpg") is action


@pytest.mark.parametrize(
    ("item", "line", "same"),
    [
        (ITEM, LINE, True),
        (CHANGED, LINE, False),
        (replace(ITEM, ctag="moved to another back end"), LINE, True),
        (replace(ITEM, ctag=""), LINE, True),
        (replace(CHANGED, ctag="", etag="e1"), LINE, True),
        (replace(ITEM, ctag="", etag="", facets={}), LINE, False),
        (ITEM, replace(LINE, ctag="", etag="", quick_xor_hash=OTHER), False),
        (replace(ITEM, facets={"file": {"hashes": {"sha1Hash": "AB"}}}, ctag="x"), replace(LINE, sha1="ab"), True),
        (ITEM, replace(LINE, verified=DIFFERS_BY_DESIGN), True),
        (replace(ITEM, etag="e2"), replace(LINE, verified=DIFFERS_BY_DESIGN), False),
        (replace(ITEM, etag=""), replace(LINE, verified=DIFFERS_BY_DESIGN), True),
        (ITEM, replace(LINE, verified=VERIFIED_BY_REPEAT), True),
        (replace(ITEM, etag="e2"), replace(LINE, verified=VERIFIED_BY_REPEAT), False),
    ],
)
def test_when_content_counts_as_the_same(item: DriveItem, line: ManifestLine, same: bool) -> None:
    assert is_same_content(item, _recorded(line)) is same
