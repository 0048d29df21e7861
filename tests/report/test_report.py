from __future__ import annotations

import base64
import hashlib
import re
import tracemalloc
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from onedrive.errors import StateFileBroken, StepNeeded
from onedrive.home.verification import REPORT, VERIFICATION, ItemClass, VerifiedItem
from onedrive.listing.reasons import VAULT
from onedrive.report.page import write_report
from tests.report.page_reader import PageReader
from tests.report.verified import verified, write_verified

HOSTILE = [
    "<img src=x onerror=alert(1)>.jpg",
    "</script><script>alert(2)</script>.jpg",
    "</style><b>bold.txt",
    "\"><svg onload='alert(3)'>.png",
    "javascript:alert(4)",
    "<!-- comment.txt",
    "&lt;i&gt; $verdict {{x}}.txt",
    "line\u2028separator.txt",
]


def _report(home: Path) -> PageReader:
    return PageReader(write_report(home, home / "downloads", zone=UTC))


def test_the_verdict_comes_first_then_figures_exceptions_charts_and_all_items(home: Path) -> None:
    items = [verified("/Pictures/a.jpg"), verified("/b.txt", ItemClass.DAMAGED, reason="12 bytes differ")]
    write_verified(home, items, verdict="Do not delete anything yet: 1 file is damaged. Choose 4 to fetch it.")

    text = _report(home).text

    parts = [
        "Do not delete anything yet",
        "Choose 4 to fetch it.",
        "Numbers",
        "What needs you",
        "12 bytes differ",
        "By year and kind",
    ]
    places = [text.rindex(part) if part == "By year and kind" else text.index(part) for part in parts]
    assert places == sorted(places)
    assert "<h1>Do not delete anything yet: 1 file is damaged.</h1>" in _report(home).source
    assert "OneDrive download report · 24 November 2026, 05:42" in text


def test_before_any_verification_the_person_is_led_to_option_6(home: Path) -> None:
    with pytest.raises(StepNeeded) as stopped:
        write_report(home, home / "downloads")

    assert stopped.value.option == 6
    assert not (home / REPORT).exists()


@pytest.mark.parametrize("item_class", [ItemClass.PROVEN, ItemClass.DAMAGED])
def test_a_name_that_is_markup_is_only_a_name(home: Path, item_class: ItemClass) -> None:
    def page(names: list[str]) -> PageReader:
        write_verified(home, [verified(f"/{name}/{name}", item_class, reason=f"{name}!") for name in names])
        return _report(home)

    hostile = [name.replace("/", "|") for name in HOSTILE]
    strange, plain = page(hostile), page([f"plain {number}" for number in range(len(HOSTILE))])

    # The same elements in the same order: nothing of the names has become one.
    assert [tag for tag, _ in strange.tags] == [tag for tag, _ in plain.tags]
    assert not [name for _, attributes in strange.tags for name in attributes if name.startswith("on")]
    assert [(folder, rows[0][0]) for folder, rows in strange.json("rows")] == [(f"/{name}", name) for name in hostile]
    assert strange.json("facts")["base"] == "./downloads/"


def test_no_script_or_style_but_the_pages_own_may_run(home: Path) -> None:
    write_verified(home, [verified("/a.jpg")])

    page = _report(home)

    policies = [attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv")]
    style = re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL)
    assert [_hash(page.embedded["code"])] == re.findall(r"script-src '(\S+)'", policies[0] or "")
    assert [_hash(style[0])] == re.findall(r"style-src '(\S+)'", policies[0] or "")
    assert (policies[0] or "").startswith("default-src 'none';")
    assert len(style) == 1
    assert not [attributes for _, attributes in page.tags if "style" in attributes]


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_no_address_of_the_net_no_id_and_no_hash_is_in_the_page(home: Path) -> None:
    reason = "OneDrive sent us to https://secret.example/token=abc for its bytes"
    write_verified(home, [verified("/a.jpg"), verified("/b.jpg", ItemClass.UNAVAILABLE, reason=reason)])

    source = _report(home).source

    assert "://" not in source
    secrets = ("token=abc", "the-account-id", "the-drive-id", "id-of-", "an-etag", "a-ctag", "a-hash", str(home))
    assert not [secret for secret in secrets if secret in source]
    assert "OneDrive sent us to (an address) for its bytes" in source


def test_downloads_elsewhere_are_linked_by_their_whole_address_and_a_link_to_another_disk_as_it_is(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "a disk").mkdir()
    (home / "downloads").symlink_to(tmp_path / "a disk")
    write_verified(home, [verified("/50% #1?.jpg", ItemClass.DAMAGED)])

    elsewhere = PageReader(write_report(home, tmp_path / "a disk"))

    assert ((tmp_path / "a disk").as_uri() + "/50%25%20%231%3F.jpg", "/50% #1?.jpg") in elsewhere.links
    assert _report(home).json("facts")["base"] == "./downloads/"


def test_an_old_report_stays_when_the_new_one_cannot_be_finished(home: Path) -> None:
    write_verified(home, [verified("/a.jpg")])
    old = write_report(home, home / "downloads").read_bytes()
    with (home / VERIFICATION).open("a", encoding="utf-8") as stream:
        stream.write('{"id":"x","path":"/x","class":"no such class"}\n')

    with pytest.raises(StateFileBroken):
        write_report(home, home / "downloads")

    assert (home / REPORT).read_bytes() == old
    assert sorted(path.name for path in home.iterdir()) == [REPORT, VERIFICATION]


def _many(count: int) -> Iterator[VerifiedItem]:
    for i in range(count):
        item_class = ItemClass.MISSING if i % 3 == 0 else ItemClass.PROVEN
        yield verified(f"/Pictures/{i % 20}/a picture with a name {i}.jpg", item_class)


def test_memory_does_not_grow_with_the_number_of_items(home: Path) -> None:
    write_verified(home, _many(4_500))
    tracemalloc.start()

    size_bytes = write_report(home, home / "downloads").stat().st_size
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size_bytes > 300_000
    assert most < 750_000


def test_without_script_the_steps_of_each_exception_are_there_and_that_it_was_a_quick_look_only(home: Path) -> None:
    vault = verified("/Vault", ItemClass.UNAVAILABLE, local_path="", size_bytes=0, kind="", day="", reason=VAULT)
    write_verified(home, [vault, verified("/gone.txt", ItemClass.MISSING)], is_whole=False, way="quick")

    text = _report(home).text

    assert "Open Personal Vault and unlock it" in text
    assert "Start this program and choose 4. It fetches only what is missing." in text
    assert "Files were trusted by size and time, not read (--quick)." in text


def test_the_page_is_the_same_in_a_folder_of_another_name(home: Path, tmp_path: Path) -> None:
    write_verified(home, [verified("/a.jpg")])
    here = write_report(home, home / "downloads", zone=UTC).read_text(encoding="utf-8")
    moved = home.rename(tmp_path / "moved")

    assert write_report(moved, moved / "downloads", zone=UTC).read_text(encoding="utf-8") == here
