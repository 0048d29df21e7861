"""Whether Microsoft knows the app id and accepts the secret: asked with a code that nobody ever gave out.

The token endpoint looks at tenant, app and secret before it looks at the code. So 'the code is bad' says that the rest
is right, and nothing is created, signed in, or counted against anybody. Seen also: an endpoint that refuses the made-up
code for its shape before it looks at the secret (9002313); then only the app id is known to be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from onedrive.errors import SettingsError
from onedrive.finding import APP, Finding
from onedrive.host_findings import PORTAL_CURE, SERVICE_CURE
from onedrive.host_names import SIGN_IN_HOST
from onedrive.host_probe import Probe, probe
from onedrive.http import HttpClient
from onedrive.retry import THROTTLED
from onedrive.setting_findings import authority_words
from onedrive.settings import Settings, check_app_settings
from onedrive.sign_in_causes import Remedy
from onedrive.sign_in_errors import explain

MADE_UP_CODE = "M.C000_setup-check.2.U.00000000-0000-0000-0000-000000000000"
_MADE_UP_VERIFIER = "setup-check-" + "0" * 40
_CODE_IS_BAD = frozenset({70000, 54005, 70008, 501481, 50148})
_SHAPE_IS_BAD = 9002313
_NAME = "app id and secret"


def look_at_app(settings: Settings, http: HttpClient) -> Finding:
    """Ask Microsoft about the app id and the secret; without a request when the settings cannot be right."""
    try:
        check_app_settings(settings)
    except SettingsError:
        return APP.note(_NAME, "Microsoft was not asked about the app: the settings above come first")
    form = {
        "client_id": settings.app_id,
        "grant_type": "authorization_code",
        "code": MADE_UP_CODE,
        "code_verifier": _MADE_UP_VERIFIER,
        "redirect_uri": settings.redirect_uri,
        "scope": " ".join(settings.scopes),
        **({"client_secret": settings.client_secret} if settings.client_secret else {}),
    }
    asked = probe(http, "POST", f"https://{SIGN_IN_HOST}/{settings.authority}/oauth2/v2.0/token", form=form)
    return judge_app(settings, asked)


def judge_app(settings: Settings, asked: Probe) -> Finding:
    """What Microsoft's answer to the made-up code says about the app."""
    if asked.error is not None:
        return APP.note(
            _NAME, f"Microsoft could not be asked about the app: {SIGN_IN_HOST} was not reached (see above)"
        )
    if asked.status in THROTTLED:
        return APP.note(_NAME, "Microsoft asks us to wait, so the app could not be checked", SERVICE_CURE)
    if asked.status >= 500:
        return APP.wrong(
            _NAME, f"Microsoft's sign-in is out of order for the moment (error {asked.status})", SERVICE_CURE
        )
    if asked.answer is None:
        return APP.wrong(_NAME, "Microsoft's answer about the app is a page where data should be", PORTAL_CURE)
    return _judge_refusal(settings, asked.answer)


def _judge_refusal(settings: Settings, answer: Mapping[str, object]) -> Finding:
    numbers = _numbers(answer)
    if numbers & _CODE_IS_BAD or (not numbers and answer.get("error") == "invalid_grant"):
        accepted = "accepts the secret" if settings.client_secret else "wants no secret"
        return APP.ok(_NAME, f"Microsoft knows the app id and {accepted}")
    if _SHAPE_IS_BAD in numbers:
        if settings.client_secret:
            return APP.ok(_NAME, "Microsoft knows the app id; the secret shows at the next sign-in or renewal")
        return APP.ok(_NAME, "Microsoft knows the app id")
    refusal = explain(answer, authority=authority_words(settings.authority), redirect_uri=settings.redirect_uri)
    if refusal.remedy is Remedy.LATER:
        return APP.note(_NAME, refusal.sentence.rstrip("."), refusal.hint)
    return APP.wrong(_NAME, refusal.sentence.rstrip("."), refusal.hint)


def _numbers(answer: Mapping[str, object]) -> set[int]:
    """The AADSTS numbers of an answer."""
    listed = answer.get("error_codes")
    found = re.search(r"AADSTS(\d{4,9})", str(answer.get("error_description", "")))
    return (
        {n for n in listed if isinstance(n, int)} if isinstance(listed, list) else {int(found[1])} if found else set()
    )
