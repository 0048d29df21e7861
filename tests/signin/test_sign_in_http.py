"""Codes and tokens go to Microsoft's sign-in only, whatever an address or an answer says."""

from __future__ import annotations

import pytest

from onedrive.errors import ServiceUnusable
from onedrive.net.client import HttpClient
from onedrive.signin.tokens import SignInHttp
from tests.faults.effects import redirect
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

TOKEN = "https://login.microsoftonline.com/consumers/oauth2/v2.0/token"


@pytest.mark.parametrize("url", ["https://evil.example.com/token", "http://login.microsoftonline.com/common/token"])
def test_nothing_of_the_sign_in_goes_to_another_computer(http: HttpClient, demo: FaultyServer, url: str) -> None:
    with pytest.raises(ServiceUnusable, match="nothing was sent there"):
        SignInHttp(http).post(url, data={"refresh_token": "secret"})

    assert not demo.requests


def test_a_redirect_carries_codes_and_tokens_nowhere(http: HttpClient, demo: FaultyServer) -> None:
    demo.fault_line.add(Fault(redirect(lambda _: "https://my.microsoftpersonalcontent.com/x"), "token"))

    with pytest.raises(ServiceUnusable, match="a page where data should be"):
        SignInHttp(http).post(TOKEN, data={"code": "secret"})

    assert [seen.host for seen in demo.requests] == ["login.microsoftonline.com"]
