"""The sign-in hosts: which page or endpoint answers for which path, and discovery, device code and sign-out."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from onedrive.demo.aadsts import unknown_tenant
from onedrive.demo.account import Account
from onedrive.demo.apps import TENANTS, RegisteredApp
from onedrive.demo.authorize import AuthorizePage
from onedrive.demo.discovery import answer_discovery, openid_configuration
from onedrive.demo.grants import Grants
from onedrive.demo.pages import device_page, words_page
from onedrive.demo.token_endpoint import TokenEndpoint
from onedrive.demo.wire import Reply, Request, html_reply, json_reply

DEVICE_PATHS = ("/link", "/devicelogin", "/common/oauth2/deviceauth", "/consumers/oauth2/deviceauth")


class SignInHost:
    """Everything at login.microsoftonline.com, and the same pages at `localhost` for a person's browser."""

    def __init__(self, apps: dict[str, RegisteredApp], grants: Grants, account: Callable[[], Account]) -> None:
        self.grants = grants
        self.authorize = AuthorizePage(apps, grants, account)
        self.tokens = TokenEndpoint(apps, grants, account)

    def answer(self, request: Request) -> Reply:
        """The reply for one request."""
        path = unquote(request.path)
        if path in DEVICE_PATHS:
            return self._device_page(request)
        tenant, _, rest = path.lstrip("/").partition("/")
        if tenant == "discovery" or rest.startswith("discovery/"):
            return answer_discovery(request, path)
        answers: dict[str, Callable[[Request, str], Reply]] = {
            "oauth2/v2.0/authorize": self.authorize.answer,
            "oauth2/v2.0/token": self.tokens.answer,
            "oauth2/v2.0/devicecode": self.tokens.answer_device_code,
            "v2.0/.well-known/openid-configuration": self._configuration,
            "oauth2/v2.0/logout": _signed_out,
            "oauth2/nativeclient": _native_client,
        }
        answer = answers.get(rest)
        if answer:
            return answer(request, tenant)
        return html_reply(words_page("Nothing here", "The pretend OneDrive has no page at this address."), 404)

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
            return html_reply(words_page("Cancelled", "You declined. You can close this window."))
        return html_reply(
            words_page("Signed in", "You have signed in. You can close this window and go to the terminal.")
        )

    def _configuration(self, _request: Request, tenant: str) -> Reply:
        if tenant in TENANTS:
            return json_reply(openid_configuration(tenant))
        reply = unknown_tenant(tenant).to_reply(self.grants.now())
        return Reply(400, reply.headers, reply.body.replace(b'"invalid_request"', b'"invalid_tenant"'))


def _signed_out(request: Request, tenant: str) -> Reply:  # noqa: ARG001  # one page for all
    return html_reply(
        words_page("Signed out", "You signed out of your account. It is a good idea to close this window.")
    )


def _native_client(request: Request, tenant: str) -> Reply:  # noqa: ARG001  # one page for all
    return html_reply(words_page("", "Copy the address of this page into the program that asked you to sign in."))
