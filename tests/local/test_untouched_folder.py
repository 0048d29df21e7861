"""A downloads folder that is only looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.local.folder import UntouchedFolder
from onedrive.local.names import LINUX_RULES, NameRules


def test_a_folder_that_is_not_there_is_not_made_and_the_disk_above_is_looked_at(tmp_path: Path) -> None:
    folder = UntouchedFolder(tmp_path / "not" / "there")
    folder.prepare()
    folder.make_folder("a/b")

    assert folder.look("a.txt") is None
    assert folder.takes_links()
    assert folder.look_at_disk(largest_wanted_bytes=1 << 40).free_bytes
    assert not list(tmp_path.iterdir())


def test_what_the_disk_takes_is_tried_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def probe(folder: Path) -> NameRules:
        tried.append(folder)
        return LINUX_RULES

    monkeypatch.setattr("onedrive.local.folder.probe_name_rules", probe)
    before = tmp_path.stat().st_mtime_ns
    folder = UntouchedFolder(tmp_path)

    assert folder.prepare() == LINUX_RULES
    assert folder.takes_links()
    assert [path.parent for path in tried] == [tmp_path]
    assert not list(tmp_path.iterdir())
    assert tmp_path.stat().st_mtime_ns == before
