"""The app registrations that the pretend Microsoft knows, and the rules by which a request must fit one.

Ids and the secret are the same in every demo, so that a person's `.env` for it stays right.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pretend_onedrive.model.dialect import PERSONAL_TENANT, Json, dashed
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.signin.signing import segment, sign

WEB_APP_ID = "5b0f1c9e-7d34-4c52-9a1e-0d3e6b8f2a11"
PUBLIC_APP_ID = "8c2d47aa-19f6-4e0b-b3c5-71a9e4d06f22"
PERSONAL_APP_ID = "d1e83f60-5a2b-47c9-8e14-92b7c6a05d33"
WORK_APP_ID = "2f7a90b4-c6d1-4b38-a5e2-36d8f1c97e44"
CLIENT_SECRET = "dEm8Q~pretend-OneDrive.opens_no.real_door"  # noqa: S105  # opens nothing but the demo
WORK_TENANT = "6e4cbb3a-0f52-4d8e-9c17-b2a1d5e8f755"
WORK_TENANT_NAME = "contoso.onmicrosoft.com"
TENANTS = {"common", "consumers", "organizations", PERSONAL_TENANT, WORK_TENANT, WORK_TENANT_NAME}
NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"

SCOPES_WITHOUT_RESOURCE = {"openid", "profile", "email", "offline_access"}
_OF_GRAPH = (
    "Calendars.Read Calendars.ReadBasic Calendars.ReadWrite Contacts.Read Contacts.ReadWrite Files.Read Files.Read.All "
    "Files.Read.Selected Files.ReadWrite Files.ReadWrite.All Files.ReadWrite.AppFolder Files.ReadWrite.Selected "
    "Files.SelectedOperations.Selected Mail.Read Mail.ReadBasic Mail.ReadWrite Mail.Send MailboxSettings.Read "
    "MailboxSettings.ReadWrite Notes.Create Notes.Read Notes.Read.All Notes.ReadWrite Notes.ReadWrite.All People.Read "
    "Sites.FullControl.All Sites.Manage.All Sites.Read.All Sites.ReadWrite.All Sites.Selected Tasks.Read "
    "Tasks.ReadWrite User.Read User.Read.All User.ReadBasic.All User.ReadWrite User.ReadWrite.All"
)
KNOWN_SCOPES = SCOPES_WITHOUT_RESOURCE | set(_OF_GRAPH.split())
REGISTERED_SCOPES = ["Files.Read", "User.Read"]  # what `.default` stands for
_SPELLING = {scope.lower(): scope for scope in KNOWN_SCOPES}


@dataclass
class RegisteredApp:
    """One registration in the portal; `audience` is its `signInAudience`, `secret` is None for a public app."""

    id: str
    name: str
    secret: str | None
    audience: str
    allows_public_flows: bool = False
    redirect_uris: list[str] = field(default_factory=lambda: ["http://localhost", "http://localhost/", NATIVE_CLIENT])

    def has_redirect(self, uri: str) -> bool:
        """Whether this redirect address is registered: byte for byte, but the port of localhost does not count."""
        return _without_loopback_port(uri) in {_without_loopback_port(known) for known in self.redirect_uris}


def registered_apps() -> dict[str, RegisteredApp]:
    """All registrations, by client id."""
    both = "AzureADandPersonalMicrosoftAccount"
    rows = (
        (WEB_APP_ID, "demo, Web", CLIENT_SECRET, both),
        (PUBLIC_APP_ID, "demo", None, both),
        (PERSONAL_APP_ID, "demo, personal accounts only", None, "PersonalMicrosoftAccount"),
        (WORK_APP_ID, "demo, work accounts only", None, "AzureADMultipleOrgs"),
    )
    return {
        number: RegisteredApp(
            number, f"OneDrive downloader ({what})", secret, audience, allows_public_flows=secret is None
        )
        for number, what, secret, audience in rows
    }


def short_scopes(text: str) -> list[str]:
    """The scopes of a request by their last path part, each once, in the order given and as they are spelled."""
    asked = [scope.rpartition("/")[2] for scope in text.split()]
    names = [name for scope in asked for name in (REGISTERED_SCOPES if scope.lower() == ".default" else [scope])]
    return list(dict.fromkeys(_SPELLING.get(name.lower(), name) for name in names))


def _without_loopback_port(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"):
        return parts._replace(netloc=parts.hostname).geturl()
    return uri


@dataclass(frozen=True)
class Account:
    """Who signs in; a personal account's id is its drive's id."""

    name: str
    email: str
    is_personal: bool
    user_id: str
    object_id: str
    tenant_id: str

    @classmethod
    def of(cls, drive: DemoDrive) -> Account:
        """The owner of this drive."""
        personal = drive.drive_type == "personal"
        digits = drive.id.lower().zfill(16) if personal else hashlib.sha256(drive.id.encode()).hexdigest()
        object_id = dashed(digits.zfill(32) if personal else digits[:32])
        user_id = digits if personal else object_id
        tenant = PERSONAL_TENANT if personal else WORK_TENANT
        return cls(drive.owner_name, drive.owner_email, personal, user_id, object_id, tenant)

    @property
    def names(self) -> set[str]:
        """What may stand in `/users/…` for this person, in small letters."""
        return {self.user_id.lower(), self.object_id.lower(), self.email.lower()}

    @property
    def subject(self) -> str:
        """`sub`, the same in id tokens and userinfo."""
        return "AAAAAAAAAAAAAAAAAAAAA" + self.object_id[-12:]

    def userinfo(self, scopes: list[str]) -> Json:
        """The reply of the userinfo endpoint to a token with these scopes."""
        given, _, family = self.name.partition(" ")
        shown: Json = {"sub": self.subject}
        if "profile" in scopes:
            picture = "https://graph.microsoft.com/v1.0/me/photo/$value"
            shown |= {"name": self.name, "given_name": given, "family_name": family, "picture": picture}
        return shown | ({"email": self.email} if "email" in scopes else {})

    def client_info(self) -> str:
        """`{"uid","utid"}` as base64url, from which clients make the account's id."""
        return segment({"ver": "1.0", "uid": self.object_id, "utid": self.tenant_id})

    def id_token(self, *, client_id: str, nonce: str | None, now: float) -> str:
        """A signed token that says who signed in, to this client."""
        claims: Json = {
            "ver": "2.0",
            "iss": f"https://login.microsoftonline.com/{self.tenant_id}/v2.0",
            "sub": self.subject,
            "aud": client_id,
            "exp": int(now) + 86400,
            "iat": int(now),
            "nbf": int(now),
            "name": self.name,
            "preferred_username": self.email,
            "oid": self.object_id,
            "tid": self.tenant_id,
            "aio": "DemoOfTheAioClaim",
        }
        if nonce:
            claims["nonce"] = nonce
        return sign(claims)

    def to_me(self) -> Json:
        """The reply of `/me`."""
        given, _, family = self.name.partition(" ")
        return {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
            "userPrincipalName": self.email,
            "id": self.user_id,
            "displayName": self.name,
            "surname": family,
            "givenName": given,
            "preferredLanguage": "en-US",
            "mail": None if self.is_personal else self.email,
            "mobilePhone": None,
            "jobTitle": None,
            "officeLocation": None,
            "businessPhones": [],
        }
