"""Option 4, against the pretend OneDrive over sockets."""

from __future__ import annotations

import errno
import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, DiskFull, NoListYet, StateFileBroken, Stopped
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from tests.conftest import FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer

BIG = bytes(range(256)) * 4000


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    return Desk(home, graph, http, demo)


def test_a_small_drive_comes_down_as_it_is(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/Pictures/2023/a.jpg", b"a" * 5000, modified="2023-05-06T07:08:09Z")
    drive.add_file("/b.txt", b"b")
    drive.add_file("/empty.txt", b"")
    drive.add_folder("/Nothing in it")
    desk.list_drive()

    result = desk.download()

    assert result.exit_code == 0, desk.said.getvalue()
    assert desk.files() == {"Pictures/2023/a.jpg": b"a" * 5000, "b.txt": b"b", "empty.txt": b""}
    assert (desk.downloads / "Nothing in it").is_dir()
    when = datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp()
    assert (desk.downloads / "Pictures/2023/a.jpg").stat().st_mtime == when
    assert desk.verified() == {"/Pictures/2023/a.jpg": "hash", "/b.txt": "hash", "/empty.txt": "size only"}
    assert not (desk.downloads / ".partial").exists()
    assert "3 files downloaded (5.0 kB)" in desk.said.getvalue()


def test_the_sample_drive_comes_down_whole_and_a_second_run_asks_nothing(home: Path) -> None:
    drive = build_sample_drive()
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        http = HttpClient(demo_port=demo.port)
        graph = GraphSession(http, FixedToken(demo), SharedPause(print))
        desk = Desk(home, graph, http, demo)
        for item in drive.files():
            item.paced_bytes_per_second = None
        desk.list_drive()

        first, said_first = desk.download(), desk.said.getvalue()
        desk.forget_requests()
        second = desk.download()
        http.close()

    assert (first.exit_code, second.exit_code) == (0, 0), desk.said.getvalue()
    assert len(desk.files()) == len([item for item in drive.files() if "malware" not in item.facets])
    assert not demo.requests
    assert "100 %" in said_first
    assert "Everything on the list is here already: " in desk.said.getvalue()


def test_without_a_list_option_3_is_named(desk: Desk) -> None:
    with pytest.raises(NoListYet) as caught:
        desk.download()

    assert caught.value.hint == "Choose 3 first."
    assert not desk.downloads.exists()


def test_an_old_list_is_said_to_be_old(drive: DemoDrive, desk: Desk) -> None:
    desk.list_drive()
    state = json.loads((desk.home / "list_state.json").read_text())
    state["listed_at"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    (desk.home / "list_state.json").write_text(json.dumps(state))

    desk.download()

    assert "The list is 9 days old." in desk.said.getvalue()


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"id": "1"', b"not JSON", b'[{"id": 7}]', b"\xff\xfe\x00"])
def test_a_damaged_list_is_said_and_old_errors_stay(drive: DemoDrive, desk: Desk, content: bytes) -> None:
    desk.list_drive()
    (desk.home / "file_list.json").write_bytes(content)
    (desk.home / "item_download_errors.json").write_text('[{"path": "/a", "id": "1", "reason": "r"}]')

    with pytest.raises(StateFileBroken, match=r"file_list\.json"):
        desk.download()

    assert desk.errors() == {"/a": "r"}


def test_what_onedrive_never_hands_out_is_named_and_does_not_make_it_exit_3(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/virus.exe", b"v", malware={})
    drive.add_vault("/Vault")
    drive.add_notebook("/Notes")
    desk.list_drive()

    result = desk.download()

    assert result.exit_code == 0
    assert sorted(desk.files()) == ["Notes/Notes.one", "Notes/Open Notebook.onetoc2"]
    said = desk.said.getvalue()
    assert "3 items cannot be downloaded, by OneDrive's nature:" in said
    for path in ("/virus.exe: ", "/Vault: ", "/Notes: "):
        assert path in said


def test_a_file_that_a_person_changed_is_kept_beside_the_new_one(drive: DemoDrive, desk: Desk) -> None:
    item = drive.add_file("/A/letter.txt", b"first")
    desk.list_drive()
    desk.download()
    (desk.downloads / "A/letter.txt").write_bytes(b"mine, and longer")
    drive.change_content(item, b"second")
    desk.list_drive()

    assert desk.download().exit_code == 0
    files = desk.files()
    kept = next(place for place in files if place.startswith("A/letter (local copy kept "))
    assert kept.endswith(").txt")
    assert files == {"A/letter.txt": b"second", kept: b"mine, and longer"}


def test_our_own_older_version_is_replaced(drive: DemoDrive, desk: Desk) -> None:
    item = drive.add_file("/letter.txt", b"first")
    desk.list_drive()
    desk.download()
    drive.change_content(item, b"second")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"letter.txt": b"second"}


def test_a_file_that_was_only_touched_is_recognised_and_not_fetched(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/letter.txt", b"first", modified="2020-01-01T00:00:00Z")
    desk.list_drive()
    desk.download()
    os.utime(desk.downloads / "letter.txt")
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert "1 file of this computer recognised by the content" in desk.said.getvalue()
    assert len(desk.files()) == 1


def test_files_that_are_here_without_a_manifest_are_adopted(drive: DemoDrive, desk: Desk) -> None:
    for name in ("a", "b", "c"):
        drive.add_file(f"/A/{name}", name.encode() * 100)
    desk.list_drive()
    desk.download()
    (desk.home / "download_manifest.jsonl").unlink()
    (desk.downloads / "A/c").write_bytes(b"d" * 100)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.fetched() == 1
    assert len(desk.files()) == 4
    assert desk.verified() == {"/A/a": "hash", "/A/b": "hash", "/A/c": "hash"}


def test_a_damaged_manifest_costs_a_look_at_the_files_only(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a", b"a" * 100)
    desk.list_drive()
    desk.download()
    (desk.home / "download_manifest.jsonl").write_bytes(b"\0" * 500 + b"\n{}\n")
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert "2 lines of download_manifest.jsonl cannot be read" in desk.said.getvalue()


def test_what_was_renamed_or_moved_on_onedrive_is_moved_here(drive: DemoDrive, desk: Desk) -> None:
    one, two, three = (drive.add_file(f"/A/{name}", name.encode() * 9) for name in ("one", "two", "three"))
    other = drive.add_folder("/B")
    desk.list_drive()
    desk.download()
    drive.move(one, other)
    drive.rename(two, "2")
    drive.rename(three, "two")  # takes a name that another gives up
    desk.list_drive()

    result = desk.download()

    assert result.exit_code == 0
    assert desk.files() == {"B/one": b"one" * 9, "A/2": b"two" * 9, "A/two": b"three" * 9}
    assert not list(desk.requests(""))
    assert "3 files renamed or moved on OneDrive" in desk.said.getvalue()
    desk.download()
    assert not list(desk.requests(""))


def test_a_renamed_folder_is_not_fetched_again(drive: DemoDrive, desk: Desk) -> None:
    folder = drive.add_folder("/Old")
    for number in range(20):
        drive.add_file(f"/Old/deep/{number}", b"%d" % number)
    desk.list_drive()
    desk.download()
    drive.rename(folder, "New")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert sorted(desk.files()) == sorted(f"New/deep/{number}" for number in range(20))


def test_two_files_that_exchange_their_names_both_end_right(drive: DemoDrive, desk: Desk) -> None:
    one, two = drive.add_file("/one", b"first"), drive.add_file("/two", b"second")
    desk.list_drive()
    desk.download()
    drive.rename(one, "x")
    drive.rename(two, "one")
    drive.rename(one, "two")
    desk.list_drive()

    assert desk.download().exit_code == 0
    files = desk.files()
    assert (files["one"], files["two"]) == (b"second", b"first")


def test_what_was_deleted_on_onedrive_stays_here(drive: DemoDrive, desk: Desk) -> None:
    item = drive.add_file("/a", b"a")
    desk.list_drive()
    desk.download()
    drive.delete(item)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"a": b"a"}


def test_what_was_deleted_on_onedrive_is_said_once_it_is_sure(drive: DemoDrive, desk: Desk) -> None:
    for path in ("/A/a", "/A/b", "/Locked/c", "/Other/d"):
        drive.add_file(path, path.encode())
    desk.list_drive()
    desk.download()
    drive.delete(drive.find("/A/a"))
    drive.rename(drive.find("/A/b"), "bb")
    drive.find("/Locked").unreadable = (403, "accessDenied")
    desk.list_drive()

    desk.download()

    assert "1 file is no longer on OneDrive and stays here: /A/a." in desk.said.getvalue()
    assert sorted(desk.files()) == ["A/a", "A/bb", "Locked/c", "Other/d"]


def test_a_line_that_a_person_took_off_the_list_is_not_called_deleted(drive: DemoDrive, desk: Desk) -> None:
    for name in ("a", "b"):
        drive.add_file(f"/{name}", name.encode())
    desk.list_drive()
    desk.download()
    rows = json.loads((desk.home / "file_list.json").read_text())
    (desk.home / "file_list.json").write_text(json.dumps(rows[:1]))

    desk.download()

    assert "no longer on OneDrive" not in desk.said.getvalue()


def test_folders_get_their_times_when_all_is_in_them(drive: DemoDrive, desk: Desk) -> None:
    drive.add_folder("/A/B", modified="2021-02-03T04:05:06Z")
    drive.add_file("/A/B/a.txt", b"a")
    drive.add_folder("/Empty", modified="2019-01-01T00:00:00Z")
    desk.list_drive()

    desk.download()

    assert (desk.downloads / "A/B").stat().st_mtime == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
    assert (desk.downloads / "Empty").stat().st_mtime == datetime(2019, 1, 1, tzinfo=UTC).timestamp()


def test_a_folder_that_could_not_be_listed_does_not_stand_there_empty(drive: DemoDrive, desk: Desk) -> None:
    drive.add_vault("/Vault")
    drive.add_folder("/Empty")
    desk.list_drive()

    desk.download()

    assert [path.name for path in desk.downloads.iterdir()] == ["Empty"]


def test_a_new_file_under_a_deleted_ones_name_keeps_the_old_one_beside(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.txt", b"old")
    desk.list_drive()
    desk.download()
    drive.delete(drive.find("/a.txt"))
    drive.add_file("/a.txt", b"new")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert sorted(desk.files().values()) == [b"new", b"old"]
    assert desk.files()["a.txt"] == b"new"


def test_a_local_folder_in_a_files_place_is_left_alone(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.txt", b"a")
    desk.list_drive()
    (desk.downloads / "a.txt").mkdir(parents=True)
    (desk.downloads / "a.txt" / "mine").write_bytes(b"m")

    assert desk.download().exit_code == 0
    files = desk.files()
    assert files.pop("a.txt/mine") == b"m"
    assert [(place.startswith("a~"), content) for place, content in files.items()] == [(True, b"a")]
    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 0


def test_a_local_file_in_a_folders_place_is_kept_beside(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/A/a.txt", b"a")
    desk.list_drive()
    desk.downloads.mkdir()
    (desk.downloads / "A").write_bytes(b"mine")

    assert desk.download().exit_code == 0
    assert sorted(desk.files().values()) == [b"a", b"mine"]
    assert desk.files()["A/a.txt"] == b"a"


def test_a_link_in_a_files_place_is_not_written_through(drive: DemoDrive, desk: Desk, tmp_path: Path) -> None:
    drive.add_file("/a.txt", b"a")
    desk.list_drive()
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    desk.downloads.mkdir()
    (desk.downloads / "a.txt").symlink_to(outside)

    assert desk.download().exit_code == 0
    assert outside.read_bytes() == b"precious"
    assert (desk.downloads / "a.txt").read_bytes() == b"a"
    assert not (desk.downloads / "a.txt").is_symlink()


def test_a_folder_that_is_a_link_leading_out_is_refused(drive: DemoDrive, desk: Desk, tmp_path: Path) -> None:
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/b.txt", b"b")
    desk.list_drive()
    (tmp_path / "outside").mkdir()
    desk.downloads.mkdir()
    (desk.downloads / "A").symlink_to(tmp_path / "outside")

    assert desk.download().exit_code == 3
    assert not list((tmp_path / "outside").iterdir())
    assert (desk.downloads / "b.txt").read_bytes() == b"b"
    assert "leads out of the downloads folder" in desk.errors()["/A/a.txt"]


def test_hostile_names_stay_below_downloads_and_off_the_screen(drive: DemoDrive, desk: Desk) -> None:
    for name in ("x\x1b[31m", "a\u202egpj.exe", "\ud83d half", ".partial", "con", "semi;colon"):
        drive.add_file(f"/{name}", name.encode("utf-8", "replace"))
    drive.add_file("/../../up", b"up")
    desk.list_drive()

    result = desk.download()

    assert result.exit_code == 0, desk.said.getvalue()
    assert len(desk.files()) == 7
    assert sorted(path.name for path in desk.home.parent.iterdir()) == [desk.home.name]
    assert "\x1b" not in desk.said.getvalue()
    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 0


def test_a_list_with_a_path_of_its_own_never_leads_outside(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.txt", b"a")
    desk.list_drive()
    rows = json.loads((desk.home / "file_list.json").read_text())
    rows[0]["path"] = "/../../../../tmp/evil/../a.txt"
    (desk.home / "file_list.json").write_text(json.dumps(rows))

    assert desk.download().exit_code == 0
    assert list(desk.files()) == ["__/__/__/__/tmp/evil/__/a.txt"]


def test_an_item_that_is_listed_twice_is_fetched_once(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.txt", b"a")
    desk.list_drive()
    rows = json.loads((desk.home / "file_list.json").read_text())
    (desk.home / "file_list.json").write_text(json.dumps(rows * 3))

    assert desk.download().exit_code == 0
    assert desk.fetched() == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_ends_the_run_in_words_and_keeps_what_is_there(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        drive.add_file(f"/{number:02}.bin", BIG)
    desk.list_drive()
    written = 0
    real_write = os.pwrite

    def write(descriptor: int, block: bytes, offset: int) -> int:
        nonlocal written
        if len(block) > 1000:
            written += len(block)
            if written > 5_500_000:
                raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, block, offset)

    monkeypatch.setattr(os, "pwrite", write)
    with pytest.raises(DiskFull, match="is full"):
        desk.download()
    monkeypatch.undo()
    finished = len(desk.files())
    assert all(content == BIG for content in desk.files().values())
    assert 0 < finished < 20

    assert desk.download().exit_code == 0
    assert desk.files() == {f"{number:02}.bin": BIG for number in range(20)}
    assert f"{20 - finished} files downloaded" in desk.said.getvalue()


def test_ctrl_c_keeps_what_is_there_and_the_next_run_goes_on_at_the_byte(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_file("/small.txt", b"s")
    drive.add_generated_file("/big.mp4", 8_000_000, paced_bytes_per_second=16_000_000)
    desk.list_drive()
    demo.when_bytes_served(4_000_000, lambda: signal.raise_signal(signal.SIGINT))

    with pytest.raises(Stopped) as caught:
        desk.download()
    partial = next(path for path in (desk.downloads / ".partial").iterdir() if path.suffix == ".part")
    kept_bytes = partial.stat().st_size
    assert caught.value.done == (
        "1 file (1 B) downloaded so far; files that were begun continue where they stopped."
    )  # fmt: skip
    desk.forget_requests()
    result = desk.download()

    assert result.exit_code == 0, desk.errors()
    assert kept_bytes > 1_000_000
    ranges = [seen.headers.get("Range") for seen in demo.requests if seen.host != "graph.microsoft.com"]
    assert ranges == [f"bytes={kept_bytes}-"]
    assert desk.verified()["/big.mp4"] == "hash"


def test_a_partial_file_of_another_version_is_not_continued(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    item = drive.add_file("/a.bin", BIG)
    desk.list_drive()
    demo.cut_body_next(600_000, times=1)
    demo.when_bytes_served(500_000, desk.stop)
    with pytest.raises(Stopped):
        desk.download()
    drive.change_content(item, bytes(reversed(BIG)))
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": bytes(reversed(BIG))}
    assert not [seen for seen in demo.requests if "Range" in seen.headers]


def test_a_spoiled_partial_file_is_noticed(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    drive.add_file("/a.bin", BIG)
    desk.list_drive()
    demo.when_bytes_served(500_000, desk.stop)
    with pytest.raises(Stopped):
        desk.download()
    partial = next(path for path in (desk.downloads / ".partial").iterdir() if path.suffix == ".part")
    with partial.open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"spoiled")

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": BIG}


def test_netrc_credentials_go_to_no_file_host(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login mallory password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    drive.add_file("/a.bin", b"a")
    desk.list_drive()
    demo.redirect_files_to("public.bn.files.1drv.com")

    assert desk.download().exit_code == 0
    assert [seen.headers.get("Authorization") for seen in demo.requests if "graph" not in seen.host] == [None, None]


def test_nothing_secret_is_left_on_the_disk_or_the_screen(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    drive.add_file("/a.bin", BIG)
    drive.add_file("/b.bin", BIG)
    desk.list_drive()
    demo.fail_next(500, on="files", times=None, path="/a.bin")

    assert desk.download().exit_code == 3
    written = b"".join(path.read_bytes() for path in desk.home.rglob("*") if path.is_file())
    for secret in (b"tempauth", b"_layouts", b"Bearer"):
        assert secret not in written
        assert secret.decode() not in desk.said.getvalue()


def test_files_on_someone_elses_drive_are_asked_there(
    drive: DemoDrive, home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, tokens: FixedToken
) -> None:
    other = DemoDrive(drive_id="00000000000000aa")
    for name in ("a", "b"):
        other.add_file(f"/Shared/{name}", name.encode())
    drive.add_shortcut("/Family", other, other.find("/Shared"))
    tokens.token = demo.issue_token(scope="Files.Read Files.Read.All User.Read")
    desk = Desk(home, graph, http, demo, shared=True)
    desk.list_drive()

    result = desk.download()

    assert result.exit_code == 0, desk.said.getvalue()
    assert desk.files() == {"Family/a": b"a", "Family/b": b"b"}


@pytest.mark.parametrize("dialect", ["new", "old", "business"])
def test_all_dialects_come_down(home: Path, dialect: str) -> None:
    drive = DemoDrive(dialect)
    for name in ("a.txt", "b c#%+.jpg"):
        drive.add_file(f"/A & B/{name}", name.encode() * 999, lists_sha=True)
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        http = HttpClient(demo_port=demo.port)
        desk = Desk(home, GraphSession(http, FixedToken(demo), SharedPause(print)), http, demo)
        desk.list_drive()

        result = desk.download()
        again = desk.download()
        http.close()

    assert (result.exit_code, again.exit_code) == (0, 0)
    assert desk.files() == {f"A & B/{name}": name.encode() * 999 for name in ("a.txt", "b c#%+.jpg")}


def test_the_network_gone_for_good_ends_the_run(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    for number in range(60):
        drive.add_file(f"/{number}.txt", b"x")
    desk.list_drive()
    demo.reset_next(on="files", times=None)
    demo.reset_next(on="graph", times=None)

    with pytest.raises(ConnectionLost):
        desk.download()
