"""What the settings of the app registration must look like; pure checks, made before any request.

Each check raises a SettingsError that names the variable and the place in Microsoft's portal where the right value is.
The rules for redirect addresses are Microsoft's ("Redirect URI restrictions and limitations"; GRAPH_FACTS §1.4).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from onedrive.errors import SettingsError

APP_ID = "MS_OPENGRAPH_APP_ID"
CLIENT_SECRET = "MS_OPENGRAPH_CLIENT_SECRET"  # noqa: S105 - the name of a variable
AUTHORITY = "MS_OPENGRAPH_AUTHORITY"
REDIRECT_URI = "MS_OPENGRAPH_REDIRECT_URI"
FILE_HOSTS = "ONEDRIVE_FILE_HOSTS"

DEFAULT_AUTHORITY = "consumers"
DEFAULT_REDIRECT_URI = "http://localhost:8080"
# What .env.example has in the places that are to be filled in.
PLACEHOLDER_APP_ID = "00000000-0000-0000-0000-000000000000"
PLACEHOLDER_SECRET = "paste-the-secret-value-here"  # noqa: S105 - a placeholder

PERSONAL_AUTHORITIES = ("consumers", "common")
LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
LONGEST_REDIRECT_URI = 256
FORBIDDEN_IN_REDIRECT_URI = "!$'(),;*"

_PORTAL = "entra.microsoft.com > App registrations > your app"
_PLACES = {
    APP_ID: f"{_PORTAL} > Overview > Application (client) ID",
    CLIENT_SECRET: f"{_PORTAL} > Certificates & secrets > Client secrets, column Value",
    AUTHORITY: f"{_PORTAL} > Overview > Supported account types",
    REDIRECT_URI: f"{_PORTAL} > Authentication > Redirect URIs",
}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_HOST = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


def check_app_id(app_id: str) -> None:
    """Raise SettingsError unless this can be an application (client) id."""
    if not app_id:
        raise _problem(
            f"{APP_ID} is missing: the id of your own app registration at Microsoft.",
            f"It is found at {_PLACES[APP_ID]}. Choose 1 in the menu to be asked for it, or copy .env.example "
            "to .env and fill it in. The README says how to get an app id; --demo needs none.",
        )
    _check_surroundings(APP_ID, app_id)
    if app_id == PLACEHOLDER_APP_ID or not app_id.strip("0-"):
        raise _problem(f"{APP_ID} still has the placeholder of .env.example.", _copy_from(APP_ID))
    if not is_guid(app_id):
        raise _problem(
            f"{APP_ID} is no app id: one has 32 hexadecimal digits in five groups, 8-4-4-4-12.", _copy_from(APP_ID)
        )


def check_client_secret(secret: str) -> None:
    """Raise SettingsError unless this can be the value of a client secret; none at all is right for a public client."""
    if not secret:
        return
    _check_surroundings(CLIENT_SECRET, secret)
    if secret == PLACEHOLDER_SECRET or not secret.strip("0-"):
        raise _problem(
            f"{CLIENT_SECRET} still has the placeholder of .env.example.",
            _copy_from(CLIENT_SECRET) + " Leave it empty if your app has no secret (a public client).",
        )
    if is_guid(secret):
        raise _problem(
            f"{CLIENT_SECRET} looks like the Secret ID of the portal; the secret's Value is needed.",
            f"The portal shows the Value only when the secret is made: make a new one at {_PLACES[CLIENT_SECRET]}.",
        )
    if any(character.isspace() or not character.isprintable() for character in secret):
        raise _problem(f"{CLIENT_SECRET} has a space or line break inside, so it cannot be the secret's Value.",
                       _copy_from(CLIENT_SECRET))  # fmt: skip


def check_authority(authority: str) -> None:
    """Raise SettingsError unless this is consumers, common, organizations, a tenant id or a tenant's domain."""
    _check_surroundings(AUTHORITY, authority)
    if authority in ("consumers", "common", "organizations"):
        return
    if not authority.strip("0-") or not (is_guid(authority) or _DOMAIN.fullmatch(authority)):
        raise _problem(
            f"{AUTHORITY} must be consumers (personal accounts), organizations (work or school), common (both), "
            "or the id or domain of one tenant.",
            f"What your app allows is shown at {_PLACES[AUTHORITY]}; without the variable, consumers is used.",
        )


def check_redirect_uri(address: str, authority: str) -> None:
    """Raise SettingsError unless Microsoft could accept this as a redirect address for `authority`."""
    _check_surroundings(REDIRECT_URI, address)
    reason = _redirect_problem(address, authority)
    if reason:
        raise _problem(
            f"{REDIRECT_URI} cannot be used: {reason}.",
            f"It must be the same, letter for letter, as at {_PLACES[REDIRECT_URI]}; "
            f"without the variable, {DEFAULT_REDIRECT_URI} is used.",
        )


def check_file_hosts(text: str) -> tuple[str, ...]:
    """The hosts that were written, apart by commas or spaces; `.example.com` stands for all below it.

    Raises SettingsError for what is no name of a host: an address would let nothing through and not say so.
    """
    hosts = tuple(text.replace(",", " ").lower().split())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise _problem(
                f"{FILE_HOSTS} has {host[:60]!r} in it, which is no name of a host.",
                "Write names alone, apart by commas, such as files.example.com, or .example.com for all below it.",
            )
    return hosts


def is_guid(text: str) -> bool:
    """True for 8-4-4-4-12 hexadecimal digits."""
    return _GUID.fullmatch(text) is not None


def portal_place(variable: str) -> str:
    """Where in Microsoft's portal the value of a variable is found."""
    return _PLACES[variable]


def _redirect_problem(address: str, authority: str) -> str:
    """Why Microsoft would refuse the address, in words that fit after a colon; '' when it would not."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "it is no web address"
    personal = authority in PERSONAL_AUTHORITIES
    rules = (
        (parts.scheme not in ("http", "https") or not parts.hostname, "it is no web address"),
        (parts.hostname == "::1", "Microsoft does not support [::1]; write http://localhost instead"),
        (_is_open_http(parts), "http is allowed for localhost only; any other host needs https"),
        (port == 0, "its port is 0"),
        (bool(parts.username or parts.password), "a user name has no place in it"),
        ("#" in address, "it must not have a # in it"),
        (any(character.isspace() for character in address), "it must not have a space in it"),
        (not address.isascii(), "it must be written in plain ASCII letters"),
        (personal and "?" in address, "apps for personal accounts allow no ? in it"),
        (_has_forbidden(address), f"none of {' '.join(FORBIDDEN_IN_REDIRECT_URI)} is allowed in it"),
        (len(address) > LONGEST_REDIRECT_URI, f"it is longer than {LONGEST_REDIRECT_URI} characters"),
    )
    return next((reason for is_broken, reason in rules if is_broken), "")


def _is_open_http(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS


def _has_forbidden(address: str) -> bool:
    return any(character in address for character in FORBIDDEN_IN_REDIRECT_URI)


def _check_surroundings(variable: str, value: str) -> None:
    if value != value.strip():
        raise _problem(f"{variable} has spaces around its value.", f"Remove them. {_copy_from(variable)}")
    if value and (value[0] in _QUOTES or value[-1] in _QUOTES):
        raise _problem(
            f"{variable} has quotation marks around its value.",
            f"Remove those that belong to the value itself. {_copy_from(variable)}",
        )


def _copy_from(variable: str) -> str:
    return f"Copy it from {_PLACES[variable]}."


def _problem(sentence: str, hint: str) -> SettingsError:
    return SettingsError(sentence, hint)
