"""The pieces of signing in with a browser that the whole of it does not show (see test_onedrive_authorization)."""

from __future__ import annotations

import socket
from pathlib import Path

from onedrive.settings import Settings
from onedrive.signin.browser import Browser, open_listener

ADDRESS = "https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize?client_id=1&state=a%2Fb"


def _settings(redirect_uri: str) -> Settings:
    return Settings(Path("home"), Path("home"), redirect_uri=redirect_uri)


def test_the_address_is_shown_as_it_is() -> None:
    assert Browser(lambda _: True).as_shown(ADDRESS) == ADDRESS


def test_in_the_demo_the_same_path_is_on_this_computer() -> None:
    shown = Browser(lambda _: True, demo_port=5000).as_shown(ADDRESS)

    assert shown == "http://localhost:5000/consumers/oauth2/v2.0/authorize?client_id=1&state=a%2Fb"


def test_where_no_listener_can_be_the_reason_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        listener, reason = open_listener(_settings(f"http://localhost:{port}"), any_port=False)

    assert listener is None
    assert reason == f"another program uses port {port}"


def test_any_port_of_this_computer_will_do_where_nobody_registered_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listener, _ = open_listener(_settings(f"http://localhost:{taken.getsockname()[1]}"), any_port=True)

    assert listener
    with listener:
        assert listener.redirect_uri.startswith("http://localhost:")
