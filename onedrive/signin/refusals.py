"""What Microsoft's sign-in says when it says no, as cause and cure for the person.

`explain` decides by `error_codes` and `error`, by the text only where there is no number, and looks up the table of
`sign_in_causes`. What is not in it shows Microsoft's first sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from onedrive.errors import OneDriveError, SettingsError, SignInNeeded
from onedrive.settings import APP_ID, AUTHORITY, CLIENT_SECRET, REDIRECT_URI, portal_place
from onedrive.words import strip_controls


class Remedy(Enum):
    """What helps against a refusal."""

    TRY_AGAIN = auto()  # a new sign-in
    SETTING = auto()  # a person must correct a setting or the app registration
    USE_CONSUMERS = auto()
    USE_ORGANIZATIONS = auto()
    DROP_SECRET = auto()
    SOMEONE_ELSE = auto()  # an administrator, or Microsoft
    LATER = auto()


@dataclass(frozen=True)
class Cause:
    """Why Microsoft said no and what to do; `{authority}` and `{redirect_uri}` stand for the settings of that name."""

    sentence: str
    hint: str
    remedy: Remedy = Remedy.TRY_AGAIN


_AGAIN = "Choose 1 to sign in again."
_AUTHENTICATION = portal_place(REDIRECT_URI).rpartition(" > ")[0]
_PERMISSIONS = portal_place(APP_ID).rpartition(" > Overview")[0] + " > API permissions"
_ADMIN = "Ask the administrator of your organisation."

_CONSUMERS = Cause(
    "This app registration admits personal accounts only, and must be asked by their way",
    f"Set {AUTHORITY}=consumers.",
    Remedy.USE_CONSUMERS,
)
_ORGANIZATIONS = Cause(
    "This app registration admits work or school accounts only",
    f"Set {AUTHORITY}=organizations (or your tenant), or admit personal accounts at {portal_place(AUTHORITY)}.",
    Remedy.USE_ORGANIZATIONS,
)
_WRONG_SECRET = Cause(
    "The client secret is wrong; most often the Secret ID was copied instead of the Value",
    f"Make a new secret at {portal_place(CLIENT_SECRET)}, copy its Value, and set {CLIENT_SECRET}.",
    Remedy.SETTING,
)
_SECRET_EXPIRED = Cause(
    "The client secret has expired",
    f"Make a new one at {portal_place(CLIENT_SECRET)}, copy its Value, and set {CLIENT_SECRET}.",
    Remedy.SETTING,
)
_SECRET_NEEDED = Cause(
    "This app registration needs a client secret, and none was given",
    f"Set {CLIENT_SECRET} (see {portal_place(CLIENT_SECRET)}); or, for an app without a secret, move the redirect "
    f"address from Web to Mobile and desktop applications at {_AUTHENTICATION}.",
    Remedy.SETTING,
)
_PUBLIC_FLOWS_OFF = Cause(
    "This app registration does not allow to sign in with a device code",
    f"Switch on 'Allow public client flows' at {_AUTHENTICATION} > Settings; or sign in with the browser instead.",
    Remedy.SETTING,
)
SECRET_UNWANTED = Cause(
    "This app is a public client, and a client secret was given",
    f"Leave {CLIENT_SECRET} empty; or, to use a secret, move the redirect address to the platform Web at "
    f"{_AUTHENTICATION}.",
    Remedy.DROP_SECRET,
)
_REDIRECT = Cause(
    "The redirect address is not registered for this app",
    "Register exactly this address, letter for letter: {redirect_uri} (at " + portal_place(REDIRECT_URI) + f"); or "
    f"set {REDIRECT_URI} to the one that is there.",
    Remedy.SETTING,
)
_UNKNOWN_APP = Cause(
    "Microsoft does not know this app id where it looked (authority {authority})",
    f"Check {APP_ID}: the Application (client) ID is needed, not the Tenant, Object or Secret ID "
    f"({portal_place(APP_ID)}). If it is right, {AUTHORITY} does not fit the app.",
    Remedy.SETTING,
)
_NOT_FOR_CONSUMERS = Cause(
    "This app id does not exist, or its app does not admit personal accounts",
    f"Check {APP_ID}. Admit personal accounts at {portal_place(AUTHORITY)} (in the manifest: signInAudience, with "
    f"requestedAccessTokenVersion 2), or set {AUTHORITY} to organizations or your tenant.",
    Remedy.SETTING,
)
_UNKNOWN_TENANT = Cause(
    "There is no tenant of the name {authority}",
    f"Check {AUTHORITY} for a typing error: consumers, organizations, common, or the id or domain of a tenant.",
    Remedy.SETTING,
)
_SINGLE_TENANT = Cause(
    "This app registration belongs to one tenant only",
    f"Set {AUTHORITY} to the Directory (tenant) ID that the portal shows beside the app id, or admit more at "
    f"{portal_place(AUTHORITY)}.",
    Remedy.SETTING,
)
_WRONG_ACCOUNT = Cause(
    "This account does not belong to where the app looks for it (authority {authority})",
    f"Sign in with another account; or set {AUTHORITY}: consumers for personal accounts, organizations for work or "
    "school, common for both.",
)
_WRONG_FLOW = Cause(
    "This kind of sign-in is not possible with the authority {authority}",
    f"Sign in with the browser, or set {AUTHORITY} to your tenant.",
)
_CODE_BAD = Cause(
    "Microsoft did not accept the answer of the sign-in page: it was too old, was used before, or a browser add-on "
    "changed it",
    "Sign in afresh, and finish within ten minutes; if it happens again, use a private window without add-ons.",
)
_CODE_USED = Cause(
    "The answer of the sign-in page has been used already; each works once",
    "Sign in afresh, with the address that is shown last.",
)
_OTHER_TENANT = Cause(
    "The answer of the sign-in page was meant for another tenant than {authority}",
    f"Sign in afresh without changing {AUTHORITY} meanwhile.",
)
_VERIFIER = Cause(
    "The answer belongs to an earlier sign-in page than the last one",
    "Sign in afresh, with the address that is shown last.",
)
_GONE = Cause(
    "The saved sign-in is no longer valid: it was not used for 90 days, was withdrawn, or the password was changed",
    _AGAIN + " Lists and downloads stay as they are.",
)
_GONE_AFTER_A_DAY = Cause(
    "The saved sign-in was valid for 24 hours only, because the redirect address is registered as a single-page app",
    f"Move the redirect address from Single-page application to Web (or Mobile and desktop) at {_AUTHENTICATION}; "
    "then choose 1 to sign in again.",
)
_SCOPE = Cause(
    "Microsoft does not accept the permissions that were asked for",
    f"Check that Microsoft Graph's Files.Read and User.Read are listed at {_PERMISSIONS}.",
    Remedy.SETTING,
)
_NOT_CONSENTED = Cause(
    "You have not yet allowed the app what it asks for",
    _AGAIN + " Accept on Microsoft's page.",
)
_DECLINED = Cause("The sign-in was cancelled on Microsoft's page", "Choose 1 to try again, and press Accept there.")
_NO_PERMISSION = Cause(
    "The app registration lacks a permission",
    f"Add Microsoft Graph's delegated permissions Files.Read and User.Read at {_PERMISSIONS}.",
    Remedy.SETTING,
)
_ADMIN_CONSENT = Cause(
    "Your organisation lets people use this app only after an administrator has allowed it",
    _ADMIN + " Without ONEDRIVE_SHARED the app asks for less.",
    Remedy.SOMEONE_ELSE,
)
_INTERACTION = Cause(
    "Microsoft wants to see you again (a second factor, or new rules of your organisation)", _AGAIN
)  # fmt: skip
_CONDITIONAL = Cause(
    "Your organisation's rules (Conditional Access) do not allow this sign-in",
    _ADMIN + " A sign-in with the browser of a managed computer may be allowed where a device code is not.",
    Remedy.SOMEONE_ELSE,
)
_ACCOUNT = Cause(
    "The account cannot sign in: it does not exist, is locked or switched off, or the password is wrong or too old",
    "Try it at https://account.microsoft.com (work or school: https://myaccount.microsoft.com), then choose 1 again.",
)
_LOOP = Cause(
    "Microsoft saw the same request too often in a short time", "Wait a few minutes, then choose 1.", Remedy.LATER
)  # fmt: skip
_MALFORMED = Cause(
    "Microsoft did not understand the request", "Check the settings against .env.example, then choose 1 again."
)  # fmt: skip
_APP_DISABLED = Cause(
    "Microsoft or an administrator has disabled this app registration", _ADMIN, Remedy.SOMEONE_ELSE
)  # fmt: skip
_OLD_ENDPOINT = Cause(
    "Personal accounts cannot use the endpoint that was asked", "Set MS_OPENGRAPH_AUTHORITY=consumers.",
    Remedy.USE_CONSUMERS,
)  # fmt: skip
_DEVICE_WRONG = Cause("The device code was not accepted", "Choose 1 and type d to get a new one.")
_DEVICE_EXPIRED = Cause("The device code was not entered in time", "Choose 1 and type d to get a new one.")
_SERVICE = Cause(
    "Microsoft's sign-in is out of order for the moment", "Wait a few minutes, then choose 1 again.", Remedy.LATER
)  # fmt: skip

BY_NUMBER: Mapping[int, Cause] = {
    number: cause
    for numbers, cause in (
        ((7000215,), _WRONG_SECRET),
        ((7000222,), _SECRET_EXPIRED),
        ((7000218, 70002), _SECRET_NEEDED),
        ((700025,), SECRET_UNWANTED),
        ((50011, 500111, 500112, 500113, 500117, 900971), _REDIRECT),
        ((700016,), _UNKNOWN_APP),
        ((90002,), _UNKNOWN_TENANT),
        ((9002331, 9002346), _CONSUMERS),
        ((9002332, 90130), _ORGANIZATIONS),
        ((50194,), _SINGLE_TENANT),
        ((50020,), _WRONG_ACCOUNT),
        ((9001023,), _WRONG_FLOW),
        ((70000,), _CODE_BAD),
        ((54005,), _CODE_USED),
        ((700005, 700003), _OTHER_TENANT),
        ((501481,), _VERIFIER),
        ((70008, 700082, 50173), _GONE),
        ((700084,), _GONE_AFTER_A_DAY),
        ((70011, 28002, 28003, 70003, 700022, 28000), _SCOPE),
        ((65001,), _NOT_CONSENTED),
        ((65004, 70020), _DECLINED),
        ((65005, 650057, 650052), _NO_PERMISSION),
        ((90094, 90095, 900941), _ADMIN_CONSENT),
        ((50076, 50079, 50072, 50074, 50158, 50058), _INTERACTION),
        ((*range(53000, 53005), *range(530031, 530037)), _CONDITIONAL),
        ((50034, 50053, 50055, 50057, 50126), _ACCOUNT),
        ((50196,), _LOOP),
        ((900144, 9002313), _MALFORMED),
        ((7000112,), _APP_DISABLED),
        ((500201, 90027), _OLD_ENDPOINT),
        ((70018,), _DEVICE_WRONG),
        ((70019,), _DEVICE_EXPIRED),
        ((90033,), _SERVICE),
    )
    for number in numbers
}
# Personal accounts: login.live.com gives words without a number.
BY_WORDS = (
    ("useraudience", _CONSUMERS),
    ("use the /consumers endpoint", _CONSUMERS),
    ("not enabled for consumers", _NOT_FOR_CONSUMERS),
    ("public client", SECRET_UNWANTED),
    ("redirect_uri", _REDIRECT),
    ("'code'", _CODE_BAD),
)
BY_ERROR: Mapping[str, Cause] = {
    "access_denied": _DECLINED,
    "authorization_declined": _DECLINED,
    "bad_verification_code": _DEVICE_WRONG,
    "code_expired": _DEVICE_EXPIRED,
    "expired_token": _DEVICE_EXPIRED,
    "consent_required": _NOT_CONSENTED,
    "interaction_required": _INTERACTION,
    "login_required": _INTERACTION,
    "invalid_client": _WRONG_SECRET,
    "invalid_grant": _GONE,
    "invalid_scope": _SCOPE,
    "server_error": _SERVICE,
    "temporarily_unavailable": _SERVICE,
    "unauthorized_client": _UNKNOWN_APP,
}
# What the same number means while the browser's answer, a device code, or a saved sign-in is redeemed.
FOR_BROWSER = {_GONE: _CODE_BAD}
FOR_DEVICE_CODE = {_SECRET_NEEDED: _PUBLIC_FLOWS_OFF, _CODE_BAD: _DEVICE_WRONG, _GONE: _DEVICE_EXPIRED}
FOR_SAVED_SIGN_IN = {_CODE_BAD: _GONE}


LONGEST_WORDS = 300
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


class Situation(Enum):
    """What was being done when Microsoft said no."""

    SIGNING_IN = auto()
    DEVICE_CODE = auto()
    RENEWING = auto()


_IN_SITUATION: Mapping[Situation, Mapping[Cause, Cause]] = {
    Situation.SIGNING_IN: FOR_BROWSER,
    Situation.DEVICE_CODE: FOR_DEVICE_CODE,
    Situation.RENEWING: FOR_SAVED_SIGN_IN,
}


def explain(
    answer: Mapping[str, object],
    *,
    authority: str,
    redirect_uri: str,
    situation: Situation = Situation.SIGNING_IN,
) -> Refusal:
    """Cause and cure for an error that Microsoft sent, to the redirect address or from the token endpoint."""
    words = _text(answer.get("error_description"))
    number = _number(answer, words)
    cause = _find(number, _text(answer.get("error")), words)
    mark = f" (AADSTS{number})" if number is not None else ""
    if cause is None:
        reason = _first_sentence(words) or _text(answer.get("error")) or "it gave no reason"
        sentence = f"Microsoft refused the sign-in: {reason}{mark}."
        return Refusal(sentence, _look_up(number), Remedy.TRY_AGAIN, number)
    cause = _IN_SITUATION[situation].get(cause, cause)
    facts = {"authority": authority, "redirect_uri": redirect_uri}
    return Refusal(f"{cause.sentence.format(**facts)}{mark}.", cause.hint.format(**facts), cause.remedy, number)


def _find(number: int | None, error: str, words: str) -> Cause | None:
    if number is not None and number in BY_NUMBER:
        return BY_NUMBER[number]
    if number == 90023 and "public client" in words.lower():
        return SECRET_UNWANTED
    if number is not None:
        return None
    by_words = next((cause for piece, cause in BY_WORDS if piece in words.lower()), None)
    return by_words or BY_ERROR.get(error)


def _number(answer: Mapping[str, object], words: str) -> int | None:
    """The AADSTS number: from `error_codes`, or, on the way through the browser, from the words."""
    listed = answer.get("error_codes")
    numbers: Iterable[object] = listed if isinstance(listed, list) else ()
    whole = [number for number in numbers if isinstance(number, int)]
    found = re.search(r"AADSTS\s*(\d{4,9})", words)
    return whole[0] if whole else int(found[1]) if found else None


def _first_sentence(words: str) -> str:
    """Microsoft's first sentence, without its number, its traces and its full stop."""
    words = re.sub(r"^\s*AADSTS\d+:\s*", "", words)
    line = _UNUSABLE_WORDS_AFTER.split(words, maxsplit=1)[0]
    sentence = re.split(r"(?<=[.!?])\s", line.strip(), maxsplit=1)[0]
    return strip_controls(sentence)[:LONGEST_WORDS].rstrip(".! ")


def _look_up(number: int | None) -> str:
    if number is None:
        return "Choose 1 to try again."
    return f"Microsoft explains it at https://login.microsoftonline.com/error?code={number}."


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
