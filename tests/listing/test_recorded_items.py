"""Items as real drives of four kinds showed them (neutralised): each is read, and has its place in a listing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onedrive.graph.item import Kind, from_graph
from onedrive.listing.item_row import RowReader
from tests.faults.effects import change_json
from tests.faults.line import Fault
from tests.listing.scene import Scene

RECORDED = [json.loads(line)["item"] for line in (Path(__file__).parent / "recorded_items.jsonl").open()]
ITEMS: dict[str, dict[str, Any]] = {
    item["id"]: item for item in RECORDED if "root" not in item and "deleted" not in item
}


def test_each_is_read_alike_by_the_listing_and_by_what_reads_a_single_item() -> None:
    for shown in RECORDED:
        if "deleted" not in shown:
            item, row = from_graph(shown), RowReader("x").read(shown)
            assert (item.kind, item.id, item.name, item.size or 0) == (row.kind, row.id, row.name, row.size_bytes)


@pytest.mark.parametrize("is_walked", [False, True])
def test_each_has_its_place_in_the_list_or_among_what_is_named(scene: Scene, is_walked: bool) -> None:
    inner = scene.drive.add_folder("/A").id
    rows = [
        {**item, "name": f"{number} {item['name']}", "parentReference": {"id": inner}}
        for number, item in enumerate(ITEMS.values())
    ]

    def change(page: dict[str, Any]) -> None:
        page["value"] += [*rows, *(item for item in RECORDED if item["id"] not in ITEMS and "deleted" in item)]

    scene.change_pages(change)
    if is_walked:
        scene.refuse_delta()
        scene.demo.fault_line.add(Fault(change_json(lambda page: page.update(value=rows)), "graph", "/A", None))

    listed = scene.list()

    named = {path for path, _, _ in listed.exceptions}
    kinds = {row["name"]: from_graph(row).kind for row in rows}
    assert {path.removeprefix("/A/") for path in {*listed.paths, *listed.folder_paths, *named} - {"/A"}} == set(kinds)
    assert set(listed.paths) == {f"/A/{name}" for name, kind in kinds.items() if kind is Kind.FILE}
