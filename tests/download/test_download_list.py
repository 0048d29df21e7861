"""Option 4, against the pretend OneDrive over sockets: what comes, what stays, what is said."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from onedrive.choosing.selection import Selection
from onedrive.errors import DiskFull, NoListYet, StateFileBroken, Stopped
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.live_photos import live_film, live_still_jpeg
from pretend_onedrive.model.sample import build_sample_drive
from tests.conftest import FakeClock, FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer

BIG = bytes(range(256)) * 4000


def _seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]  # year, month, day …


def _rows(desk: Desk) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads((desk.home / "file_list.json").read_text())
    return rows


# --- what comes -------------------------------------------------------------------------------------------------------


def test_a_small_drive_comes_down_as_it_is_with_its_times(drive: DemoDrive, desk: Desk) -> None:
    drive.add_folder("/A/B", modified="2021-02-03T04:05:06Z")
    drive.add_file("/A/B/a.jpg", b"a" * 5000, modified="2023-05-06T07:08:09Z")
    drive.add_file("/b.txt", b"b")
    drive.add_file("/empty.txt", b"")
    drive.add_folder("/Nothing in it", modified="2019-01-01T00:00:00Z")
    desk.list_drive()

    result = desk.download()

    assert result.exit_code == 0, desk.said.getvalue()
    assert desk.files() == {"A/B/a.jpg": b"a" * 5000, "b.txt": b"b", "empty.txt": b""}
    times = {place: (desk.downloads / place).stat().st_mtime for place in ("A/B", "A/B/a.jpg", "Nothing in it")}
    assert list(times.values()) == [_seconds(2021, 2, 3, 4, 5, 6), _seconds(2023, 5, 6, 7, 8, 9), _seconds(2019, 1, 1)]
    assert desk.verified() == {"/A/B/a.jpg": "hash", "/b.txt": "hash", "/empty.txt": "size only"}
    assert not (desk.downloads / ".partial").exists()
    assert "All 3 files on the list are here: 3 downloaded and checked (5.0 kB in" in desk.said.getvalue()


@pytest.fixture
def drive(request: pytest.FixtureRequest) -> DemoDrive:
    make: Callable[[], DemoDrive] = getattr(request, "param", DemoDrive)
    return make()


def _dialect(dialect: str) -> DemoDrive:
    drive = DemoDrive(dialect)
    for name in ("a.txt", "b c#%+.jpg"):
        drive.add_file(f"/A & B/{name}", name.encode() * 999, lists_sha=True)
    return drive


DIALECTS = [partial(_dialect, dialect) for dialect in ("new", "old", "business")]


@pytest.mark.parametrize(
    "drive", [partial(build_sample_drive, None, big_file_bytes=20_000_000), *DIALECTS], indirect=True
)
def test_the_sample_drive_and_all_dialects_come_down_whole_and_a_second_run_asks_nothing(
    drive: DemoDrive, desk: Desk
) -> None:
    expected = [item for item in drive.files() if "malware" not in item.facets]
    desk.list_drive()

    first, said_first = desk.download(), desk.said.getvalue()
    desk.forget_requests()
    second = desk.download()

    assert (first.exit_code, second.exit_code) == (0, 0), desk.said.getvalue()
    files = desk.files()
    assert sorted(map(len, files.values())) == sorted(item.true_size for item in expected)
    assert not desk.requests("")
    assert "100 %" in said_first
    assert "files on the list are here: nothing had to be downloaded" in desk.said.getvalue()
    if len(expected) == 2:
        assert files == {f"A & B/{name}": name.encode() * 999 for name in ("a.txt", "b c#%+.jpg")}


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

    assert desk.download().exit_code == 0, desk.said.getvalue()
    assert desk.files() == {"Family/a": b"a", "Family/b": b"b"}


def test_what_onedrive_never_hands_out_is_named_and_does_not_make_it_exit_3(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/virus.exe", b"v", malware={})
    drive.add_vault("/Vault")
    drive.add_notebook("/Notes")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert sorted(desk.files()) == ["Notes/Notes.one", "Notes/Open Notebook.onetoc2"]
    assert not (desk.downloads / "Vault").exists()  # it would look as if it were empty
    assert "OneDrive gives the same 3 things to no program as before" in desk.said.getvalue()
    drive.add_file("/second.exe", b"v", malware={})
    desk.list_drive()
    desk.download()
    said = desk.said.getvalue()
    assert "the same 4 things" in said
    assert "2 of 4 files on the list are here: nothing had to be downloaded; 2 that OneDrive gives to no" in said
    desk.download(selection=Selection(folders=("/Notes",)))
    assert "the same one thing to no program" in desk.said.getvalue()


def test_a_still_whose_film_is_here_too_is_an_ordinary_photo(drive: DemoDrive, desk: Desk) -> None:
    lone = "1 photo that came is the still of a Live Photo whose moving part (the video) did not come."
    drive.add_file("/a.mov", live_film("AAAAAAAA-1"))
    drive.add_file("/b.jpg", live_still_jpeg("BBBBBBBB-2"))
    drive.add_file("/b.mov", live_film("BBBBBBBB-2"))
    drive.add_file("/lone.jpg", live_still_jpeg("CCCCCCCC-3"))
    desk.list_drive()
    desk.download()
    assert lone in desk.said.getvalue()

    drive.add_file("/a.jpg", live_still_jpeg("AAAAAAAA-1"))
    desk.list_drive()
    desk.download()
    assert "Live Photo" not in desk.said.getvalue()


@pytest.mark.parametrize(("limit_rate", "seconds"), [(100_000, 2.0), (None, 0.0)])
def test_a_limited_download_takes_the_time_that_its_bytes_need(
    desk: Desk, clock: FakeClock, limit_rate: float | None, seconds: float
) -> None:
    desk.given({f"/{number}.bin": bytes([number]) * 50_000 for number in range(6)})
    begun = clock.monotonic()

    assert desk.download(jobs=1, limit_rate=limit_rate).exit_code == 0
    assert clock.monotonic() - begun >= seconds  # half a second may be saved up
    assert bool(clock.waits) == bool(limit_rate)
    assert len(desk.files()) == 6


# --- the list ---------------------------------------------------------------------------------------------------------


def test_without_a_list_option_3_is_named_and_an_old_list_is_said_to_be_old(desk: Desk) -> None:
    for dry_run in (False, True):
        with pytest.raises(NoListYet) as caught:
            desk.download(dry_run=dry_run)
        assert caught.value.hint == "Choose 3 first."
        assert not desk.downloads.exists()
    desk.list_drive()
    state = json.loads((desk.home / "list_state.json").read_text())
    state["listed_at"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    (desk.home / "list_state.json").write_text(json.dumps(state))

    desk.download()

    assert "The list is 9 days old." in desk.said.getvalue()


@pytest.mark.parametrize("content", [b"", b'[{"id": "1"', b'[{"id": 7}]', b"\xff\xfe\x00"])
def test_a_damaged_list_is_said_and_old_errors_stay(desk: Desk, content: bytes) -> None:
    desk.list_drive()
    (desk.home / "file_list.json").write_bytes(content)
    (desk.home / "item_download_errors.json").write_text('[{"path": "/a", "id": "1", "reason": "r"}]')

    with pytest.raises(StateFileBroken, match=r"file_list\.json"):
        desk.download()

    assert desk.errors() == {"/a": "r"}


def test_an_edited_list_brings_each_item_once_never_leads_outside_and_calls_nothing_deleted(desk: Desk) -> None:
    desk.given("/a.txt", "/b.txt")
    desk.download()
    desk.forget_requests()
    rows = _rows(desk)
    rows[0]["path"] = "/../../../../tmp/evil/../c.txt"
    (desk.home / "file_list.json").write_text(json.dumps(rows[:1] * 3))

    assert desk.download().exit_code == 0
    assert sorted(desk.files()) == ["__/__/__/__/tmp/evil/__/c.txt", "b.txt"]
    assert desk.fetched() == 0  # it was moved
    assert "no longer on OneDrive" not in desk.said.getvalue()


# --- what stands in the way -------------------------------------------------------------------------------------------


@pytest.mark.posix("links that anybody may make")
def test_links_in_the_place_of_a_file_or_folder_are_not_written_through(desk: Desk, tmp_path: Path) -> None:
    desk.given("/A/a.txt", "/b.txt", "/c.txt")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"precious")
    desk.downloads.mkdir()
    (desk.downloads / "A").symlink_to(outside)
    (desk.downloads / "b.txt").symlink_to(outside / "precious")

    assert desk.download().exit_code == 3
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"precious": b"precious"}
    assert (desk.downloads / "b.txt").read_bytes() == b"/b.txt"
    assert not (desk.downloads / "b.txt").is_symlink()
    assert (desk.downloads / "c.txt").read_bytes() == b"/c.txt"
    assert list(desk.errors()) == ["/A", "/A/a.txt"]
    assert "leads out of the downloads folder" in desk.errors()["/A/a.txt"]


def test_hostile_names_stay_below_downloads_and_off_the_screen(drive: DemoDrive, desk: Desk) -> None:
    for name in ("x\x1b[31m", "a\u202egpj.exe", "\ud83d half", ".partial", "con", "semi;colon"):
        drive.add_file(f"/{name}", name.encode("utf-8", "replace"))
    desk.given("/../../up")

    assert desk.download().exit_code == 0, desk.said.getvalue()
    assert len(desk.files()) == 7
    assert sorted(path.name for path in desk.home.parent.iterdir()) == [desk.home.name]
    assert "\x1b" not in desk.said.getvalue()
    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 0


# --- what ends a run --------------------------------------------------------------------------------------------------


@pytest.mark.posix("pwrite")
def test_a_full_disk_ends_the_run_in_words_and_keeps_what_is_there(
    demo: FaultyServer, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {f"/{number}.bin": BIG for number in range(6)}
    desk.given(content)
    written = 0
    real_write = os.pwrite

    def write(descriptor: int, block: bytes, offset: int) -> int:
        nonlocal written
        if len(block) > 1000:
            written += len(block)
            if written > 2_500_000:
                raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, block, offset)

    monkeypatch.setattr(os, "pwrite", write)
    with pytest.raises(DiskFull, match="is full") as caught:
        desk.download(jobs=2)
    monkeypatch.undo()
    assert caught.value.exit_code == 5
    assert "downloaded in this run; unfinished files go on" in desk.said.getvalue()
    finished = len(desk.files())
    assert all(there == BIG for there in desk.files().values())
    assert 0 < finished < 6
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert any("Range" in seen.headers for seen in demo.requests)
    assert desk.files() == {path[1:]: BIG for path in content}
    assert f"{6 - finished} downloaded and checked" in desk.said.getvalue()


@pytest.mark.posix("names of what is open")
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs to know which file a descriptor is")
@pytest.mark.parametrize("call", ["fsync", "close"])
def test_a_disk_that_says_only_at_the_end_that_it_is_full_has_no_file_done_and_none_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    desk.given({"/a.bin": BIG * 2})
    well = getattr(os, call)

    def full_at_the_end(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").resolve()
        well(descriptor)
        if place.parent.name == ".partial" and place.stat().st_size == len(BIG * 2):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full_at_the_end)
    with pytest.raises(DiskFull, match="is full"):
        desk.download()
    monkeypatch.undo()

    assert desk.files() == {}
    assert desk.verified() == {}
    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": BIG * 2}


def test_what_came_otherwise_than_listed_is_named_at_a_stop_too(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_generated_file("/big.mp4", 8_000_000, paced_bytes_per_second=4_000_000)
    drive.add_live_photo("/odd.HEIC", listed_size=9_000, served=b"still")
    desk.list_drive()
    demo.when_bytes_served(6_000_000, lambda: signal.raise_signal(signal.SIGINT))

    with pytest.raises(Stopped):
        desk.download()

    assert "1 file came twice with the same bytes" in desk.said.getvalue()
    assert "kept as they came: /odd.HEIC." in desk.said.getvalue()


def test_ctrl_c_keeps_what_is_there_and_the_next_run_goes_on_at_the_byte(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_generated_file("/big.mp4", 8_000_000, paced_bytes_per_second=16_000_000)
    desk.given({"/small.txt": b"s"})
    demo.when_bytes_served(4_000_000, lambda: signal.raise_signal(signal.SIGINT))

    with pytest.raises(Stopped) as caught:
        desk.download()
    partial = next(path for path in (desk.downloads / ".partial").iterdir() if path.suffix == ".part")
    kept_bytes = partial.stat().st_size
    assert caught.value.done == (
        "1 file (1 B) downloaded in this run; unfinished files go on where they stopped."
    )  # fmt: skip
    desk.forget_requests()
    result = desk.download()

    assert result.exit_code == 0, desk.errors()
    assert kept_bytes > 1_000_000
    ranges = [seen.headers.get("Range") for seen in demo.requests if seen.host != "graph.microsoft.com"]
    assert ranges == [f"bytes={kept_bytes}-"]
    assert desk.verified()["/big.mp4"] == "hash"


@pytest.mark.parametrize("meanwhile", ["changed on OneDrive", "spoiled here"])
def test_a_partial_file_of_another_version_or_a_spoiled_one_is_noticed(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, meanwhile: str
) -> None:
    desk.given({"/a.bin": BIG})
    demo.when_bytes_served(500_000, desk.stop)
    with pytest.raises(Stopped):
        desk.download()
    if meanwhile == "spoiled here":
        partial = next(path for path in (desk.downloads / ".partial").iterdir() if path.suffix == ".part")
        with partial.open("r+b") as stream:
            stream.seek(1000)
            stream.write(b"spoiled")
    else:
        drive.change_content(drive.find("/a.bin"), BIG[::-1])
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": BIG if meanwhile == "spoiled here" else BIG[::-1]}
    assert meanwhile == "spoiled here" or not [seen for seen in demo.requests if "Range" in seen.headers]


@pytest.mark.parametrize("size", [-1, "115", 2**70])
def test_a_size_that_is_no_number_of_bytes_and_a_folder_of_negative_size_cost_no_file(
    drive: DemoDrive, desk: Desk, size: object
) -> None:
    drive.add_file("/A/a.txt", b"abc").listed_size = size  # type: ignore[assignment]  # as it is seen
    drive.find("/A").listed_size = -5
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"A/a.txt": b"abc"}
    assert desk.verify().exit_code == 0
    assert desk.classes() == {"/A/a.txt": "proven"}


@pytest.mark.parametrize("path", ["/A", "/A/a.txt"])
def test_one_404_for_a_folders_page_or_a_file_costs_no_file(demo: FaultyServer, desk: Desk, path: str) -> None:
    desk.given("/A/a.txt")
    demo.fail_next(404, path=path)

    assert desk.download().exit_code == 0
    assert desk.files() == {"A/a.txt": b"/A/a.txt"}


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_netrc_credentials_go_to_no_file_host(
    demo: FaultyServer, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login mallory password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    desk.given("/a.bin")
    demo.redirect_files_to("public.bn.files.1drv.com")

    assert desk.download().exit_code == 0
    assert [seen.headers.get("Authorization") for seen in demo.requests if "graph" not in seen.host] == [None, None]


def test_nothing_secret_is_left_and_failures_are_grouped_by_a_reason_without_figures(
    demo: FaultyServer, desk: Desk
) -> None:
    desk.given({"/a.bin": BIG, "/b.bin": BIG, "/c.bin": BIG})
    for path in ("/a.bin", "/c.bin"):
        demo.fail_next(500, on="files", times=None, path=path)

    assert desk.download().exit_code == 3
    written = b"".join(path.read_bytes() for path in desk.home.rglob("*") if path.is_file())
    for secret in (b"tempauth", b"_layouts", b"Bearer"):
        assert secret not in written
        assert secret.decode() not in desk.said.getvalue()
    failed, verdict, where = desk.said.getvalue().splitlines()[-3:]
    assert failed == (
        "2 files could not be downloaded (for example /a.bin): Microsoft's file server answered with an error."
    )
    assert verdict.startswith("1 of 3 files on the list is here: 1 downloaded and checked (1.0 MB in ")
    assert verdict.endswith("; 2 could not be downloaded.")
    assert where.endswith("What failed is named in item_download_errors.json; choose r to try them again.")
    assert "error 500" in desk.errors()["/c.bin"]
    demo.be_well()
    assert desk.download(retry_failed=True).exit_code == 0
    assert "Both files that failed before are here: 2 downloaded and checked" in desk.said.getvalue()
