"""Understanding what a person pastes when they are asked for the answer of Microsoft's sign-in page; pure.

They paste the whole address, a piece of it, the bare code, the wrong address, or an error message; with quotes,
brackets and line breaks that a mail program or a narrow terminal put in. Each is recognised, or gets its sentence.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl, unquote

SHORTEST_CODE = 20
_AROUND = "\"'`<>()[]{},;\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
# Spaces and line breaks of any script, and what is not seen at all: marks of byte order and joining, bracketed paste.
_UNSEEN = re.compile("\x1b\\[20[01]~|[\\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]+")
_CODE = re.compile(r"[A-Za-z0-9._~!*$'()+/=-]+")
# Where the browser is sent after the sign-in, or what comes with a code.
_LACKS_ITS_CODE = re.compile(r"^(https?://)?(localhost|127\.0\.0\.1)\b|nativeclient|\bstate=|^code=", re.IGNORECASE)
_ERROR_NUMBER = re.compile(r"AADSTS\s*(\d{4,9})", re.IGNORECASE)


class Kind(Enum):
    """What was pasted; the value is the sentence for what is no answer."""

    ANSWER = ""
    DEVICE_CODE = "The person typed d."
    REFUSED = "Microsoft's answer says no."
    EMPTY = "Nothing was pasted."
    SIGN_IN_ADDRESS = (
        "That is the address of the sign-in page itself. Open it in a browser and sign in there; then paste the "
        "address to which the browser is sent after that."
    )
    OLD_ATTEMPT = "That is the answer of an earlier attempt. Open the address that was shown last, and sign in there."
    NO_CODE = (
        "That address has no code in it. Perhaps an add-on of the browser (ClearURLs, an ad blocker) cut it out: "
        "switch it off for this page or use a private window, and open the address above again."
    )
    UNKNOWN = (
        "That is no answer of Microsoft's sign-in page. Paste the whole address from the browser's address bar; "
        "it begins with the redirect address and has code= in it."
    )


@dataclass(frozen=True)
class PastedAnswer:
    """What was pasted, and the fields of Microsoft's answer in it (`code` and `state`, or `error` and its words)."""

    kind: Kind
    fields: Mapping[str, str] = field(default_factory=dict)


def read_pasted_answer(text: str, state: str) -> PastedAnswer:
    """Understand what was pasted, as an answer to the attempt that `state` belongs to.

    An answer without a state (the bare code) is taken as one to this attempt: the code works only together with
    the secret part of PKCE, which never left this computer.
    """
    refused = _ERROR_NUMBER.search(text)
    packed = _UNSEEN.sub("", text).strip(_AROUND)
    if not packed:
        return PastedAnswer(Kind.EMPTY)
    if packed.lower() == "d":
        return PastedAnswer(Kind.DEVICE_CODE)
    if re.match(r"https?%3a%2f%2f", packed, re.IGNORECASE):
        packed = unquote(packed)  # an address that was copied out of another address
    fields = _read_fields(packed)
    if "code" in fields or "error" in fields:
        return _judge(fields, state)
    if _is_sign_in_address(packed):
        return PastedAnswer(Kind.SIGN_IN_ADDRESS)
    if refused:
        # Microsoft's page shows some errors without sending the browser back; its text was pasted.
        return PastedAnswer(Kind.REFUSED, {"error": "shown_in_browser", "error_description": text.strip()})
    if _LACKS_ITS_CODE.search(packed):
        return PastedAnswer(Kind.NO_CODE)
    return _read_bare_code(packed, state)


def is_same_state(given: str, expected: str) -> bool:
    """Compare the state of an answer with that of the attempt."""
    return secrets.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def _read_fields(packed: str) -> dict[str, str]:
    """The fields after ? and after #; each is decoded once (a second time would damage a code, trap 6)."""
    packed = packed.replace("&amp;", "&")
    address, _, fragment = packed.partition("#")
    query = address.partition("?")[2] if "?" in address else address
    fields: dict[str, str] = {}
    for part in (fragment, query):
        # An address inside the query (of the sign-in address) is percent-encoded, so a bare one here has no fields.
        fields.update({name: value.strip() for name, value in parse_qsl(part) if value.strip()})
    if "code" in fields:
        # A code has no space: it was a + that nobody had encoded. Closing quotes may have stayed inside the brackets.
        fields["code"] = fields["code"].replace(" ", "+").rstrip(_AROUND.replace("(", "").replace(")", ""))
    return fields


def _judge(fields: Mapping[str, str], state: str) -> PastedAnswer:
    if not is_same_state(fields.get("state", state).rstrip(_AROUND), state):
        return PastedAnswer(Kind.OLD_ATTEMPT)
    # client_info only helps to find the nearest of Microsoft's computers; one that was cut off makes msal fail.
    complete = {**{name: value for name, value in fields.items() if name != "client_info"}, "state": state}
    return PastedAnswer(Kind.ANSWER if "code" in fields else Kind.REFUSED, complete)


def _is_sign_in_address(packed: str) -> bool:
    return "/authorize" in packed or "response_type=" in packed or "code_challenge=" in packed


def _read_bare_code(packed: str, state: str) -> PastedAnswer:
    code = unquote(packed.partition("#")[0])
    if len(code) < SHORTEST_CODE or not _CODE.fullmatch(code):
        return PastedAnswer(Kind.UNKNOWN)
    return PastedAnswer(Kind.ANSWER, {"code": code, "state": state})
