"""Every item in exactly one class, and what else is here: the odd ones that a whole download does not show."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from onedrive import quickxorhash
from onedrive.choosing.selection import EVERYTHING
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListException, ListState
from onedrive.home.manifest import Manifest
from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.listing.refresh import CurrentList
from onedrive.local.filing import Filing
from onedrive.local.folder import DownloadFolder
from onedrive.local.names import LINUX_RULES, WINDOWS_RULES, NameRules
from onedrive.local.places import LocalPaths
from onedrive.verify.classify import DriveAccount
from onedrive.verify.judgement import FILE, LINK, OTHER, FoundFile
from onedrive.verify.local_copy import LocalCopy, VerificationWay
from onedrive.verify.local_hashes import LocalHashes
from onedrive.verify.strangers import (
    BY_THE_SYSTEM,
    KEPT_BESIDE,
    NEVER_THERE,
    check_folders,
    walk_strangers,
    why_only_here,
)

DRIVE = "0f09000000cfea42"
STATE = ListState("2026-11-24T00:00:00+00:00", "account", DRIVE)


class NoCounter:
    """Nobody watches."""

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """Nothing."""


@dataclass
class Scene:
    """What is listed and what is here, made by hand; `exceptions` are those of the list."""

    home: Path
    downloads: Path
    rows: list[dict[str, object]] = field(default_factory=list)
    exceptions: list[ListException] = field(default_factory=list)
    counted: tuple[int, int] | None = None  # None: as many as are listed

    def list_file(
        self, path: str, content: bytes, *, hashes: tuple[str, ...] = ("quickXorHash",), **facets: object
    ) -> None:
        """Put a file on OneDrive; `hashes` are those that it lists. Its id is its path."""
        known = {
            "quickXorHash": base64.b64encode(quickxorhash.new(content).digest()).decode(),
            "sha1Hash": hashlib.sha1(content, usedforsecurity=False).hexdigest().upper(),
            "sha256Hash": hashlib.sha256(content).hexdigest().upper(),
        }
        listed = {name: known[name] for name in hashes}
        row = {"id": path, "name": path.rpartition("/")[2], "path": path, "size": len(content)}
        reference = {"driveId": DRIVE, "id": "root"}
        self.rows.append({**row, "parentReference": reference, "file": {"hashes": listed}, **facets})

    def put(self, *places: str, content: bytes = b"x") -> None:
        """Put files here."""
        for place in places:
            path = self.downloads / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def copy(self) -> LocalCopy:
        """Look at what is here, and read it."""
        (self.home / FILE_LIST).write_text(json.dumps(self.rows))
        sizes = [int(str(row["size"])) for row in self.rows]
        files, size_bytes = self.counted or (len(sizes), sum(sizes))
        state = replace(STATE, files=files, size_bytes=size_bytes, exceptions=tuple(self.exceptions))
        folder = DownloadFolder(self.downloads)
        folder.prepare()
        current = CurrentList(self.home, state, None)
        copy = LocalCopy(self.home, folder, Manifest(), Filing(EVERYTHING), current, VerificationWay())
        with LocalHashes(self.home, self.downloads, pytest.fail) as hashes:
            copy.look(hashes, LocalPaths(folder.rules))
            copy.read(NoCounter(), hashes)
        return copy

    def account(self) -> tuple[dict[str, VerifiedItem], DriveAccount]:
        """Every item by path, else by place; and the account of them all."""
        account = DriveAccount(self.copy(), why_left_out=lambda _: None, concerns=lambda _: True, when="now")
        return {item.path or item.local_path: item for item in account.items()}, account

    def classes(self) -> dict[str, ItemClass]:
        """The class of every item."""
        return {path: item.item_class for path, item in self.account()[0].items()}


@pytest.fixture
def scene(home: Path) -> Scene:
    return Scene(home, home / "downloads")


def test_what_is_never_handed_out_counts_once_and_is_proven_where_it_is_here_all_the_same(scene: Scene) -> None:
    for path in ("/here", "/not here", "/other here"):
        scene.list_file(path, b"bad", malware={"description": "x"})
    scene.put("here", content=b"bad")
    scene.put("other here", content=b"not the same")
    scene.list_file("/listed", b"x")
    scene.exceptions = [
        ListException("/listed", "/listed", "never handed out", by_nature=True),
        ListException("/Vault", "vault", "locked", by_nature=True),
    ]

    items, account = scene.account()

    malware = "OneDrive found malware in it and does not hand it out"
    assert {path: (item.item_class, item.reason) for path, item in items.items()} == {
        "/here": (ItemClass.PROVEN, ""),
        "/not here": (ItemClass.UNAVAILABLE, malware),
        "/other here": (ItemClass.UNAVAILABLE, malware),
        "/listed": (ItemClass.UNAVAILABLE, "never handed out"),
        "/Vault": (ItemClass.UNAVAILABLE, "locked"),
    }
    assert account.tally.files[ItemClass.UNAVAILABLE] == 4
    assert account.tally.sums_agree


@pytest.mark.parametrize("counted", [(2, 1), (1, 2), (0, 0)])
def test_the_sums_do_not_agree_when_the_drive_has_other_counts(scene: Scene, counted: tuple[int, int]) -> None:
    scene.list_file("/a", b"x")
    scene.counted = counted

    assert not scene.account()[1].tally.sums_agree


def test_an_item_that_is_listed_twice_is_looked_for_once(scene: Scene) -> None:
    scene.list_file("/a.jpg", b"x")
    scene.rows *= 2

    assert scene.copy().missing == 1


# --- what else is here ------------------------------------------------------------------------------------------------


def test_only_strangers_of_the_size_of_something_missing_are_read(scene: Scene) -> None:
    scene.list_file("/gone.txt", b"12345")
    scene.put("renamed.txt", content=b"12345")
    scene.put("same size.txt", content=b"54321")
    scene.put("other size.txt", content=b"1")

    copy = scene.copy()

    assert {place: file.is_read for place, file in copy.strangers.items()} == {
        "renamed.txt": True,
        "same size.txt": True,
        "other size.txt": False,
    }
    assert copy.content_of == {"renamed.txt": "/gone.txt"}
    assert list(copy.here_as.values()) == ["renamed.txt"]


def test_no_stranger_is_read_when_nothing_is_missing_and_state_files_are_none(home: Path) -> None:
    scene = Scene(home, home)  # home and downloads are one folder
    scene.list_file("/Pictures/a.txt", b"abc")
    scene.put("Pictures/a.txt", "Pictures/mine.txt", content=b"abc")

    assert {place: file.is_read for place, file in scene.copy().strangers.items()} == {"Pictures/mine.txt": False}


def _walk(root: Path, *found: str, rules: NameRules = LINUX_RULES, ours: str = "") -> dict[str, str]:
    known = {place: FoundFile(1, 1, 1, FILE) for place in found}
    return {
        place: stranger.kind for place, stranger in walk_strangers(root, rules, known, lambda path: path.name == ours)
    }


@pytest.mark.posix("names that are no text")
def test_everything_but_the_drives_own_files_and_ours_is_found_whatever_its_name_and_links_are_not_followed(
    scene: Scene,
) -> None:
    odd = os.fsdecode(b"\xff.txt")
    scene.put("a.jpg", "b.jpg/inside", "mine.txt", "deep/SHA256SUMS", "deep/.partial/x", odd)
    scene.put(".partial/begun", "SHA256SUMS", "token.json", "../outside/secret.txt")
    (scene.downloads / "link").symlink_to(scene.home / "outside")
    os.mkfifo(scene.downloads / "pipe")

    assert _walk(scene.downloads, "a.jpg", "b.jpg", ours="token.json") == {
        **dict.fromkeys(["b.jpg/inside", "mine.txt", "deep/SHA256SUMS", "deep/.partial/x", odd], FILE),
        "link": LINK,
        "pipe": OTHER,
    }


def test_on_a_case_blind_disk_another_spelling_is_the_same_file(scene: Scene) -> None:
    scene.put("A.JPG")

    assert _walk(scene.downloads, "a.jpg", rules=WINDOWS_RULES) == {}
    assert _walk(scene.downloads, "a.jpg") == {"A.JPG": FILE}


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("a (local copy kept 2026-11-24 05.42.16).jpg", KEPT_BESIDE),
        ("b/a (local copy kept 2026-11-24 05.42.16 2)", KEPT_BESIDE),
        ("Pictures/.DS_Store", BY_THE_SYSTEM),
        ("Pictures/Thumbs.db", BY_THE_SYSTEM),
        ("mine.txt", NEVER_THERE),
    ],
)
def test_a_stranger_has_a_reason(place: str, reason: str) -> None:
    assert why_only_here(place, None) == reason


@pytest.mark.posix("links that anybody may make")
def test_folders_that_are_not_here_are_named_unless_nobody_can_list_them_or_wants_them(scene: Scene) -> None:
    names = ("here", "gone", "file", "linked", "dangling")
    rows = [{"id": name, "name": name, "path": f"/{name}", "folder": {}} for name in names]
    (scene.home / FOLDER_LIST).write_text(json.dumps(rows))
    folder = DownloadFolder(scene.downloads)
    folder.prepare()
    scene.put("file")
    (scene.downloads / "here").mkdir()
    (scene.downloads / "linked").symlink_to("here")
    (scene.downloads / "dangling").symlink_to("nowhere")
    vault = replace(STATE, exceptions=(ListException("/gone", "gone", "the vault", by_nature=True),))

    check = check_folders(CurrentList(scene.home, STATE, None), folder, LocalPaths(folder.rules), lambda _: True)
    some = check_folders(
        CurrentList(scene.home, vault, None), folder, LocalPaths(folder.rules), lambda item: item.name != "dangling"
    )

    missing = [("/gone", "it is not here"), ("/file", "a file stands in its place")]
    assert (check.number, check.missing) == (5, [*missing, ("/dangling", "a link stands in its place")])
    assert (some.number, some.unlisted, some.missing) == (3, 1, missing[1:])
