"""What was downloaded before, what happens to it there and here, and what option 4 makes of it: one scene a row."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from onedrive.errors import Stopped
from onedrive.home.manifest import MANIFEST
from onedrive.local.folder import DownloadFolder
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

Step = Callable[[DemoDrive, Desk], object]


@dataclass(frozen=True)
class Scene:
    """Files on OneDrive that are here (each holds its own path), what happens then, and how it ends.

    A `~` stands for what tells two places apart, `(kept)` for what names a local copy; text for bytes.
    """

    here: list[str]
    meanwhile: list[Step]
    files: dict[str, str]
    fetched: int = 0
    said: str = ""
    asks: bool = True


def _renamed(names: dict[str, str]) -> Step:
    """Such files or folders, also where one takes the name that another has."""

    def rename(drive: DemoDrive, _desk: Desk) -> None:
        items = {path: drive.find(path) for path in names}
        for number, item in enumerate(items.values()):
            drive.rename(item, f"for a moment {number}")
        for path, name in names.items():
            drive.rename(items[path], name)

    return rename


def _changed(path: str, content: str) -> Step:
    return lambda drive, _: drive.change_content(drive.find(path), content.encode())


def _deleted(path: str) -> Step:
    return lambda drive, _: drive.delete(drive.find(path))


def _added(path: str, content: str = "") -> Step:
    return lambda drive, _: drive.add_file(path, (content or path).encode())


def _written(place: str, content: str) -> Step:
    """By a person, into the downloads here."""

    def write(_drive: DemoDrive, desk: Desk) -> None:
        path = desk.downloads / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())

    return write


def _touched(place: str) -> Step:
    return lambda _, desk: os.utime(desk.downloads / place, (1, 1))


SCENES = {
    # --- renamed or moved on OneDrive: moved here too, not fetched ---
    "one takes the name that another gives up": Scene(
        ["/A/one", "/A/two", "/A/three"],
        [
            lambda drive, _: drive.move(drive.find("/A/one"), drive.add_folder("/B")),
            _renamed({"/A/two": "2", "/A/three": "two"}),
        ],
        {"B/one": "/A/one", "A/2": "/A/two", "A/two": "/A/three"},
        said="3 moved as on OneDrive",
        asks=False,
    ),
    "a renamed folder leaves no empty one behind": Scene(
        [f"/Old/deep/{number}" for number in range(5)],
        [_renamed({"/Old": "New"})],
        {f"New/deep/{number}": f"/Old/deep/{number}" for number in range(5)},
    ),
    "the old folder stays when a person keeps something in it": Scene(
        ["/Old/a"],
        [_written("Old/mine.txt", "mine"), _renamed({"/Old": "New"})],
        {"New/a": "/Old/a", "Old/mine.txt": "mine"},
    ),
    "renamed and changed leaves no older version behind": Scene(
        ["/letter.txt"],
        [_renamed({"/letter.txt": "final.txt"}), _changed("/final.txt", "second")],
        {"final.txt": "second"},
        fetched=1,
    ),
    "exchanged names with one changed file": Scene(
        ["/one", "/two"],
        [_renamed({"/one": "two", "/two": "one"}), _changed("/one", "the second, changed")],
        {"one": "the second, changed", "two": "/one"},
        fetched=1,
    ),
    "renamed and edited here is kept beside the new one and named": Scene(
        ["/a"],
        [_written("a", "edited here"), _renamed({"/a": "b"})],
        {"b (kept)": "edited here", "b": "/a"},
        fetched=1,
        said="1 file of yours is kept beside the new version: b (kept).",
    ),
    "edited files of a renamed folder go along and are kept beside": Scene(
        ["/Old/a", "/Old/b"],
        [
            _written("Old/a", "edited here"),
            _written("Old/b", "edited too"),
            _changed("/Old/b", "second"),
            _renamed({"/Old": "New"}),
        ],
        {"New/a": "/Old/a", "New/b": "second", "New/a (kept)": "edited here", "New/b (kept)": "edited too"},
        fetched=2,
        said="2 files of yours are kept beside the new version: New/a (kept)",
    ),
    "renamed and only touched here": Scene(
        ["/Old/a"],
        [_touched("Old/a"), _renamed({"/Old": "New"})],
        {"New/a": "/Old/a"},
        said="For 1 file of them (6 B), a file of that size is already there",
    ),
    "what another file left in the old place is not taken for the edited copy": Scene(
        ["/a"],
        [_renamed({"/a": "b"}), _added("/a", "another one"), _written("a", "edited here")],
        {"a": "another one", "b": "/a", "a (kept)": "edited here"},
        fetched=2,
    ),
    "a stranger's file in the new place is kept beside": Scene(
        ["/a"], [_written("b", "a stranger's"), _renamed({"/a": "b"})], {"b": "/a", "b (kept)": "a stranger's"}
    ),
    "a name that only changes its case": Scene(
        ["/readme.TXT"], [_renamed({"/readme.TXT": "README.txt"})], {"README.txt": "/readme.TXT"}
    ),
    "deleted here and renamed there is announced before it is fetched": Scene(
        ["/Old/a", "/Old/b"],
        [lambda _, desk: (desk.downloads / "Old/a").unlink(), _renamed({"/Old": "New"})],
        {"New/a": "/Old/a", "New/b": "/Old/b"},
        fetched=1,
        said="To download: 1 file, 6 B.",
    ),
    # --- changed, there or here ---
    "our own older version is replaced": Scene(
        ["/A/letter.txt"], [_changed("/A/letter.txt", "second")], {"A/letter.txt": "second"}, fetched=1
    ),
    "what a person changed is kept beside": Scene(
        ["/A/letter.txt"],
        [_written("A/letter.txt", "mine, and longer"), _changed("/A/letter.txt", "second")],
        {"A/letter.txt": "second", "A/letter (kept).txt": "mine, and longer"},
        fetched=1,
    ),
    "only touched is recognised by its content": Scene(
        ["/a", "/b"], [_touched("a")], {"a": "/a", "b": "/b"}, said="1 recognised by checksum"
    ),
    "without a manifest all is recognised but what a person changed": Scene(
        ["/a", "/b"],
        [lambda _, desk: (desk.home / MANIFEST).unlink(), _written("b", "/B")],
        {"a": "/a", "b": "/b", "b (kept)": "/B"},
        fetched=1,
    ),
    "a damaged manifest costs a look at the files only": Scene(
        ["/a"],
        [lambda _, desk: (desk.home / MANIFEST).write_bytes(b"\0" * 500 + b"\n{}\n")],
        {"a": "/a"},
        said="2 lines of the record of downloads (download_manifest.jsonl) cannot be read",
    ),
    "what was deleted on OneDrive stays here and is said once it is sure": Scene(
        ["/A/a", "/A/b", "/Locked/c", "/Other/d"],
        [
            _deleted("/A/a"),
            _renamed({"/A/b": "bb"}),
            lambda drive, _: setattr(drive.find("/Locked"), "unreadable", (403, "accessDenied")),
        ],
        {"A/a": "/A/a", "A/bb": "/A/b", "Locked/c": "/Locked/c", "Other/d": "/Other/d"},
        said="1 file is no longer on OneDrive and stays here: /A/a.",
    ),
    "a new file under a deleted one's name keeps the old one beside": Scene(
        ["/a.txt"], [_deleted("/a.txt"), _added("/a.txt", "new")], {"a.txt": "new", "a (kept).txt": "/a.txt"}, fetched=1
    ),
    # --- what stands in the way ---
    "a folder in a file's place and a file in a folder's are left alone": Scene(
        [],
        [_written("a.txt/mine", "m"), _written("A", "mine too"), _added("/a.txt"), _added("/A/b.txt")],
        {"a.txt/mine": "m", "A (kept)": "mine too", "a~.txt": "/a.txt", "A/b.txt": "/A/b.txt"},
        fetched=2,
    ),
    "what has the size of the file is announced and compared": Scene(
        [],
        [_written("a.bin", "/a.bin"), _added("/a.bin"), _added("/b.bin")],
        {"a.bin": "/a.bin", "b.bin": "/b.bin"},
        fetched=1,
        said="For 1 file of them (6 B), a file of that size is already there",
    ),
}


def _without_marks(text: str) -> str:
    return re.sub(r"~\w+", "~", re.sub(r"\(local copy kept [^)]*\)", "(kept)", text))


@pytest.mark.parametrize("name", SCENES)
def test_what_is_here_ends_right_and_the_next_run_asks_nothing(drive: DemoDrive, desk: Desk, name: str) -> None:
    scene = SCENES[name]
    desk.given(*scene.here, here=True)
    for happens in scene.meanwhile:
        happens(drive, desk)
    desk.list_drive()

    assert desk.download().exit_code == 0
    expected = {place: content.encode() for place, content in scene.files.items()}
    assert {_without_marks(place): content for place, content in desk.files().items()} == expected
    assert scene.said in _without_marks(desk.said.getvalue())
    assert desk.fetched() == scene.fetched
    assert scene.asks or not desk.requests("")
    assert not [path for path in desk.downloads.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert {*desk.verified().values()} == {"hash"}
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert not desk.requests("")
    assert len(desk.files()) == len(expected)


@pytest.mark.parametrize(
    ("names", "after"),
    [
        (["one", "two"], ["two", "one"]),
        (["a", "b", "c"], ["b", "c", "a"]),
        ([f"{number:02}" for number in range(30)], [f"{number + 1:02}" for number in range(30)]),
    ],
    ids=["exchange", "circle", "chain"],
)
def test_files_that_each_take_the_next_ones_name_are_moved_and_leave_nothing_over(
    drive: DemoDrive, desk: Desk, names: list[str], after: list[str]
) -> None:
    desk.given({f"/A/{name}": name.encode() for name in names}, here=True)
    _renamed(dict(zip([f"/A/{name}" for name in names], after, strict=True)))(drive, desk)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {f"A/{new}": old.encode() for old, new in zip(names, after, strict=True)}
    moved = f"{len(names)} moved as on OneDrive"
    assert moved in desk.said.getvalue()
    desk.download()
    assert not desk.requests("")


@pytest.mark.parametrize("moves", [1, 2])
def test_an_exchange_that_is_interrupted_is_ended_by_the_next_run(
    drive: DemoDrive, desk: Desk, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given({"/one": b"first", "/two": b"second"}, here=True)
    _renamed({"/one": "two", "/two": "one"})(drive, desk)
    desk.list_drive()
    real_move = DownloadFolder.move
    done: list[str] = []

    def move(folder: DownloadFolder, old_place: str, new_place: str) -> bool:
        if len(done) == moves:
            raise KeyboardInterrupt
        has_moved = real_move(folder, old_place, new_place)
        done.extend([new_place] if has_moved else [])
        return has_moved

    monkeypatch.setattr(DownloadFolder, "move", move)
    with pytest.raises(Stopped):
        desk.download()
    monkeypatch.undo()

    assert desk.download().exit_code == 0
    assert desk.files() == {"one": b"second", "two": b"first"}
    assert desk.fetched() == 0


def test_a_file_is_not_moved_through_a_link_that_leads_out(drive: DemoDrive, desk: Desk, tmp_path: Path) -> None:
    desk.given({"/A/a": b"ours"}, here=True)
    (desk.downloads / "A").rename(tmp_path / "outside")
    (desk.downloads / "A").symlink_to(tmp_path / "outside")
    drive.rename(drive.find("/A"), "B")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["a"]
    assert (desk.downloads / "B/a").read_bytes() == b"ours"


def test_a_folder_that_is_empty_now_but_still_on_onedrive_stays(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/A/a", here=True)
    drive.move(drive.find("/A/a"), drive.add_folder("/B"))
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert sorted(path.name for path in desk.downloads.glob("[!.]*")) == ["A", "B"]


@pytest.mark.posix("disk that tells the two spellings of an accent apart")
@pytest.mark.parametrize("rehearses", [True, False])
def test_names_that_a_mac_has_respelled_are_found_and_get_their_own_spelling_back(
    desk: Desk, *, rehearses: bool
) -> None:
    places = {"Fotos \u00e9/\u00fc/\u00c4.txt", "Fotos \u00e9/b.txt", "\u00f6.txt", "gone \u00e9"}
    desk.given(*(f"/{place}" for place in places), here=True)
    (desk.downloads / "gone \u00e9").unlink()
    for path in sorted(desk.downloads.rglob("*"), reverse=True):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    respelled = set(desk.files())

    assert desk.download(dry_run=rehearses).exit_code == 0
    if rehearses:
        assert "download: 1 file," in desk.said.getvalue()
        assert set(desk.files()) == respelled
    else:
        assert desk.fetched() == 1
        assert set(desk.files()) == places
        assert (desk.verify().exit_code, desk.odd()) == (0, {})
