"""One Chromium for all tests here, and pages that must not complain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, Page, find_chromium
from tests.browser.gallery_scene import write_gallery

Open = Callable[..., Page]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--browser", action="store_true", help="run the tests in a real Chromium")


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if not request.config.getoption("--browser", default=False):
        pytest.skip("runs in a real browser: python -m pytest tests/browser --browser")
    program = find_chromium()
    if program is None:
        pytest.skip("there is no Chromium here (Debian: apt-get install chromium)")
    with Chromium(program, tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def open_page(browser: Chromium) -> Iterator[Open]:
    """Opens a report from the disk; at the end no page may have complained on its console."""
    pages: list[Page] = []

    def open_report(report: Path, **how: object) -> Page:
        pages.append(browser.open(report.as_uri(), **how))  # type: ignore[arg-type]  # sizes and media, as `open` takes
        return pages[-1]

    yield open_report
    for page in pages:
        page.value("0")  # whatever was said before has arrived after this
        page.close()
    assert not [complaint for page in pages for complaint in page.complaints]


@pytest.fixture(scope="session")
def gallery_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report over real pictures, odd names and one of each exception."""
    return write_gallery(tmp_path_factory.mktemp("home"))


@pytest.fixture
def page(open_page: Open, gallery_report: Path) -> Page:
    """That report, just opened."""
    return open_page(gallery_report)
