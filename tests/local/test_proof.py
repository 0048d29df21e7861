"""Are these bytes the file?"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from onedrive.graph.item import DriveItem, Kind
from onedrive.home.manifest import AS_SENT, DIFFERS_BY_DESIGN, VERIFIED_BY_HASH, VERIFIED_BY_REPEAT, VERIFIED_BY_SIZE
from onedrive.local.hashing import ContentHash, Digest
from onedrive.local.proof import hash_agrees, judge, judge_again, looks_like_page, may_differ_by_design, why_unproven

PERSONAL, WORK = "0f09000000cfea42", "b!7Jp1xQm2hUqkT0sVd3wZ9aLr5YyC8eNfGbX4oPiK6uHtMvRjEzDlQnSgWcA1B2F3"
CONTENT = b"hello world"
QUICK = "aCgDG9jwBhDc4Q1yawMZAAAAAAA="
OTHER = "AAAAAAAAAAAAAAAAoAAAAAAAAAA="


def _item(name: str = "a.jpg", *, drive_id: str = PERSONAL, size: int | None = 11, **hashes: str) -> DriveItem:
    return DriveItem("id", name, Kind.FILE, drive_id=drive_id, size=size, facets={"file": {"hashes": hashes}})


def _digest(content: bytes = CONTENT) -> Digest:
    hashes = ContentHash(with_sha256=True, with_sha1=True)
    hashes.update(content)
    return hashes.digest()


GOT = _digest()
NO_HASHES = (
    "",
    " ",
    "unavailable",
    "no base64 at all",
    QUICK[:-1],
    QUICK.replace("/", "_")[1:],
    "ab" * 31,
    "_-" * 13 + "A=",
)
SHA256 = hashlib.sha256(CONTENT).hexdigest().upper()
SHA1 = hashlib.sha1(CONTENT).hexdigest().upper()


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        (_item(quickXorHash=QUICK), VERIFIED_BY_HASH),
        (_item(quickXorHash=QUICK, size=99), VERIFIED_BY_HASH),
        (_item(quickXorHash=base64.b64decode(QUICK).hex()), VERIFIED_BY_HASH),
        (_item(quickXorHash=OTHER), None),
        (_item(quickXorHash=OTHER, sha256Hash=SHA256), VERIFIED_BY_HASH),
        (_item(quickXorHash=QUICK, sha256Hash="0" * 64), None),
        (_item(quickXorHash=QUICK, sha1Hash="0" * 40), None),
        (_item(sha256Hash=SHA256, sha1Hash="0" * 40), None),
        (_item(quickXorHash=OTHER, sha1Hash=SHA1.lower()), VERIFIED_BY_HASH),
        (_item(sha256Hash=SHA256), VERIFIED_BY_HASH),
        (_item(sha1Hash=SHA1), VERIFIED_BY_HASH),
        (_item(sha1Hash="00" * 20), None),
        (_item(), VERIFIED_BY_SIZE),
        (_item(size=12), None),
        (_item(size=None), None),
        *((_item(quickXorHash=none), VERIFIED_BY_SIZE) for none in NO_HASHES),
        *((_item(quickXorHash=none, sha256Hash=none, size=12), None) for none in NO_HASHES),
        *((_item(sha256Hash=none, sha1Hash=none, quickXorHash=QUICK), VERIFIED_BY_HASH) for none in NO_HASHES),
        (_item(quickXorHash="A" * 27 + "="), VERIFIED_BY_SIZE),
    ],
)
def test_the_first_verdict(item: DriveItem, verdict: str | None) -> None:
    assert judge(item, GOT) == verdict


@pytest.mark.parametrize(
    ("item", "first", "is_page", "verdict"),
    [
        (_item(quickXorHash=QUICK), _digest(b"other"), False, VERIFIED_BY_HASH),
        (_item(quickXorHash=OTHER), GOT, False, None),
        (_item("a.heic", quickXorHash=OTHER, size=50), GOT, False, DIFFERS_BY_DESIGN),
        (_item("a.HEIF", quickXorHash=OTHER, size=50), GOT, False, DIFFERS_BY_DESIGN),
        (_item("a.heic", quickXorHash=OTHER, size=50), _digest(b"other bytes"), False, None),
        (_item("a.heic", quickXorHash=OTHER, size=11), GOT, False, None),
        (_item("a.heic", quickXorHash=OTHER, size=5), GOT, False, AS_SENT),
        (_item("a.jpg", quickXorHash=OTHER, size=12), GOT, False, AS_SENT),
        (_item("a.jpg", quickXorHash=OTHER, size=12), GOT, True, None),
        (_item("a.jpg", quickXorHash=OTHER, size=12), replace(GOT, sha256="0" * 64), False, None),
        (_item("a.jpg", quickXorHash=OTHER, size=None), GOT, False, None),
        (_item("a.jpg", quickXorHash=QUICK, sha256Hash="0" * 64), GOT, False, None),
        (_item("a.docx", quickXorHash=OTHER, drive_id=WORK), GOT, False, DIFFERS_BY_DESIGN),
        (_item("a.PDF", quickXorHash=OTHER, drive_id=WORK, size=1), GOT, False, DIFFERS_BY_DESIGN),
        (_item("a.jpg", quickXorHash=OTHER, drive_id=WORK), GOT, False, None),
        (_item("a.docx", quickXorHash=OTHER), GOT, False, None),
        (_item(size=12), GOT, False, VERIFIED_BY_REPEAT),
        (_item(size=12), _digest(b"other bytes"), False, None),
        (_item("a.docx", quickXorHash=OTHER, drive_id=WORK), GOT, True, None),
        (_item("a.heic", quickXorHash=OTHER, size=50), GOT, True, None),
        (_item(size=12), GOT, True, None),
        (_item("empty.bin", size=0), GOT, False, None),
    ],
)
def test_the_second_verdict(item: DriveItem, first: Digest, is_page: bool, verdict: str | None) -> None:
    assert judge_again(item, first, GOT, looks_like_page=is_page) == verdict


def test_nothing_listed_says_nothing_and_an_empty_photo_is_no_live_photo() -> None:
    assert not may_differ_by_design(_item("a.heic", size=50), _digest(b""))
    assert hash_agrees(_item(), GOT) is None
    assert hash_agrees(_item(sha256Hash=SHA256), replace(GOT, sha256=None)) is None


@pytest.mark.parametrize(
    ("name", "mime_type", "content_type", "beginning", "is_page"),
    [
        ("a.jpg", "image/jpeg", "text/html; charset=utf-8", b"", True),
        ("a.jpg", "image/jpeg", "application/json", b"", True),
        ("a.jpg", "image/jpeg", "", b" \r\n<!DOCTYPE html><html>", True),
        ("a.jpg", "image/jpeg", "image/jpeg", b'{"error":{"code"', True),
        ("a.jpg", "image/jpeg", "image/jpeg", b"\xff\xd8\xff", False),
        ("a.html", "", "text/html", b"<html>", False),
        ("a.JSON", "", "application/json", b"{", False),
        ("saved page", "text/html", "text/html", b"<html>", False),
        ("a.jpg", "image/jpeg", "text/plain", b"<h", False),
    ],
)
def test_pages_are_told_from_files(
    name: str, mime_type: str, content_type: str, beginning: bytes, is_page: bool
) -> None:
    item = replace(_item(name), facets={"file": {"mimeType": mime_type}})

    assert looks_like_page(item, content_type, beginning, has_other_size=False) is is_page


@pytest.mark.parametrize(("hashes", "is_page"), [({}, True), ({"quickXorHash": OTHER}, False)])
def test_where_no_hash_tells_a_page_of_another_size_is_no_file(hashes: dict[str, str], *, is_page: bool) -> None:
    item = replace(_item("notes.txt", size=3), facets={"file": {"hashes": hashes}})

    assert looks_like_page(item, "text/html", b"<html>", has_other_size=True) is is_page


def test_the_error_names_both_values() -> None:
    error = why_unproven(_item(quickXorHash=OTHER, size=12), GOT, is_page=False)

    assert error.sentence == (
        "what OneDrive sends is not what it lists, the second time too (12 bytes listed, 11 received; "
        f"checksum {OTHER} listed, {QUICK} received); it was not kept"
    )
