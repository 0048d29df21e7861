from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest

from onedrive.home.verification import ItemClass
from onedrive.report import sections
from onedrive.report.rows import tally
from tests.report.verified import verified, write_verified


def test_a_text_shows_what_it_hides_and_is_no_markup() -> None:
    hiding = {"a & b": "a &amp; b", "<b>": "&lt;b&gt;", "\"'": "&quot;&#x27;", "cod.\u202egpj": "cod.\\u202egpj"}
    hiding |= {"two\nlines": "two\\x0alines", "\ud800": "\\ud800"}

    assert {text: sections.shown(text) for text in hiding} == hiding


def test_a_moment_is_that_of_the_clock_here() -> None:
    east = timezone(timedelta(hours=2))

    assert sections.moment("2026-11-24T23:42:10Z", UTC) == "24 November 2026, 23:42"
    assert sections.moment("2026-11-24T23:42:10Z", east) == "25 November 2026, 01:42"
    assert sections.moment("yesterday") == "yesterday"


def test_the_bars_of_a_chart_are_as_long_as_their_share_and_one_exception_among_very_many_is_still_seen() -> None:
    fine = tally([verified(f"/{i}", day="2019-05-05") for i in range(4)] + [verified("/x", day="2020-01-01")])
    one_bad = tally([verified(f"/{i}") for i in range(3000)] + [verified("/x", ItemClass.MISSING)])
    years = tally([verified("/a", day=day) for day in ("", "2021-01-01", "1999-01-01")])

    assert re.findall(r'class="fine" x="0.0" width="([\d.]+)"', sections.year_rows(fine)) == ["1000.0", "250.0"]
    assert re.findall(r'class="wrong" x="[\d.]+" width="([\d.]+)"', sections.year_rows(one_bad)) == ["5.0"]
    assert re.findall(r'data-year="([^"]*)"', sections.year_rows(years)) == ["1999", "2021", "no date"]


def test_of_very_many_exceptions_the_page_names_some_with_links_to_what_is_here_and_leads_to_the_rest() -> None:
    missing = [verified(f"/{i}", ItemClass.MISSING) for i in range(1234)]

    html = sections.exceptions(tally([verified("/here.txt", ItemClass.DAMAGED), *missing]), "./downloads/")

    assert re.findall(r'href="(\./[^"]*)"', html) == ["./downloads/here.txt"]
    assert html.count("<bdi>") == 101
    assert "… and 1,134 more." in html
    assert "1,234 items" in html


def test_what_is_in_order_though_it_differs_is_not_among_what_needs_the_person() -> None:
    well = tally([verified("/a.jpg")])
    only_here = verified("", ItemClass.ONLY_HERE, local_path="mine.txt")
    differing = tally([verified("/a.heic", ItemClass.BY_DESIGN), only_here])
    remarks = sections.remark_section(differing, "")

    assert "Nothing. No file is missing, damaged or out of date." in sections.exceptions(well, "")
    assert sections.remark_section(well, "") == ""
    assert "<article" not in sections.exceptions(differing, "")
    assert "To get the moving part" in remarks
    assert "The program never deletes a file here." in remarks


def test_it_is_said_whether_the_figures_add_up(home: Path) -> None:
    item = verified("/a.jpg")

    def said(**counts: tuple[int, int]) -> str:
        return sections.ways(write_verified(home, [item], counts={**counts, "missing here": (0, 0)}), tally([item]))

    assert "do not add up" in said(proven=(2, 3000))
    assert "The report accounts for 1 item, each in exactly one class." in said(proven=(1, 1500))


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("read", "Every file was read from the disk"),
        ("quick", "were trusted and not read (--quick)"),
        ("sample 5 %", "only some were read from the disk: sample 5 %."),
    ],
)
def test_the_way_it_was_proven_is_told(home: Path, way: str, sentence: str) -> None:
    facts = write_verified(home, [verified("/a.jpg")], way=way, is_whole=way == "read")

    assert sentence in sections.ways(facts, tally([verified("/a.jpg")]))
    assert (sections.caution(facts) == "") == (way == "read")


def test_checksums_are_explained_where_there_are_some_and_the_sign_agrees_with_the_verdict(home: Path) -> None:
    before = sections.sums_remark(home)
    (home / "SHA256SUMS").touch()

    assert before == ""
    assert "sha256sum -c SHA256SUMS" in sections.sums_remark(home)
    for is_good, tone in ((True, "good"), (False, "bad")):
        facts = write_verified(home, [verified("/a.jpg")], is_good=is_good)
        assert f'class="mark {tone}"' in sections.mark(facts)


def test_each_class_has_a_tone_of_its_own_by_day_and_by_night() -> None:
    style = files("onedrive.report").joinpath("assets", "page.css").read_text(encoding="utf-8")

    for number, item_class in enumerate(ItemClass):
        assert style.count(f"--c{number}: #") == 2, item_class
        assert f".c{number} {{" in style
