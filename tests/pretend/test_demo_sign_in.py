"""Signing in at the pretend Microsoft: what msal does with it, and every refusal in Microsoft's words and numbers."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import msal
import pytest
import requests
from requests.adapters import HTTPAdapter

from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.person import SignInRefusedError
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import LOGIN, Asks, query_of
from tests.pretend.demo_sign_in import REDIRECT, authorize_url


class ToTheDemo(HTTPAdapter):
    """Sends requests for Microsoft's hosts to the demo's port."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers["Host"] = str(parts.netloc)
        request.url = f"http://127.0.0.1:{self.port}{parts.path}?{parts.query}"
        return super().send(request, stream=stream, timeout=10, verify=verify, cert=cert)


@pytest.fixture
def demo() -> Iterator[FaultyServer]:
    with FaultyServer(DemoDrive()) as server:
        yield server


@pytest.fixture
def asks(demo: FaultyServer) -> Asks:
    return Asks(demo)


@pytest.fixture
def session(demo: FaultyServer) -> requests.Session:
    session = requests.Session()
    session.mount("https://", ToTheDemo(demo.port))
    return session


def web_app(demo: FaultyServer, session: requests.Session, authority: str = "consumers") -> Any:  # noqa: ANN401  # msal has no types
    return msal.ConfidentialClientApplication(
        demo.app_id,
        client_credential=demo.client_secret,
        authority=f"{LOGIN}/{authority}",
        http_client=session,
    )


def public_app(demo: FaultyServer, session: requests.Session, authority: str = "consumers") -> Any:  # noqa: ANN401  # msal has no types
    return msal.PublicClientApplication(demo.public_app_id, authority=f"{LOGIN}/{authority}", http_client=session)


def start_flow(app: Any, **more: str) -> dict[str, Any]:  # noqa: ANN401  # msal has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(app.initiate_auth_code_flow(["Files.Read", "User.Read"], redirect_uri=REDIRECT, **more))


@pytest.mark.parametrize("authority", ["consumers", "common"])
def test_msal_signs_in_and_its_token_opens_the_drive(
    demo: FaultyServer, session: requests.Session, authority: str, asks: Asks
) -> None:
    app = web_app(demo, session, authority)
    flow = start_flow(app)

    answer = query_of(demo.person.consent(flow["auth_uri"]))
    result = app.acquire_token_by_auth_code_flow(flow, answer)

    assert result["scope"] == "Files.Read User.Read"
    assert result["id_token_claims"]["preferred_username"] == "person@example.com"
    assert app.get_accounts()[0]["local_account_id"] == "00000000-0000-0000-0f09-000000cfea42"
    asks.token = result["access_token"]
    assert asks.graph("/me/drive")["driveType"] == "personal"


def test_msal_renews_silently_and_old_refresh_tokens_stay_good(demo: FaultyServer, session: requests.Session) -> None:
    app = public_app(demo, session)
    flow = start_flow(app)
    first = app.acquire_token_by_auth_code_flow(flow, query_of(demo.person.consent(flow["auth_uri"])))

    renewed = app.acquire_token_silent(["Files.Read"], app.get_accounts()[0], force_refresh=True)
    again = app.acquire_token_by_refresh_token(first["refresh_token"], ["Files.Read"])

    assert renewed["access_token"] not in ("", first["access_token"])
    assert renewed["refresh_token"] != first["refresh_token"]
    assert "access_token" in again


def test_msal_is_told_that_a_wider_scope_needs_consent(demo: FaultyServer, session: requests.Session) -> None:
    app = web_app(demo, session)
    flow = start_flow(app)
    app.acquire_token_by_auth_code_flow(flow, query_of(demo.person.consent(flow["auth_uri"])))

    refused = app.acquire_token_silent_with_error(["Files.ReadWrite"], app.get_accounts()[0])

    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [65001])


@pytest.mark.filterwarnings("ignore:Attempted too soon")
def test_msal_goes_through_the_device_code_flow(demo: FaultyServer, session: requests.Session) -> None:
    app = public_app(demo, session)
    flow = app.initiate_device_flow(scopes=["Files.Read"])

    pending = app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    demo.person.enter_device_code(flow["user_code"])
    result = app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)

    assert pending["error"] == "authorization_pending"
    assert "access_token" in result
    assert flow["verification_uri"] == "https://www.microsoft.com/link"


def test_msal_learns_that_the_person_declined(demo: FaultyServer, session: requests.Session) -> None:
    app = public_app(demo, session)
    flow = start_flow(app)

    result = app.acquire_token_by_auth_code_flow(flow, query_of(demo.person.decline(flow["auth_uri"])))

    assert result["error"] == "access_denied"
    assert result["error_description"].startswith("AADSTS65004")


def test_the_page_says_who_asks_for_what(demo: FaultyServer, asks: Asks) -> None:
    page = asks.get(authorize_url(demo).replace(LOGIN, f"http://localhost:{demo.port}")).body.decode()

    for words in ("pretend OneDrive", "person@example.com", "Read your files", "Accept", "Cancel"):
        assert words in page


def test_accept_leads_back_with_a_code_and_the_state(demo: FaultyServer) -> None:
    url = demo.person.consent(authorize_url(demo))

    assert url.startswith("http://localhost:8400/?code=M.C5")
    assert query_of(url)["state"] == "st4te"


def test_the_person_gets_through_to_a_listener_at_the_redirect_address(demo: FaultyServer) -> None:
    got: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self.path)
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        redirect = f"http://localhost:{listener.server_port}"
        demo.person.consent(authorize_url(demo, redirect_uri=redirect))
        demo.person.consent(authorize_url(demo, redirect_uri=redirect, response_mode="form_post"))
        listener.shutdown()

    assert got[0].startswith("/?code=M.C5")
    assert got[1].startswith("code=M.C5")


def test_the_code_can_come_behind_a_hash_sign(demo: FaultyServer) -> None:
    assert demo.person.consent(authorize_url(demo, response_mode="fragment")).startswith("http://localhost:8400/#code=")


def test_with_auto_consent_the_way_back_comes_at_once(demo: FaultyServer, asks: Asks) -> None:
    demo.sign_in.authorize.auto_consent = True

    answered = asks.get(authorize_url(demo))

    assert (answered.status, answered.headers["location"][:28]) == (302, "http://localhost:8400/?code=")


@pytest.mark.parametrize(
    ("tenant", "changed", "number"),
    [
        ("consumers", {"client_id": "00000000-1111-2222-3333-444444444444"}, 700016),
        ("consumers", {"client_id": ""}, 900144),
        ("consumers", {"redirect_uri": ""}, 900144),
        ("consumers", {"redirect_uri": "http://localhost:8400/callback"}, 50011),
        ("consumers", {"redirect_uri": "https://localhost:8400"}, 50011),
        ("consumers", {"redirect_uri": "http://127.0.0.1:8400"}, 50011),
        ("nonsense", {}, 90002),
        ("organizations", {}, 50020),
        ("common", {"client_id": "personal"}, 9002331),
        ("consumers", {"client_id": "work"}, 9002332),
    ],
)
def test_what_is_wrong_with_the_app_is_said_on_the_page(
    demo: FaultyServer, tenant: str, changed: dict[str, str], number: int
) -> None:
    named = {"personal": demo.personal_app_id, "work": demo.work_app_id}
    changed = {name: named.get(value, value) for name, value in changed.items()}

    with pytest.raises(SignInRefusedError, match=f"AADSTS{number}"):
        demo.person.consent(authorize_url(demo, tenant, **changed))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "pigeon"}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "Files.Red"}, "invalid_scope"),
        ({"prompt": "none"}, "interaction_required"),
        ({"prompt": "loudly"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
def test_what_is_wrong_with_the_request_is_told_to_the_app(
    demo: FaultyServer, changed: dict[str, str], error: str
) -> None:
    answer = query_of(demo.person.consent(authorize_url(demo, **changed)))

    assert (answer["error"], answer["state"]) == (error, "st4te")
    assert answer["error_description"].startswith("AADSTS")


def test_a_work_account_cannot_sign_in_as_a_consumer() -> None:
    with FaultyServer(DemoDrive(drive_type="business")) as demo:
        with pytest.raises(SignInRefusedError, match="AADSTS50020"):
            demo.person.consent(authorize_url(demo))
        assert "code=" in demo.person.consent(authorize_url(demo, "organizations"))


def test_discovery_names_the_endpoints(asks: Asks) -> None:
    configuration = asks.get(f"{LOGIN}/consumers/v2.0/.well-known/openid-configuration").json
    instance = asks.get(
        f"{LOGIN}/common/discovery/instance?api-version=1.1&authorization_endpoint={LOGIN}/organizations/oauth2/v2.0/authorize"
    ).json

    assert configuration["token_endpoint"] == f"{LOGIN}/consumers/oauth2/v2.0/token"
    assert configuration["issuer"] == f"{LOGIN}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
    assert asks.get(configuration["jwks_uri"]).json["keys"][0]["kty"] == "RSA"
    assert instance["tenant_discovery_endpoint"] == f"{LOGIN}/organizations/v2.0/.well-known/openid-configuration"
    assert "login.microsoftonline.com" in instance["metadata"][0]["aliases"]


def test_discovery_of_an_unknown_tenant_is_refused(asks: Asks) -> None:
    answered = asks.get(f"{LOGIN}/nonsense/v2.0/.well-known/openid-configuration")

    assert (answered.status, answered.json["error"], answered.json["error_codes"]) == (400, "invalid_tenant", [90002])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/link", 200),
        ("/consumers/oauth2/v2.0/logout", 200),
        ("/common/oauth2/nativeclient", 200),
        ("/common/discovery/nonsense", 404),
        ("/", 404),
    ],
)
def test_the_other_pages(demo: FaultyServer, asks: Asks, path: str, status: int) -> None:
    assert asks.get(f"http://localhost:{demo.port}{path}").status == status
