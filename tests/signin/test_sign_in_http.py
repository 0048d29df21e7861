"""What msal gets from the network, and what is raised before it can swallow it."""

from __future__ import annotations

import pytest

from onedrive.errors import ConnectionLost, ServiceUnusable
from onedrive.net.client import HttpClient
from onedrive.signin.tokens import SignInBusy, SignInHttp
from tests.faults.effects import redirect
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

DISCOVERY = "https://login.microsoftonline.com/{}/v2.0/.well-known/openid-configuration"
TOKEN = "https://login.microsoftonline.com/consumers/oauth2/v2.0/token"


def test_an_answer_and_a_refusal_are_handed_on_and_the_session_of_the_run_stays_open(http: HttpClient) -> None:
    for tenant, codes in (("consumers", None), ("nowhere.example", [90002])):
        client = SignInHttp(http)
        client.get(DISCOVERY.format(tenant))
        client.close()

        assert client.refusal.get("error_codes") == codes


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_service_is_an_error_with_its_headers(status: int, http: HttpClient, demo: FaultyServer) -> None:
    demo.fail_next(status, on="sign_in", retry_after="7")

    with pytest.raises(SignInBusy) as caught:
        SignInHttp(http).get(DISCOVERY.format("consumers"))

    assert (caught.value.status, caught.value.headers["Retry-After"]) == (status, "7")


@pytest.mark.parametrize("url", ["https://evil.example.com/token", "http://login.microsoftonline.com/common/token"])
def test_nothing_of_the_sign_in_goes_to_another_computer(http: HttpClient, demo: FaultyServer, url: str) -> None:
    with pytest.raises(ServiceUnusable, match="nothing was sent there"):
        SignInHttp(http).post(url, data={"refresh_token": "secret"})

    assert not demo.requests


def test_a_cut_connection_is_an_error_in_our_words(http: HttpClient, demo: FaultyServer) -> None:
    demo.reset_next(on="token")

    with pytest.raises(ConnectionLost, match=r"login\.microsoftonline\.com was lost"):
        SignInHttp(http).post(TOKEN, data={"a": "b"})


def test_a_redirect_carries_codes_and_tokens_nowhere(http: HttpClient, demo: FaultyServer) -> None:
    demo.fault_line.add(Fault(redirect(lambda _: "https://my.microsoftpersonalcontent.com/x"), "token"))

    with pytest.raises(ServiceUnusable, match="a page where data should be"):
        SignInHttp(http).post(TOKEN, data={"code": "secret"})

    assert [seen.host for seen in demo.requests] == ["login.microsoftonline.com"]
