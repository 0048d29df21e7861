"""Signing in at the pretend Microsoft: pages, tokens, every refusal by its number; tests/signin goes on with msal."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.person import SignInRefusedError
from pretend_onedrive.signin.apps import WORK_TENANT_NAME
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import LOGIN, REDIRECT, VERIFIER, Answered, Asks, authorize_url, query_of, redeem

TOKEN = f"{LOGIN}/consumers/oauth2/v2.0/token"
UNKNOWN = "00000000-1111-2222-3333-444444444444"


def test_the_page_says_who_asks_for_what_and_leads_back_with_a_code(demo: FaultyServer, asks: Asks) -> None:
    page = asks.get(authorize_url(demo).replace(LOGIN, f"http://localhost:{demo.port}")).body.decode()
    back = demo.person.consent(authorize_url(demo))

    for words in ("pretend OneDrive", "person@example.com", "Read your files", "Accept", "Cancel"):
        assert words in page
    assert (back[:31], query_of(back)["state"]) == ("http://localhost:8400/?code=M.C", "st4te")
    assert demo.person.consent(authorize_url(demo, response_mode="fragment")).startswith("http://localhost:8400/#code=")
    demo.sign_in.authorize.auto_consent = True
    posting = asks.get(authorize_url(demo, response_mode="form_post")).body.decode()
    assert '<form method="post" action="http://localhost:8400"><input type="hidden" name="code" value="M.C' in posting
    at_once = asks.get(authorize_url(demo))
    assert (at_once.status, at_once.headers["location"][:28]) == (302, "http://localhost:8400/?code=")


@pytest.mark.parametrize(
    ("changed", "number", "error"),
    [
        ({"client_id": UNKNOWN}, 700016, None),
        ({"client_id": ""}, 900144, None),
        ({"redirect_uri": ""}, 900144, None),
        ({"redirect_uri": "http://localhost:8400/callback"}, 50011, None),
        ({"redirect_uri": "https://localhost:8400"}, 50011, None),
        ({"redirect_uri": "http://127.0.0.1:8400"}, 50011, None),
        ({"tenant": "nonsense"}, 90002, None),
        ({"tenant": "organizations"}, 50020, None),
        ({"tenant": "common", "client_id": "personal_app_id"}, 9002331, None),
        ({"client_id": "work_app_id"}, 9002332, None),
        ({"response_type": ""}, 900144, "invalid_request"),
        ({"response_type": "token"}, 700051, "unsupported_response_type"),
        ({"response_mode": "pigeon"}, 70007, "invalid_request"),
        ({"scope": ""}, 900144, "invalid_request"),
        ({"scope": "Files.Red"}, 70011, "invalid_scope"),
        ({"prompt": "none"}, 50058, "interaction_required"),
        ({"prompt": "loudly"}, 90023, "invalid_request"),
        ({"code_challenge": "short"}, 501491, "invalid_request"),
        ({"code_challenge_method": "S512"}, 501491, "invalid_request"),
    ],
)
def test_what_is_wrong_is_told_to_the_app_or_only_to_the_person_when_the_app_is_doubtful(
    demo: FaultyServer, changed: dict[str, str], number: int, error: str | None
) -> None:
    url = authorize_url(demo, **_with_ids(demo, changed))

    if error is None:
        with pytest.raises(SignInRefusedError, match=f"AADSTS{number}: "):
            demo.person.consent(url)
    else:
        answer = query_of(demo.person.consent(url))
        assert (answer["error"], answer["state"]) == (error, "st4te")
        assert answer["error_description"].startswith(f"AADSTS{number}: ")


def _with_ids(demo: FaultyServer, changed: dict[str, str]) -> dict[str, str]:
    return {name: str(getattr(demo, value, value)) if value else "" for name, value in changed.items()}


def test_a_work_account_cannot_sign_in_as_a_consumer() -> None:
    with FaultyServer(DemoDrive(drive_type="business")) as demo:
        with pytest.raises(SignInRefusedError, match="AADSTS50020"):
            demo.person.consent(authorize_url(demo))
        assert "code=" in demo.person.consent(authorize_url(demo, "organizations"))


def test_discovery_names_the_endpoints_and_other_pages_are_there(demo: FaultyServer, asks: Asks) -> None:
    configuration = asks.get(f"{LOGIN}/consumers/v2.0/.well-known/openid-configuration").json
    asked = f"api-version=1.1&authorization_endpoint={LOGIN}/organizations/oauth2/v2.0/authorize"
    instance = asks.get(f"{LOGIN}/common/discovery/instance?{asked}").json
    unknown = asks.get(f"{LOGIN}/nonsense/v2.0/.well-known/openid-configuration")

    assert configuration["token_endpoint"] == TOKEN
    assert configuration["issuer"] == f"{LOGIN}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
    assert asks.get(configuration["jwks_uri"]).json["keys"][0]["kty"] == "RSA"
    assert instance["tenant_discovery_endpoint"] == f"{LOGIN}/organizations/v2.0/.well-known/openid-configuration"
    assert "login.microsoftonline.com" in instance["metadata"][0]["aliases"]
    assert (unknown.status, unknown.json["error"], unknown.json["error_codes"]) == (400, "invalid_tenant", [90002])
    assert asks.get(f"{LOGIN}/CONSUMERS//v2.0/.well-known/openid-configuration").json == configuration
    assert asks.get(f"{LOGIN}/{WORK_TENANT_NAME.title()}/v2.0/.well-known/openid-configuration").status == 200
    for path in ("/link", "/consumers/oauth2/v2.0/logout", "/common/oauth2/nativeclient"):
        assert asks.get(f"http://localhost:{demo.port}{path}").status == 200
    for path in ("/common/discovery/nonsense", "/"):
        assert asks.get(f"http://localhost:{demo.port}{path}").status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 302), ("/consumers/v2.0/.well-known/openid-configuration", 200), ("/link", 200), ("/nonsense", 404)],
)
def test_head_is_answered_as_get_is_without_a_body(asks: Asks, path: str, status: int) -> None:
    head, whole = asks.send("HEAD", LOGIN + path), asks.get(LOGIN + path)

    assert (head.status, head.body, whole.status) == (status, b"", status)
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("files.read USER.READ Files.Read offline_access", "Files.Read User.Read"),
        ("https://graph.microsoft.com/sites.readwrite.all Mail.Read", "Sites.ReadWrite.All Mail.Read"),
        ("https://graph.microsoft.com/.default", "Files.Read User.Read"),
    ],
)
def test_scopes_are_known_in_any_case_and_given_as_they_are_spelled(
    demo: FaultyServer, asks: Asks, asked: str, given: str
) -> None:
    tokens = redeem(demo, asks, "Consumers", code=code(demo, scope=asked)).json
    asks.token = tokens["access_token"]

    assert tokens["scope"] == given
    assert asks.get("https://graph.microsoft.com/v1.0/me/drive/root/children").status == 200


def test_the_id_token_verifies_against_the_published_keys_and_userinfo_names_the_same_person(
    demo: FaultyServer, asks: Asks
) -> None:
    configuration = asks.get(f"{LOGIN}/consumers/v2.0/.well-known/openid-configuration").json
    [key] = asks.get(configuration["jwks_uri"]).json["keys"]
    tokens = redeem(demo, asks, code=code(demo, scope="Files.Read openid profile email")).json

    claims = jwt.decode(
        tokens["id_token"],
        jwt.PyJWK(key),
        algorithms=["RS256"],
        audience=demo.app_id,
        issuer=configuration["issuer"],
    )
    asks.token = tokens["access_token"]
    person = asks.get(configuration["userinfo_endpoint"])

    assert jwt.get_unverified_header(tokens["id_token"])["kid"] == key["kid"]
    assert (person.json["sub"], person.json["name"]) == (claims["sub"], claims["name"])
    assert person.json["email"] == "person@example.com"
    asks.token = redeem(demo, asks, code=code(demo)).json["access_token"]
    assert set(asks.get(configuration["userinfo_endpoint"]).json) == {"sub"}
    asks.token = demo.issue_token()
    assert asks.get(configuration["userinfo_endpoint"]).status == 403


def code(demo: FaultyServer, **changed: str) -> str:
    return query_of(demo.person.consent(authorize_url(demo, **changed)))["code"]


def test_a_code_becomes_tokens_once_and_for_ten_minutes(demo: FaultyServer, asks: Asks) -> None:
    demo.earlier_consent("Files.ReadWrite")
    used, old = code(demo, nonce="n0nce"), code(demo, scope="Files.Read")

    answered = redeem(demo, asks, code=used, client_info="1")
    again, fewer = redeem(demo, asks, code=used), redeem(demo, asks, code=code(demo, scope="Files.Read"))
    demo.clock.advance(601)

    tokens = answered.json
    assert (answered.status, tokens["access_token"][:3]) == (200, "EwB")
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"] == "Files.Read Files.ReadWrite"
    claims = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    assert (claims["nonce"], claims["aud"]) == ("n0nce", demo.app_id)
    assert set(json.loads(base64.urlsafe_b64decode(tokens["client_info"] + "=="))) == {"ver", "uid", "utid"}
    assert not {"refresh_token", "id_token", "client_info"} & set(fewer.json)
    assert again.json["error_codes"] == [54005]
    assert redeem(demo, asks, code=old).json["error_codes"] == [70008]


@pytest.mark.parametrize(
    ("changed", "error", "number"),
    [
        ({"client_secret": "11111111-2222-3333-4444-555555555555"}, "invalid_client", 7000215),
        ({"client_secret": ""}, "invalid_client", 7000218),
        ({"client_id": UNKNOWN}, "unauthorized_client", 700016),
        ({"client_id": ""}, "invalid_request", 900144),
        ({"grant_type": ""}, "invalid_request", 900144),
        ({"grant_type": "password"}, "unsupported_grant_type", 70003),
        ({"code": ""}, "invalid_request", 900144),
        ({"code": "M.C500_BAY.2.U.x"}, "invalid_grant", 70000),
        ({"redirect_uri": ""}, "invalid_request", 900144),
        ({"redirect_uri": "http://localhost:8401"}, "invalid_grant", 500112),
        ({"code_verifier": "w" * 50}, "invalid_grant", 501481),
        ({"code_verifier": ""}, "invalid_grant", 50148),
        ({"scope": "Files.ReadWrite"}, "invalid_grant", 65001),
        ({"scope": "Files.Red"}, "invalid_scope", 70011),
        ({"tenant": "nonsense"}, "invalid_request", 90002),
        ({"tenant": "organizations"}, "invalid_grant", 700005),
        ({"client_id": "public_app_id"}, "invalid_client", 700025),
        ({"client_id": "public_app_id", "client_secret": ""}, "invalid_grant", 70000),
        ({"client_id": "personal_app_id", "client_secret": "", "tenant": "common"}, "invalid_request", 9002331),
        ({"client_id": "work_app_id", "client_secret": ""}, "invalid_request", 9002332),
    ],
)
def test_a_wrong_token_request_is_refused_by_number(
    demo: FaultyServer, asks: Asks, changed: dict[str, str], error: str, number: int
) -> None:
    answered = redeem(demo, asks, **({"code": code(demo)} | _with_ids(demo, changed)))

    said = answered.json
    status = 401 if error == "invalid_client" else 400
    assert (answered.status, said["error"], said["error_codes"]) == (status, error, [number])
    assert said["error_description"].startswith(f"AADSTS{number}: ")
    assert said["error_uri"] == f"https://login.microsoftonline.com/error?code={number}"
    assert {"timestamp", "trace_id", "correlation_id"} <= set(said)


def test_only_forms_by_post_are_read_and_the_secret_may_come_as_basic(demo: FaultyServer, asks: Asks) -> None:
    body = {"grant_type": "authorization_code", "code": code(demo), "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    basic = base64.b64encode(f"{demo.app_id}:{demo.client_secret}".encode()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"}

    assert asks.get(TOKEN).json["error_codes"] == [900561]
    assert asks.send("POST", TOKEN, b"{}", {"Content-Type": "application/json"}).json["error_codes"] == [900144]
    assert asks.send("POST", TOKEN, urlencode(body).encode(), headers).status == 200


def test_refresh_tokens_rotate_expire_and_can_be_revoked(demo: FaultyServer, asks: Asks) -> None:
    def refresh(token: str, **changed: str) -> Answered:
        return redeem(demo, asks, grant_type="refresh_token", refresh_token=token, **changed)

    first = redeem(demo, asks, code=code(demo)).json["refresh_token"]
    second = refresh(first).json["refresh_token"]

    assert second != first
    assert refresh(first).status == 200
    assert refresh(first, scope="Files.ReadWrite").json["suberror"] == "consent_required"
    assert refresh("nonsense").json["error_codes"] == [70000]
    demo.clock.advance(91 * 86400)
    assert refresh(second).json["error_codes"] == [700082]
    demo.revoke_refresh_tokens()
    assert refresh(second).json["error_codes"] == [50173]


def start_device(demo: FaultyServer, asks: Asks, tenant: str = "consumers", **changed: str) -> Any:  # noqa: ANN401  # any JSON
    fields = {"client_id": demo.public_app_id, "scope": "Files.Read offline_access"} | changed
    return asks.post_form(f"{LOGIN}/{tenant}/oauth2/v2.0/devicecode", **fields).json


def poll(demo: FaultyServer, asks: Asks, flow: dict[str, str], **changed: str) -> Any:  # noqa: ANN401  # any JSON
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    fields = {"client_id": demo.public_app_id, "grant_type": grant_type, "device_code": flow["device_code"]} | changed
    return asks.post_form(TOKEN, **fields).json


def test_a_device_code_is_pending_until_it_is_entered_declined_or_too_old(demo: FaultyServer, asks: Asks) -> None:
    flow, declined, old = (start_device(demo, asks, tenant) for tenant in ("consumers", "consumers", "common"))
    assert old["verification_uri"] == "https://microsoft.com/devicelogin"

    assert poll(demo, asks, flow)["error"] == "authorization_pending"
    assert poll(demo, asks, flow)["error"] == "slow_down"
    demo.clock.advance(5)
    assert poll(demo, asks, flow)["error"] == "authorization_pending"
    assert "didn&#x27;t work" in demo.person.enter_device_code("WRONG")
    demo.person.enter_device_code(f" {flow['user_code'].lower()} ")
    assert poll(demo, asks, flow)["refresh_token"]
    assert poll(demo, asks, flow)["error"] == "bad_verification_code"
    demo.person.enter_device_code(declined["user_code"], "decline")
    assert poll(demo, asks, declined)["error"] == "authorization_declined"
    demo.clock.advance(901)
    assert poll(demo, asks, old)["error"] == "expired_token"


def test_a_device_code_needs_public_flows_and_a_right_start(demo: FaultyServer, asks: Asks) -> None:
    flow = start_device(demo, asks, client_id=demo.app_id)
    demo.person.enter_device_code(flow["user_code"])

    assert poll(demo, asks, flow, client_id=demo.app_id)["error_codes"] == [7000218]
    demo.apps[demo.app_id].allows_public_flows = True
    assert "access_token" in poll(demo, asks, flow, client_id=demo.app_id)
    assert start_device(demo, asks, client_id="")["error_codes"] == [900144]
    assert start_device(demo, asks, scope="Files.Red")["error_codes"] == [70011]
