"""Every item in exactly one class: the odd ones that a whole download does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.home.lists import ListException
from onedrive.home.verification import ItemClass
from tests.verify.account_scene import Scene


@pytest.fixture
def scene(home: Path) -> Scene:
    return Scene(home, home / "downloads")


def _classes(scene: Scene) -> dict[str, ItemClass]:
    items, _ = scene.account()
    return {path: item.item_class for path, item in items.items()}


@pytest.mark.parametrize("hashes", [("sha1Hash",), ("sha256Hash",), ("sha1Hash", "sha256Hash")])
def test_a_file_of_which_only_another_hash_is_listed_is_proven_by_that(scene: Scene, hashes: tuple[str, ...]) -> None:
    scene.list_file("/a", b"right", hashes=hashes)
    scene.list_file("/b", b"right", hashes=hashes)
    scene.put("a", b"right")
    scene.put("b", b"wrong")

    assert _classes(scene) == {"/a": ItemClass.PROVEN, "/b": ItemClass.DAMAGED}


def test_a_wrong_quickxorhash_is_outweighed_by_a_right_sha1(scene: Scene) -> None:
    scene.list_file("/a", b"right", hashes=("quickXorHash", "sha1Hash"))
    hashes = scene.rows[0]["file"]
    assert isinstance(hashes, dict)
    hashes["hashes"]["quickXorHash"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    scene.put("a", b"right")

    assert _classes(scene) == {"/a": ItemClass.PROVEN}


def test_malware_cannot_be_downloaded_and_is_proven_where_it_is_here_all_the_same(scene: Scene) -> None:
    for path in ("/here", "/not here", "/other here"):
        scene.list_file(path, b"bad", malware={"description": "x"})
    scene.put("here", b"bad")
    scene.put("other here", b"not the same")

    items, _ = scene.account()

    assert {path: item.item_class for path, item in items.items()} == {
        "/here": ItemClass.PROVEN,
        "/not here": ItemClass.UNAVAILABLE,
        "/other here": ItemClass.UNAVAILABLE,
    }
    assert items["/not here"].reason == "OneDrive found malware in it and does not hand it out"


def test_an_exception_counts_once_whether_it_is_listed_or_not(scene: Scene) -> None:
    scene.list_file("/listed", b"x")
    scene.exceptions = [
        ListException("/listed", "/listed", "never handed out", by_nature=True),
        ListException("/Vault", "vault", "locked", by_nature=True),
    ]

    items, account = scene.account()

    assert {path: item.reason for path, item in items.items()} == {"/listed": "never handed out", "/Vault": "locked"}
    assert account.tally.files[ItemClass.UNAVAILABLE] == 2
    assert account.tally.sums_agree


@pytest.mark.parametrize("counted", [(2, 1), (1, 2), (0, 0)])
def test_the_sums_do_not_agree_when_the_drive_has_other_counts(scene: Scene, counted: tuple[int, int]) -> None:
    scene.list_file("/a", b"x")
    scene.counted = counted

    _, account = scene.account()

    assert not account.tally.sums_agree


def test_what_could_not_be_listed_is_counted_as_unknown(scene: Scene) -> None:
    scene.exceptions = [ListException("/Folder", "f", "not listed: 503", by_nature=False)]
    scene.put("Folder/inside.txt", b"x")

    items, account = scene.account()

    assert account.tally.not_listed == 1
    assert account.tally.not_covered == 1
    assert [path for path, item in items.items() if item.item_class is ItemClass.ONLY_HERE] == []
