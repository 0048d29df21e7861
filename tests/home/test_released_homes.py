"""A home that an earlier version left goes on as it was; one of a newer version is left alone."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from onedrive.setup.computer import look_at_files
from onedrive.setup.findings import State
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.home.released_homes import ARCHIVES, fill
from tests.starting import run


@pytest.mark.parametrize("archive", sorted(ARCHIVES.iterdir()), ids=lambda path: path.stem)
def test_a_home_of_an_earlier_version_is_taken_over_and_nothing_in_it_is_fetched_again(
    desk: Desk, drive: DemoDrive, archive: Path
) -> None:
    fill(drive)
    with tarfile.open(archive) as packed:
        packed.extractall(desk.home.parent, filter="data")
    before = desk.files()
    drive.add_file("/Letters/new.txt", b"new")

    desk.list_drive()
    assert desk.download().exit_code == 0, desk.said.getvalue()

    assert desk.fetched() == 1
    assert desk.files() == before | {"Letters/new.txt": b"new"}
    assert desk.verify().exit_code == 0
    assert desk.odd() == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list_state.json", '{\n "version": 2,\n "listed_at"'),
        ("download_manifest.jsonl", '{"manifest_version":2}\n'),
        ("selection.json", '{"version": 12}'),
        ("verification.json", '{"version": 2, "when"'),
    ],
)
def test_a_home_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    done = run(tmp_path, "--no-input", "3")

    assert done.returncode == 1
    assert f"{name} cannot be used: a newer version of this program wrote it.\nStart that one, or" in done.stdout
    [found] = [each for each in look_at_files(tmp_path, tmp_path, now=0) if each.state is State.WRONG]
    assert found.words.startswith(f"{name} cannot be used: a newer version")
    assert (tmp_path / name).read_text() == text
    assert not (tmp_path / "file_list.json").exists()
