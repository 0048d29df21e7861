"""The pages that a person sees in the browser: asking for consent, typing a device code, and what went wrong."""

from html import escape

from onedrive.demo.account import Account
from onedrive.demo.apps import SCOPES_WITHOUT_RESOURCE, RegisteredApp

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


def words_page(title: str, words: str) -> str:
    """A page that only tells something."""
    return _page(title, f"{_PRETEND}<p>{escape(words)}</p>")


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
