"""Errors as Graph words them: a status, a code, a message, and an inner error with date and request ids."""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from pretend_onedrive.wire import Reply, Request, json_reply

LOCALIZED_NOT_FOUND = (
    "That item seems to be missing. Someone may have deleted or moved the item, "
    "or you may not have permission to view it."
)
BEARER_CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)


@dataclass(eq=False)
class GraphError(Exception):
    """What Graph refuses with; `inner_code` is the code in innerError."""

    status: int
    code: str
    message: str
    _: KW_ONLY
    inner_code: str | None = None
    localized: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def to_reply(self, request: Request) -> Reply:
        """The reply in Graph's error form."""
        inner: dict[str, Any] = {"code": self.inner_code} if self.inner_code else {}
        if self.status == 429:
            inner["innerError"] = {"code": "quota"}
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.localized:
            error["localizedMessage"] = self.localized
        error["innerError"] = inner | {
            "date": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
            "request-id": request.id,
            "client-request-id": request.headers.get("client-request-id", request.id),
        }
        reply = json_reply({"error": error}, self.status)
        reply.headers |= self.headers
        return reply


def not_found() -> GraphError:
    """The item is not there."""
    return GraphError(404, "itemNotFound", "Item does not exist", localized=LOCALIZED_NOT_FOUND)


def bad_request(message: str, *, inner_code: str | None = None) -> GraphError:
    """The request makes no sense to the drive."""
    return GraphError(400, "invalidRequest", message, inner_code=inner_code)


def object_handle_is_invalid() -> GraphError:
    """How a locked vault, a hidden library or a wrong drive id answers."""
    return bad_request("ObjectHandle is Invalid", inner_code="invalidResourceId")


def access_denied() -> GraphError:
    """The token may not do that."""
    return GraphError(403, "accessDenied", "Access denied", localized="You do not have access to this item.")


def not_pretended(what: str) -> GraphError:
    """Microsoft's service has it, this one does not, and says so instead of inventing an answer."""
    return GraphError(501, "notSupported", f"The pretend OneDrive does not pretend this: {what}.")


def unknown_segment(segment: str) -> GraphError:
    """The gateway knows no such address."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def method_not_allowed(allowed: str) -> GraphError:
    """The address is there, and not for this method."""
    message = "Request method is not allowed on this resource."
    return GraphError(405, "methodNotAllowed", message, headers={"Allow": allowed})


def bad_token(message: str, *, given: bool = True) -> GraphError:
    """No token, or one that does not hold."""
    challenge = BEARER_CHALLENGE + (', error="invalid_token"' if given else "")
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})


def throttled(code: str = "activityLimitReached") -> GraphError:
    """Too many requests; `accessDenied` is the variant under a misleading name."""
    message = "Too Many Requests" if code == "accessDenied" else "The request has been throttled"
    return GraphError(429, code, message, inner_code="throttledRequest")
