"""Pages that never end are noticed, and long but honest ones are not mistaken for them."""

from __future__ import annotations

import pytest

from onedrive.graph.pages import Page, RepeatGuard
from onedrive.graph.session import RepeatingPages


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
