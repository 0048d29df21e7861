"""Names of OneDrive on disks of every kind (GRAPH_FACTS §5.2)."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from onedrive.local import names
from onedrive.local.names import (
    FAT_RULES,
    LINUX_RULES,
    MACOS_RULES,
    WINDOWS_RULES,
    NameRules,
    as_windows_names,
    is_disk_of_windows,
    long_windows_path,
    name_with_addition,
    probe_name_rules,
    safe_name,
)
from tests.desk import Desk

ALL_RULES = (LINUX_RULES, MACOS_RULES, WINDOWS_RULES, FAT_RULES)
# What every disk takes as it is.
KEPT = ["plain.jpg", "~leading", "CONTENT.txt", "desktop.ini", ".DS_Store", "COM10", "Thumbs.db", "~$letter.docx"]
KEPT += [".lock", "shortcut.lnk", "100%25.txt", " leading space", "caf\xe9", "cafe\u0301"]
KEPT += ["\U0001f468\u200d\U0001f469\u200d\U0001f467.jpg", "\uff0e fullwidth \uff1a", "\u202egpj.exe"]
# name, then what it becomes on Linux, macOS, Windows, FAT
NAMES = [
    *((name,) * 5 for name in KEPT),
    ("trailing dot.", "trailing dot.", "trailing dot.", "trailing dot_", "trailing dot_"),
    ("trailing space ", "trailing space ", "trailing space ", "trailing space_", "trailing space_"),
    ("CON", "CON", "CON", "_CON", "CON"),
    ("nul.txt", "nul.txt", "nul.txt", "_nul.txt", "nul.txt"),
    ("COM1.tar.gz", "COM1.tar.gz", "COM1.tar.gz", "_COM1.tar.gz", "COM1.tar.gz"),
    ("COM\u00b9", "COM\u00b9", "COM\u00b9", "_COM\u00b9", "COM\u00b9"),
    ("CONIN$", "CONIN$", "CONIN$", "_CONIN$", "CONIN$"),
    ('a<b>c"d|e?f*g', 'a<b>c"d|e?f*g', 'a<b>c"d|e?f*g', "a_b_c_d_e_f_g", "a_b_c_d_e_f_g"),
    ("back\\slash", "back\\slash", "back\\slash", "back_slash", "back_slash"),
    ("12:30.txt", "12:30.txt", "12_30.txt", "12_30.txt", "12_30.txt"),
    ("nul .txt", "nul .txt", "nul .txt", "_nul .txt", "nul .txt"),
    ("LPT\u00b3.log", "LPT\u00b3.log", "LPT\u00b3.log", "_LPT\u00b3.log", "LPT\u00b3.log"),
    ("CON.", "CON.", "CON.", "CON_", "CON_"),
    ("del\x7f", "del\x7f", "del\x7f", "del\x7f", "del_"),
    (" ", " ", " ", "_", "_"),
    (". .", ". .", ". .", ". _", ". _"),
    ("line\nbreak\x1b", "line\nbreak\x1b", "line\nbreak\x1b", "line_break_", "line_break_"),
    ("a/b", "a_b", "a_b", "a_b", "a_b"),
    ("nul\0byte", "nul_byte", "nul_byte", "nul_byte", "nul_byte"),
    (".", "_", "_", "_", "_"),
    ("..", "__", "__", "__", "__"),
    ("...", "...", "...", ".._", ".._"),
    ("\ud83d broken", "\ufffd broken", "\ufffd broken", "\ufffd broken", "\ufffd broken"),
]


@pytest.mark.parametrize("row", NAMES, ids=[ascii(row[0]) for row in NAMES])
def test_a_name_becomes_what_each_disk_takes_and_nothing_else(row: tuple[str, ...]) -> None:
    assert tuple(safe_name(row[0], "id", rules) for rules in ALL_RULES) == row[1:]


@pytest.mark.parametrize("rules", ALL_RULES)
@pytest.mark.parametrize("name", [row[0] for row in NAMES] + ["\u4e00" * 300 + ".jpeg", "x" * 254 + "."])
def test_a_safe_name_is_safe_as_it_is(name: str, rules: NameRules) -> None:
    safe = safe_name(name, "id", rules)

    assert safe_name(safe, "another id", rules) == safe


@pytest.mark.parametrize(
    "name", ["\u4e00" * 100 + ".jpg", "\U0001f600" * 70 + ".jpg", "e\u0301" * 120 + ".jpg", "x" * 300 + ".jpg"]
)
def test_a_long_name_is_cut_to_255_bytes_keeps_its_extension_and_is_told_apart_by_its_id(name: str) -> None:
    safe = safe_name(name, "id", LINUX_RULES)

    assert 240 < len(safe.encode()) <= 255
    assert safe.endswith(".jpg")
    assert name.startswith(safe.rpartition("~")[0])
    assert safe != safe_name(name, "ID", LINUX_RULES)


def test_a_name_of_255_utf16_units_is_kept_where_units_are_counted() -> None:
    name = "\u4e00" * 251 + ".jpg"

    assert safe_name(name, "id", WINDOWS_RULES) == name


def test_a_name_whose_accents_are_stored_apart_is_cut_by_what_it_takes_there() -> None:
    rules = replace(MACOS_RULES, counts_utf16=True, counts_apart=True)
    for name in ("\u00e9" * 200 + ".jpg", "\ud55c" * 90 + ".jpg"):
        safe = safe_name(name, "id", rules)

        assert 200 < len(unicodedata.normalize("NFD", safe)) <= 255
        assert safe.endswith(".jpg")
        assert safe_name(name, "id", replace(rules, counts_apart=False)) == name


def test_an_addition_stands_before_the_extension_which_a_very_long_one_is_not() -> None:
    assert name_with_addition("a.tar.gz", " (2)", LINUX_RULES) == "a.tar (2).gz"
    assert name_with_addition(".hidden", " (2)", LINUX_RULES) == ".hidden (2)"
    assert safe_name("a." + "x" * 300, "id", LINUX_RULES).startswith("a.xxx")


@pytest.mark.parametrize(
    ("rules", "same"),
    [
        (LINUX_RULES, {("a", "a")}),
        (MACOS_RULES, {("a", "a"), ("a", "A"), ("\u00e9", "e\u0301"), ("\u00c9", "e\u0301")}),
        (WINDOWS_RULES, {("a", "a"), ("a", "A"), ("\u00e9", "e\u0301"), ("\u00c9", "e\u0301")}),
        (replace(LINUX_RULES, tells_forms_apart=False), {("a", "a"), ("\u00e9", "e\u0301")}),
    ],
)
def test_keys_say_which_names_cannot_stand_together(rules: NameRules, same: set[tuple[str, str]]) -> None:
    pairs = {("a", "a"), ("a", "A"), ("\u00e9", "e\u0301"), ("\u00c9", "e\u0301")}

    assert {pair for pair in pairs if rules.key(pair[0]) == rules.key(pair[1])} == same


def test_names_for_windows_on_a_disk_that_takes_everything_are_those_that_windows_takes() -> None:
    rules = as_windows_names(LINUX_RULES)

    assert [safe_name(row[0], "id", rules) for row in NAMES] == [row[3] for row in NAMES]
    assert rules.longest == LINUX_RULES.longest
    assert not as_windows_names(FAT_RULES).takes_device_names
    assert as_windows_names(FAT_RULES).refused_characters == FAT_RULES.refused_characters


@pytest.mark.posix("list of what is mounted")
@pytest.mark.parametrize(
    ("mounted", "reads"),
    [
        ("fuseblk rw", True),
        ("ntfs3 rw", True),
        ("exfat rw", True),
        ("vfat rw", True),
        ("cifs rw,vers=3.1.1", True),
        ("nfs4 rw", True),
        ("9p rw,aname=drvfs;path=C:", True),
        ("9p rw,trans=virtio", False),
        ("ext4 rw", False),
        ("fuse.sshfs rw", False),
    ],
)
def test_a_disk_that_windows_reads_is_told_by_how_it_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, *, reads: bool
) -> None:
    disk, other = tmp_path / "my disk", tmp_path / "my disk 2"
    escaped = str(disk).replace(" ", "\\040")
    (tmp_path / "mounts").write_text(
        f"/dev/a / ext4 rw 0 0\n/dev/b {escaped} ext2 rw 0 0\n/dev/b {escaped} {mounted} 0 0\n"
    )
    monkeypatch.setattr(names, "_MOUNTS", tmp_path / "mounts")

    assert is_disk_of_windows(disk / "photos") is reads
    assert is_disk_of_windows(disk) is reads
    assert not is_disk_of_windows(other)
    monkeypatch.setattr(names, "_MOUNTS", tmp_path / "no such system")
    assert not is_disk_of_windows(disk)


@pytest.mark.posix("disk that takes every name")
def test_names_are_such_that_windows_can_open_them_where_it_will_and_what_is_here_stays_found(desk: Desk) -> None:
    desk.given("/CON", "/aux.txt", "/a/name.", "/end /a", here=True)
    desk.settings = replace(desk.settings, windows_names=True)
    desk.given("/lpt1.jpg", "/a/b:c ", "/x ./a")

    assert desk.download().exit_code == 0
    assert desk.fetched() == 3
    here = {"CON", "aux.txt", "a/name.", "end /a", "_lpt1.jpg", "a/b_c_", "x _/a"}
    assert set(desk.files()) == here
    desk.settings = replace(desk.settings, windows_names=False)  # and back again
    desk.given("/nul")
    assert desk.download().exit_code == 0
    assert set(desk.files()) == {*here, "nul"}
    assert (desk.verify().exit_code, desk.odd()) == (0, {})


@pytest.mark.parametrize("left_over", [False, True])
def test_probing_finds_what_this_disk_takes_and_leaves_nothing(tmp_path: Path, left_over: bool) -> None:
    if left_over:  # by a killed run
        (tmp_path / "name-probe").mkdir()
        (tmp_path / "name-probe" / "CASE").touch()

    rules = probe_name_rules(tmp_path)

    assert not list(tmp_path.iterdir())
    assert rules == probe_name_rules(tmp_path)
    assert not rules.counts_apart
    for name in ("trailing dot.", "CON", "a:b", "\u4e00" * 100, "x" * 300):
        Path(long_windows_path(str(tmp_path / safe_name(name, "id", rules)))).write_bytes(b"")
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("C:\\a", "C:\\a"),
        ("C:\\" + "a" * 300, "\\\\?\\C:\\" + "a" * 300),
        ("\\\\nas\\photos\\" + "a" * 300, "\\\\?\\UNC\\nas\\photos\\" + "a" * 300),
        ("\\\\?\\C:\\" + "a" * 300, "\\\\?\\C:\\" + "a" * 300),
    ],
)
def test_long_paths_of_windows_have_a_mark_that_comparing_takes_away(
    monkeypatch: pytest.MonkeyPatch, text: str, long: str
) -> None:
    monkeypatch.setattr(names, "os", SimpleNamespace(sep="\\", path=SimpleNamespace(abspath=str)))

    assert names.long_windows_path(text) == long
    assert names.plain_windows_path(long) == text.removeprefix("\\\\?\\")
