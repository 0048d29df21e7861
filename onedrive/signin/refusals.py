"""What Microsoft's sign-in says when it says no, as cause and cure for the person: one table.

`explain` decides by `error_codes` and `error`, by the text only where there is no number, and looks up the table; a new
sign-in error gets its words there. What is not in it shows Microsoft's first sentence. Used by every way to sign in
(`attempts`), by renewals (`tokens`) and by option 8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from onedrive.errors import OneDriveError, SettingsError, SignInNeeded
from onedrive.settings import APP_ID, AUTHORITY, CLIENT_SECRET, REDIRECT_URI, Settings
from onedrive.signin.app_values import ACCOUNTS, portal_place
from onedrive.terminal.redaction import quote_service
from onedrive.words import as_text


class Remedy(Enum):
    """What helps against a refusal."""

    TRY_AGAIN = auto()  # a new sign-in
    REGISTRATION = auto()  # a person must change the app registration, or a setting that is not asked for
    APP_ID = auto()  # it must be typed again; so must the next two
    SECRET = auto()
    TENANT = auto()
    USE_CONSUMERS = auto()
    USE_ORGANIZATIONS = auto()
    DROP_SECRET = auto()
    SOMEONE_ELSE = auto()  # an administrator, or Microsoft
    LATER = auto()


class Situation(Enum):
    """What was being done when Microsoft said no."""

    SIGNING_IN = auto()
    DEVICE_CODE = auto()
    RENEWING = auto()
    RENEWING_AFTER_COMMON = auto()  # a personal account's, through its own authority


@dataclass(frozen=True)
class Cause:
    """Why Microsoft said no and what to do; `{accounts}` stands for who may sign in, `{redirect_uri}` for that setting.
    """  # fmt: skip

    sentence: str
    hint: str
    remedy: Remedy = Remedy.TRY_AGAIN


_AGAIN = "Choose 1 to sign in again."
_AUTHENTICATION = portal_place(REDIRECT_URI).rpartition(" > ")[0]
_PERMISSIONS = portal_place(APP_ID).rpartition(" > Overview")[0] + " > API permissions"
_ADMIN = "Ask the administrator of your organisation."

# AADSTS numbers and words of `error` that mean the same; without either, names of our own for the tables below.
_CAUSES: Mapping[tuple[int | str, ...], Cause] = {
    (9002331, 9002346): Cause(
        "This app is registered for personal accounts only, and other accounts were to sign in",
        f"Set {AUTHORITY}=consumers.",
        Remedy.USE_CONSUMERS,
    ),
    (9002332, 90130): Cause(
        "This app is registered for work or school accounts only",
        f"Set {AUTHORITY}=organizations (or your organisation's id), or allow personal accounts at "
        f"{portal_place(AUTHORITY)}.",
        Remedy.USE_ORGANIZATIONS,
    ),
    (7000215, "invalid_client"): Cause(
        "The app password (client secret) is wrong; most often the Secret ID was copied instead of the Value",
        f"Make a new one at {portal_place(CLIENT_SECRET)}, and copy its Value; it belongs in {CLIENT_SECRET}.",
        Remedy.SECRET,
    ),
    (7000222,): Cause(
        "The app password (client secret) has expired",
        f"Make a new one at {portal_place(CLIENT_SECRET)}, and copy its Value; it belongs in {CLIENT_SECRET}.",
        Remedy.SECRET,
    ),
    (7000218, 70002): Cause(
        "This app needs an app password (client secret), and none was given",
        f"Make one at {portal_place(CLIENT_SECRET)}, and copy its Value; it belongs in {CLIENT_SECRET}. Or, to do "
        f"without one, move the return address from Web to Mobile and desktop applications at {_AUTHENTICATION}.",
        Remedy.SECRET,
    ),
    ("public_flows_off",): Cause(
        "This app does not allow signing in with a code",
        f"Switch on 'Allow public client flows' at {_AUTHENTICATION} > Settings; or sign in with the browser instead.",
        Remedy.REGISTRATION,
    ),
    (700025,): Cause(
        "This is an app without a password, and an app password (client secret) was given",
        f"Leave {CLIENT_SECRET} empty; or, to use one, move the return address to the platform Web at "
        f"{_AUTHENTICATION}.",
        Remedy.DROP_SECRET,
    ),
    (50011, 500111, 500112, 500113, 500117, 900971): Cause(
        "The return address (redirect URI) is not registered for this app",
        "Register exactly this address, letter for letter: {redirect_uri} (at " + portal_place(REDIRECT_URI) + f"); or "
        f"set {REDIRECT_URI} to the one that is there.",
        Remedy.REGISTRATION,
    ),
    (700016, "unauthorized_client"): Cause(
        "Microsoft does not know this app id among {accounts}",
        f"A new app takes some minutes to be known. Check {APP_ID}: it must be the Application (client) ID, not the "
        f"Directory, Object or Secret ID ({portal_place(APP_ID)}). If it is right, {AUTHORITY} does not fit the app.",
        Remedy.APP_ID,
    ),
    ("not_for_consumers",): Cause(
        "There is no app of this id, or it is not registered for personal accounts",
        f"Check {APP_ID}. Allow personal accounts at {portal_place(AUTHORITY)} (in the portal's manifest: "
        f"signInAudience, with requestedAccessTokenVersion 2), or set {AUTHORITY} to organizations.",
        Remedy.APP_ID,
    ),
    (90002,): Cause(
        "Microsoft does not know the organisation (tenant) that is to sign in",
        f"Check {AUTHORITY} for a typing error: consumers, organizations, common, or the id or domain of an "
        "organisation.",
        Remedy.TENANT,
    ),
    (50194,): Cause(
        "This app belongs to one organisation (tenant) only",
        f"Set {AUTHORITY} to the Directory (tenant) ID that the portal shows beside the app id, or allow more at "
        f"{portal_place(AUTHORITY)}.",
        Remedy.TENANT,
    ),
    (50020,): Cause(
        "This account is not one of {accounts}, for which the app asks",
        f"Sign in with another account; or set {AUTHORITY}: consumers for personal accounts, organizations for work or "
        "school, common for both.",
    ),
    (9001023,): Cause(
        "This kind of sign-in is not possible for {accounts}",
        f"Sign in with the browser, or set {AUTHORITY} to the id of your organisation.",
    ),
    (70000,): Cause(
        "Microsoft did not accept the answer of the sign-in page: it was too old, was used before, or a browser add-on "
        "changed it",
        "Sign in again, and finish within ten minutes; if it happens again, use a private window without add-ons.",
    ),
    (54005,): Cause(
        "The answer of the sign-in page has been used already; each works once",
        "Sign in again, with the address that is shown last.",
    ),
    (700005, 700003): Cause(
        "The answer of the sign-in page was meant for other accounts than {accounts}",
        f"Sign in again without changing {AUTHORITY} meanwhile.",
    ),
    (501481,): Cause(
        "The answer belongs to an earlier sign-in page than the last one",
        "Sign in again, with the address that is shown last.",
    ),
    (70008, 700082, 50173, "invalid_grant"): Cause(
        "The saved sign-in is no longer valid: it was not used for 90 days, was withdrawn, or the password was changed",
        _AGAIN + " Lists and downloads stay as they are.",
    ),
    ("common_not_renewed",): Cause(
        f"The saved sign-in is no longer valid: those that a personal account gets with {AUTHORITY}=common can end "
        "after an hour",
        f"Set {AUTHORITY}=consumers, then choose 1 to sign in again. Lists and downloads stay as they are.",
    ),
    (700084,): Cause(
        "The saved sign-in was valid for 24 hours only, because the return address (redirect URI) is registered as a "
        "single-page app",
        f"Move it from Single-page application to Mobile and desktop applications at {_AUTHENTICATION}; then choose 1 "
        "to sign in again.",
    ),
    (70011, 28002, 28003, 70003, 700022, 28000, "invalid_scope"): Cause(
        "Microsoft does not accept the permissions that were asked for",
        f"Check that Microsoft Graph's Files.Read and User.Read are listed at {_PERMISSIONS}.",
        Remedy.REGISTRATION,
    ),
    (65001, "consent_required"): Cause(
        "You have not yet allowed the app what it asks for", _AGAIN + " Accept on Microsoft's page."
    ),
    (65004, 70020, "access_denied", "authorization_declined"): Cause(
        "The sign-in was cancelled on Microsoft's page", "Choose 1 to try again, and press Accept there."
    ),
    (65005, 650057, 650052): Cause(
        "The app registration lacks a permission",
        f"Add Microsoft Graph's delegated permissions Files.Read and User.Read at {_PERMISSIONS}.",
        Remedy.REGISTRATION,
    ),
    (90094, 90095, 900941): Cause(
        "Your organisation lets people use this app only after an administrator has allowed it",
        _ADMIN + " Without ONEDRIVE_SHARED the app asks for less.",
        Remedy.SOMEONE_ELSE,
    ),
    (50076, 50079, 50072, 50074, 50158, 50058, "interaction_required", "login_required"): Cause(
        "Microsoft wants to see you again (a second factor, or new rules of your organisation)", _AGAIN
    ),
    (*range(53000, 53005), *range(530031, 530037)): Cause(
        "Your organisation's rules (Conditional Access) do not allow this sign-in",
        _ADMIN + " A sign-in with the browser of a managed computer may be allowed where a code is not.",
        Remedy.SOMEONE_ELSE,
    ),
    (50034, 50053, 50055, 50057, 50126): Cause(
        "The account cannot sign in: it does not exist, is locked or switched off, or the password is wrong or too old",
        "Try it at https://account.microsoft.com (work or school: https://myaccount.microsoft.com), then choose 1 "
        "again.",
    ),
    (50196,): Cause(
        "Microsoft saw the same request too often in a short time", "Wait a few minutes, then choose 1.", Remedy.LATER
    ),
    (900144, 9002313): Cause(
        "Microsoft did not understand the request", "Check the settings against .env.example, then choose 1 again."
    ),
    (7000112,): Cause("Microsoft or an administrator has disabled this app registration", _ADMIN, Remedy.SOMEONE_ELSE),
    (500201, 90027): Cause(
        "Personal accounts cannot sign in where Microsoft was asked",
        f"Set {AUTHORITY}=consumers.",
        Remedy.USE_CONSUMERS,
    ),
    (70018, "bad_verification_code"): Cause("The code was not accepted", "Choose 1 to get a new one."),
    (70019, "code_expired", "expired_token"): Cause("The code was not entered in time", "Choose 1 to get a new one."),
    (90033, "server_error", "temporarily_unavailable"): Cause(
        "Microsoft's sign-in is out of order at the moment", "Wait a few minutes, then choose 1 again.", Remedy.LATER
    ),
}
BY_CODE: Mapping[int | str, Cause] = {code: cause for codes, cause in _CAUSES.items() for code in codes}
# Personal accounts: login.live.com gives words without a number; what they mean, by a code of the cause.
_BY_WORDS: tuple[tuple[str, int | str], ...] = (
    ("useraudience", 9002331),
    ("use the /consumers endpoint", 9002331),
    ("not enabled for consumers", "not_for_consumers"),
    ("public client", 700025),
    ("redirect_uri", 50011),
    ("'code'", 70000),
)
# What the same cause means while the browser's answer, a device code, or a saved sign-in is redeemed.
_IN_SITUATION: tuple[tuple[Situation, int, int | str], ...] = (
    (Situation.SIGNING_IN, 70008, 70000),
    (Situation.DEVICE_CODE, 7000218, "public_flows_off"),
    (Situation.DEVICE_CODE, 70000, 70018),
    (Situation.DEVICE_CODE, 70008, 70019),
    (Situation.RENEWING, 70000, 70008),
    (Situation.RENEWING_AFTER_COMMON, 70000, "common_not_renewed"),
)
_MAY_WANT_NO_SECRET = 90023  # a number of many meanings
_UNUSABLE_WORDS_AFTER = re.compile(r"\r|\n|\s*(Trace ID|Correlation ID|Timestamp):")


@dataclass(frozen=True)
class Refusal:
    """A refusal in words: `sentence` says why and ends with Microsoft's number, `hint` what to do."""

    sentence: str
    hint: str
    remedy: Remedy
    number: int | None = None  # None: Microsoft gave none

    @property
    def may_pass(self) -> bool:
        """True when the same attempt may still succeed: nothing has to be changed first."""
        return self.remedy in (Remedy.TRY_AGAIN, Remedy.SOMEONE_ELSE, Remedy.LATER)

    def to_error(self) -> OneDriveError:
        """The refusal as the error that ends a step."""
        if self.remedy is Remedy.LATER:
            return OneDriveError(self.sentence, self.hint)
        return (SignInNeeded if self.may_pass else SettingsError)(self.sentence, self.hint)


class Refused(Exception):
    """Microsoft said no; `refusal` has the words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


def explain(
    settings: Settings, answer: Mapping[str, object], situation: Situation = Situation.SIGNING_IN
) -> Refusal:  # fmt: skip
    """Cause and cure for an error that Microsoft sent, to the return address or from the token endpoint."""
    error, words = as_text(answer.get("error")), as_text(answer.get("error_description"))
    number = next(iter(error_numbers(answer)), None)
    cause = _find(number, error, words)
    mark = f" (AADSTS{number})" if number is not None else ""
    if cause is None:
        sentence = f"Microsoft refused the sign-in: {_first_sentence(words) or error or 'it gave no reason'}{mark}."
        hint = f"Microsoft explains it at https://login.microsoftonline.com/error?code={number}."
        return Refusal(sentence, hint if mark else "Choose 1 to try again.", Remedy.TRY_AGAIN, number)
    for when, code, other in _IN_SITUATION:
        if when is situation and cause is BY_CODE[code]:
            cause = BY_CODE[other]
            break
    accounts = ACCOUNTS.get(settings.authority, f"the accounts of {settings.authority}")
    facts = {"accounts": accounts, "redirect_uri": settings.redirect_uri}
    return Refusal(f"{cause.sentence.format(**facts)}{mark}.", cause.hint.format(**facts), cause.remedy, number)


def error_numbers(answer: Mapping[str, object]) -> list[int]:
    """The AADSTS numbers: from `error_codes`, or, on the way through the browser, from the words."""
    listed = answer.get("error_codes")
    found = re.search(r"AADSTS\s*(\d{4,9})", as_text(answer.get("error_description")))
    numbers = [number for number in listed if isinstance(number, int)] if isinstance(listed, list) else []
    return numbers or ([int(found[1])] if found else [])


def _find(number: int | None, error: str, words: str) -> Cause | None:
    if number == _MAY_WANT_NO_SECRET and "public client" in words.lower():
        return BY_CODE[700025]
    if number is not None:
        return BY_CODE.get(number)
    return BY_CODE.get(next((code for piece, code in _BY_WORDS if piece in words.lower()), error))


def _first_sentence(words: str) -> str:
    """Microsoft's first sentence, without its number, its traces and its full stop."""
    words = re.sub(r"^\s*AADSTS\d+:\s*", "", words)
    line = _UNUSABLE_WORDS_AFTER.split(words, maxsplit=1)[0]
    sentence = re.split(r"(?<=[.!?])\s", line.strip(), maxsplit=1)[0]
    return quote_service(sentence).rstrip(".! ")
