"""Is what stands here the file that OneDrive lists? What is read of it, and the table that judges."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from onedrive import quickxorhash
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.manifest import (
    DIFFERS_BY_DESIGN,
    VERIFIED_BY_HASH,
    VERIFIED_BY_REPEAT,
    VERIFIED_BY_SIZE,
    Manifest,
    ManifestLine,
)
from onedrive.home.verification import ItemClass
from onedrive.local.hashing import FileHash
from onedrive.verify import judgement as reasons
from onedrive.verify.judgement import FILE, FOLDER, LINK, FoundFile, judge_file, judge_missing, may_trust
from onedrive.verify.local_copy import choose_way

CONTENT, OTHER, SHORT = b"the content", b"not content", b"short"
SECONDS = 1_683_356_889
WHEN = "2023-05-06T07:08:09Z"


def _quick(content: bytes) -> bytes:
    return quickxorhash.new(content).digest()


def _item(
    content: bytes | None = CONTENT, *, name: str = "a.txt", ctag: str = "c1", size_bytes: int = len(CONTENT)
) -> DriveItem:
    hashes = {} if content is None else {"quickXorHash": base64.b64encode(_quick(content)).decode()}
    return DriveItem(
        id="1",
        name=name,
        kind=Kind.FILE,
        path=f"/{name}",
        drive_id="d",
        size=size_bytes,
        etag=f"e{ctag}",
        ctag=ctag,
        modified=WHEN,
        facets={"file": {"hashes": hashes}},
    )


def _recorded(content: bytes = CONTENT, *, verified: str = VERIFIED_BY_HASH, ctag: str = "c1") -> ManifestLine:
    manifest = Manifest()
    manifest.take(
        ManifestLine(
            id="1",
            drive_id="d",
            ctag=ctag,
            etag=f"e{ctag}",
            path="/a.txt",
            place="",
            size_bytes=len(content),
            modified=SECONDS,
            quick_xor_hash=base64.b64encode(_quick(content)).decode(),
            verified=verified,
        )
    )
    recorded = manifest.find("d", "1")
    assert recorded is not None
    return recorded


def _found(content: bytes = CONTENT, *, seconds: int = SECONDS, is_read: bool = True) -> FoundFile:
    found = FoundFile(len(content), seconds * 10**9, 1, FILE)
    if is_read:
        found.quick_xor, found.sha256, found.is_read = _quick(content), hashlib.sha256(content).digest(), True
    return found


@pytest.mark.parametrize(
    ("item", "recorded", "found", "expected"),
    [
        (_item(), _recorded(), _found(), (ItemClass.PROVEN, "")),
        (_item(), _recorded(), _found(seconds=1), (ItemClass.PROVEN, "")),
        (_item(), None, _found(), (ItemClass.PROVEN, "")),
        (_item(ctag="c2"), _recorded(OTHER), _found(), (ItemClass.PROVEN, "")),
        (_item(), _recorded(), _found(OTHER), (ItemClass.DAMAGED, reasons.CHANGED_SILENTLY)),
        (_item(), _recorded(), _found(OTHER, seconds=1), (ItemClass.DAMAGED, reasons.CHANGED_HERE)),
        (
            _item(),
            _recorded(),
            _found(SHORT, seconds=1),
            (ItemClass.DAMAGED, "it has 5 bytes, and 11 were downloaded"),
        ),
        (_item(), None, _found(OTHER), (ItemClass.DAMAGED, reasons.UNKNOWN_BYTES)),
        (_item(None), None, _found(SHORT), (ItemClass.DAMAGED, reasons.UNKNOWN_BYTES)),
        (_item(OTHER, ctag="c2"), _recorded(), _found(), (ItemClass.CHANGED, reasons.NEWER)),
        (_item(None, ctag="c2"), _recorded(), _found(), (ItemClass.CHANGED, reasons.NEWER)),
        (_item(OTHER), _recorded(), _found(), (ItemClass.CHANGED, reasons.NEWER)),
        (_item(None), _recorded(verified=VERIFIED_BY_SIZE), _found(), (ItemClass.SAME_SIZE, "")),
        (_item(None), None, _found(), (ItemClass.SAME_SIZE, "")),
        (
            _item(None, size_bytes=99),
            _recorded(verified=VERIFIED_BY_REPEAT),
            _found(),
            (ItemClass.SAME_SIZE, reasons.BY_REPEAT),
        ),
        (
            _item(None),
            _recorded(verified=VERIFIED_BY_SIZE),
            _found(OTHER),
            (ItemClass.DAMAGED, reasons.CHANGED_SILENTLY),
        ),
        (_item(OTHER), _recorded(verified=DIFFERS_BY_DESIGN), _found(), (ItemClass.BY_DESIGN, reasons.BY_DESIGN)),
        (_item(OTHER, ctag="c2"), _recorded(verified=DIFFERS_BY_DESIGN), _found(), (ItemClass.CHANGED, reasons.NEWER)),
        (
            _item(OTHER, name="a.heic", size_bytes=99),
            None,
            _found(),
            (ItemClass.DAMAGED, reasons.UNKNOWN_BY_DESIGN),
        ),
        (_item(), _recorded(), _found(is_read=False), (ItemClass.TRUSTED, "")),
        (_item(ctag="c2", content=OTHER), _recorded(), _found(is_read=False), (ItemClass.CHANGED, reasons.NEWER)),
        (_item(), None, _found(is_read=False), (ItemClass.TRUSTED, reasons.UNRECORDED_TRUST)),
    ],
)
def test_a_file_is_in_the_class_that_its_bytes_deserve(
    item: DriveItem, recorded: ManifestLine | None, found: FoundFile, expected: tuple[ItemClass, str]
) -> None:
    assert judge_file(item, recorded, found) == expected


def test_damage_and_a_newer_version_are_both_said() -> None:
    _, reason = judge_file(_item(b"newest", ctag="c2"), _recorded(), _found(OTHER))

    assert reason == f"{reasons.CHANGED_SILENTLY}; OneDrive has a newer version too"


def test_a_file_that_could_not_be_read_is_damaged_with_that_reason() -> None:
    found = _found(is_read=False)
    found.error = "input/output error"

    assert judge_file(_item(), _recorded(), found) == (
        ItemClass.DAMAGED,
        "it cannot be read here: input/output error",
    )


@pytest.mark.parametrize(
    ("recorded", "kind", "reason"),
    [
        (None, None, "it was never downloaded"),
        (_recorded(), None, "it was downloaded and is not there any more"),
        (_recorded(), FOLDER, "a folder stands in its place"),
        (_recorded(), LINK, "a link stands in its place"),
    ],
)
def test_what_is_missing_says_why(recorded: ManifestLine | None, kind: str | None, reason: str) -> None:
    found = FoundFile(0, 0, 1, kind) if kind else None

    assert judge_missing(recorded, found) == (ItemClass.MISSING, reason)


@pytest.mark.parametrize(
    ("recorded", "found", "is_trusted"),
    [
        (_recorded(), _found(), True),
        (_recorded(), _found(seconds=SECONDS + 2), True),
        (_recorded(), _found(seconds=SECONDS + 3), False),
        (_recorded(), _found(SHORT), False),
        (None, _found(), True),
        (None, _found(SHORT), False),
        (None, _found(seconds=SECONDS + 3), False),
    ],
)
def test_size_and_time_speak_for_a_file(recorded: ManifestLine | None, found: FoundFile, is_trusted: bool) -> None:
    assert may_trust(len(CONTENT), SECONDS, recorded, found) == is_trusted


def test_without_a_listed_time_nothing_speaks_for_an_unrecorded_file() -> None:
    assert not may_trust(len(CONTENT), None, None, _found())


def test_a_marked_record_is_never_trusted() -> None:
    assert not may_trust(len(CONTENT), SECONDS, replace(_recorded(), is_damaged=True), _found())


# --- what was read ----------------------------------------------------------------------------------------------------


def test_a_remembered_sum_stays_with_the_same_bytes_only() -> None:
    same, other = _found(is_read=False), _found(is_read=False)
    for file in (same, other):
        file.remember(b"q" * 20, b"s" * 32)

    same.take(FileHash("a", len(CONTENT), b"q" * 20))
    other.take(FileHash("a", len(CONTENT), b"x" * 20))

    assert (same.sha256, other.sha256) == (b"s" * 32, b"")
    assert same.is_read
    assert same.digest.quick_xor_hash == base64.b64encode(b"q" * 20).decode()
    assert same.digest.sha256 == (b"s" * 32).hex()


def test_a_file_that_grew_while_it_was_read_is_not_believed() -> None:
    file = _found(is_read=False)

    file.take(FileHash("a", len(CONTENT) + 1, b"q" * 20))

    assert file.error == "it changed while it was being read"


def test_what_could_not_be_read_keeps_the_reason() -> None:
    file = _found(is_read=False)

    file.take(FileHash("a", error="permission denied"))

    assert (file.error, file.is_read) == ("permission denied", False)


@pytest.mark.parametrize(
    ("quick", "sample", "words", "least", "most"),
    [
        (False, None, "read", 2000, 2000),
        (True, None, "quick", 0, 0),
        (False, 5.0, "sample 5 %", 60, 150),
        (True, 2.5, "sample 2.5 %", 20, 90),
        (False, 100.0, "read", 2000, 2000),
        (False, 0.0, "quick", 0, 0),
    ],
)
def test_the_way_says_how_many_are_read(quick: bool, sample: float | None, words: str, least: int, most: int) -> None:
    way = choose_way(quick=quick, sample_percent=sample, day="2026-11-24")

    assert way.describe() == words
    assert least <= sum(way.reads(f"id{number}") for number in range(2000)) <= most


def test_a_sample_is_the_same_all_day_and_another_one_tomorrow() -> None:
    today, again, tomorrow = (
        [choose_way(quick=False, sample_percent=50, day=day).reads(f"id{number}") for number in range(2000)]
        for day in ("2026-11-24", "2026-11-24", "2026-11-25")
    )

    assert today == again
    assert today != tomorrow
