"""The authorize page: checks what the app asks, asks the person, and sends the browser back with a code or an error."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

from onedrive.demo.aadsts import (
    SignInError,
    check_audience,
    missing,
    unknown_app,
    unknown_tenant,
    unregistered_redirect,
)
from onedrive.demo.account import Account
from onedrive.demo.apps import TENANTS, RegisteredApp, short_scopes
from onedrive.demo.dialect import PERSONAL_TENANT
from onedrive.demo.grants import CodeGrant, Grants
from onedrive.demo.pages import consent_page, form_post_page, refusal_page
from onedrive.demo.token_endpoint import check_scopes
from onedrive.demo.wire import Reply, Request, html_reply

RESPONSE_MODES = ("query", "fragment", "form_post")
PROMPTS = ("login", "none", "consent", "select_account", "create")


class AuthorizePage:
    """Answers for `/oauth2/v2.0/authorize`."""

    def __init__(self, apps: dict[str, RegisteredApp], grants: Grants, account: Callable[[], Account]) -> None:
        self.apps = apps
        self.grants = grants
        self.account = account
        self.auto_consent = False

    def answer(self, request: Request, tenant: str) -> Reply:
        """The consent page, or, once the person has decided, the way back to the app."""
        asked = request.options
        try:
            app = self._check_who_asks(asked, tenant)
        except SignInError as refusal:
            return html_reply(refusal_page(refusal.describe(self.grants.now())))
        try:
            scopes = self._check_what_is_asked(asked)
            if not self._has_decided(request, asked):
                return html_reply(consent_page(app, self.account(), scopes, request.query))
        except SignInError as refusal:
            said = {"error": refusal.error, "error_description": refusal.describe(self.grants.now())}
            return self._send_back(asked, said)
        return self._send_back(asked, self._accept(asked, app, scopes, tenant))

    def _has_decided(self, request: Request, asked: dict[str, str]) -> bool:
        """Whether the person has accepted; raises when they declined, or may not be asked (`prompt=none`)."""
        if self.auto_consent:
            return True
        if asked.get("prompt") == "none":
            sentence = "A silent sign-in request was sent but no user is signed in."
            raise SignInError("interaction_required", 50058, sentence)
        decision = request.form.get("decision") if request.method == "POST" else None
        if decision == "decline":
            raise SignInError("access_denied", 65004, "User declined to consent to access the app.")
        return decision is not None

    def _check_who_asks(self, asked: dict[str, str], tenant: str) -> RegisteredApp:
        """What is wrong here is shown to the person, never sent to an address that may be a stranger's."""
        if tenant not in TENANTS:
            raise unknown_tenant(tenant)
        for name in ("client_id", "redirect_uri"):
            if not asked.get(name):
                raise missing(name)
        app = self.apps.get(asked["client_id"].lower())
        if app is None:
            raise unknown_app(asked["client_id"])
        if not app.has_redirect(asked["redirect_uri"]):
            raise unregistered_redirect(asked["redirect_uri"], app.id)
        check_audience(app, tenant)
        self._check_account(tenant)
        return app

    def _check_account(self, tenant: str) -> None:
        account = self.account()
        fits = tenant == "common" or account.is_personal == (tenant in ("consumers", PERSONAL_TENANT))
        if not fits:
            raise SignInError(
                "interaction_required",
                50020,
                f"User account '{account.email}' from identity provider does not exist in tenant '{tenant}' and cannot "
                "access the application in that tenant. Sign out and sign in again with a different account.",
            )

    def _check_what_is_asked(self, asked: dict[str, str]) -> list[str]:
        if not asked.get("response_type"):
            raise missing("response_type")
        if asked["response_type"] != "code":
            sentence = f"response_type '{asked['response_type']}' is not enabled for the application."
            raise SignInError("unsupported_response_type", 700051, sentence)
        if asked.get("response_mode", "query") not in RESPONSE_MODES:
            sentence = f"'{asked['response_mode']}' is not a valid value for 'response_mode'."
            raise SignInError("invalid_request", 70007, sentence)
        if asked.get("prompt") and asked["prompt"] not in PROMPTS:
            raise SignInError("invalid_request", 90023, f"Invalid value '{asked['prompt']}' for 'prompt'.")
        if not asked.get("scope"):
            raise missing("scope")
        if asked.get("code_challenge_method", "plain") not in ("plain", "S256"):
            raise SignInError("invalid_request", 501491, "Invalid size or method of Code_Challenge parameter.")
        if "code_challenge" in asked and not 43 <= len(asked["code_challenge"]) <= 128:
            raise SignInError("invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
        scopes = short_scopes(asked["scope"])
        check_scopes(scopes)
        return scopes

    def _accept(self, asked: dict[str, str], app: RegisteredApp, scopes: list[str], tenant: str) -> dict[str, str]:
        grant = CodeGrant(
            app.id,
            scopes,
            0.0,
            tenant=tenant,
            nonce=asked.get("nonce"),
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge"),
            challenge_method=asked.get("code_challenge_method", "plain"),
        )
        given = {"code": self.grants.new_code(grant)}
        if asked.get("client_info") == "1":
            given["client_info"] = self.account().client_info()
        return given

    @staticmethod
    def _send_back(asked: dict[str, str], given: dict[str, str]) -> Reply:
        uri, mode = asked["redirect_uri"], asked.get("response_mode", "query")
        if "state" in asked:
            given["state"] = asked["state"]
        if mode == "form_post":
            return html_reply(form_post_page(uri, given))
        separator = "#" if mode == "fragment" else "&" if "?" in uri else "?"
        location = (
            f"{uri if '/' in uri.partition('://')[2] else uri + '/'}{separator}{urlencode(given, quote_via=quote)}"
        )
        return Reply(302, {"Location": location, "Cache-Control": "no-store"})
