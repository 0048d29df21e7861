"""Delta that is refused, at whatever moment, gives way to another way of listing; a lost network does not."""

from __future__ import annotations

from typing import Any

import pytest

from onedrive.errors import ServiceRefused
from pretend_onedrive.graph.errors import GraphError
from tests.listing.scene import Scene

REFUSALS = [
    (400, "invalidRequest"), (403, "accessDenied"), (404, "itemNotFound"), (410, "resyncRequired"),
    (500, "generalException"), (501, "notSupported"), (504, ""),
]  # fmt: skip
WALKED = "The folders are listed one by one instead."


@pytest.fixture(autouse=True)
def _files(scene: Scene) -> None:
    scene.given(*(f"/A/{number}.txt" for number in range(9)))


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_delta_that_is_refused_gives_way_to_the_walk(scene: Scene, status: int, code: str) -> None:
    """From the start, and when it is asked what has changed."""
    scene.list("earlier")
    scene.given("/A/new.txt")
    scene.refuse_delta(status, code)

    for listed in (scene.list(), scene.list("earlier")):
        assert len(listed.paths) == 10
        assert WALKED in listed.said
        assert listed.result.exit_code == 0
    assert "Everything is listed anew." in listed.said
    assert len(scene.list("earlier").paths) == 10


@pytest.mark.parametrize(("status", "code"), [entry for entry in REFUSALS if entry[0] not in (500, 504)])
def test_delta_that_is_refused_half_way_is_begun_afresh_and_then_walked(scene: Scene, status: int, code: str) -> None:
    scene.narrow_pages(2)
    scene.refuse_delta(status, code, after_pages=2)

    listed = scene.list()

    assert len(listed.paths) == 9
    assert "The list is begun afresh." in listed.said
    assert WALKED in listed.said


def test_a_page_that_always_fails_stops_once_and_is_then_got_round(scene: Scene) -> None:
    def fail(page: dict[str, Any]) -> None:
        if any(row.get("name") == "8.txt" for row in page["value"]):
            raise GraphError(500, "generalException", "this page is broken")

    scene.narrow_pages(2)
    scene.change_pages(fail)
    with pytest.raises(ServiceRefused):
        scene.list()

    listed = scene.list()

    assert len(listed.paths) == 9
    assert "The list is begun afresh." in listed.said
    assert WALKED in listed.said


def test_a_single_resync_on_the_first_page_is_asked_afresh(scene: Scene) -> None:
    scene.demo.fail_next(410, code="resyncRequired", path="/")

    listed = scene.list()

    assert len(listed.paths) == 9
    assert "The list is begun afresh." in listed.said
    assert listed.state.delta_link is not None
    assert scene.asked("/delta") == 2
