"""The values of the app registration: what can be right, what cannot, and where Microsoft's portal shows each.

`check_app_settings` looks at all of them before any request; `registration` asks for those that are missing or wrong.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from onedrive.errors import SettingsError, StepNeeded
from onedrive.settings import APP_ID, AUTHORITY, CLIENT_SECRET, DEFAULT_REDIRECT_URI, REDIRECT_URI, Settings

ACCOUNTS = {
    "consumers": "personal accounts",
    "organizations": "work or school accounts",
    "common": "personal, work and school accounts",
}
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
# Spaces and line breaks of any script, and what is not seen at all: marks of byte order and joining, bracketed paste.
UNSEEN = re.compile("\x1b\\[20[01]~|[\\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]+")
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


class AppSettingNeeded(StepNeeded, SettingsError):
    """The app id or the app password is missing or cannot be right; option 1 asks for it."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(1, sentence, hint)


def check_app_settings(settings: Settings) -> None:
    """Raise SettingsError for the first setting of the app registration that is missing or cannot be right."""
    check_app_id(settings.app_id)
    check_client_secret(settings.client_secret)
    check_authority(settings.authority)
    check_redirect_uri(settings.redirect_uri, settings.authority)


def check_app_id(app_id: str) -> None:
    """Raise AppSettingNeeded unless this can be an application (client) id."""
    if not app_id:
        raise AppSettingNeeded(
            f"There is no app id yet ({APP_ID}): Microsoft lets a program read your OneDrive only with one.",
            "Choose 1: it leads you to one in five steps, or takes the one that you have (it stands at "
            f"{_PLACES[APP_ID]}). docs/app-registration.md tells the steps too; --demo needs no app id.",
        )
    _check_surroundings(APP_ID, app_id, AppSettingNeeded)
    if app_id == PLACEHOLDER_APP_ID or not app_id.strip("0-"):
        raise AppSettingNeeded(f"{APP_ID} is still the placeholder of .env.example.", _copy_from(APP_ID))
    if not is_guid(app_id):
        raise AppSettingNeeded(
            f"{APP_ID} is no app id: one has 32 digits and letters (a to f) in five groups, 8-4-4-4-12.",
            _copy_from(APP_ID),
        )


def check_client_secret(secret: str) -> None:
    """Raise AppSettingNeeded unless this can be the value of a client secret; none is right for a public client."""
    if not secret:
        return
    _check_surroundings(CLIENT_SECRET, secret, AppSettingNeeded)
    if secret == PLACEHOLDER_SECRET or not secret.strip("0-"):
        raise AppSettingNeeded(
            f"{CLIENT_SECRET} is still the placeholder of .env.example.",
            _copy_from(CLIENT_SECRET) + " Leave it empty if your app has no app password (client secret).",
        )
    if is_guid(secret):
        raise AppSettingNeeded(
            f"{CLIENT_SECRET} looks like the Secret ID of the portal; the Value beside it is needed.",
            f"The portal shows the Value only once, when it is made: make a new one at {_PLACES[CLIENT_SECRET]}.",
        )
    if any(character.isspace() or not character.isprintable() for character in secret):
        raise AppSettingNeeded(f"{CLIENT_SECRET} has a space or line break in it, so it cannot be the Value.",
                               _copy_from(CLIENT_SECRET))  # fmt: skip


def check_authority(authority: str) -> None:
    """Raise SettingsError unless this is consumers, common, organizations, a tenant id or a tenant's domain."""
    _check_surroundings(AUTHORITY, authority, SettingsError)
    if authority in ("consumers", "common", "organizations"):
        return
    if not authority.strip("0-") or not (is_guid(authority) or _DOMAIN.fullmatch(authority)):
        raise SettingsError(
            f"{AUTHORITY} must be consumers (personal accounts), organizations (work or school), common (both), "
            "or the id or domain of one organisation (tenant).",
            f"What your app allows is shown at {_PLACES[AUTHORITY]}; without the variable, consumers is used.",
        )


def check_redirect_uri(address: str, authority: str) -> None:
    """Raise SettingsError unless Microsoft could accept this as a redirect address for `authority`."""
    _check_surroundings(REDIRECT_URI, address, SettingsError)
    reason = _redirect_problem(address, authority)
    if reason:
        raise SettingsError(
            f"{REDIRECT_URI} cannot be used: {reason}.",
            f"It must be the same, letter for letter, as at {_PLACES[REDIRECT_URI]}; "
            f"without the variable, {DEFAULT_REDIRECT_URI} is used.",
        )


def read_pasted_value(text: str) -> str:
    """What was pasted, without blanks, line breaks, quotation marks, and what is not seen at all."""
    return UNSEEN.sub("", text).strip(_QUOTES)


def read_pasted_id(text: str) -> str:
    """The only id in what was pasted, which may have words around it; else all of it."""
    found = {match[0].lower(): match[0] for match in _GUID.finditer(text)}
    return next(iter(found.values())) if len(found) == 1 else read_pasted_value(text)


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


def _check_surroundings(variable: str, value: str, problem: type[SettingsError]) -> None:
    if value != value.strip():
        raise problem(f"{variable} has spaces around its value.", f"Remove them. {_copy_from(variable)}")
    if value and (value[0] in _QUOTES or value[-1] in _QUOTES):
        raise problem(
            f"{variable} has quotation marks around its value.",
            f"Remove those that belong to the value itself. {_copy_from(variable)}",
        )


def _copy_from(variable: str) -> str:
    return f"Copy it from {_PLACES[variable]}."
