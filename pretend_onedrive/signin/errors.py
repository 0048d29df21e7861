"""Errors of the sign-in service: an OAuth error name, an AADSTS number, a sentence; as JSON or in a redirect.

`raise SignInError(700016, client_id=…)`: the table has the words. `authorize.py` and `tokens.py` raise them.
"""

from __future__ import annotations

import time
import uuid
from typing import NamedTuple

from pretend_onedrive.model.dialect import PERSONAL_TENANT
from pretend_onedrive.signin.apps import RegisteredApp
from pretend_onedrive.wire import Reply, json_reply

ERROR_PAGE = "https://login.microsoftonline.com/error?code="


class _Refusal(NamedTuple):
    error: str
    sentence: str
    suberror: str = ""


_REFUSALS = {
    50011: _Refusal(
        "invalid_request",
        "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the "
        "application '{client_id}'. Make sure the redirect URI sent in the request matches one added to your "
        "application in the Azure portal.",
    ),
    50020: _Refusal(
        "interaction_required",
        "User account '{email}' from identity provider does not exist in tenant '{tenant}' and cannot access the "
        "application in that tenant. Sign out and sign in again with a different account.",
    ),
    50058: _Refusal("interaction_required", "A silent sign-in request was sent but no user is signed in."),
    50148: _Refusal(
        "invalid_grant", "The code_verifier is missing though the authorization request had a code_challenge."
    ),
    50173: _Refusal(
        "invalid_grant",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        "bad_token",
    ),
    54005: _Refusal(
        "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code."
    ),
    65001: _Refusal(
        "invalid_grant",
        "The user or administrator has not consented to use the application with ID '{client_id}'. Send an interactive "
        "authorization request for this user and resource.",
        "consent_required",
    ),
    65004: _Refusal("access_denied", "User declined to consent to access the app."),
    70000: _Refusal("invalid_grant", "The provided value for the '{name}' parameter is not valid."),
    70003: _Refusal("unsupported_grant_type", "The app requested an unsupported grant type '{grant_type}'."),
    70007: _Refusal("invalid_request", "'{mode}' is not a valid value for 'response_mode'."),
    70008: _Refusal("invalid_grant", "The provided authorization code or refresh token has expired."),
    70011: _Refusal(
        "invalid_scope",
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter "
        "'scope' is not valid. The scope '{scope}' does not exist.",
    ),
    70016: _Refusal("authorization_pending", "OAuth 2.0 device flow error. {state}"),
    70018: _Refusal("bad_verification_code", "Invalid verification code."),
    70019: _Refusal("expired_token", "Verification code expired."),
    70020: _Refusal("authorization_declined", "The user declined to authorize this device."),
    90002: _Refusal(
        "invalid_request",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud.",
    ),
    90023: _Refusal("invalid_request", "Invalid value '{prompt}' for 'prompt'."),
    500112: _Refusal(
        "invalid_grant",
        "The reply address '{uri}' does not match the reply address '{known}' provided when requesting Authorization "
        "code.",
    ),
    501481: _Refusal(
        "invalid_grant",
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ),
    501491: _Refusal("invalid_request", "Invalid {what} of Code_Challenge parameter."),
    700005: _Refusal("invalid_grant", "Provided Authorization Code is intended to use against other tenant."),
    700016: _Refusal(
        "unauthorized_client",
        "Application with identifier '{client_id}' was not found in the directory 'Microsoft Accounts'. This can "
        "happen if the application has not been installed by the administrator of the tenant or consented to by any "
        "user in the tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    700025: _Refusal(
        "invalid_client", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."
    ),
    700051: _Refusal("unsupported_response_type", "response_type '{kind}' is not enabled for the application."),
    700082: _Refusal("invalid_grant", "The refresh token has expired due to inactivity.", "bad_token"),
    900144: _Refusal("invalid_request", "The request body must contain the following parameter: '{name}'."),
    900561: _Refusal("invalid_request", "The endpoint only accepts POST requests. Received a {method} request."),
    7000215: _Refusal(
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
        "not the client secret ID, for a secret added to app '{client_id}'.",
    ),
    7000218: _Refusal(
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    9002331: _Refusal(
        "invalid_request",
        "Application '{client_id}'({app}) is configured for use by Microsoft Account users only. "
        "Please use the /consumers endpoint to serve this request.",
    ),
    9002332: _Refusal(
        "invalid_request",
        "Application '{client_id}'({app}) is configured for use by Azure Active Directory users only. "
        "Please do not use the /consumers endpoint to serve this request.",
    ),
}


class SignInError(Exception):
    """What the sign-in service refuses with; raised with facts, the sentence is made here.

    `error` is given where one number stands for several of OAuth's errors.
    """

    def __init__(self, number: int, error: str | None = None, **facts: str) -> None:
        known = _REFUSALS[number]
        self.number = number
        self.error = error or known.error
        self.sentence = known.sentence.format(**facts)
        self.suberror = known.suberror
        super().__init__(self.sentence)

    def describe(self, moment: float) -> str:
        """`AADSTSnnnn: text Trace ID: … Correlation ID: … Timestamp: …`."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(moment))
        trace, correlation = uuid.uuid4(), uuid.uuid4()
        return (
            f"AADSTS{self.number}: {self.sentence}"
            f"\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {stamp}"
        )

    def to_reply(self, moment: float) -> Reply:
        """The body of the token endpoint: 401 for `invalid_client`, 400 for all else."""
        description = self.describe(moment)
        trace, correlation = (line.rpartition(" ")[2] for line in description.split("\r\n")[1:3])
        shown = {
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": description.rpartition("Timestamp: ")[2],
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{ERROR_PAGE}{self.number}",
        }
        if self.suberror:
            shown["suberror"] = self.suberror
        return json_reply(shown, 401 if self.error == "invalid_client" else 400)


def check_audience(app: RegisteredApp, tenant: str) -> None:
    """Raise when the app's account types do not go with this authority."""
    personal = tenant in ("consumers", PERSONAL_TENANT)
    if app.audience == "PersonalMicrosoftAccount" and not personal:
        raise SignInError(9002331, client_id=app.id, app=app.name)
    if app.audience == "AzureADMultipleOrgs" and personal:
        raise SignInError(9002332, client_id=app.id, app=app.name)


def check_secret(app: RegisteredApp, secret: str | None, *, public_flow: bool) -> None:
    """Raise when the secret is wrong, missing, or given by an app that has none."""
    if app.secret is None:
        if secret:
            raise SignInError(700025)
    elif not secret:
        if not (public_flow and app.allows_public_flows):
            raise SignInError(7000218)
    elif secret != app.secret:
        raise SignInError(7000215, client_id=app.id)
