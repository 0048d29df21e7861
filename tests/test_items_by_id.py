"""Single items: twenty in one request, and what a batch could not answer is asked for alone."""

from __future__ import annotations

from onedrive.demo.drive import DemoDrive
from onedrive.demo.server import DemoServer
from onedrive.errors import ServiceRefused
from onedrive.graph import GraphSession
from onedrive.items_by_id import fetch_items


def test_many_items_cost_a_request_for_twenty(drive: DemoDrive, demo: DemoServer, graph: GraphSession) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(45)]

    answers = fetch_items(graph, ids)

    assert list(answers) == ids
    assert all(isinstance(answer, dict) and answer["id"] == item_id for item_id, answer in answers.items())
    assert len(demo.requests) == 3


def test_an_item_that_is_gone_is_a_refusal_among_the_answers(drive: DemoDrive, graph: GraphSession) -> None:
    there = drive.add_file("/there.txt", b"x").id

    answers = fetch_items(graph, [there, "F09000000CFEA42!nowhere"])

    assert isinstance(answers[there], dict)
    gone = answers["F09000000CFEA42!nowhere"]
    assert isinstance(gone, ServiceRefused)
    assert gone.status == 404


def test_a_throttled_part_of_a_batch_is_asked_for_alone(
    drive: DemoDrive, demo: DemoServer, graph: GraphSession
) -> None:
    ids = [drive.add_file(f"/{number}.txt", b"x").id for number in range(3)]
    demo.throttle_next(times=2, seconds=1, on="batch")

    assert all(isinstance(answer, dict) for answer in fetch_items(graph, ids).values())
    assert len(demo.requests) == 3


def test_nothing_asked_costs_nothing(demo: DemoServer, graph: GraphSession) -> None:
    assert fetch_items(graph, []) == {}
    assert demo.requests == []
