"""Single items: twenty in one request, and what a batch could not answer is asked for alone."""

from __future__ import annotations

import pytest

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.batch import Answer, fetch_items, is_gone
from onedrive.graph.session import GraphSession
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer


def test_many_items_cost_a_request_for_twenty_and_none_costs_none(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession
) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(44)] + ["F09000000CFEA42!99999"]

    answers = fetch_items(graph, ids)

    gone = answers.pop(ids[-1])
    assert list(answers) == ids[:-1]
    assert all(isinstance(answer, dict) and answer["id"] == item_id for item_id, answer in answers.items())
    assert isinstance(gone, ServiceRefused)
    assert gone.status == 404
    assert len(demo.requests) == 3 + 1  # what is not there is asked for twice
    assert fetch_items(graph, []) == {}
    assert len(demo.requests) == 3 + 1


def test_a_throttled_part_of_a_batch_is_asked_for_alone(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession
) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(3)]
    demo.throttle_next(times=2, seconds=1, on="batch")

    assert all(isinstance(answer, dict) for answer in fetch_items(graph, ids).values())
    assert len(demo.requests) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_where_batches_are_refused_each_item_is_asked_for_alone(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession, status: int
) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(3)]
    demo.fail_next(status, on="batches", times=None)

    answers = fetch_items(graph, ids)

    assert all(isinstance(answer, dict) and answer["id"] == item_id for item_id, answer in answers.items())
    assert len(demo.requests) == 4


def test_a_batch_that_is_refused_for_another_reason_is_no_reason_to_ask_one_by_one(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession
) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(3)]
    demo.fail_next(410, on="batches", times=None)

    with pytest.raises(ServiceRefused):
        fetch_items(graph, ids)
    assert len(demo.requests) == 1


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ({"id": "1"}, False),
        ({"id": "1", "deleted": {"state": "deleted"}}, True),
        (ServiceRefused(404, "itemNotFound", ""), True),
        (ServiceRefused(404, "", ""), False),
        (ServiceRefused(404, "UnknownError", ""), False),
        (ServiceRefused(403, "itemNotFound", ""), False),
        (ServiceUnusable("graph.microsoft.com", "nonsense"), False),
    ],
)
def test_an_item_is_gone_only_when_graph_says_so(answer: Answer, gone: bool) -> None:
    assert is_gone(answer) is gone


def test_one_404_is_no_proof_that_an_item_is_gone_alone_or_in_a_batch(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession, clock: FakeClock
) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(3)]
    for on, asked in (("graph", ids[:1]), ("batch", ids)):
        demo.fail_next(404, on=on)

        assert [isinstance(answer, dict) for answer in fetch_items(graph, asked).values()] == [True] * len(asked)

    assert clock.waits == [1.0, 1.0]
