"""The sheet for leaving OneDrive: every item on one line, 'You can leave' only when nothing would be lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path

import pytest

from onedrive.albums.record import Album, AlbumList, write_album_list
from onedrive.choosing.selection import Selection
from onedrive.errors import StepNeeded
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListException, ListState, read_list_state, write_list_state
from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.listing.reasons import NOTEBOOK, SHORTCUT, VAULT
from onedrive.report.farewell import PERSONAL_LINKS
from onedrive.report.help import Topic
from onedrive.report.moving_out import read_moving_out
from onedrive.report.sheet import verdict_words, why_words, write_sheet
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.report.page_reader import PageReader
from tests.report.test_report import HOSTILE
from tests.report.verified import verified, write_verified

PERSONAL, WORK = "0f09000000cfea42", "b!an-id-of-the-drive-of-a-firm"


def _write(
    home: Path, items: Iterable[VerifiedItem], *, state: dict[str, object] | None = None, **facts: object
) -> None:
    """A home in which option 6 found these items."""
    found = list(items)
    listed = sum(bool(item.kind) and item.item_class is not ItemClass.ONLY_HERE for item in found)
    write_verified(home, found, **({"drive_id": PERSONAL, "drive_files": listed, "drive_folders": 0} | facts))
    values = {"listed_at": "2026-11-24T05:42:10Z", "account_id": "a", "drive_id": PERSONAL, "unlisted_bytes": 0}
    write_list_state(home, ListState(**(values | (state or {}))))  # type: ignore[arg-type]  # fields by name


def _unlisted(path: str, reason: str) -> VerifiedItem:
    return verified(path, ItemClass.UNAVAILABLE, local_path="", size_bytes=0, kind="", day="", reason=reason)


def test_before_any_verification_there_is_nothing_to_leave_on(home: Path) -> None:
    with pytest.raises(StepNeeded) as stopped:
        read_moving_out(home)

    assert stopped.value.option == 6


# --- every item on one line -------------------------------------------------------------------------------------------


def _ids(home: Path) -> set[str]:
    """All that the lists name: files, folders, and what is in neither."""
    state = read_list_state(home)
    assert state is not None
    rows = [row for name in (FILE_LIST, FOLDER_LIST) for row in json.loads((home / name).read_text(encoding="utf-8"))]
    return {row["id"] for row in rows} | {entry.id for entry in state.exceptions}


def test_each_item_of_a_drive_with_everything_in_it_is_on_exactly_one_line(
    desk: Desk, drive: DemoDrive, tmp_path: Path
) -> None:
    drive.add_vault()
    drive.add_notebook("/Notes/Diary")
    drive.add_folder("/Empty")
    drive.add_file("/bad.exe", b"bad", malware={})
    other = DemoDrive(owner_name="Other Person")
    other.add_folder("/Theirs")
    drive.add_shortcut("/Shared with me", other, other.find("/Theirs"))
    drive.add_live_photo("/Live.HEIC", listed_size=2_000, served=b"a still")
    desk.given(
        *(f"/{name}.txt" for name in ("fine", "gone", "torn", "lost", "elsewhere")), {"/back.txt": b"1"}, here=True
    )
    drive.change_content(drive.find("/back.txt"), b"2")
    desk.list_drive()
    desk.download()
    desk.put_back("back.txt")
    drive.delete(drive.find("/gone.txt"))
    drive.add_file("/film.mov", b"not wanted")
    known = tmp_path / "disk"
    known.mkdir()
    (desk.downloads / "elsewhere.txt").rename(known / "another name.txt")
    (desk.downloads / "lost.txt").unlink()
    (desk.downloads / "torn.txt").write_bytes(b"/torn.tx?")
    desk.list_drive()
    desk.verify(known=[known], selection=Selection(exclude=("*.mov",)))

    moving_out = read_moving_out(desk.home)

    lines = {line.title: line.number for line in moving_out.lines}
    assert lines == {
        "Proven here": 1,
        "Damaged here": 1,
        "Missing here": 1,
        "Locked in the Personal Vault": 1,
        "OneNote notebooks": 1,
        "Held back because of malware": 1,
        "Shortcuts to what others share": 1,
        "Live Photos without their films": 1,
        "Put back by you": 1,
        "Checked by size only": 2,
        "Left out by your choice": 1,
        "Proven elsewhere": 1,
        "Folders": 2,
    }
    assert sum(lines.values()) == moving_out.items == len(_ids(desk.home))
    assert moving_out.only_here == 1
    assert [step.key for step in moving_out.steps] == [
        *("missing", "damaged", "left-out", "vault", "notebook", "live-photo", "shortcut", "malware"),
        "put-back",
    ]
    assert moving_out.to_tick == ()
    assert not moving_out.can_leave({step.key for step in moving_out.steps})
    page = PageReader(write_sheet(desk.home, moving_out, frozenset()))
    assert f"All items of this OneDrive {moving_out.items} Each is on exactly one line" in page.text
    assert "1 more file is only here" in page.text


# --- the verdict ------------------------------------------------------------------------------------------------------

FINE = (ItemClass.PROVEN, ItemClass.SAME_SIZE, ItemClass.BY_DESIGN, ItemClass.AS_SENT, ItemClass.ELSEWHERE)
FINE_TOO = (ItemClass.ONLY_HERE,)
TO_MEND = (ItemClass.MISSING, ItemClass.DAMAGED, ItemClass.CHANGED, ItemClass.AWAY, ItemClass.TRUSTED)
TO_TICK = (ItemClass.LEFT_OUT, ItemClass.LIVE_STILL, ItemClass.PUT_BACK, ItemClass.UNAVAILABLE)


def test_every_class_has_its_place_in_the_verdict() -> None:
    assert {*FINE, *FINE_TOO, *TO_MEND, *TO_TICK} == set(ItemClass)


@pytest.mark.parametrize("item_class", ItemClass)
def test_only_what_loses_nothing_may_be_left_behind_and_what_the_options_mend_cannot_be_ticked(
    home: Path, item_class: ItemClass
) -> None:
    _write(home, [verified("/a.txt"), verified("/b.txt", item_class)])

    moving_out = read_moving_out(home)

    keys = {step.key for step in moving_out.steps}
    assert moving_out.can_leave(frozenset()) == (item_class in (*FINE, *FINE_TOO))
    assert moving_out.can_leave(keys) == (item_class not in TO_MEND)
    assert len(moving_out.to_tick) == (item_class in TO_TICK)
    assert len(keys) == (item_class in (*TO_MEND, *TO_TICK))


def test_a_still_that_was_only_shorter_than_listed_counts_as_one_without_its_film(home: Path) -> None:
    _write(home, [verified("/a.HEIC", ItemClass.BY_DESIGN)])

    moving_out = read_moving_out(home)

    assert verdict_words(moving_out, frozenset()) == "Not yet"
    assert verdict_words(moving_out, {Topic.LIVE_PHOTO.value}) == "You can leave"


@pytest.mark.parametrize(
    ("facts", "state", "title"),
    [
        ({"is_whole": False}, {}, "Not everything could be looked at"),
        ({"on_whole_list": False}, {}, "Not everything could be looked at"),
        ({"drive_files": 2}, {}, "Not everything could be looked at"),
        ({"counts": {"proven": (2, 3000)}}, {}, "Not everything could be looked at"),
        ({"is_good": False, "verdict": "The copy is not connected."}, {}, "Something is wrong"),
        ({"is_whole": False}, {"root_path": "/Pictures"}, "Only one folder was listed"),
    ],
)
def test_what_was_not_looked_at_whole_is_no_ground_to_leave_on(
    home: Path, facts: dict[str, object], state: dict[str, object], title: str
) -> None:
    _write(home, [verified("/a.txt")], state=state, **facts)

    moving_out = read_moving_out(home)

    assert [step.help.title for step in moving_out.steps] == [title]
    assert moving_out.to_tick == ()
    assert not moving_out.can_leave({step.key for step in moving_out.steps})


def test_a_folder_that_shows_less_than_it_counts_is_for_the_person_to_look_at(home: Path) -> None:
    _write(home, [verified("/a.txt")], state={"lacking": {"f1": 2, "f2": 1}})

    (step,) = read_moving_out(home).to_tick

    assert "OneDrive counts 3 more items in 2 folders than it shows" in step.help.meaning
    assert read_moving_out(home).can_leave({step.key})


def test_the_verdict_says_what_is_left_and_what_was_ticked(home: Path) -> None:
    _write(home, [verified("/a.txt"), _unlisted("/V", VAULT), _unlisted("/N", NOTEBOOK)])
    moving_out = read_moving_out(home)

    def why(*ticked: str) -> str:
        return why_words(moving_out, set(ticked)).split("accounted for")[1]

    assert "; 2 things are left that only you can see to. When they are done" in why()
    assert "; 1 thing is left that only you can see to. When it is done" in why("vault")
    assert why("vault", "notebook").endswith(
        "nothing that you want would be lost. You said of 2 things that they are done."
    )
    _write(home, [verified("/a.txt")])
    assert why_words(read_moving_out(home), frozenset()).endswith("nothing that you want would be lost.")


# --- the page ---------------------------------------------------------------------------------------------------------


def _sheet(home: Path, ticked: Iterable[str] = ()) -> PageReader:
    return PageReader(write_sheet(home, read_moving_out(home), frozenset(ticked), zone=UTC))


def test_the_verdict_comes_first_and_what_to_do_next_has_boxes(home: Path) -> None:
    _write(home, [verified("/a.txt"), _unlisted("/V", VAULT), _unlisted("/N", NOTEBOOK)])

    text = _sheet(home, ["vault"]).text

    parts = ["as it was on 24 November 2026, 05:42", "Not yet", "What to do next", "☑ Locked in the Personal Vault"]
    parts += ["You said on 24 November 2026, 05:42 that this is done", "☐ OneNote notebooks", "File, then Export"]
    parts += [
        "What is on this OneDrive",
        "OneDrive did not give them this time",
        "After six months Microsoft may",
        "To close it",
    ]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "Open Personal Vault and unlock it" not in text  # it is done


def test_names_are_only_names_and_nothing_runs_or_is_loaded(home: Path) -> None:
    names = [name.replace("/", "|") for name in HOSTILE]
    _write(home, [verified(f"/{name}", ItemClass.MISSING, reason=f"{name}!") for name in names])
    strange = _sheet(home)
    _write(home, [verified(f"/plain {number}", ItemClass.MISSING) for number in range(len(names))])
    plain = _sheet(home)

    assert [tag for tag, _ in strange.tags] == [tag for tag, _ in plain.tags]
    assert not {"script", "img", "link", "iframe", "form"} & {tag for tag, _ in strange.tags}
    assert not [
        name for _, attributes in strange.tags for name in attributes if name.startswith("on") or name == "style"
    ]
    (policy,) = [attributes["content"] for tag, attributes in strange.tags if attributes.get("http-equiv")]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; base-uri 'none'; form-action 'none'", policy or ""
    )
    assert {address for address, _ in strange.links} == {link.address for link in PERSONAL_LINKS}
    secrets = (PERSONAL, "the-account-id", "id-of-", "an-etag", "a-hash", str(home))
    assert not [secret for secret in secrets if secret in strange.source]


def test_of_many_items_the_first_are_named_and_the_rest_counted(home: Path) -> None:
    _write(home, [verified(f"/{number:03}.txt", ItemClass.LEFT_OUT) for number in range(13)])

    text = _sheet(home).text

    assert "/009.txt … and 3 more; download_report.html names them all." in text
    assert "/010.txt" not in text


def test_an_account_of_work_gets_other_words(home: Path) -> None:
    _write(home, [verified("/a.txt")], drive_id=WORK)

    page = _sheet(home)

    assert "It belongs to your organisation" in page.text
    assert [address for address, _ in page.links] == ["https://myapps.microsoft.com"]
    for word in ("Personal Vault", "Albums", "two years", "Outlook.com"):
        assert word not in page.text


@pytest.mark.parametrize(
    ("unlisted", "words"),
    [(0, "This one uses 1.5 kB, less than that."), (6 * 10**9, "This one uses 6.0 GB, more than that."), (None, "")],
)
def test_what_is_used_stands_beside_the_limit_without_a_plan(home: Path, unlisted: int | None, words: str) -> None:
    _write(home, [verified("/a.txt")], state={"unlisted_bytes": unlisted}, drive_bytes=1500)

    assert f"an account has 5 GB. {words}".strip() in _sheet(home).text


@pytest.mark.parametrize(
    ("drive_id", "albums", "words"),
    [(PERSONAL, 0, "Albums there are none"), (PERSONAL, 1, "1 album kept"), (WORK, 1, "did not give them this time")],
)
def test_what_becomes_of_albums_is_said(home: Path, drive_id: str, albums: int, words: str) -> None:
    _write(home, [verified("/a.txt")])
    write_album_list(home, AlbumList(drive_id, "", tuple(Album(str(n), "Best", "", ()) for n in range(albums))))

    assert words in " ".join(_sheet(home).text.split())


@pytest.mark.parametrize("shared", [True, False])
def test_what_others_share_is_said_as_far_as_it_is_known(home: Path, *, shared: bool) -> None:
    exceptions = (ListException("/S", "id-of-/S", SHORTCUT, True),)
    _write(home, [_unlisted("/S", SHORTCUT)], state={"shared": shared, "exceptions": exceptions})

    text = _sheet(home).text

    assert ("not followed without ONEDRIVE_SHARED=1" in text) == (not shared)
    assert ("1 shortcut could not be" in text) == shared


def test_further_copies_are_named_and_where_there_is_none_one_is_advised(home: Path) -> None:
    _write(home, [verified("/a.txt")])
    alone = _sheet(home).text
    _write(home, [verified("/a.txt")], copies={"/b": {"proven": 1}, "/c": {"proven": 1}})

    assert "these files exist on this one disk" in alone
    assert "2 further copies of the downloads were verified too" in _sheet(home).text
