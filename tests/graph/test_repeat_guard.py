"""Pages that never end are noticed, and long but honest ones are not mistaken for them."""

from __future__ import annotations

import pytest

from onedrive.graph.pages import Page, RepeatGuard
from onedrive.graph.session import RepeatingPages


def _page(number: int, *ids: str) -> Page:
    return Page([{"id": item_id} for item_id in ids], f"https://graph.microsoft.com/v1.0/x?{number}")


def test_a_link_that_came_before_is_noticed() -> None:
    guard = RepeatGuard()
    guard.check(_page(1, "a"))
    guard.check(_page(2, "b"))

    with pytest.raises(RepeatingPages):
        guard.check(_page(1, "c"))


def test_a_link_that_was_followed_before_the_interruption_is_noticed() -> None:
    with pytest.raises(RepeatingPages):
        RepeatGuard(["https://graph.microsoft.com/v1.0/x?1"]).check(_page(1, "a"))


def test_the_same_items_again_under_ever_new_links_are_noticed() -> None:
    guard = RepeatGuard()
    guard.check(_page(1, "a", "b"))
    guard.check(_page(2, "a", "b"))

    with pytest.raises(RepeatingPages):
        guard.check(_page(3, "a", "b"))


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
