"""Addresses: whatever host is really connected is the one that was judged."""

from __future__ import annotations

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from onedrive.errors import ForeignFileHost, OneDriveError
from onedrive.graph.session import ForeignNextLink, read_link
from onedrive.net.address import NoAddress, read_address
from onedrive.net.client import HttpClient
from onedrive.signin.tokens import is_sign_in_endpoint
from onedrive.transfer.file_host import check_address
from tests.faults.server import FaultyServer

HOSTS = ["graph.microsoft.com", "login.microsoftonline.com", "my.microsoftpersonalcontent.com", "evil.example.net"]
TRICKS = [
    r"https://evil.example.net\@{host}/v1.0/me",
    r"https://{host}\.evil.example.net/x",
    r"https://evil.example.net\.sharepoint.com/x",
    "https://{host}@evil.example.net/",
    "https://me:secret@{host}/",
    "https://{host}:x@evil.example.net/",
    "https://{host}#@evil.example.net/",
    "https://{host}\t.evil.example.net/",
    "https://{host}\r\nHost: evil.example.net/",
    "https://\x00{host}/",
    "https://{host}\uff0fevil.example.net/",
    "https://{host}\u3002evil.example.net/",
    "https://gr\u0430ph.microsoft.com/",
    "https://{host} .evil.example.net/",
    "https://{host}%2eevil.example.net/",
    "https://[::1]/",
    "https://[{host}]/",
    "https:{host}/",
    "https:///{host}/",
    "https:/\\{host}/",
    " https://{host}/",
    "//{host}/",
    "http://{host}/",
    "https://{host}:0/",
    "https://{host}:65536/",
    "https://{host}:/",
    "https://.{host}/",
    "https://{host}../",
    "https://",
    "/v1.0/x",
    "",
]


@pytest.mark.parametrize("host", HOSTS[:3])
@pytest.mark.parametrize("trick", TRICKS)
def test_what_parsers_read_differently_is_no_address(trick: str, host: str) -> None:
    address = trick.format(host=host)
    if address.startswith(f"https://{host}#"):  # a fragment is never sent
        assert read_address(address).host == host
        return
    with pytest.raises(NoAddress):
        read_address(address)
    with pytest.raises(ForeignNextLink):
        read_link({"link": address}, "link") or read_link({"link": "https://x/"}, "link")
    with pytest.raises(ForeignFileHost):
        check_address(address, [])


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("HTTPS://Graph.Microsoft.Com", "https://graph.microsoft.com/"),
        ("https://graph.microsoft.com:443/a?b=c#d", "https://graph.microsoft.com/a?b=c"),
        ("https://graph.microsoft.com?$top=1", "https://graph.microsoft.com/?$top=1"),
        ("https://a_b-my.sharepoint.com/x y/\u00fc?t=%2f%7e", "https://a_b-my.sharepoint.com/x%20y/%C3%BC?t=%2f%7e"),
        ("https://files.example.com:8443/a", "https://files.example.com:8443/a"),
        ("https://graph.microsoft.com/a@b:c", "https://graph.microsoft.com/a@b:c"),
    ],
)
def test_what_is_sent_is_built_anew(text: str, sent: str) -> None:
    assert str(read_address(text)) == sent


@pytest.mark.parametrize("address", ["https://my.microsoftpersonalcontent.com:8443/x", "https://graph.microsoft.com/x"])
def test_file_hosts_are_asked_at_their_usual_port_only(address: str) -> None:
    with pytest.raises(ForeignFileHost):
        check_address(address, ["files.example.com"])
    assert check_address("https://files.example.com/x", ["files.example.com"]).host == "files.example.com"


@pytest.mark.parametrize(
    ("method", "address", "is_one"),
    [
        ("POST", "https://login.microsoftonline.com/consumers/oauth2/v2.0/token", True),
        ("POST", "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/devicecode", True),
        ("a browser", "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=1", True),
        ("POST", "https://login.microsoftonline.com/consumers/oauth2/v2.0/logout", False),
        ("POST", "https://login.microsoftonline.com/a/b/oauth2/v2.0/token", False),
        ("POST", "https://login.microsoftonline.com:444/consumers/oauth2/v2.0/token", False),
        ("POST", "https://login.microsoftonline.com.evil.example/consumers/oauth2/v2.0/token", False),
    ],
)
def test_the_sign_in_is_asked_at_places_that_are_known(method: str, address: str, *, is_one: bool) -> None:
    assert is_sign_in_endpoint(read_address(address), method) is is_one


_SIGNS = st.sampled_from(
    [*":/?#[]@!$&'()*+,;=\\%.-_~ \t\n\x00\x7f0a", "\uff0f", "\u3002", "\ud800", "\u00fc", "%2f", "443"]
)
_PARTS = st.one_of(
    st.sampled_from(["https://", "http://", "//", *HOSTS, ".sharepoint.com"]), _SIGNS, st.text(max_size=3)
)


@given(st.lists(_PARTS, max_size=9).map("".join) | st.text(max_size=40).map("https://graph.microsoft.com{}".format))
def test_the_host_that_requests_would_connect_to_is_the_host_that_was_judged(text: str) -> None:
    try:
        address = read_address(text)
    except NoAddress:
        return
    prepared = requests.Request("GET", str(address)).prepare()
    really = urllib3.util.parse_url(prepared.url or "")

    assert (really.scheme, really.host, really.port or 443, really.auth) == ("https", address.host, address.port, None)
    assert str(read_address(str(address))) == str(address)


def test_the_bearer_is_sent_nowhere_by_a_trick(http: HttpClient, demo: FaultyServer) -> None:
    for trick in [*TRICKS, "https://my.microsoftpersonalcontent.com/x"]:
        if "#" not in trick:
            with pytest.raises(OneDriveError, match=r"not sent|nothing was sent"):
                http.send("GET", trick.format(host="graph.microsoft.com"), bearer="secret")

    assert not demo.requests
