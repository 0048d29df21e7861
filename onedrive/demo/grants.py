"""What the pretend Microsoft has given out: codes, access and refresh tokens, device codes. Kept in the state file."""

from __future__ import annotations

import base64
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

CODE_LIFETIME_SECONDS = 600
REFRESH_LIFETIME_SECONDS = 90 * 86400
DEVICE_CODE_LIFETIME_SECONDS = 900
DEVICE_POLL_SECONDS = 5


@dataclass
class Grant:
    """A permission that a person gave to an app."""

    app_id: str
    scopes: list[str]
    expires_at: float
    tenant: str = "consumers"
    nonce: str | None = None
    revoked: bool = False
    public_flow: bool = False  # given to an app that proved no secret


@dataclass
class CodeGrant(Grant):
    """What an authorization code stands for until it is redeemed."""

    redirect_uri: str = ""
    challenge: str | None = None
    challenge_method: str = "plain"
    redeemed: bool = False


@dataclass
class DeviceGrant(Grant):
    """A device code; `decision` is None until the person has answered, then "accept" or "decline"."""

    user_code: str = ""
    decision: str | None = None
    last_poll: float = 0.0
    redeemed: bool = False


G = TypeVar("G", bound=Grant)


class Grants:
    """All of them, by code or token. `revision` grows with each change, for the state file."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.revision = 0
        self.access_lifetime_seconds = 3600.0
        self.codes: dict[str, CodeGrant] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.devices: dict[str, DeviceGrant] = {}
        self.url_key = secrets.token_hex(16)

    def new_code(self, grant: CodeGrant) -> str:
        """An authorization code in the style of personal accounts; work accounts get a long one."""
        code = f"M.C5{secrets.randbelow(90) + 10}_BAY.2.U.{uuid.uuid4()}"
        return self._keep(self.codes, code, grant, CODE_LIFETIME_SECONDS)

    def new_access_token(self, app_id: str, scopes: list[str], lifetime_seconds: float | None = None) -> str:
        """An opaque token; the lifetime is the service's usual one unless given."""
        token = "EwB" + base64.b64encode(secrets.token_bytes(400)).decode("ascii")
        lifetime = self.access_lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        return self._keep(self.access, token, Grant(app_id, scopes, 0.0), lifetime)

    def new_refresh_token(self, grant: Grant) -> str:
        """A refresh token for the same permission; earlier ones stay valid."""
        token = f"M.C5{secrets.randbelow(90) + 10}_BAY.0.U.-{secrets.token_urlsafe(160)}"
        fresh = Grant(grant.app_id, grant.scopes, 0.0, tenant=grant.tenant, public_flow=grant.public_flow)
        return self._keep(self.refresh, token, fresh, REFRESH_LIFETIME_SECONDS)

    def new_device_code(self, grant: DeviceGrant) -> str:
        """A device code, with the short code that the person types in `grant.user_code`."""
        grant.user_code = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ2345679") for _ in range(8))
        return self._keep(
            self.devices, "DAQABIQEAAAD" + secrets.token_urlsafe(120), grant, DEVICE_CODE_LIFETIME_SECONDS
        )

    def note_change(self) -> None:
        """Something in a grant was changed in place."""
        with self.lock:
            self.revision += 1

    def expire_access_tokens(self) -> None:
        """Let every access token given out so far be past its time."""
        with self.lock:
            for grant in self.access.values():
                grant.expires_at = 0.0
            self.note_change()

    def revoke(self, tokens: dict[str, Grant]) -> None:
        """Withdraw all of `self.access` or `self.refresh`, though their time is not over."""
        with self.lock:
            for grant in tokens.values():
                grant.revoked = True
            self.note_change()

    def to_json(self) -> dict[str, Any]:
        """For the state file."""
        with self.lock:
            tables: dict[str, Mapping[str, Grant]] = {
                "codes": self.codes,
                "access": self.access,
                "refresh": self.refresh,
                "devices": self.devices,
            }
            alive = self.now() - 86400
            return {"url_key": self.url_key} | {
                name: {key: asdict(grant) for key, grant in table.items() if grant.expires_at > alive}
                for name, table in tables.items()
            }

    def load(self, kept: dict[str, Any]) -> None:
        """Take over what the state file kept."""
        with self.lock:
            self.url_key = kept["url_key"]
            self.codes = {key: CodeGrant(**grant) for key, grant in kept["codes"].items()}
            self.access = {key: Grant(**grant) for key, grant in kept["access"].items()}
            self.refresh = {key: Grant(**grant) for key, grant in kept["refresh"].items()}
            self.devices = {key: DeviceGrant(**grant) for key, grant in kept["devices"].items()}

    def _keep(self, table: dict[str, G], key: str, grant: G, lifetime_seconds: float) -> str:
        with self.lock:
            grant.expires_at = self.now() + lifetime_seconds
            table[key] = grant
            self.revision += 1
            return key
