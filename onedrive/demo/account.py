"""The one account that can sign in: the owner of the pretend drive, and what tokens and `/me` tell about them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from onedrive.demo.apps import WORK_TENANT
from onedrive.demo.dialect import PERSONAL_TENANT, dashed
from onedrive.demo.drive import DemoDrive

Json = dict[str, Any]


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

    def client_info(self) -> str:
        """`{"uid","utid"}` as base64url, from which clients make the account's id."""
        return _segment({"ver": "1.0", "uid": self.object_id, "utid": self.tenant_id})

    def id_token(self, *, client_id: str, nonce: str | None, now: float) -> str:
        """Three segments like a signed token; the signature is only of the right length."""
        claims: Json = {
            "ver": "2.0",
            "iss": f"https://login.microsoftonline.com/{self.tenant_id}/v2.0",
            "sub": "AAAAAAAAAAAAAAAAAAAAA" + self.object_id[-12:],
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
        header = _segment({"typ": "JWT", "alg": "RS256", "kid": "demo-key"})
        return f"{header}.{_segment(claims)}.{base64.urlsafe_b64encode(bytes(256)).decode().rstrip('=')}"

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


def _segment(shown: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(shown).encode()).decode("ascii").rstrip("=")
