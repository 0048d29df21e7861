"""The sheet for leaving OneDrive as a person sees and prints it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onedrive.home.lists import ListState, write_list_state
from onedrive.home.verification import ItemClass
from onedrive.listing.reasons import NOTEBOOK, SHORTCUT, VAULT
from onedrive.report.moving_out import read_moving_out
from onedrive.report.sheet import write_sheet
from tests.browser.conftest import Open
from tests.report.verified import verified, write_verified

_SIZES = {"A4": (8.27, 11.69), "Letter": (8.5, 11)}


@pytest.fixture(scope="session")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("leaving")
    named = {"/Vault": VAULT, "/Notes": NOTEBOOK, "/<b>Theirs": SHORTCUT}
    items = [
        verified(path, ItemClass.UNAVAILABLE, reason=why, local_path="", size_bytes=0, kind="", day="")
        for path, why in named.items()
    ]
    items += [verified("/a.jpg"), verified("/live.HEIC", ItemClass.LIVE_STILL)]
    write_verified(home, items, drive_files=2, drive_folders=0)
    write_list_state(home, ListState("2026-11-24T05:42:10Z", "a", "0f09000000cfea42"))
    return write_sheet(home, read_moving_out(home), frozenset())


def test_it_opens_from_the_disk_with_the_verdict_on_top_and_fits_a_narrow_screen(open_page: Open, sheet: Path) -> None:
    page = open_page(sheet)

    assert page.value('document.querySelector("h1").textContent') == "Not yet"
    assert page.value('document.querySelector("h1").getBoundingClientRect().top') < 120
    assert page.value("[...document.links].map((link) => link.protocol)") == ["https:"] * 3
    for width in (320, 820, 1920):
        page.resize(width, 900)
        assert page.value("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("paper", _SIZES)
def test_it_prints_on_the_two_sides_of_one_sheet(open_page: Open, sheet: Path, paper: str) -> None:
    width, height = _SIZES[paper]

    printed = open_page(sheet).pdf(paperWidth=width, paperHeight=height)

    assert len(re.findall(rb"/Type /Page\n", printed)) == 2
