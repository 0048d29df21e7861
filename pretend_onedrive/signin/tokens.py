"""The token endpoint: codes, refresh tokens and device codes become access tokens, or an error that says why not."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from pretend_onedrive.signin.apps import (
    KNOWN_SCOPES,
    SCOPES_WITHOUT_RESOURCE,
    TENANTS,
    Account,
    RegisteredApp,
    short_scopes,
)
from pretend_onedrive.signin.errors import SignInError, check_audience, check_secret
from pretend_onedrive.wire import Reply, Request, json_reply

CODE_LIFETIME_SECONDS = 600
REFRESH_LIFETIME_SECONDS = 90 * 86400
DEVICE_CODE_LIFETIME_SECONDS = 900
DEVICE_POLL_SECONDS = 5


@dataclass
class Grant:
    """A permission that a person gave to an app."""

    app_id: str
    scopes: list[str]
    expires_at: float
    tenant: str = "consumers"
    nonce: str | None = None
    revoked: bool = False
    public_flow: bool = False  # given to an app that proved no secret


@dataclass
class CodeGrant(Grant):
    """What an authorization code stands for until it is redeemed."""

    redirect_uri: str = ""
    challenge: str | None = None
    challenge_method: str = "plain"
    redeemed: bool = False


@dataclass
class DeviceGrant(Grant):
    """A device code; `decision` is None until the person has answered, then "accept" or "decline"."""

    user_code: str = ""
    decision: str | None = None
    last_poll: float = 0.0
    redeemed: bool = False


G = TypeVar("G", bound=Grant)
_KINDS: dict[str, type[Grant]] = {"codes": CodeGrant, "access": Grant, "refresh": Grant, "devices": DeviceGrant}


class Grants:
    """All of them, by code or token. `revision` grows with each change, for the state file."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.revision = 0
        self.access_lifetime_seconds = 3600.0
        self.codes: dict[str, CodeGrant] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.devices: dict[str, DeviceGrant] = {}
        self.url_key = secrets.token_hex(16)

    def new_code(self, grant: CodeGrant) -> str:
        """An authorization code in the style of personal accounts; work accounts get a long one."""
        code = f"M.C5{secrets.randbelow(90) + 10}_BAY.2.U.{uuid.uuid4()}"
        return self._keep(self.codes, code, grant, CODE_LIFETIME_SECONDS)

    def new_access_token(self, app_id: str, scopes: list[str], lifetime_seconds: float | None = None) -> str:
        """An opaque token; the lifetime is the service's usual one unless given."""
        token = "EwB" + base64.b64encode(secrets.token_bytes(400)).decode("ascii")
        lifetime = self.access_lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        return self._keep(self.access, token, Grant(app_id, scopes, 0.0), lifetime)

    def new_refresh_token(self, grant: Grant, tenant: str) -> str:
        """A refresh token for the same permission, got through this tenant; earlier ones stay valid."""
        token = f"M.C5{secrets.randbelow(90) + 10}_BAY.0.U.-{secrets.token_urlsafe(160)}"
        fresh = Grant(grant.app_id, grant.scopes, 0.0, tenant=tenant, public_flow=grant.public_flow)
        return self._keep(self.refresh, token, fresh, REFRESH_LIFETIME_SECONDS)

    def new_device_code(self, grant: DeviceGrant) -> str:
        """A device code, with the short code that the person types in `grant.user_code`."""
        grant.user_code = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ2345679") for _ in range(8))
        return self._keep(
            self.devices, "DAQABIQEAAAD" + secrets.token_urlsafe(120), grant, DEVICE_CODE_LIFETIME_SECONDS
        )

    def note_change(self) -> None:
        """Something in a grant was changed in place."""
        with self.lock:
            self.revision += 1

    def to_json(self) -> dict[str, Any]:
        """For the state file."""
        with self.lock:
            tables = {name: {key: asdict(grant) for key, grant in getattr(self, name).items()} for name in _KINDS}
            return {"url_key": self.url_key} | tables

    def load(self, kept: dict[str, Any]) -> None:
        """Take over what the state file kept."""
        with self.lock:
            self.url_key = kept["url_key"]
            for name, kind in _KINDS.items():
                setattr(self, name, {key: kind(**grant) for key, grant in kept[name].items()})

    def _keep(self, table: dict[str, G], key: str, grant: G, lifetime_seconds: float) -> str:
        """Keep one more; those that ended more than a day ago are forgotten, or a service that runs on would grow."""
        with self.lock:
            for ended in [key for key, old in table.items() if old.expires_at < self.now() - 86400]:
                del table[ended]
            grant.expires_at = self.now() + lifetime_seconds
            table[key] = grant
            self.revision += 1
            return key


DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
Form = dict[str, str]


class TokenEndpoint:
    """Answers for `/oauth2/v2.0/token` and `/oauth2/v2.0/devicecode`."""

    def __init__(self, apps: dict[str, RegisteredApp], grants: Grants, account: Callable[[], Account]) -> None:
        self.apps = apps
        self.grants = grants
        self.account = account
        self.earlier_consents: list[str] = []  # scopes that come back though nobody asked for them this time

    def answer(self, request: Request, tenant: str) -> Reply:
        """The reply to a POST at the token endpoint; raises SignInError."""
        if request.method != "POST":
            raise SignInError(900561, method=request.method)
        form = _form_with_basic(request)
        app = find_app(self.apps, form, tenant)
        grant_type = need(form, "grant_type")
        check_secret(app, form.get("client_secret"), public_flow=self._is_public_flow(grant_type, form))
        return self._redeem(grant_type, form, app, tenant)

    def answer_device_code(self, request: Request, tenant: str) -> Reply:
        """The reply to a POST that begins the device code flow; raises SignInError."""
        app = find_app(self.apps, request.form, tenant)
        grant = DeviceGrant(app.id, _asked_scopes(request.form), 0.0, tenant=tenant, public_flow=True)
        code = self.grants.new_device_code(grant)
        page = "https://www.microsoft.com/link" if tenant == "consumers" else "https://microsoft.com/devicelogin"
        return json_reply(
            {
                "user_code": grant.user_code,
                "device_code": code,
                "verification_uri": page,
                "expires_in": DEVICE_CODE_LIFETIME_SECONDS,
                "interval": DEVICE_POLL_SECONDS,
                "message": f"To sign in, use a web browser to open the page {page} and enter the code "
                f"{grant.user_code} to authenticate.",
            }
        )

    def _is_public_flow(self, grant_type: str, form: Form) -> bool:
        if grant_type == "refresh_token":
            grant = self.grants.refresh.get(form.get("refresh_token", ""))
            return bool(grant and grant.public_flow)
        return grant_type == DEVICE_GRANT

    def _redeem(self, grant_type: str, form: Form, app: RegisteredApp, tenant: str) -> Reply:
        redeemers = {
            "authorization_code": self._redeem_code,
            "refresh_token": self._redeem_refresh_token,
            DEVICE_GRANT: self._redeem_device_code,
            "device_code": self._redeem_device_code,
        }
        redeem = redeemers.get(grant_type)
        if redeem is None:
            raise SignInError(70003, grant_type=grant_type)
        with self.grants.lock:
            grant = redeem(form, app)
            if tenant not in ("common", grant.tenant) and grant.tenant != "common":
                raise SignInError(700005)
            if grant_type == "refresh_token" and tenant == grant.tenant == "common" and self.account().is_personal:
                raise SignInError(70000, name="refresh_token")  # as seen since June 2026 (trap 100)
            scopes = self._scopes_to_give(form, grant)
            return json_reply(self._tokens(grant, scopes, tenant, first_time=grant_type != "refresh_token", form=form))

    def _redeem_code(self, form: Form, app: RegisteredApp) -> Grant:
        grant = self.grants.codes.get(need(form, "code"))
        redirect_uri = need(form, "redirect_uri")
        if grant is None or grant.app_id != app.id:
            raise SignInError(70000, name="code")
        if grant.redeemed:
            raise SignInError(54005)
        if grant.expires_at < self.grants.now():
            raise SignInError(70008)
        if redirect_uri != grant.redirect_uri:
            raise SignInError(500112, uri=redirect_uri, known=grant.redirect_uri)
        _check_verifier(grant.challenge, grant.challenge_method, form.get("code_verifier"))
        grant.redeemed = True
        return grant

    def _redeem_refresh_token(self, form: Form, app: RegisteredApp) -> Grant:
        grant = self.grants.refresh.get(need(form, "refresh_token"))
        if grant is None or grant.app_id != app.id:
            raise SignInError(70000, name="refresh_token")
        if grant.revoked:
            raise SignInError(50173)
        if grant.expires_at < self.grants.now():
            raise SignInError(700082)
        return grant

    def _redeem_device_code(self, form: Form, app: RegisteredApp) -> Grant:
        grant = self.grants.devices.get(form.get("device_code") or need(form, "code"))
        if grant is None or grant.app_id != app.id or grant.redeemed:
            raise SignInError(70018)
        if grant.expires_at < self.grants.now():
            raise SignInError(70019)
        if grant.decision == "decline":
            raise SignInError(70020)
        if grant.decision is None:
            raise self._not_yet(grant)
        grant.redeemed = True
        return grant

    def _not_yet(self, grant: DeviceGrant) -> SignInError:
        waited = self.grants.now() - grant.last_poll
        grant.last_poll = self.grants.now()
        if waited < DEVICE_POLL_SECONDS - 1:
            return SignInError(70016, "slow_down", state="The client is polling too frequently.")
        return SignInError(70016, state="Authorization is pending. Continue polling.")

    def _scopes_to_give(self, form: Form, grant: Grant) -> list[str]:
        asked = _asked_scopes(form) if form.get("scope") else grant.scopes
        beyond = [scope for scope in asked if scope not in grant.scopes and scope not in SCOPES_WITHOUT_RESOURCE]
        if beyond:
            raise SignInError(65001, client_id=grant.app_id)
        return [scope for scope in asked if scope not in SCOPES_WITHOUT_RESOURCE]

    def _tokens(self, grant: Grant, scopes: list[str], tenant: str, *, first_time: bool, form: Form) -> dict[str, Any]:
        account = self.account()
        given = [*scopes, *(scope for scope in self.earlier_consents if scope not in scopes)]
        lifetime = self.grants.access_lifetime_seconds
        shown: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": " ".join(given),
            "expires_in": int(lifetime),
            "ext_expires_in": int(lifetime),
            "access_token": self.grants.new_access_token(
                grant.app_id, given + [scope for scope in ("openid", "profile", "email") if scope in grant.scopes]
            ),
        }
        if "offline_access" in grant.scopes:
            shown["refresh_token"] = self.grants.new_refresh_token(grant, tenant)
        if "openid" in grant.scopes:
            nonce = grant.nonce if first_time else None
            shown["id_token"] = account.id_token(client_id=grant.app_id, nonce=nonce, now=self.grants.now())
        if form.get("client_info") == "1":
            shown["client_info"] = account.client_info()
        return shown


def check_scopes(scopes: list[str]) -> None:
    """Raise for a scope that does not exist, or when none is left to ask for."""
    unknown = [scope for scope in scopes if scope not in KNOWN_SCOPES]
    if unknown:
        raise SignInError(70011, scope=" ".join(unknown))


def find_app(apps: dict[str, RegisteredApp], asked: Form, tenant: str) -> RegisteredApp:
    """The app that asks; raises for a directory or an app that does not exist, and when the two do not go together."""
    if tenant not in TENANTS:
        raise SignInError(90002, tenant=tenant)
    app = apps.get(need(asked, "client_id").lower())
    if app is None:
        raise SignInError(700016, client_id=asked["client_id"])
    check_audience(app, tenant)
    return app


def need(asked: Form, name: str) -> str:
    """What was asked under this name; raises when it is missing."""
    if not asked.get(name):
        raise SignInError(900144, name=name)
    return asked[name]


def _asked_scopes(form: Form) -> list[str]:
    scopes = short_scopes(need(form, "scope"))
    check_scopes(scopes)
    return scopes


def _form_with_basic(request: Request) -> Form:
    """The form; a client may give its id and secret as HTTP Basic instead."""
    form = request.form if "x-www-form-urlencoded" in request.headers.get("Content-Type", "") else {}
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        client_id, _, secret = base64.b64decode(encoded + "==").decode("utf-8", "replace").partition(":")
        form.setdefault("client_id", unquote_plus(client_id))
        if secret:
            form.setdefault("client_secret", unquote_plus(secret))
    return form


def _check_verifier(challenge: str | None, method: str, verifier: str | None) -> None:
    if challenge is None:
        return
    if not verifier:
        raise SignInError(50148)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode("ascii").rstrip("=")
    if challenge != (digest if method == "S256" else verifier):
        raise SignInError(501481)
