"""The authorize page: checks what the app asks, asks the person, and sends the browser back with a code or an error."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import quote, urlencode

from pretend_onedrive.model.dialect import PERSONAL_TENANT
from pretend_onedrive.signin.apps import SCOPES_WITHOUT_RESOURCE, Account, RegisteredApp, short_scopes
from pretend_onedrive.signin.errors import SignInError
from pretend_onedrive.signin.tokens import CodeGrant, Grants, check_scopes, find_app, need
from pretend_onedrive.wire import Reply, Request, html_reply

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#eef2f7;color:#1b1b1b;margin:0;padding:2rem 1rem}
main{max-width:30rem;margin:auto;background:#fff;padding:2rem;border-radius:8px;box-shadow:0 2px 12px #0002}
h1{font-size:1.3rem;margin-top:0} .note{background:#fff7d6;border-left:4px solid #d9a400;padding:.6rem .9rem}
button{font:inherit;padding:.5rem 1.4rem;margin:1rem .6rem 0 0;border:1px solid #0b5cad;border-radius:4px;
background:#fff;color:#0b5cad} button.main{background:#0b5cad;color:#fff}
input{font:inherit;padding:.4rem;width:12rem;letter-spacing:.1em;text-transform:uppercase}
@media(prefers-color-scheme:dark){body{background:#15181c;color:#e8e8e8}main{background:#22262b}.note{background:#3a3311}
button{background:#22262b;color:#8cc4ff;border-color:#8cc4ff}button.main{background:#8cc4ff;color:#10151a}}
"""
_MEANINGS = {
    "Files.Read": "Read your files",
    "Files.Read.All": "Read all files that you have access to, also those that other people share with you",
    "Files.ReadWrite": "Read, change and delete your files",
    "Files.ReadWrite.All": "Read, change and delete all files that you have access to",
    "User.Read": "See your name and e-mail address",
    "Sites.Read.All": "Read items in all site collections",
}
_PRETEND = (
    '<p class="note">This is the <strong>pretend OneDrive</strong> inside the downloader. '
    "No Microsoft account is involved, and nothing leaves this computer.</p>"
)


def consent_page(app: RegisteredApp, account: Account, scopes: list[str], query: str) -> str:
    """Asks whether the app may have what it asks for."""
    wishes = "".join(
        f"<li>{escape(_MEANINGS.get(scope, scope))} <small>({escape(scope)})</small></li>"
        for scope in scopes
        if scope not in SCOPES_WITHOUT_RESOURCE
    )
    if "offline_access" in scopes:
        wishes += "<li>Keep this permission until you withdraw it <small>(offline_access)</small></li>"
    return _page(
        "Let this app see your files?",
        f"{_PRETEND}<p>Signed in as <strong>{escape(account.name)}</strong> ({escape(account.email)})</p>"
        f"<p><strong>{escape(app.name)}</strong> would like to:</p><ul>{wishes}</ul>"
        f'<form method="post" action="?{escape(query)}">'
        '<button class="main" name="decision" value="accept">Accept</button>'
        '<button name="decision" value="decline">Cancel</button></form>'
        "<p><small>After Accept the browser goes to an address on this computer. If no page appears there, copy the "
        "whole address from the bar and paste it into the terminal.</small></p>",
    )


def form_post_page(redirect_uri: str, fields: dict[str, str]) -> str:
    """Hands the answer to the redirect address by POST (`response_mode=form_post`)."""
    inputs = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items())
    return _page(
        "Working",
        f'<form method="post" action="{escape(redirect_uri)}">{inputs}<button class="main">Continue</button></form>'
        "<script>document.forms[0].submit()</script>",
    )


def device_page(note: str = "") -> str:
    """Asks for the code that the program shows."""
    said = f"<p><strong>{escape(note)}</strong></p>" if note else ""
    return _page(
        "Enter the code",
        f"{_PRETEND}{said}<p>Type the code that the program shows in the terminal.</p>"
        '<form method="post"><label>Code <input name="user_code" autofocus autocomplete="off"></label><br>'
        '<button class="main" name="decision" value="accept">Accept</button>'
        '<button name="decision" value="decline">Cancel</button></form>',
    )


def words_reply(title: str, words: str, status: int = 200) -> Reply:
    """A page that only tells something."""
    return html_reply(_page(title, f"{_PRETEND}<p>{escape(words)}</p>"), status)


def refusal_page(description: str) -> str:
    """The page of the sign-in service for an error that it does not send back to the app."""
    return _page(
        "We can't sign you in",
        f"{_PRETEND}<p>Sorry, but we're having trouble signing you in.</p><p id='error'>{escape(description)}</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} - pretend OneDrive</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


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
            raise SignInError(50058)
        decision = request.form.get("decision") if request.method == "POST" else None
        if decision == "decline":
            raise SignInError(65004)
        return decision is not None

    def _check_who_asks(self, asked: dict[str, str], tenant: str) -> RegisteredApp:
        """What is wrong here is shown to the person, never sent to an address that may be a stranger's."""
        app = find_app(self.apps, asked, tenant)
        if not app.has_redirect(need(asked, "redirect_uri")):
            raise SignInError(50011, uri=asked["redirect_uri"], client_id=app.id)
        account = self.account()
        if tenant != "common" and account.is_personal != (tenant in ("consumers", PERSONAL_TENANT)):
            raise SignInError(50020, email=account.email, tenant=tenant)
        return app

    @staticmethod
    def _check_what_is_asked(asked: dict[str, str]) -> list[str]:
        if need(asked, "response_type") != "code":
            raise SignInError(700051, kind=asked["response_type"])
        if asked.get("response_mode", "query") not in RESPONSE_MODES:
            raise SignInError(70007, mode=asked["response_mode"])
        if asked.get("prompt") and asked["prompt"] not in PROMPTS:
            raise SignInError(90023, prompt=asked["prompt"])
        scopes = short_scopes(need(asked, "scope"))
        if asked.get("code_challenge_method", "plain") not in ("plain", "S256"):
            raise SignInError(501491, what="size or method")
        if "code_challenge" in asked and not 43 <= len(asked["code_challenge"]) <= 128:
            raise SignInError(501491, what="size")
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
