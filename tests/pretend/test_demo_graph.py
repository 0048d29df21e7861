"""The pretend Graph over sockets: who am I, addresses, children pages, select rules, errors, content, other drives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from pretend_onedrive.graph.addresses import HIDDEN_LIBRARY_ID
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Asks

URL = "@microsoft.graph.downloadUrl"
PHOTO = "/Pictures/2023/p1.jpg"
FOLDER = f"{GRAPH}/me/drive/root:/Pictures/2023:/children"


def _names(shown: Any) -> list[str]:  # noqa: ANN401  # any JSON
    return [item["name"] for item in shown["value"]]


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/me", lambda s: (s["id"], s["userPrincipalName"]) == ("0f09000000cfea42", "person@example.com")),
        ("/me/drive", lambda s: (s["id"], s["driveType"]) == ("0f09000000cfea42", "personal")),
        ("/me/drive", lambda s: 0 < s["quota"]["used"] < s["quota"]["total"] == 5 * 1024**3),
        ("/me/drive?$select=id,quota", lambda s: set(s) == {"@odata.context", "id", "quota"}),
        ("/me/drives", lambda s: (s["value"][0]["id"][:2], s["value"][1]["id"]) == ("b!", "0f09000000cfea42")),
        ("/me/drive/special", lambda s: _names(s) == ["Pictures"]),
        ("/me/drive/sharedWithMe", lambda s: s["value"] == []),
        ("/me/drives/0f09000000cfea42/root?$select=id,eTag", lambda s: s["eTag"] == s["@odata.etag"]),
        ("/", lambda s: "drives" in _names(s)),
        (f"/me/drive/root:{PHOTO}:/children", lambda s: s["value"] == []),
        (f"/me/drive/root:{PHOTO}:/permissions", lambda s: s["value"] == []),
        (f"/me/drive/root:{PHOTO}:/versions", lambda s: s["value"][0]["id"] == "1.0"),
        ("/me/drive/root:/Pictures?$expand=children", lambda s: [c["name"] for c in s["children"]] == ["2023"]),
        ("/me/drive/root:/search", lambda s: s["name"] == "search"),
        ("/me/drive/root:/search/copy", lambda s: s["name"] == "copy"),
        ("/me/drive/root:/C%23%20notes:/children", lambda s: _names(s) == ["a.txt"]),
        ("/me/drive/root#:/C%23%20notes:/children", lambda s: s["name"] == "root"),  # a bare # cuts the address
        ("/me/drive/root:/a+b.txt", lambda s: s["name"] == "a b.txt"),
        ("/me/drive/root:/a%2Bb.txt", lambda s: s["name"] == "a+b.txt"),
    ],
)
def test_graph_tells_of_the_person_the_drive_and_its_items(
    asks: Asks, drive: DemoDrive, path: str, holds: Callable[[Any], bool]
) -> None:
    for odd in ("/C# notes/a.txt", "/a b.txt", "/a+b.txt", "/search/copy"):
        drive.add_file(odd, b"")

    assert holds(asks.graph(path))


@pytest.mark.parametrize(
    "address",
    [
        "/me/drive/root:/Pictures/2023",
        "/me/drive/root:/Pictures/2023:",
        "/me/drive/root:/pictures/2023:/",
        "/me/drive/special/photos:/2023",
        "/me/drive/items/{parent}:/2023",
        "/me/drive/items/{id}",
        "/drives/0f09000000cfea42/items/{id}",
        "/drives/F09000000CFEA42/items/{id}",
        "/me/drives/0F09000000CFEA42/items/{escaped}",
        "/drive/items/{id}",
        "/users/0f09000000cfea42/drive/items/{id}",
        "/users/Person%40Example.com/drive/items/{id}",
        "//me/drive/items/{id}",
        "//drives//0f09000000cfea42/items/{id}",
        "/me/drive/items/{id}:/",
        "/me/drive/items/{id}:",
        "/me/drive/items/{id}%3A%2F",
        "/me/drive/items/root:/Pictures/2023:",
        "/me/drive/items/root%3A%2FPictures%2F2023%3A",
        "/me/drive/items/root%3a/Pictures%2f2023",
    ],
)
def test_an_item_is_found_by_every_address(asks: Asks, drive: DemoDrive, address: str) -> None:
    folder, parent = drive.find("/Pictures/2023"), drive.find("/Pictures")

    shown = asks.graph(address.format(id=folder.id, parent=parent.id, escaped=quote(folder.id, safe="")))

    assert shown["id"] == folder.id
    assert "folder" in shown


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/me/drive/root:/Nothing", 404, "itemNotFound"),
        ("/me/drive/items/F09000000CFEA42!s0", 404, "itemNotFound"),
        ("/me/drive/items/F09000000CFEA42!99", 404, "itemNotFound"),
        ("/me/drive/items/nonsense", 400, "invalidRequest"),
        ("/me/drive/items/F09000000CFEA42", 400, "invalidRequest"),
        ("/drives/nonsense/root", 400, "invalidRequest"),
        ("/users/else@example.com/drive", 404, "itemNotFound"),
        ("/users/else@example.com/drive/root/children", 404, "itemNotFound"),
        ("/users/0000000000000001", 404, "itemNotFound"),
        ("/drives/64e50000000d6004/root", 404, "itemNotFound"),
        ("/me/drive/special/music", 404, "itemNotFound"),
        ("/me/drive/special/nonsense", 400, "invalidRequest"),
        ("/me/drive/root:/:/children", 400, "invalidRequest"),
        ("/me/drive/root:/a//b", 400, "invalidRequest"),
        (f"/me/drive/root:/{'x' * 401}", 400, "pathIsTooLong"),
        ("/me/drive/nonsense", 400, "BadRequest"),
        ("/sites/root", 400, "BadRequest"),
        ("/nonsense", 400, "BadRequest"),
        ("/../../me", 400, "BadRequest"),
        (f"/drives/{HIDDEN_LIBRARY_ID}/root/children", 400, "invalidRequest"),
        ("/me/drive/root/nonsense", 400, "BadRequest"),
        ("/me/drive/root/children('x')", 400, "BadRequest"),
        ("/me/drive/root/content", 400, "invalidRequest"),
        ("/me/drive/root:/Personal%20Vault/x", 400, "invalidRequest"),
        ("/me/drive/root:/Personal%20Vault:/children", 400, "invalidRequest"),
        ("/me/drive/root:/Notes:/content", 404, "itemNotFound"),
        ("/me/drive/root:/virus.exe:/content", 403, "malwareDetected"),
        *(
            (f"/me/drive/root/children?{query}", 400, "invalidRequest")
            for query in (
                *("$top=0", "$top=many", "$top=5001", "$skip=5", "$filter=x", "$orderby=id", "$search=x"),
                *("$skiptoken=@@", "$skiptoken=WyJ4Il0", "$expand=nonsense"),
            )
        ),
    ],
)
def test_what_cannot_be_had_is_refused_in_graphs_words(
    demo: FaultyServer, asks: Asks, address: str, status: int, code: str
) -> None:
    demo.graph.page_sizes.refused_above = 5000

    refused = asks.get(GRAPH + address)

    assert (refused.status, refused.error) == (status, code)
    assert set(refused.json["error"]["innerError"]) >= {"date", "request-id", "client-request-id"}
    assert asks.get("https://graph.microsoft.com/me").error == "BadRequest"  # an address begins with a version
    assert asks.get("https://graph.microsoft.com/beta/me").status == 200


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("PUT", "/me/drive/root:/new.txt:/content"),
        ("PUT", "/me/drive/items/root%3A%2Fnew.txt%3A/content"),
        ("POST", "/me/drive/items/{id}:/new.txt:/createUploadSession"),
        ("POST", "/me/drive/root/children"),
        ("POST", "/me/drive/items/{id}/copy"),
        ("POST", "/me/drive/items/{id}/microsoft.graph.createLink"),
        ("GET", "/me/drive/root/search(q='a')"),
        ("GET", "/me/drive/search(q='a/b')"),
        ("GET", "/me/drive/recent"),
        ("POST", "/me/drive/bundles"),
        ("POST", "/me/drive/bundles/1/children"),
        ("GET", "/me/drive/items/{id}/versions/1.0/content"),
        ("GET", "/me/drive/items/{id}/content?format=pdf"),
        ("GET", "/me/drive/items/{id}?$expand=versions"),
        ("GET", "/me/drive/root/children?$expand=children,permissions($select=id)"),
        ("GET", "/me/drive/root/delta?expand=versions"),
        ("GET", "/me/drive?$expand=root"),
        ("GET", "/me/messages"),
        ("GET", "/users"),
        ("POST", "/search/query"),
        ("GET", "/shares/u!x/driveItem"),
    ],
)
def test_what_is_not_pretended_says_so_with_501_and_changes_nothing(
    asks: Asks, drive: DemoDrive, method: str, address: str
) -> None:
    changes = drive.changes

    answered = asks.send(method, GRAPH + address.format(id=drive.find(PHOTO).id), b"x" if method != "GET" else None)

    assert (answered.status, answered.error) == (501, "notSupported")
    assert "does not pretend" in answered.json["error"]["message"]
    assert drive.changes == changes


def test_the_wish_for_wide_pages_is_met_up_to_the_widest_in_the_order_that_was_asked(
    asks: Asks, demo: FaultyServer
) -> None:
    demo.graph.page_sizes.largest = 3

    pages = asks.pages(f"{FOLDER}?$top=4&$orderby=size%20desc")

    assert [[item["size"] for item in page["value"]] for page in pages] == [[4, 3, 2], [1, 0]]
    assert "$top=4" in pages[0]["@odata.nextLink"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", None),
        ("?$select=id,name,@microsoft.graph.downloadUrl", {"id", "name"}),
        ("?select=id,name,@microsoft.graph.downloadUrl", {"id", "name", URL}),
        ("?$select=id,name,content.downloadUrl", {"id", "name", URL}),
        ("?$select=id,size", {"id", "size"}),
    ],
)
def test_what_is_selected_comes_with_the_etag_and_the_url_only_when_asked_rightly(
    asks: Asks, query: str, fields: set[str] | None
) -> None:
    items = asks.items(FOLDER + query)

    assert len(items) == 5
    assert all(URL in item if fields is None else set(item) == fields | {"@odata.etag"} for item in items)


def test_children_expand_wherever_items_are_shown_each_with_its_own_options(asks: Asks, drive: DemoDrive) -> None:
    for number in range(201):
        drive.add_file(f"/Many/{number:03}.txt", b"")
    expanded = "$expand=children($select=id,name;$top=2)"

    [pictures] = [i for i in asks.items(f"{GRAPH}/me/drive/root/children?{expanded}") if i["name"] == "Pictures"]
    deeper = asks.graph("/me/drive/root:/Pictures?$expand=children($select=name;$expand=children)")
    many = asks.graph("/me/drive/root:/Many?$expand=children")
    in_delta = {item["id"]: item for item in asks.items(f"{GRAPH}/me/drive/root/delta?{expanded}")}
    vault = asks.graph("/me/drive/root:/Personal%20Vault?$expand=children")

    assert [set(child) for child in pictures["children"]] == [{"id", "name", "@odata.etag"}]
    assert [child["name"] for child in deeper["children"][0]["children"]] == [f"p{number}.jpg" for number in range(5)]
    assert [len(many["children"]), asks.names(many["children@odata.nextLink"])] == [200, ["200.txt"]]
    assert "children@odata.nextLink" not in asks.graph("/me/drive/root:/Many?expand=children")
    assert len(in_delta[drive.find("/Pictures/2023").id]["children"]) == 2
    assert "children" not in vault


def test_replies_have_ids_and_a_date_and_are_packed_for_those_who_take_gzip(asks: Asks) -> None:
    plain = asks.get(FOLDER, client_request_id="0b0b0b0b-0000-0000-0000-000000000000")
    packed = asks.get(FOLDER, Accept_Encoding="gzip")

    assert plain.headers["client-request-id"] == "0b0b0b0b-0000-0000-0000-000000000000"
    assert {"request-id", "date", "x-ms-ags-diagnostic"} <= set(plain.headers)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    for coding, takes in (("gzip;q=0", False), ("gzip; q=0.0, *", False), ("br, *;q=0.5", True), ("identity", False)):
        assert ("content-encoding" in asks.get(FOLDER, Accept_Encoding=coding).headers) == takes
    assert [item["id"] for item in packed.json["value"]] == [item["id"] for item in plain.json["value"]]


def test_content_is_a_redirect_to_the_file_host_unless_the_client_has_it(asks: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p4.jpg")
    address = f"{GRAPH}/me/drive/items/{photo.id}"

    answered = asks.get(f"{address}/content")

    assert answered.status == 302
    assert answered.headers["location"].startswith("https://my.microsoftpersonalcontent.com/personal/0f09000000cfea42/")
    assert asks.get(answered.headers["location"]).body == b"xxxx"
    for known in (address, f"{address}/content"):
        unchanged = asks.get(known, If_None_Match=photo.etag)
        assert (unchanged.status, unchanged.body) == (304, b"")


def test_no_token_and_bad_tokens_are_refused_with_a_challenge(asks: Asks, demo: FaultyServer) -> None:
    old = demo.issue_token(lifetime_seconds=-1)

    none, garbage, expired = (asks.get(f"{GRAPH}/me", Authorization=t) for t in ("", "Bearer x", f"Bearer {old}"))

    assert Asks(demo, "Files.Read").get(f"{GRAPH}/me").status == 403
    assert [answered.status for answered in (none, garbage, expired)] == [401, 401, 401]
    assert expired.json["error"]["message"] == "Lifetime validation failed, the token is expired."
    assert none.headers["www-authenticate"].startswith("Bearer realm=")
    assert 'error="invalid_token"' in expired.headers["www-authenticate"]


def test_another_persons_items_show_as_shortcuts_and_open_to_those_who_may_read_all(
    demo: FaultyServer, asks: Asks, drive: DemoDrive
) -> None:
    other = DemoDrive(drive_id="64e50000000d6004", owner_name="Someone Else", owner_email="else@example.com")
    cake, diary = other.add_file("/Family/cake.txt", b"apples"), other.add_file("/Private/diary.txt", b"secret")
    family = other.find("/Family")
    drive.add_shortcut("/Family shared", other, family)
    wide, listing = Asks(demo, "Files.Read.All"), f"{GRAPH}/me/drive/root/children"
    base = f"{GRAPH}/drives/64e50000000d6004"

    [shown] = [i for i in asks.items(listing, Prefer="Include-Feature=AddToOneDrive") if i["name"] == "Family shared"]

    assert "Family shared" not in asks.names(listing)
    assert shown["remoteItem"]["id"] == family.id
    assert shown["remoteItem"]["parentReference"]["driveId"] == "64e50000000d6004"
    assert not {"file", "folder"} & set(shown)
    assert asks.get(f"{GRAPH}/me/drive/items/{shown['id']}/children").error == "invalidRequest"
    assert asks.get(f"{base}/items/{family.id}/children").error == "accessDenied"
    assert wide.get(wide.items(f"{base}/items/{family.id}/children")[0][URL]).body == b"apples"
    for private in (f"{base}/items/{diary.id}", f"{base}/root/delta"):
        assert wide.get(private).error == "accessDenied"
    assert wide.get(f"{GRAPH}/me/drive/items/{cake.id}").status == 404
