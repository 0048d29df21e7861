"""The token endpoint of the pretend Microsoft: codes, refresh tokens, device codes, and every refusal by number."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, LOGIN, Answered, Asks
from tests.pretend.demo_sign_in import REDIRECT, VERIFIER, code, redeem

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def demo() -> Iterator[FaultyServer]:
    with FaultyServer(DemoDrive()) as server:
        yield server


@pytest.fixture
def asks(demo: FaultyServer) -> Asks:
    return Asks(demo)


def test_a_code_becomes_tokens(demo: FaultyServer, asks: Asks) -> None:
    answered = redeem(demo, asks, code=code(demo, nonce="n0nce"), client_info="1")

    tokens = answered.json
    assert answered.status == 200
    assert tokens["access_token"].startswith("EwB")
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "Files.Read")
    claims = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    assert (claims["nonce"], claims["aud"]) == ("n0nce", demo.app_id)
    assert set(json.loads(base64.urlsafe_b64decode(tokens["client_info"] + "=="))) == {"ver", "uid", "utid"}


def test_without_offline_access_there_is_no_refresh_token(demo: FaultyServer, asks: Asks) -> None:
    tokens = redeem(demo, asks, code=code(demo, scope="Files.Read")).json

    assert not {"refresh_token", "id_token", "client_info"} & set(tokens)


@pytest.mark.parametrize(
    ("changed", "status", "error", "number"),
    [
        ({"client_secret": "11111111-2222-3333-4444-555555555555"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_id": "00000000-1111-2222-3333-444444444444"}, 400, "unauthorized_client", 700016),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"code": ""}, 400, "invalid_request", 900144),
        ({"code": "M.C500_BAY.2.U.x"}, 400, "invalid_grant", 70000),
        ({"redirect_uri": ""}, 400, "invalid_request", 900144),
        ({"redirect_uri": "http://localhost:8401"}, 400, "invalid_grant", 500112),
        ({"code_verifier": "w" * 50}, 400, "invalid_grant", 501481),
        ({"code_verifier": ""}, 400, "invalid_grant", 50148),
        ({"scope": "Files.ReadWrite"}, 400, "invalid_grant", 65001),
        ({"scope": "Files.Red"}, 400, "invalid_scope", 70011),
        ({"tenant": "nonsense"}, 400, "invalid_request", 90002),
        ({"tenant": "organizations"}, 400, "invalid_grant", 700005),
        ({"client_id": "public"}, 401, "invalid_client", 700025),
        ({"client_id": "public", "client_secret": ""}, 400, "invalid_grant", 70000),
        ({"client_id": "personal", "client_secret": "", "tenant": "common"}, 400, "invalid_request", 9002331),
        ({"client_id": "work", "client_secret": ""}, 400, "invalid_request", 9002332),
    ],
)
def test_a_wrong_token_request_is_refused_by_number(
    demo: FaultyServer, asks: Asks, changed: dict[str, str], status: int, error: str, number: int
) -> None:
    named = {"public": demo.public_app_id, "personal": demo.personal_app_id, "work": demo.work_app_id}
    fields = {"code": code(demo)} | {name: named.get(value, value) for name, value in changed.items()}

    answered = redeem(demo, asks, **fields)

    said = answered.json
    assert (answered.status, said["error"], said["error_codes"]) == (status, error, [number])
    assert said["error_description"].startswith(f"AADSTS{number}: ")
    assert said["error_uri"] == f"https://login.microsoftonline.com/error?code={number}"
    assert {"timestamp", "trace_id", "correlation_id"} <= set(said)


def test_a_code_works_once_and_for_ten_minutes(demo: FaultyServer, asks: Asks) -> None:
    used, old = code(demo), code(demo)
    redeem(demo, asks, code=used)

    assert redeem(demo, asks, code=used).json["error_codes"] == [54005]
    demo.clock.advance(601)
    assert redeem(demo, asks, code=old).json["error_codes"] == [70008]


def test_the_secret_may_come_as_basic(demo: FaultyServer, asks: Asks) -> None:
    body = {"grant_type": "authorization_code", "code": code(demo), "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    basic = base64.b64encode(f"{demo.app_id}:{demo.client_secret}".encode()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"}

    answered = asks.send("POST", f"{LOGIN}/consumers/oauth2/v2.0/token", urlencode(body).encode(), headers)

    assert answered.status == 200


def test_only_forms_by_post_are_read(demo: FaultyServer, asks: Asks) -> None:
    url = f"{LOGIN}/consumers/oauth2/v2.0/token"

    assert asks.get(url).json["error_codes"] == [900561]
    assert asks.send("POST", url, b"{}", {"Content-Type": "application/json"}).json["error_codes"] == [900144]


def refresh(demo: FaultyServer, asks: Asks, token: str, **changed: str) -> Answered:
    return redeem(demo, asks, grant_type="refresh_token", refresh_token=token, **changed)


def test_refresh_tokens_rotate_expire_and_can_be_revoked(demo: FaultyServer, asks: Asks) -> None:
    first = redeem(demo, asks, code=code(demo)).json["refresh_token"]
    second = refresh(demo, asks, first).json["refresh_token"]

    assert second != first
    assert refresh(demo, asks, first).status == 200
    assert refresh(demo, asks, first, scope="Files.ReadWrite").json["suberror"] == "consent_required"
    assert refresh(demo, asks, "nonsense").json["error_codes"] == [70000]
    demo.clock.advance(91 * 86400)
    assert refresh(demo, asks, second).json["error_codes"] == [700082]
    demo.revoke_refresh_tokens()
    assert refresh(demo, asks, second).json["error_codes"] == [50173]


def test_access_tokens_end_when_their_time_is_over_or_when_withdrawn(demo: FaultyServer, asks: Asks) -> None:
    demo.token_lifetime(30)
    tokens = redeem(demo, asks, code=code(demo)).json
    asks.token = tokens["access_token"]

    assert tokens["expires_in"] == 30
    assert asks.get(f"{GRAPH}/me/drive").status == 200
    demo.clock.advance(31)
    assert asks.get(f"{GRAPH}/me/drive").status == 401
    for end in (demo.revoke_access_tokens, demo.expire_access_tokens):
        asks.token = demo.issue_token()
        assert asks.get(f"{GRAPH}/me/drive").status == 200
        end()
        assert asks.get(f"{GRAPH}/me/drive").status == 401


def test_an_earlier_consent_comes_back_unasked(demo: FaultyServer, asks: Asks) -> None:
    demo.earlier_consent("Files.ReadWrite")

    assert redeem(demo, asks, code=code(demo)).json["scope"] == "Files.Read Files.ReadWrite"


def start_device(demo: FaultyServer, asks: Asks, tenant: str = "consumers", **changed: str) -> Answered:
    fields = {"client_id": demo.public_app_id, "scope": "Files.Read offline_access"} | changed
    return asks.post_form(f"{LOGIN}/{tenant}/oauth2/v2.0/devicecode", **fields)


def poll(demo: FaultyServer, asks: Asks, device_code: str, **changed: str) -> Answered:
    fields = {"client_id": demo.public_app_id, "grant_type": DEVICE_GRANT, "device_code": device_code} | changed
    return asks.post_form(f"{LOGIN}/consumers/oauth2/v2.0/token", **fields)


def test_a_device_code_is_pending_until_it_is_entered(demo: FaultyServer, asks: Asks) -> None:
    flow = start_device(demo, asks).json

    assert poll(demo, asks, flow["device_code"]).json["error"] == "authorization_pending"
    assert poll(demo, asks, flow["device_code"]).json["error"] == "slow_down"
    demo.clock.advance(5)
    assert poll(demo, asks, flow["device_code"]).json["error"] == "authorization_pending"
    assert "didn&#x27;t work" in demo.person.enter_device_code("WRONG")
    demo.person.enter_device_code(f" {flow['user_code'].lower()} ")
    assert poll(demo, asks, flow["device_code"]).json["refresh_token"]
    assert poll(demo, asks, flow["device_code"]).json["error"] == "bad_verification_code"


def test_a_device_code_is_declined_or_grows_too_old(demo: FaultyServer, asks: Asks) -> None:
    declined, old = start_device(demo, asks).json, start_device(demo, asks, "common").json
    demo.person.enter_device_code(declined["user_code"], "decline")

    assert poll(demo, asks, declined["device_code"]).json["error"] == "authorization_declined"
    assert old["verification_uri"] == "https://microsoft.com/devicelogin"
    demo.clock.advance(901)
    assert poll(demo, asks, old["device_code"]).json["error"] == "expired_token"


def test_a_device_code_needs_public_flows(demo: FaultyServer, asks: Asks) -> None:
    flow = start_device(demo, asks, client_id=demo.app_id).json
    demo.person.enter_device_code(flow["user_code"])

    assert poll(demo, asks, flow["device_code"], client_id=demo.app_id).json["error_codes"] == [7000218]
    demo.apps[demo.app_id].allows_public_flows = True
    assert poll(demo, asks, flow["device_code"], client_id=demo.app_id).status == 200


def test_a_wrong_start_of_the_device_flow_is_refused(demo: FaultyServer, asks: Asks) -> None:
    assert start_device(demo, asks, client_id="").json["error_codes"] == [900144]
    assert start_device(demo, asks, scope="Files.Red").json["error_codes"] == [70011]
