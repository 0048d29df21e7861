from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.report.rows import address_base, encode, file_address, folder_uri


@pytest.mark.parametrize(
    ("folder", "address"),
    [
        (PurePosixPath("/"), "file:///"),
        (PurePosixPath("/home/me/One Drive"), "file:///home/me/One%20Drive/"),
        (PurePosixPath("/mnt/100% #1?"), "file:///mnt/100%25%20%231%3F/"),
        (PurePosixPath("/mnt/back\\slash"), "file:///mnt/back%5Cslash/"),
        (PurePosixPath("/mnt/\udcff"), "file:///mnt/%FF/"),
        (PureWindowsPath("D:\\"), "file:///D:/"),
        (PureWindowsPath("D:\\Photos\\Été"), "file:///D:/Photos/%C3%89t%C3%A9/"),
        (PureWindowsPath("d:/a b"), "file:///d:/a%20b/"),
        (PureWindowsPath("\\\\server\\share\\One Drive"), "file://server/share/One%20Drive/"),
        (PureWindowsPath("\\\\server\\share"), "file://server/share/"),
        (PureWindowsPath("\\\\?\\C:\\very\\long"), "file:///C:/very/long/"),
        (PureWindowsPath("\\\\?\\UNC\\server\\share\\a"), "file://server/share/a/"),
        (PureWindowsPath("C:\\half \ud800"), "file:///C:/half%20%ED%A0%80/"),
    ],
)
def test_a_folder_of_each_system_has_its_address(folder: PurePath, address: str) -> None:
    assert folder_uri(folder) == address


@pytest.mark.parametrize(
    ("home", "downloads", "base"),
    [
        (PurePosixPath("/home/me"), PurePosixPath("/home/me/downloads"), "./downloads/"),
        (PurePosixPath("/home/me"), PurePosixPath("/home/me"), "./"),
        (PurePosixPath("/home/me"), PurePosixPath("/home/me/my files/#1"), "./my%20files/%231/"),
        (PurePosixPath("/home/me"), PurePosixPath("/home/you/downloads"), "file:///home/you/downloads/"),
        (PurePosixPath("/home/me"), PurePosixPath("/home/me2"), "file:///home/me2/"),
        (PureWindowsPath("C:\\me"), PureWindowsPath("c:\\ME\\downloads"), "./downloads/"),
        (PureWindowsPath("C:\\me"), PureWindowsPath("E:\\downloads"), "file:///E:/downloads/"),
    ],
)
def test_what_is_below_the_page_is_linked_relatively(home: PurePath, downloads: PurePath, base: str) -> None:
    assert address_base(home, downloads) == base


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("Pictures/a.jpg", "./d/Pictures/a.jpg"),
        ("a #1 100%?.jpg", "./d/a%20%231%20100%25%3F.jpg"),
        ("javascript:alert(1)", "./d/javascript%3Aalert(1)"),
        ("two\nlines", "./d/two%0Alines"),
        ("Grüße & <b>\"'", "./d/Gr%C3%BC%C3%9Fe%20%26%20%3Cb%3E%22'"),
        ("back\\slash", "./d/back%5Cslash"),
        ("latin \udce9", "./d/latin%20%E9"),
        ("../../etc/passwd", ""),
        ("a/../b", ""),
        ("/etc/passwd", ""),
        ("", ""),
    ],
)
def test_an_odd_name_is_encoded_and_no_place_leads_out_of_the_downloads(place: str, address: str) -> None:
    assert file_address("./d/", place) == address


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_name_comes_back_from_its_address_and_has_nothing_of_meaning_in_it(name: str) -> None:
    encoded = encode(name)

    assert unquote_to_bytes(encoded).decode() == name
    assert encoded.isascii()
    assert not set(encoded) & set('/\\?#&<>": \n')
