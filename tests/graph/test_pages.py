"""Pages in a row: the next one is asked for before this one is whole; pages that never end are noticed."""

from __future__ import annotations

import threading

import pytest

from onedrive.errors import ServiceRefused
from onedrive.graph.pages import Page, PageStream, RepeatGuard
from onedrive.graph.session import GraphSession, RepeatingPages
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer

FIRST = "/me/drive/root/delta?$top=10"


@pytest.fixture
def demo(drive: DemoDrive, demo: FaultyServer) -> FaultyServer:
    """Six pages."""
    demo.graph.page_sizes.largest = 10
    for number in range(49):
        drive.add_file(f"/A/{number:02}.txt", b"x")
    return demo


def _ids(stream: PageStream) -> list[str]:
    return [str(item["id"]) for page in stream for item in page.items]


def test_all_pages_come_once_and_in_order(graph: GraphSession, demo: FaultyServer) -> None:
    pages = list(PageStream(graph, [FIRST]))

    assert [len(page.items) for page in pages] == [10, 10, 10, 10, 10, 1]
    assert len({str(item["id"]) for page in pages for item in page.items}) == 51
    assert [page.delta_link is not None for page in pages] == [False] * 5 + [True]
    assert len(demo.requests) == 6


@pytest.mark.parametrize("refused", [0, 1])
def test_the_next_page_is_under_way_while_this_one_is_worked_on(
    graph: GraphSession, demo: FaultyServer, refused: int
) -> None:
    if refused:  # the widest page is
        demo.fail_next(400, on="graph")
    under_way, too_many = threading.Event(), threading.Event()
    demo.when_pages_served(3, under_way.set)
    demo.when_pages_served(6, too_many.set)

    pages = iter(PageStream(graph, ["/me/drive/root/delta?$top=9"] * refused + [FIRST]))
    next(pages)

    assert under_way.wait(60)
    assert not too_many.wait(0.3)  # not the whole drive: pages cost memory


def test_another_refusal_is_raised(graph: GraphSession, demo: FaultyServer) -> None:
    demo.fail_next(403, on="graph")

    with pytest.raises(ServiceRefused):
        list(PageStream(graph, [FIRST, "/me/drive/root/delta"]))


def test_a_repeating_link_ends_it_after_the_page_that_has_it(graph: GraphSession, demo: FaultyServer) -> None:
    demo.repeat_next_link("/")
    seen: list[int] = []

    with pytest.raises(RepeatingPages):
        seen.extend(len(page.items) for page in PageStream(graph, [FIRST]))

    assert seen in ([], [10], [10, 10])
    assert len(demo.requests) <= 3


def test_what_was_started_early_is_not_asked_twice(graph: GraphSession, demo: FaultyServer) -> None:
    stream = PageStream(graph, [FIRST])
    stream.start()

    assert len(_ids(stream)) == 51
    assert len(demo.requests) == 6


def _page(number: int, *ids: str) -> Page:
    return Page([{"id": item_id} for item_id in ids], f"https://graph.microsoft.com/v1.0/x?{number}")


LINK_1 = "https://graph.microsoft.com/v1.0/x?1"


@pytest.mark.parametrize(
    ("followed", "pages", "again"),
    [
        ([], [_page(1, "a"), _page(2, "b")], _page(1, "c")),
        ([LINK_1], [], _page(1, "a")),  # before the interruption
        ([], [_page(1, "a", "b"), _page(2, "a", "b")], _page(3, "a", "b")),  # under ever new links
    ],
)
def test_a_link_and_items_that_came_before_are_noticed(followed: list[str], pages: list[Page], again: Page) -> None:
    guard = RepeatGuard(followed)
    for page in pages:
        guard.check(page)

    with pytest.raises(RepeatingPages):
        guard.check(again)


def test_endless_empty_pages_are_noticed_but_some_are_allowed() -> None:
    guard = RepeatGuard()
    for number in range(1000):
        guard.check(_page(number))

    with pytest.raises(RepeatingPages):
        for number in range(1000, 1002):
            guard.check(_page(number))


def test_the_last_page_is_never_a_repetition() -> None:
    guard = RepeatGuard()
    for _ in range(5):
        guard.check(Page([{"id": "a"}]))
