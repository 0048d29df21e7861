"""What a refusal means: status, codes and message, by the documentation of Microsoft and by what was seen."""

from __future__ import annotations

import pytest

from onedrive.graph import why_refused as why
from onedrive.graph.session import refusal_from_body


@pytest.mark.parametrize(
    ("status", "code", "inner_code", "message", "meaning"),
    [
        (400, "BadRequest", "", "Tenant does not have a SPO license.", why.NO_LICENCE),
        (403, "accessDenied", "", "Tenant does not have a SPO license.", why.NO_LICENCE),
        (404, "itemNotFound", "", "User's mysite not found.", why.NOT_SET_UP),
        (403, "provisioningNotAllowed", "", "", why.NOT_SET_UP),
        (423, "notAllowed", "resourceLocked", "Access to this site has been blocked.", why.BLOCKED),
        (403, "accessDenied", "accountSuspended", "", why.BLOCKED),
        (403, "accessDenied", "", "Your account is frozen.", why.FROZEN),
        (507, "insufficientStorage", "", "", why.FROZEN),
        (403, "quotaLimitReached", "", "", why.FROZEN),
        (403, "accessDenied", "accessRestricted", "", why.RESTRICTED),
        (423, "resourceLocked", "", "The resource you are attempting to access is locked", why.LOCKED),
        (423, "", "", "", why.LOCKED),
        (400, "invalidRequest", "resourceLocked", "", why.LOCKED),
        (403, "accessDenied", "", "Access denied", why.NOT_ALLOWED),
        (403, "", "", "", why.NOT_ALLOWED),
        (405, "notAllowed", "", "", why.NOT_ALLOWED),
        (404, "itemNotFound", "", "Item not found", why.NOT_THERE),
        (404, "", "", "", why.NOT_THERE),
        (400, "itemNotFound", "", "", why.NOT_THERE),
        (400, "invalidRequest", "", "Invalid request", why.NOT_UNDERSTOOD),
        (429, "quotaLimitReached", "", "", why.UNWELL),
        (503, "serviceNotAvailable", "", "", why.UNWELL),
        (418, "teapot", "", "", why.UNKNOWN),
    ],
)
def test_a_refusal_means_what_its_words_say_before_its_status(
    status: int, code: str, inner_code: str, message: str, meaning: why.WhyRefused
) -> None:
    error: dict[str, object] = {"code": code, "message": message, "innerError": {"code": inner_code}}

    refusal = refusal_from_body(status, error)

    assert why.why_of(refusal) is meaning
    assert refusal.hint == meaning.cure
    assert f": {meaning.words} ({status} {code or 'without a code'}" in refusal.sentence
