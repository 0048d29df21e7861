from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from onedrive.home.verification import ItemClass
from onedrive.report import sections
from onedrive.report.rows import tally
from tests.report.verified import verified, write_verified


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a & b", "a &amp; b"),
        ("<b>", "&lt;b&gt;"),
        ("\"'", "&quot;&#x27;"),
        ("cod.\u202egpj", "cod.\\u202egpj"),
        ("two\nlines", "two\\x0alines"),
        ("\ud800", "\\ud800"),
    ],
)
def test_a_text_shows_what_it_hides_and_is_no_markup(text: str, html: str) -> None:
    assert sections.shown(text) == html


def test_a_moment_is_that_of_the_clock_here() -> None:
    east = timezone(timedelta(hours=2))

    assert sections.moment("2026-11-24T23:42:10Z", UTC) == "24 November 2026, 23:42"
    assert sections.moment("2026-11-24T23:42:10Z", east) == "25 November 2026, 01:42"
    assert sections.moment("yesterday") == "yesterday"


def test_the_bars_of_a_chart_are_as_long_as_their_share() -> None:
    counted = tally([verified(f"/{i}", day="2019-05-05") for i in range(4)] + [verified("/x", day="2020-01-01")])

    lengths = re.findall(r'class="fine" x="0.0" width="([\d.]+)"', sections.year_rows(counted))

    assert lengths == ["1000.0", "250.0"]


def test_one_exception_among_very_many_is_still_seen() -> None:
    counted = tally([verified(f"/{i}") for i in range(3000)] + [verified("/x", ItemClass.MISSING)])

    assert re.findall(r'class="wrong" x="[\d.]+" width="([\d.]+)"', sections.year_rows(counted)) == ["5.0"]


def test_years_are_in_order_and_what_has_no_date_is_last() -> None:
    counted = tally([verified("/a", day=day) for day in ("", "2021-01-01", "1999-01-01")])

    assert re.findall(r'data-year="([^"]*)"', sections.year_rows(counted)) == ["1999", "2021", "no date"]


def test_a_missing_file_is_named_without_a_link(home: Path) -> None:
    counted = tally([verified("/here.txt", ItemClass.DAMAGED), verified("/gone.txt", ItemClass.MISSING)])

    html = sections.exceptions(counted, "./downloads/")

    assert re.findall(r'href="(\./[^"]*)"', html) == ["./downloads/here.txt"]
    assert "<bdi>/gone.txt</bdi>" in html


def test_of_very_many_exceptions_the_page_names_some_and_leads_to_the_rest() -> None:
    counted = tally(verified(f"/{i}", ItemClass.MISSING) for i in range(1234))

    html = sections.exceptions(counted, "")

    assert html.count("<bdi>") == 100
    assert "… and 1,134 more." in html
    assert "1,234 items" in html


def test_when_all_is_well_the_page_says_so() -> None:
    counted = tally([verified("/a.jpg")])

    assert "Nothing. No file is missing, damaged or out of date." in sections.exceptions(counted, "")
    assert sections.remark_section(counted, "") == ""


def test_what_is_in_order_though_it_differs_is_not_among_what_needs_the_person() -> None:
    counted = tally(
        [verified("/a.heic", ItemClass.BY_DESIGN), verified("", ItemClass.ONLY_HERE, local_path="mine.txt")]
    )

    remarks = sections.remark_section(counted, "")

    assert "<article" not in sections.exceptions(counted, "")
    assert "To get the moving part" in remarks
    assert "The program never deletes a file here." in remarks


def test_figures_that_do_not_add_up_are_said(home: Path) -> None:
    item = verified("/a.jpg")
    facts = write_verified(home, [item], counts={"proven": (2, 3000)})

    assert "do not add up" in sections.ways(facts, tally([item]))


def test_figures_that_add_up_are_said_too(home: Path) -> None:
    item = verified("/a.jpg")
    facts = write_verified(home, [item], counts={"proven": (1, 1500), "missing here": (0, 0)})

    assert "The report accounts for 1 item, each in exactly one class." in sections.ways(facts, tally([item]))


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


def test_where_there_are_checksums_the_page_says_how_to_use_them(tmp_path: Path) -> None:
    before = sections.sums_remark(tmp_path)
    (tmp_path / "SHA256SUMS").touch()

    assert before == ""
    assert "sha256sum -c SHA256SUMS" in sections.sums_remark(tmp_path)


@pytest.mark.parametrize(("is_good", "tone"), [(True, "good"), (False, "bad")])
def test_the_sign_beside_the_verdict_agrees_with_it(home: Path, is_good: bool, tone: str) -> None:
    facts = write_verified(home, [verified("/a.jpg")], is_good=is_good)

    assert f'class="mark {tone}"' in sections.mark(facts)
