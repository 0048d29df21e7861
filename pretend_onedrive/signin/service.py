"""The sign-in hosts: which page or endpoint answers for which path, and discovery, device code and sign-out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from pretend_onedrive.model.dialect import PERSONAL_TENANT
from pretend_onedrive.signin.apps import TENANTS, WORK_TENANT, Account, RegisteredApp
from pretend_onedrive.signin.authorize import AuthorizePage, device_page, words_reply
from pretend_onedrive.signin.errors import SignInError
from pretend_onedrive.signin.signing import published_key
from pretend_onedrive.signin.tokens import Grants, TokenEndpoint
from pretend_onedrive.wire import Reply, Request, html_reply, json_reply

LOGIN = "https://login.microsoftonline.com"
ALIASES = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
ISSUERS = {
    "consumers": PERSONAL_TENANT,
    PERSONAL_TENANT: PERSONAL_TENANT,
    "common": "{tenantid}",
    "organizations": "{tenantid}",
}
ABILITIES: dict[str, Any] = {
    "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    "response_modes_supported": ["query", "fragment", "form_post"],
    "subject_types_supported": ["pairwise"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
    "scopes_supported": ["openid", "profile", "email", "offline_access"],
    "request_uri_parameter_supported": False,
    "http_logout_supported": True,
    "frontchannel_logout_supported": True,
    "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
    "tenant_region_scope": None,
    "cloud_instance_name": "microsoftonline.com",
    "cloud_graph_host_name": "graph.windows.net",
    "msgraph_host": "graph.microsoft.com",
    "rbac_url": "https://pas.windows.net",
}


def openid_configuration(tenant: str) -> dict[str, Any]:
    """The document at `/{tenant}/v2.0/.well-known/openid-configuration`."""
    base = f"{LOGIN}/{tenant}"
    return ABILITIES | {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "issuer": f"{LOGIN}/{ISSUERS.get(tenant, WORK_TENANT)}/v2.0",
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
    }


def answer_discovery(request: Request, path: str) -> Reply:
    """Instance discovery, and the keys that sign id tokens."""
    if path.endswith("/keys"):
        return json_reply({"keys": [published_key() | {"issuer": f"{LOGIN}/{{tenantid}}/v2.0"}]})
    if not path.endswith("/discovery/instance"):
        return json_reply({"error": "not_found"}, 404)
    asked = request.options.get("authorization_endpoint", f"{LOGIN}/common/oauth2/v2.0/authorize")
    tenant = asked.partition("://")[2].split("/")[1] if "://" in asked else "common"
    return json_reply(
        {
            "tenant_discovery_endpoint": f"{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": request.options.get("api-version", "1.1"),
            "metadata": [{"preferred_network": ALIASES[0], "preferred_cache": ALIASES[1], "aliases": ALIASES}],
        }
    )


SIGNED_OUT = "You signed out of your account. It is a good idea to close this window."
_NATIVE_CLIENT_WORDS = "Copy the address of this page into the program that asked you to sign in."
DEVICE_PATHS = ("/link", "/devicelogin", "/common/oauth2/deviceauth", "/consumers/oauth2/deviceauth")


class SignInHost:
    """Everything at login.microsoftonline.com, and the same pages at `localhost` for a person's browser."""

    def __init__(self, apps: dict[str, RegisteredApp], grants: Grants, account: Callable[[], Account]) -> None:
        self.grants = grants
        self.authorize = AuthorizePage(apps, grants, account)
        self.tokens = TokenEndpoint(apps, grants, account)

    def answer(self, request: Request) -> Reply:
        """The reply for one request."""
        path = re.sub("/{2,}", "/", unquote(request.path)).lower()  # neither case nor a second slash counts
        if path in DEVICE_PATHS:
            return self._device_page(request)
        if path == "/" and request.host.startswith("login."):
            return Reply(302, {"Location": "https://www.office.com/login"})
        tenant, _, rest = path.lstrip("/").partition("/")
        if tenant == "discovery" or rest.startswith("discovery/"):
            return answer_discovery(request, path)
        answers: dict[str, Callable[[Request, str], Reply]] = {
            "oauth2/v2.0/authorize": self.authorize.answer,
            "oauth2/v2.0/token": self.tokens.answer,
            "oauth2/v2.0/devicecode": self.tokens.answer_device_code,
            "v2.0/.well-known/openid-configuration": self._configuration,
            "oauth2/v2.0/logout": lambda *_: words_reply("Signed out", SIGNED_OUT),
            "oauth2/nativeclient": lambda *_: words_reply("", _NATIVE_CLIENT_WORDS),
        }
        if rest not in answers:
            return words_reply("Nothing here", "The pretend OneDrive has no page at this address.", status=404)
        try:
            return answers[rest](request, tenant)
        except SignInError as refusal:
            return refusal.to_reply(self.grants.now())

    def item_of(self, _request: Request) -> None:
        """What is asked here is about no item."""

    def decide_device_code(self, user_code: str, decision: str) -> bool:
        """The person's answer to a device code; False when no such code is waiting."""
        wanted = user_code.replace("-", "").replace(" ", "").upper()
        with self.grants.lock:
            for grant in self.grants.devices.values():
                if grant.user_code == wanted and grant.decision is None and grant.expires_at > self.grants.now():
                    grant.decision = decision
                    self.grants.note_change()
                    return True
        return False

    def _device_page(self, request: Request) -> Reply:
        form = request.form
        if request.method != "POST" or not form.get("user_code"):
            return html_reply(device_page())
        if not self.decide_device_code(form["user_code"], form.get("decision", "accept")):
            return html_reply(device_page("That code didn't work. Check the code and try again."))
        if form.get("decision") == "decline":
            return words_reply("Cancelled", "You declined. You can close this window.")
        return words_reply("Signed in", "You have signed in. You can close this window and go to the terminal.")

    def _configuration(self, _request: Request, tenant: str) -> Reply:
        if tenant not in TENANTS:
            raise SignInError(90002, "invalid_tenant", tenant=tenant)
        return json_reply(openid_configuration(tenant))
