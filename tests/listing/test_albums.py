"""Option 3 with albums: what albums.json says then, how often OneDrive is asked, and what is said."""

from __future__ import annotations

import pytest

from onedrive.albums.record import ALBUMS, Album, read_albums
from onedrive.errors import StateFileBroken, Stopped
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.listing.scene import Scene


@pytest.fixture
def files(drive: DemoDrive) -> list[DemoItem]:
    return [drive.add_file(f"/Pictures/{name}.jpg", name.encode()) for name in "abcd"]


def names(album: Album) -> list[str]:
    return [member.name for member in album.members]


def test_albums_are_kept_with_cover_and_order_for_a_request_each_and_a_page(
    scene: Scene, drive: DemoDrive, files: list[DemoItem]
) -> None:
    a, b, c, d = files
    drive.add_album("Zoë \U0001f600 /\n", c, a, b, cover=b)
    drive.add_album("best", a)
    drive.add_album("Best", a, d)
    drive.add_album("Empty")
    drive.add_bundle("Sent together", a)
    scene.narrow_pages(2)
    scene.list()
    assert (scene.asked("bundles"), scene.home.joinpath(ALBUMS).exists()) == (0, False)

    listed = scene.list(albums=True)

    both, other, empty, zoe = read_albums(scene.home)
    assert [(album.name, names(album)) for album in (both, other, empty)] == [
        ("Best", ["a.jpg", "d.jpg"]),
        ("best", ["a.jpg"]),
        ("Empty", []),
    ]
    assert (zoe.name, names(zoe), zoe.cover) == ("Zoë \U0001f600 /\n", ["c.jpg", "a.jpg", "b.jpg"], b.id)
    assert {both.members[0].id, other.members[0].id, zoe.members[1].id} == {a.id}
    assert scene.asked("bundles") + scene.asked("/children") == 2 + (2 + 1 + 1 + 1)  # pages of albums, and of each
    assert "Albums: 4, with 4 files.\nNothing has changed" in listed.said


def test_on_a_moved_account_members_are_known_by_content_and_the_stale_list_is_never_asked_for(
    scene: Scene, demo: FaultyServer, drive: DemoDrive, files: list[DemoItem]
) -> None:
    demo.stale_bundles()
    twins = [drive.add_file(f"/Copies/{path}", b"same") for path in ("1/x.jpg", "2/y.jpg", "3/y.jpg", "z.jpg")]
    drive.add_album("New", *files, twins[2], twins[1], cover=files[3])
    demo.members_on_an_internal_drive(ids="B!")

    scene.list(albums=True)

    (album,) = read_albums(scene.home)
    assert [member.id for member in album.members] == [*(file.id for file in files), twins[1].id, twins[2].id]
    assert album.cover == files[3].id


def test_503_that_passes_is_waited_for_and_one_that_stays_leaves_the_albums_of_last_time(
    scene: Scene, demo: FaultyServer, drive: DemoDrive, clock: FakeClock, files: list[DemoItem]
) -> None:
    drive.add_album("Best", *files)
    demo.albums_disabled_next(times=3)
    assert scene.list(albums=True).result.exit_code == 0
    before = (scene.home / ALBUMS).read_bytes()
    assert len(clock.waits) == 3
    drive.add_album("New", *files)
    demo.albums_disabled_next(times=None)

    listed = scene.list(albums=True)

    assert (listed.result.exit_code, (scene.home / ALBUMS).read_bytes()) == (3, before)
    assert (
        "The albums could not be asked for: Microsoft is moving this account's albums just now "
        "(503 itemDisabledDueToUserContentMigration). Those of last time stay.\n"
        "Choose 3 again in some hours: this comes and goes.\nNothing has changed since the list was made just now"
    ) in listed.said
    assert listed.result.failure.startswith("The albums could not be asked for")
    clock.when_waiting = scene.graph.pause.stop.set
    with pytest.raises(Stopped, match=r"The list is made; the albums are those of last time\."):
        scene.list(albums=True)


def test_albums_that_refuse_are_passed_over_and_keep_what_is_known_of_them(
    scene: Scene, demo: FaultyServer, drive: DemoDrive, files: list[DemoItem]
) -> None:
    a, b, c, _ = files
    best, other = drive.add_album("Best", a, b), drive.add_album("Other", a)
    scene.list(albums=True)
    best.name = "Very best"
    drive.add_album("New", a)
    for album in (best, other):
        album.members.append(c.id)
    demo.fail_next(404, path="bundles/Very best", times=None)
    demo.fail_next(503, path="bundles/New", times=None)

    listed = scene.list(albums=True)

    unread, grown, kept = read_albums(scene.home)
    assert (names(grown), names(kept), kept.cover) == (["a.jpg", "c.jpg"], ["a.jpg", "b.jpg"], a.id)
    assert (unread.name, unread.members, unread.is_unknown) == ("New", (), True)
    assert (
        "Albums: 3, with 3 files.\nThe album 'Best' is called 'Very best' now.\n"
        "The files of the albums 'New' and 'Very best' could not be asked for: OneDrive refused the request"
    ) in listed.said
    known = "Those of last time stay. What is in the album 'New' is not known, so nobody can choose by it yet.\n"
    assert known in listed.said
    assert (listed.result.exit_code, "The files of the albums" in listed.result.failure) == (3, True)
    demo.be_well()
    before = (scene.home / ALBUMS).read_bytes()
    for number in range(4):
        drive.add_album(f"More {number}", a)
        demo.fail_next(503, path=f"bundles/More {number}", times=None)
    assert "The albums could not be asked for: OneDrive refused" in scene.list(albums=True).said
    assert (scene.home / ALBUMS).read_bytes() == before
    demo.be_well()
    assert scene.list(albums=True).result.exit_code == 0
    assert [len(album.members) for album in read_albums(scene.home)] == [1, 1, 1, 1, 1, 2, 3]


def test_what_became_of_an_album_and_of_its_files_between_two_listings_is_said(
    scene: Scene, drive: DemoDrive, files: list[DemoItem]
) -> None:
    a, b, c, _ = files
    best, old = drive.add_album("Best", a, b, c), drive.add_album("Old", a)
    scene.list(albums=True)
    best.name = "Best of all"
    best.members.remove(c.id)
    del drive.bundles[old.id]
    drive.delete(a)

    listed = scene.list(albums=True)

    (album,) = read_albums(scene.home)
    assert (album.name, names(album)) == ("Best of all", ["b.jpg", "a.jpg"])
    assert (
        "Albums: 1, with 2 files.\nThe album 'Best' is called 'Best of all' now.\n"
        "The album 'Old' is no longer on OneDrive.\n"
        "1 file is in an album, but not in the list (it has left OneDrive since): a.jpg ('Best of all').\n"
    ) in listed.said
    assert [member.id for member in album.members][1] == a.id
    scene.drive.add_file("/Other/x.jpg", b"x")
    scene.refuse_delta()
    scene.demo.unreadable_folder("/Other")
    said = scene.list(albums=True, full=True).said
    assert read_albums(scene.home) == (album,)
    assert "1 file is in an album, but not in the list (not everything could be listed): a.jpg" in said
    scene.demo.be_well()
    scene.demo.empty_bundles()
    assert "Albums: 1, with 2 files.\n" in scene.list(albums=True).said  # it is there, though OneDrive does not name it


def test_what_no_program_can_do_with_albums_is_one_sentence(scene: Scene, drive: DemoDrive) -> None:
    album = '{"id": "1", "name": "a", "cover": "", "members": [], "kin": [[]]}'
    for text in ("[]", f'{{"version": 1, "drive_id": "", "listed_at": "", "albums": [{album}]}}'):
        (scene.home / ALBUMS).write_text(text)
        with pytest.raises(StateFileBroken, match=r"albums.json cannot be used: it is not what option 3 wrote\."):
            read_albums(scene.home)
    assert "It is made anew.\nYour OneDrive has no albums.\n" in scene.list(albums=True).said

    scene.demo.fail_next(400, on="albums")  # the filter is then asked for in its other spelling
    assert scene.list(albums=True).result.exit_code == 0
    scene.demo.fail_next(403, on="albums", times=None)
    refused = scene.list(albums=True)
    assert refused.result.exit_code == 3
    assert "The albums could not be asked for: OneDrive refused the request" in refused.said

    drive.drive_type = "business"
    scene.demo.requests.clear()
    assert (
        "Albums are on personal accounts only: this OneDrive is one for work or school"
        in scene.list("work", albums=True).said
    )
    assert scene.asked("bundles") == 0
