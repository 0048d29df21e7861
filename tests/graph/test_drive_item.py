"""DriveItem: what the service sends, what the list holds, and that one comes back from the other."""

from __future__ import annotations

import json
from datetime import date

import pytest

from onedrive.graph.item import Kind, NotAnItem, from_graph, from_json, normalise_drive_id
from onedrive.listing.item_row import RowReader
from tests.list_lines import row_of

PHOTO: dict[str, object] = {
    "@microsoft.graph.downloadUrl": "https://my.microsoftpersonalcontent.com/secret",
    "id": "F09000000CFEA42!s3f1d",
    "name": "IMG_0001 #1 100%.HEIC",
    "size": 3039814,
    "eTag": '"{3F1D},2"',
    "cTag": '"c:{3F1D},1"',
    "createdDateTime": "2026-03-02T18:04:11Z",
    "lastModifiedDateTime": "2026-03-02T18:04:12Z",
    "parentReference": {"driveId": "F09000000CFEA42", "id": "F09000000CFEA42!sea8c", "path": "/drive/root:/A%20B"},
    "file": {"mimeType": "image/HEIC", "hashes": {"quickXorHash": "26eYa+eLOZsTePXPRVok27HPdnQ=", "sha1Hash": "AB"}},
    "fileSystemInfo": {"lastModifiedDateTime": "2026-03-01T09:59:58Z"},
    "photo": {"takenDateTime": "2026-03-01T10:59:58Z"},
}


def test_a_file_is_read_with_what_the_steps_need() -> None:
    item = from_graph(PHOTO)

    assert item.kind is Kind.FILE
    assert (item.size, item.mime_type) == (3039814, "image/heic")
    assert item.quick_xor_hash == "26eYa+eLOZsTePXPRVok27HPdnQ="
    assert item.sha1 == "ab"
    assert item.sha256 is None
    assert item.client_modified == "2026-03-01T09:59:58Z"
    assert item.client_created == "2026-03-02T18:04:11Z"


def test_the_list_holds_no_download_url_and_no_path_of_the_service_and_gives_the_item_back() -> None:
    item = from_graph(PHOTO).with_path("/Pictures/IMG_0001 #1 100%.HEIC")
    text = json.dumps(row_of(item))

    assert "secret" not in text
    assert json.loads(text)["parentReference"] == {"driveId": "0f09000000cfea42", "id": "F09000000CFEA42!sea8c"}
    assert from_json(json.loads(text)) == item


@pytest.mark.parametrize(
    ("facets", "kind"),
    [
        ({"file": {}}, Kind.FILE),
        ({"folder": {"childCount": 3}}, Kind.FOLDER),
        ({"package": {"type": "oneNote"}}, Kind.PACKAGE),
        ({"remoteItem": {"id": "x"}}, Kind.SHORTCUT),
        ({"remoteItem": {"id": "x"}, "folder": {}}, Kind.SHORTCUT),
        ({}, Kind.UNKNOWN),
    ],
)
def test_facets_decide_what_an_item_is(facets: dict[str, object], kind: Kind) -> None:
    assert from_graph({"id": "1", "name": "n", **facets}).kind is kind


def test_a_folder_has_no_size_no_ctag_and_no_child_count_in_the_list() -> None:
    folder = row_of(from_graph({"id": "1", "name": "n", "size": 9, "cTag": "c", "folder": {"childCount": 3}}))

    assert folder["folder"] == {}
    assert not {"size", "cTag"} & set(folder)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"name": "n"}, 'it has no "id"'),
        ({"id": "1"}, 'it has no "name"'),
        ({"id": "1", "name": 7}, 'it has no "name"'),
    ],
)
def test_what_is_no_item_is_refused_with_the_reason(row: dict[str, object], reason: str) -> None:
    with pytest.raises(NotAnItem, match=reason):
        from_graph(row)


@pytest.mark.parametrize("row", [{"id": "1", "name": "n"}, {"id": "1", "name": "n", "path": "a"}, [], "x", None])
def test_a_line_of_the_list_needs_a_path_from_the_root(row: object) -> None:
    with pytest.raises(NotAnItem):
        from_json(row)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0f09000000cfea42", "F09000000CFEA42", True),
        ("ABCDEF0123456789", "abcdef0123456789", True),
        ("b!AbC", "b!AbC", True),
        ("b!AbC", "b!abc", False),  # libraries tell case apart
    ],
)
def test_drive_ids_have_one_spelling(one: str, other: str, same: bool) -> None:
    assert (normalise_drive_id(one) == normalise_drive_id(other)) is same


@pytest.mark.parametrize("size", ["115", "big", -1, 10**400, True, 1.5, None, {}])
def test_an_odd_size_is_an_unknown_one_and_that_of_a_folder_is_not_looked_at(size: object) -> None:
    for facet in ("file", "folder"):
        row = {"id": "1", "name": "n", "size": size, facet: {}}
        assert from_graph(row).size is None
        assert '"size"' not in RowReader("").read(row).tail


SERVICES = {"createdDateTime": "2020-01-02T03:04:05Z", "lastModifiedDateTime": "2021-01-02T03:04:05Z"}


@pytest.mark.parametrize("own", ["0001-01-01T00:00:00-08:00", "1601-01-01T00:00:00Z", "yesterday", "", 7, None])
def test_a_time_that_nobody_can_have_meant_gives_way_to_the_services_own(own: object) -> None:
    times = {"createdDateTime": own, "lastModifiedDateTime": own}
    row = {"id": "1", "name": "n", "file": {}, "fileSystemInfo": times, **SERVICES}

    item, facts = from_graph(row), RowReader("").read(row).facts

    assert (item.client_created, item.client_modified) == tuple(SERVICES.values())
    assert facts is not None
    assert (date.fromordinal(facts.day), facts.year) == (date(2020, 1, 2), 2021)


def test_a_size_with_a_point_and_nothing_behind_it_is_a_whole_number() -> None:
    item = from_graph({"id": "1", "name": "a", "file": {}, "size": 12.0})

    assert item.size == 12
    assert isinstance(item.size, int)
