"""The report as a person sees it: opened from the disk in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.home.verification import ItemClass, read_verified_items
from onedrive.report.page import write_report
from onedrive.report.pictures import PICTURES_FOLDER, picture_key
from onedrive.report.rows import file_address
from pretend_onedrive.model.pictures import landscape_jpeg
from tests.browser.chromium import Page
from tests.browser.conftest import Open
from tests.browser.gallery_scene import HOSTILE_NAMES, ODD_NAMES
from tests.report.verified import verified, write_verified

MATCHES = 'document.getElementById("matches").textContent'
ROW_NAMES = '[...document.querySelectorAll("#grid tbody td.name")].map((cell) => cell.querySelector("bdi").textContent)'
PICTURES = '[...document.querySelectorAll("#gallery img")]'


def _show_pictures(page: Page) -> None:
    page.click("#tab-gallery")
    page.wait_until(f"{PICTURES}.length > 0 && {PICTURES}.every((picture) => picture.complete && picture.src)")


def _choose(page: Page, name: str, text: str) -> None:
    """Choose an option by its first words, as a person would."""
    page.value(
        f"""(() => {{ const select = document.getElementById("filter-{name}");
            const option = [...select.options].find((one) => one.text.trim().startsWith({json.dumps(text)}));
            option.selected = true;
            select.dispatchEvent(new Event("change", {{bubbles: true}})); }})()"""
    )


def test_it_opens_from_the_disk_with_the_verdict_on_top_and_prints_on_a_few_pages(page: Page) -> None:
    assert page.value("location.protocol") == "file:"
    assert page.value('document.querySelector("h1").textContent').startswith("Do not delete anything yet")
    assert page.value('document.querySelector("h1").getBoundingClientRect().top') < 200
    assert page.value(MATCHES) == "62 of 62 items, 5.0 GB"
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    assert 2 <= printed.count(b"/Type /Page\n") <= 8  # without the table


def test_each_filter_leaves_what_matches_and_they_work_together_and_are_taken_back_together(page: Page) -> None:
    for name, option, matches in (
        ("class", "damaged here", 1),
        ("class", "cannot be downloaded", 2),
        ("kind", "videos", 1),
        ("year", "2019", 12),
        ("year", "no date", 2),
        ("folder", "Pictures", 41),
    ):
        _choose(page, name, option)
        assert page.value(MATCHES).startswith(f"{matches} of 62 items"), option
        page.click("#filters button")
        assert page.value(MATCHES).startswith("62 of 62")

    for name, option in (("folder", "Pictures"), ("folder", "2019"), ("kind", "photos")):
        _choose(page, name, option)
    assert page.value(MATCHES).startswith("12 of 62")
    page.click("#filters button")
    assert page.value(MATCHES).startswith("62 of 62")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("TORN", ["torn.txt"]),
        ("ete", ["été.txt"]),
        ("letters gone", ["gone.txt"]),
        ("onerror=alert", ["<img src=x onerror=alert(1)>.jpg"]),
        ("no such name", []),
    ],
)
def test_what_is_typed_is_sought_in_names_and_folders(page: Page, typed: str, names: list[str]) -> None:
    page.click("#filter-text")
    page.type_text(typed)

    page.wait_until(f"{MATCHES}.startsWith('{len(names)} of ')")
    assert page.value(ROW_NAMES) == names


def test_a_column_sorts_up_then_down_then_not_at_all(page: Page) -> None:
    first_size = 'document.querySelector("#grid tbody td.size").textContent'
    sorted_by = 'document.querySelector("#grid th.size").ariaSort'
    seen = [page.value(f"[{first_size}, {sorted_by}]")]

    for _ in range(3):
        page.click("#grid th.size button")
        seen.append(page.value(f"[{first_size}, {sorted_by}]"))

    assert seen == [["1 B", None], ["0 B", "ascending"], ["5.0 GB", "descending"], ["1 B", None]]
    assert page.value('Array.from(ranks(["img 10", "img 2", "img 1", "img 2"]))') == [2, 1, 0, 1]  # as people count


def test_the_gallery_shows_the_pictures_by_year_and_folder(page: Page) -> None:
    _show_pictures(page)

    headings = page.value('[...document.querySelectorAll("#gallery h3, #gallery h4")].map((one) => one.textContent)')
    assert headings[:4] == ["2022", "/Pictures/2022", "/Pictures/2022/Walk 1", "/Pictures/2022/Walk 2"]
    assert page.value(f"{PICTURES}.length") > 8
    assert page.value(f"{PICTURES}.every((picture) => picture.naturalWidth > 0)")
    assert page.value(MATCHES) == "51 pictures and videos among 62 matching items"
    links = [name for role, name, _ in page.accessible() if role == "link"]
    assert {"HEIC live.HEIC", "painted.png"} <= set(links)  # as a screen reader names them


def test_an_album_leads_to_its_pictures_in_its_order_and_a_class_away_from_them(page: Page) -> None:
    page.click("#albums tbody a")

    page.wait_until(f"{MATCHES}.includes('among 3 matching items')")
    texts = '[...document.querySelectorAll("#gallery :is(h3, h4, .caption)")].map((one) => one.textContent)'
    assert page.value(texts) == ["IMG_2.jpg", "Cover: IMG_2.jpg", "IMG_2.jpg"]
    assert page.value("Array.from(page.gallery.pictures)") == [20, 2, 8]
    assert not page.value('document.getElementById("jump").checkVisibility()')
    chosen = page.value('document.getElementById("filter-album").selectedOptions[0].text')
    assert chosen == "<img src=x onerror=alert(1)>.jpg (3)"
    page.click('#numbers [data-class="0"]')
    page.wait_until(f"{MATCHES}.startsWith('5')")
    _show_pictures(page)
    assert page.value('document.getElementById("jump").checkVisibility()')
    assert page.value('document.getElementById("filter-album").selectedIndex') == 0


def test_what_a_browser_cannot_show_has_a_tile_with_its_name(page: Page) -> None:
    _choose(page, "folder", "Pictures")
    _choose(page, "folder", "2022")
    _show_pictures(page)

    tiles = page.value(
        """Object.fromEntries([...document.querySelectorAll("#gallery .tile")].map((tile) => [
            tile.querySelector(".caption").textContent,
            [tile.querySelector(".format, .missing")?.textContent ?? "", tile.querySelectorAll("svg.play").length]]))"""
    )
    assert tiles["live.HEIC"] == ["HEIC", 0]
    assert tiles["raw.cr2"] == ["CR2", 0]
    assert tiles["film.mp4"] == ["MP4", 1]
    assert tiles["broken.jpg"] == ["JPG", 0]
    assert tiles["painted.png"] == ["", 0]
    assert page.value('document.querySelectorAll("#gallery video").length') == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_small_pictures_stand_for_what_a_browser_cannot_show(open_page: Open, tmp_path: Path, scheme: str) -> None:
    kinds = {"mov": "videos", "docx": "documents"}
    names = ("a.HEIC", "film.mov", "letter.docx", "odd.heic", "b.nef")
    items = [verified(f"/Pictures/{name}", kind=kinds.get(name.rpartition(".")[2], "photos")) for name in names]
    write_verified(tmp_path, items)
    (tmp_path / PICTURES_FOLDER).mkdir()
    for item in items[:4]:
        content = b"no picture" if "odd" in item.path else landscape_jpeg(1, 176, 128)
        (tmp_path / PICTURES_FOLDER / f"{picture_key(item)}.jpg").write_bytes(content)

    page = open_page(write_report(tmp_path, tmp_path / "downloads"), prefers_color_scheme=scheme)
    page.click("#tab-gallery")
    page.wait_until(f"{PICTURES}.length === 3 && {PICTURES}.every((picture) => picture.naturalWidth > 0)")

    marks = """[...document.querySelectorAll("#gallery .tile")].map((tile) => [
        tile.querySelector(".format").textContent, tile.querySelectorAll("svg.play").length])"""
    assert page.value(marks) == [["HEIC", 0], ["MOV", 1], ["DOCX", 0], ["HEIC", 0], ["NEF", 0]]
    assert page.value(MATCHES) == "5 pictures, videos and documents among 5 matching items"
    assert page.value('document.getElementById("faceless").textContent').startswith("1 of them has a form that")


def test_pictures_with_odd_names_are_found(page: Page) -> None:
    _choose(page, "folder", "Odd")
    _show_pictures(page)

    shown = page.value(f"{PICTURES}.filter((picture) => picture.naturalWidth > 0).length")
    assert shown == len(ODD_NAMES)
    page.click("#tab-table")
    page.wait_until(f"{ROW_NAMES}.length > 0")
    assert "right\\u202egpj.jpg" in page.value(ROW_NAMES)  # a name cannot hide its ending


def test_the_page_makes_the_same_addresses_as_the_program(page: Page, gallery_report: Path) -> None:
    places = [item.local_path for item in read_verified_items(gallery_report.parent)]
    expected = [file_address("./downloads/", place) for place in places]

    addresses = page.value("page.items.names.map((_, i) => addressOf(page.items, i))")

    assert [found for found in addresses if found] == [
        wanted for wanted, found in zip(expected, addresses, strict=True) if found
    ]
    assert addresses.count("") == 4  # the missing file, the vault, the notebook, and what was left out
    assert page.value(r'encodeName("half \ud800 \udc00 \u{1f33b}")') == file_address(
        "", "half \ud800 \udc00 \U0001f33b"
    )


def test_a_name_that_is_markup_does_nothing(page: Page) -> None:
    page.value("window.alert = () => { window.wasCalled = true; }")

    _choose(page, "folder", "Hostile")

    assert sorted(page.value(ROW_NAMES)) == sorted(HOSTILE_NAMES)
    assert page.value('document.querySelectorAll("#grid :is(img, script, svg)").length') == 0
    assert page.value("window.wasCalled") is None
    addresses = page.value('[...document.querySelectorAll("#grid a")].map((link) => link.protocol)')
    assert set(addresses) == {"file:"}


def test_the_links_at_the_top_lead_to_the_pictures_and_to_the_items_of_a_class(page: Page) -> None:
    page.click('nav a[data-tab="gallery"]')
    page.wait_until(f"{PICTURES}.length > 0")
    assert page.value('document.getElementById("tab-gallery").ariaSelected') == "true"

    page.click(f'.classes a[data-class="{[*ItemClass].index(ItemClass.DAMAGED)}"]')

    page.wait_until(f"{MATCHES}.startsWith('1 of 62')")
    assert page.value(ROW_NAMES) == ["torn.txt"]


def test_the_table_is_walked_with_the_arrow_keys(page: Page) -> None:
    focused = '[document.activeElement.closest("tr")?.ariaRowIndex, document.activeElement.closest("td")?.className]'
    page.value('document.querySelector("#grid th:last-child button").focus()')

    page.key("Tab")
    seen = [page.value(focused)]
    for key in ("ArrowDown", "ArrowRight", "End", "PageDown", "Home"):
        page.key(key)
        seen.append(page.value(focused))
    page.key("End", ctrl=True)
    seen.append(page.value(focused))

    assert seen[:4] == [["2", "name"], ["3", "name"], ["3", "folder"], ["3", "itemClass"]]
    assert int(seen[4][0]) > 8
    assert seen[5] == [seen[4][0], "name"]
    assert seen[6] == ["63", "itemClass"]
    assert page.value(
        """(() => { const box = document.activeElement.getBoundingClientRect();
            const frame = document.getElementById("table-scroller").getBoundingClientRect();
            return box.top >= frame.top && box.bottom <= frame.bottom + 1; })()"""
    )


def test_the_gallery_is_walked_with_the_arrow_keys(page: Page) -> None:
    _show_pictures(page)
    focused = 'document.activeElement.querySelector(".caption")?.textContent'
    page.value('document.getElementById("gallery").focus()')

    page.key("Tab")
    seen = [page.value(focused)]
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "End"):
        page.key(key)
        seen.append(page.value(focused))

    assert seen[:4] == ["painted.png", "live.HEIC", "IMG_1.jpg", "live.HEIC"]
    assert page.value("document.activeElement.dataset.k") == "50"


def test_every_place_that_the_tab_key_reaches_is_seen(page: Page) -> None:
    reached: list[list[str]] = []

    for _ in range(60):
        page.key("Tab")
        at = page.value(
            """(() => { const style = getComputedStyle(document.activeElement);
                return [document.activeElement.id || document.activeElement.textContent, style.outlineStyle]; })()"""
        )
        if page.value("document.activeElement === document.body"):
            break  # round the end of the page
        reached.append(at)

    names = [name for name, _ in reached]
    assert names[0] == "Skip to what needs you"
    wanted = ["filter-text", "filter-folder", "filter-class", "filter-kind", "filter-year", "tab-table"]
    assert [name for name in names if name in wanted] == wanted
    assert not [name for name, outline in reached if outline == "none"]


def test_a_screen_reader_is_told_what_is_where(page: Page) -> None:
    told = page.accessible()

    roles = {role for role, _, _ in told}
    assert {"main", "banner", "navigation", "search", "grid", "tablist", "tabpanel", "status", "heading"} <= roles
    levels = [(item.get("level"), name) for role, name, item in told if role == "heading"]
    assert [name for level, name in levels if level == 1] == [page.value('document.querySelector("h1").textContent')]
    assert [name for level, name in levels if level == 2][:2] == ["Numbers", "What needs you"]
    assert page.value('document.getElementById("grid").ariaRowCount') == "63"
    unnamed = [
        role for role, name, _ in told if role in ("link", "button", "textbox", "searchbox", "combobox") and not name
    ]
    assert not unnamed
    assert [item.get("live") for role, _, item in told if role == "status"] == ["polite"]


CONTRASTS = """(() => {
    const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const read = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = read(getComputedStyle(at).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const weak = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script")) continue;
        const pair = [light(read(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (ratio < 4.5) weak.push([ratio.toFixed(2), element.tagName, walker.currentNode.textContent.slice(0, 30)]);
    }
    return weak;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_dark(open_page: Open, gallery_report: Path, scheme: str) -> None:
    page = open_page(gallery_report, prefers_color_scheme=scheme)

    red = page.value("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
    assert (red < 60) == (scheme == "dark")
    for tab in ("#tab-table", "#tab-gallery"):
        page.click(tab)
        assert page.value(CONTRASTS) == []


def test_nothing_is_cut_off_at_any_width(page: Page) -> None:
    for width in (320, 400, 1920):
        page.resize(width, 900)
        for tab in ("#tab-table", "#tab-gallery"):
            page.click(tab)
            assert page.value("document.documentElement.scrollWidth") <= width


def test_without_script_verdict_figures_and_exceptions_are_there(open_page: Open, gallery_report: Path) -> None:
    page = open_page(Path("/dev/null"))
    page.send("Emulation.setScriptExecutionDisabled", {"value": True})
    page.go_to(gallery_report.as_uri())

    told = " ".join(name for role, name, _ in page.accessible() if role == "StaticText")

    for text in ("Do not delete anything yet", "files on OneDrive", "12 bytes differ", "need JavaScript"):
        assert text in told
    assert "filter-text" not in told


def test_nothing_can_be_sent_anywhere(page: Page) -> None:
    refused = page.value(
        """new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
            fetch("http://127.0.0.1:9/").catch(() => {});
        })"""
    )

    assert refused == "connect-src"
    assert [complaint for complaint in page.complaints if "connect-src" in complaint or "default-src" in complaint]
    page.complaints.clear()
