"""Is what stands here the file that OneDrive lists? What is read of it, and the table that judges."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from onedrive import quickxorhash
from onedrive.graph.item import DriveItem, from_json
from onedrive.home.manifest import (
    DIFFERS_BY_DESIGN,
    VERIFIED_BY_HASH,
    VERIFIED_BY_REPEAT,
    VERIFIED_BY_SIZE,
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
    tags = {"eTag": f"e{ctag}", "cTag": ctag, "lastModifiedDateTime": WHEN, "parentReference": {"driveId": "d"}}
    row = {"id": "1", "name": name, "path": f"/{name}", "size": size_bytes, "file": {"hashes": hashes}, **tags}
    return from_json(row)


def _recorded(content: bytes = CONTENT, *, verified: str = VERIFIED_BY_HASH, ctag: str = "c1") -> ManifestLine:
    quick_xor_hash = base64.b64encode(_quick(content)).decode()
    line = ("1", "d", ctag, f"e{ctag}", "/a.txt", "", len(content), SECONDS, quick_xor_hash, verified)
    return ManifestLine(*line)


def _found(content: bytes = CONTENT, *, seconds: int = SECONDS, is_read: bool = True, error: str = "") -> FoundFile:
    found = FoundFile(len(content), seconds * 10**9, 1, FILE, error=error)
    if is_read:
        found.quick_xor, found.sha256, found.is_read = _quick(content), hashlib.sha256(content).digest(), True
    return found


PROVEN, DAMAGED, CHANGED = ItemClass.PROVEN, ItemClass.DAMAGED, ItemClass.CHANGED
SAME_SIZE, TRUSTED = ItemClass.SAME_SIZE, ItemClass.TRUSTED
BY_SIZE, BY_REPEAT = _recorded(verified=VERIFIED_BY_SIZE), _recorded(verified=VERIFIED_BY_REPEAT)
BY_DESIGN = _recorded(verified=DIFFERS_BY_DESIGN)
NEWEST = _item(OTHER, ctag="c2")
SILENTLY = reasons.CHANGED_SILENTLY


@pytest.mark.parametrize(
    ("item", "recorded", "found", "item_class", "reason"),
    [
        (_item(), _recorded(), _found(), PROVEN, ""),
        (_item(), _recorded(), _found(seconds=1), PROVEN, ""),
        (_item(), None, _found(), PROVEN, ""),
        (_item(ctag="c2"), _recorded(OTHER), _found(), PROVEN, ""),
        (_item(), _recorded(), _found(OTHER), DAMAGED, SILENTLY),
        (_item(), _recorded(), _found(OTHER, seconds=1), DAMAGED, reasons.CHANGED_HERE),
        (
            _item(),
            _recorded(),
            _found(SHORT, seconds=1),
            DAMAGED,
            "it is shorter than what was downloaded: 5 of 11 bytes",
        ),
        (_item(), None, _found(OTHER), DAMAGED, reasons.UNKNOWN_BYTES),
        (_item(None), None, _found(SHORT), DAMAGED, reasons.UNKNOWN_BYTES),
        (NEWEST, _recorded(), _found(), CHANGED, reasons.NEWER),
        (_item(None, ctag="c2"), _recorded(), _found(), CHANGED, reasons.NEWER),
        (_item(OTHER), _recorded(), _found(), CHANGED, reasons.NEWER),
        (_item(b"x", ctag="c2"), _recorded(), _found(OTHER), DAMAGED, f"{SILENTLY}; OneDrive has a newer version too"),
        (_item(None), BY_SIZE, _found(), SAME_SIZE, ""),
        (_item(None), None, _found(), SAME_SIZE, ""),
        (_item(None, size_bytes=99), BY_REPEAT, _found(), SAME_SIZE, reasons.BY_REPEAT),
        (_item(None), BY_SIZE, _found(OTHER), DAMAGED, SILENTLY),
        (_item(OTHER), BY_DESIGN, _found(), ItemClass.BY_DESIGN, reasons.BY_DESIGN),
        (NEWEST, BY_DESIGN, _found(), CHANGED, reasons.NEWER),
        (_item(OTHER, name="a.heic", size_bytes=99), None, _found(), DAMAGED, reasons.UNKNOWN_BY_DESIGN),
        (_item(), _recorded(), _found(is_read=False), TRUSTED, ""),
        (NEWEST, _recorded(), _found(is_read=False), CHANGED, reasons.NEWER),
        (_item(), None, _found(is_read=False), TRUSTED, reasons.UNRECORDED_TRUST),
        (_item(), _recorded(), _found(is_read=False, error="i/o error"), DAMAGED, "it cannot be read here (i/o error)"),
    ],
)
def test_a_file_is_in_the_class_that_its_bytes_deserve(
    item: DriveItem, recorded: ManifestLine | None, found: FoundFile, item_class: ItemClass, reason: str
) -> None:
    assert judge_file(item, recorded, found) == (item_class, reason)


@pytest.mark.parametrize(
    ("recorded", "kind", "reason"),
    [
        (None, None, reasons.NEVER_HERE),
        (_recorded(), None, reasons.GONE),
        (_recorded(), FOLDER, "a folder stands in its place"),
        (_recorded(), LINK, "a link stands in its place"),
    ],
)
def test_what_is_missing_says_why(recorded: ManifestLine | None, kind: str | None, reason: str) -> None:
    found = FoundFile(0, 0, 1, kind) if kind else None

    assert judge_missing(recorded, found) == (ItemClass.MISSING, reason)


@pytest.mark.parametrize(
    ("modified", "recorded", "found", "is_trusted"),
    [
        (SECONDS, _recorded(), _found(), True),
        (SECONDS, _recorded(), _found(seconds=SECONDS + 2), True),
        (SECONDS, _recorded(), _found(seconds=SECONDS + 3), False),
        (SECONDS, _recorded(), _found(SHORT), False),
        (SECONDS, replace(_recorded(), is_damaged=True), _found(), False),
        (SECONDS, None, _found(), True),
        (SECONDS, None, _found(SHORT), False),
        (SECONDS, None, _found(seconds=SECONDS + 3), False),
        (None, None, _found(), False),
    ],
)
def test_size_and_time_speak_for_a_file(
    modified: int | None, recorded: ManifestLine | None, found: FoundFile, is_trusted: bool
) -> None:
    assert may_trust(len(CONTENT), modified, recorded, found) == is_trusted


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


@pytest.mark.parametrize(
    ("got", "error"),
    [
        (FileHash("a", len(CONTENT) + 1, b"q" * 20), "it changed while it was being read"),
        (FileHash("a", error="permission denied"), "permission denied"),
    ],
)
def test_a_file_that_grew_or_could_not_be_read_is_not_believed(got: FileHash, error: str) -> None:
    file = _found(is_read=False)

    file.take(got)

    assert file.error == error
    assert judge_file(_item(), _recorded(), file)[0] is DAMAGED


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
