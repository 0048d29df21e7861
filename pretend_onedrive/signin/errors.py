"""Errors of the sign-in service: an OAuth error name, an AADSTS number, a sentence; as JSON or in a redirect."""

from __future__ import annotations

import time
import uuid

from pretend_onedrive.model.dialect import PERSONAL_TENANT
from pretend_onedrive.signin.apps import RegisteredApp
from pretend_onedrive.wire import Reply, json_reply

ERROR_PAGE = "https://login.microsoftonline.com/error?code="


class SignInError(Exception):
    """What the sign-in service refuses with; raised with facts, the sentence is made here."""

    def __init__(self, error: str, number: int, sentence: str, suberror: str | None = None) -> None:
        super().__init__(sentence)
        self.error = error
        self.number = number
        self.sentence = sentence
        self.suberror = suberror

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


def missing(parameter: str) -> SignInError:
    """A parameter that must be there is not."""
    sentence = f"The request body must contain the following parameter: '{parameter}'."
    return SignInError("invalid_request", 900144, sentence)


def unknown_app(client_id: str) -> SignInError:
    """No app with that id."""
    return SignInError(
        "unauthorized_client",
        700016,
        f"Application with identifier '{client_id}' was not found in the directory 'Microsoft Accounts'. This can "
        "happen if the application has not been installed by the administrator of the tenant or consented to by any "
        "user in the tenant. You may have sent your authentication request to the wrong tenant.",
    )


def unknown_tenant(tenant: str) -> SignInError:
    """No directory of that name."""
    return SignInError(
        "invalid_request",
        90002,
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud.",
    )


def unregistered_redirect(uri: str, client_id: str) -> SignInError:
    """The redirect address is not one of the app's."""
    return SignInError(
        "invalid_request",
        50011,
        f"The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the "
        f"application '{client_id}'. Make sure the redirect URI sent in the request matches one added to your "
        "application in the Azure portal.",
    )


def check_audience(app: RegisteredApp, tenant: str) -> None:
    """Raise when the app's account types do not go with this authority."""
    personal = tenant in ("consumers", PERSONAL_TENANT)
    if app.audience == "PersonalMicrosoftAccount" and not personal:
        raise SignInError(
            "invalid_request",
            9002331,
            f"Application '{app.id}'({app.name}) is configured for use by Microsoft Account users only. "
            "Please use the /consumers endpoint to serve this request.",
        )
    if app.audience == "AzureADMultipleOrgs" and personal:
        raise SignInError(
            "invalid_request",
            9002332,
            f"Application '{app.id}'({app.name}) is configured for use by Azure Active Directory users only. "
            "Please do not use the /consumers endpoint to serve this request.",
        )


def check_secret(app: RegisteredApp, secret: str | None, *, public_flow: bool) -> None:
    """Raise when the secret is wrong, missing, or given by an app that has none."""
    if app.secret is None:
        if secret:
            raise SignInError(
                "invalid_client",
                700025,
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
            )
        return
    if not secret:
        if public_flow and app.allows_public_flows:
            return
        raise SignInError(
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    if secret != app.secret:
        raise SignInError(
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{app.id}'.",
        )
