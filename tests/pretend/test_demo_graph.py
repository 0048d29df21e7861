"""The pretend Graph over sockets: who am I, addresses, children pages, select rules, errors, content, edits."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Asks

URL = "@microsoft.graph.downloadUrl"


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    drive.add_folder("/Pictures", special="photos")
    for number in range(5):
        drive.add_file(f"/Pictures/2023/p{number}.jpg", b"x" * number, photo={"takenDateTime": "2023-05-06T07:08:09Z"})
    drive.add_vault()
    drive.add_notebook("/Notes")
    return drive


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive) as server:
        yield server


@pytest.fixture
def asks(demo: FaultyServer) -> Asks:
    return Asks(demo)


def test_me_and_the_drive_tell_who_and_how_much(asks: Asks, drive: DemoDrive) -> None:
    me, shown = asks.graph("/me"), asks.graph("/me/drive")

    assert (me["id"], me["userPrincipalName"], me["mail"]) == ("0f09000000cfea42", "person@example.com", None)
    assert (shown["id"], shown["driveType"]) == ("0f09000000cfea42", "personal")
    assert shown["quota"]["used"] == drive.root.size


def test_the_list_of_drives_begins_with_a_hidden_library_that_cannot_be_opened(asks: Asks) -> None:
    hidden, own = asks.graph("/me/drives")["value"]

    refused = asks.get(f"{GRAPH}/drives/{hidden['id']}/root/children")

    assert own["id"] == "0f09000000cfea42"
    assert hidden["id"].startswith("b!")
    assert (refused.status, refused.error) == (400, "invalidRequest")
    assert refused.json["error"]["message"] == "ObjectHandle is Invalid"


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
        ("/drives/64e50000000d6004/root", 404, "itemNotFound"),
        ("/me/drive/special/music", 404, "itemNotFound"),
        ("/me/drive/special/nonsense", 400, "invalidRequest"),
        ("/me/drive/root:/:/children", 400, "invalidRequest"),
        ("/me/drive/root:/a//b", 400, "invalidRequest"),
        (f"/me/drive/root:/{'x' * 401}", 400, "pathIsTooLong"),
        ("/me/drive/nonsense", 400, "BadRequest"),
        ("/sites/root", 400, "BadRequest"),
        ("/nonsense", 400, "BadRequest"),
        ("/me/drive/root/nonsense", 400, "BadRequest"),
        ("/me/drive/root/content", 400, "invalidRequest"),
        ("/me/drive/root:/Personal%20Vault/x", 400, "invalidRequest"),
        ("/me/drive/root:/Notes:/content", 404, "itemNotFound"),
    ],
)
def test_what_is_not_there_is_refused_in_graphs_words(asks: Asks, address: str, status: int, code: str) -> None:
    refused = asks.get(GRAPH + address)

    assert (refused.status, refused.error) == (status, code)
    assert set(refused.json["error"]["innerError"]) >= {"date", "request-id", "client-request-id"}


def test_the_address_begins_with_a_version(asks: Asks) -> None:
    assert asks.get("https://graph.microsoft.com/me").error == "BadRequest"
    assert asks.get("https://graph.microsoft.com/beta/me").status == 200


def test_collections_beside_the_tree(asks: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")

    assert asks.names(f"{GRAPH}/me/drive/special") == ["Pictures"]
    for empty in ("/me/drive/sharedWithMe", "/me/drive/recent", f"/me/drive/items/{photo.id}/children"):
        assert asks.graph(empty)["value"] == []
    for below in ("thumbnails", "permissions"):
        assert asks.graph(f"/me/drive/items/{photo.id}/{below}")["value"] == []
    assert asks.graph(f"/me/drive/items/{photo.id}/versions")["value"][0]["id"] == "1.0"


def test_children_come_along_when_they_are_expanded(asks: Asks) -> None:
    shown = asks.graph("/me/drive/root:/Pictures?$expand=children")

    assert [child["name"] for child in shown["children"]] == ["2023"]


def test_only_what_is_selected_is_told_of_the_drive(asks: Asks) -> None:
    assert set(asks.graph("/me/drive?$select=id,quota")) == {"@odata.context", "id", "quota"}


def test_a_hash_sign_that_is_not_escaped_cuts_the_address(asks: Asks, drive: DemoDrive) -> None:
    drive.add_file("/C# notes/a.txt", b"")

    assert asks.names(f"{GRAPH}/me/drive/root:/C%23%20notes:/children") == ["a.txt"]
    assert asks.graph("/me/drive/root#:/C%23%20notes:/children")["name"] == "root"


def test_a_plus_is_a_space_where_a_name_has_one(asks: Asks, drive: DemoDrive) -> None:
    drive.add_file("/a b.txt", b"space")
    drive.add_file("/a+b.txt", b"plus")

    assert asks.graph("/me/drive/root:/a+b.txt")["name"] == "a b.txt"
    assert asks.graph("/me/drive/root:/a%2Bb.txt")["name"] == "a+b.txt"


def test_a_listing_has_two_hundred_items_a_page_and_a_link_to_the_rest(asks: Asks, drive: DemoDrive) -> None:
    for number in range(450):
        drive.add_file(f"/Many/f{number:03}", b"")

    pages = asks.pages(f"{GRAPH}/me/drive/root:/Many:/children")

    assert [len(page["value"]) for page in pages] == [200, 200, 50]
    assert len({item["id"] for page in pages for item in page["value"]}) == 450
    assert pages[0]["@odata.nextLink"].startswith(f"{GRAPH}/me/drive/root:/Many:/children?$skiptoken=")


def test_the_wish_for_wide_pages_is_met_up_to_the_widest(asks: Asks, drive: DemoDrive, demo: FaultyServer) -> None:
    demo.graph.page_sizes.largest = 3

    pages = asks.pages(f"{GRAPH}/me/drive/root:/Pictures/2023:/children?$top=4")

    assert [len(page["value"]) for page in pages] == [3, 2]
    assert "$top=4" in pages[0]["@odata.nextLink"]


def test_too_wide_pages_may_be_refused(asks: Asks, demo: FaultyServer) -> None:
    demo.graph.page_sizes.refused_above = 1000

    assert asks.get(f"{GRAPH}/me/drive/root/children?$top=5000").error == "invalidRequest"
    assert asks.get(f"{GRAPH}/me/drive/root/children?$top=1000").status == 200


@pytest.mark.parametrize(
    "query", ["$top=0", "$top=many", "$skip=5", "$filter=x", "$orderby=id", "$skiptoken=@@", "$skiptoken=YQ"]
)
def test_options_that_make_no_sense_are_refused(asks: Asks, query: str) -> None:
    assert asks.get(f"{GRAPH}/me/drive/root/children?{query}").error == "invalidRequest"


def test_a_folder_can_be_listed_in_another_order(asks: Asks) -> None:
    names = asks.names(f"{GRAPH}/me/drive/root:/Pictures/2023:/children?$orderby=size%20desc&$top=2")

    assert names == ["p4.jpg", "p3.jpg", "p2.jpg", "p1.jpg", "p0.jpg"]


@pytest.mark.parametrize(
    ("query", "url_comes"),
    [
        ("", True),
        ("?$select=id,name,@microsoft.graph.downloadUrl", False),
        ("?select=id,name,@microsoft.graph.downloadUrl", True),
        ("?$select=id,name,content.downloadUrl", True),
        ("?$select=id,name", False),
    ],
)
def test_the_download_url_comes_only_when_asked_rightly(asks: Asks, query: str, url_comes: bool) -> None:
    items = asks.items(f"{GRAPH}/me/drive/root:/Pictures/2023:/children{query}")

    assert all((URL in item) == url_comes for item in items)


def test_select_leaves_out_the_rest_and_adds_the_etag(asks: Asks) -> None:
    item = asks.items(f"{GRAPH}/me/drive/root:/Pictures/2023:/children?$select=id,name,size")[0]

    assert set(item) == {"@odata.etag", "id", "name", "size"}


def test_json_is_packed_when_the_client_takes_gzip(asks: Asks) -> None:
    plain = asks.get(f"{GRAPH}/me/drive/root/children")
    packed = asks.get(f"{GRAPH}/me/drive/root/children", Accept_Encoding="gzip")

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json == plain.json


def test_what_did_not_change_is_answered_with_304(asks: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")

    for address in ("", "/content"):
        answered = asks.get(f"{GRAPH}/me/drive/items/{photo.id}{address}", If_None_Match=photo.etag)
        assert (answered.status, answered.body) == (304, b"")


def test_every_reply_has_ids_and_a_date(asks: Asks) -> None:
    answered = asks.get(f"{GRAPH}/me/drive", client_request_id="0b0b0b0b-0000-0000-0000-000000000000")

    assert answered.headers["client-request-id"] == "0b0b0b0b-0000-0000-0000-000000000000"
    assert {"request-id", "date", "x-ms-ags-diagnostic"} <= set(answered.headers)


def test_content_is_a_redirect_to_the_file_host(asks: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p4.jpg")

    answered = asks.get(f"{GRAPH}/me/drive/items/{photo.id}/content")

    assert answered.status == 302
    assert answered.headers["location"].startswith("https://my.microsoftpersonalcontent.com/personal/0f09000000cfea42/")
    assert asks.get(answered.headers["location"]).body == b"xxxx"


def test_odd_items_answer_as_they_do(asks: Asks, drive: DemoDrive) -> None:
    notebook, vault = drive.find("/Notes"), drive.find("/Personal Vault")
    virus = drive.add_file("/virus.exe", b"bad", malware={})

    shown = {item["name"]: item for item in asks.items(f"{GRAPH}/me/drive/root/children")}

    assert "package" in shown["Notes"]
    assert "file" not in shown["Notes"]
    assert asks.get(f"{GRAPH}/me/drive/items/{notebook.id}/content").error == "itemNotFound"
    assert len(asks.items(f"{GRAPH}/me/drive/items/{notebook.id}/children")) == 2
    assert "folder" in shown["Personal Vault"]
    assert (
        asks.get(f"{GRAPH}/me/drive/items/{vault.id}/children").json["error"]["innerError"]["code"]
        == "invalidResourceId"
    )
    assert URL not in shown["virus.exe"]
    assert asks.get(f"{GRAPH}/me/drive/items/{virus.id}/content").status == 403


def test_no_token_and_bad_tokens_are_refused_with_a_challenge(asks: Asks, demo: FaultyServer) -> None:
    old = demo.issue_token(lifetime_seconds=-1)

    none = asks.get(f"{GRAPH}/me", Authorization="")
    garbage = asks.get(f"{GRAPH}/me", Authorization="Bearer nonsense")
    expired = asks.get(f"{GRAPH}/me", Authorization=f"Bearer {old}")

    assert [answered.status for answered in (none, garbage, expired)] == [401, 401, 401]
    assert expired.json["error"]["message"] == "Lifetime validation failed, the token is expired."
    assert none.headers["www-authenticate"].startswith("Bearer realm=")
    assert 'error="invalid_token"' in expired.headers["www-authenticate"]


def test_a_token_that_may_read_may_not_write(asks: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")

    changed = asks.send("PATCH", f"{GRAPH}/me/drive/items/{photo.id}", b'{"name":"q.jpg"}')
    deleted = asks.send("DELETE", f"{GRAPH}/me/drive/items/{photo.id}")

    assert (changed.status, changed.error) == (403, "accessDenied")
    assert (deleted.status, deleted.error) == (403, "accessDenied")
    assert drive.find("/Pictures/2023/p1.jpg") is photo


def test_a_token_without_user_read_does_not_tell_who(demo: FaultyServer) -> None:
    assert Asks(demo, "Files.Read").get(f"{GRAPH}/me").status == 403


@pytest.fixture
def shared(drive: DemoDrive) -> DemoDrive:
    other = DemoDrive(drive_id="64e50000000d6004", owner_name="Someone Else", owner_email="else@example.com")
    other.add_file("/Family/cake.txt", b"apples")
    other.add_file("/Private/diary.txt", b"secret")
    drive.add_shortcut("/Family shared", other, other.find("/Family"))
    return other


def test_a_shortcut_is_shown_only_to_those_who_ask_for_it(asks: Asks, shared: DemoDrive) -> None:
    listing = f"{GRAPH}/me/drive/root/children"

    assert "Family shared" not in asks.names(listing)
    shown = next(i for i in asks.items(listing, Prefer="Include-Feature=AddToOneDrive") if i["name"] == "Family shared")
    assert shown["remoteItem"]["id"] == shared.find("/Family").id
    assert shown["remoteItem"]["parentReference"]["driveId"] == "64e50000000d6004"
    assert not {"file", "folder"} & set(shown)
    assert asks.get(f"{GRAPH}/me/drive/items/{shown['id']}/children").error == "invalidRequest"


def test_the_other_drive_opens_to_files_read_all_and_only_where_it_is_shared(
    demo: FaultyServer, asks: Asks, shared: DemoDrive
) -> None:
    wide = Asks(demo, "Files.Read.All")
    base = f"{GRAPH}/drives/64e50000000d6004/items"

    assert asks.get(f"{base}/{shared.find('/Family').id}/children").error == "accessDenied"
    assert wide.names(f"{base}/{shared.find('/Family').id}/children") == ["cake.txt"]
    assert wide.get(wide.items(f"{base}/{shared.find('/Family').id}/children")[0][URL]).body == b"apples"
    assert wide.get(f"{base}/{shared.find('/Private').id}").error == "accessDenied"
    assert wide.get(f"{GRAPH}/drives/64e50000000d6004/root/delta").error == "accessDenied"
    assert wide.get(f"{GRAPH}/me/drive/items/{shared.find('/Family').id}").status == 404
