"""Redaction: the second net below everything that is logged. The first is that nobody hands secrets to the log at all.

Addresses keep their host alone; tokens, codes and whatever looks like one are left out; names and sentences stay.
"""

from __future__ import annotations

import re
from itertools import pairwise

from onedrive.words import printable

LEFT_OUT = "(left out)"
_ADDRESS = re.compile(
    r"\b(https?)(?:://|%3A%2F%2F)(?:[^\s/?#@\"'<>\\]*@)?([A-Za-z0-9.-]*)([^\s\"'<>\\]*)", re.IGNORECASE
)
# What follows such a word is a secret, whatever it looks like; a sentence about one goes on with an ordinary word.
_NAMED = re.compile(
    r"(\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|code_verifier|code_challenge|device_code"
    r"|user_code|tempauth|assertion|password)\b[\"']?\s*(?:[=:]|%3[AD])\s*[\"']?)[^\s\"'&,;]+",
    re.IGNORECASE,
)
_IN_QUERY = re.compile(
    r"((?:^|[?&\s\"']|%3F|%26)(?:code|state|nonce|session_state|sig|se)(?:=|%3D))[^\s\"'&,;]+", re.IGNORECASE
)
_HEADER = re.compile(
    r"(\b(?:authorization|location|set-cookie|cookie|www-authenticate)\b[\"']?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE
)
_BEARER = re.compile(r"(\b(?:bearer|tempauth)(?:\s|%20|\+)+)\S+", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")
# Microsoft's own: refresh tokens and codes M.C507_BAY.0.U…, M.R3_BL2.…; access tokens EwB…; secrets of registrations.
_MICROSOFTS = re.compile(
    r"\bM\.[A-Z]\d+_[A-Z0-9]+[^\s\"']*|\bEw[A-Z][A-Za-z0-9+/=]{40,}|\b0\.A[A-Za-z0-9_-]{30,}[^\s\"']*"
)
_SECRET = re.compile(r"(?<![\w~.-])(?=[\w.~-]{0,60}~)[\w.~-]{30,60}(?![\w~.-])", re.ASCII)
_LONG = re.compile(r"[A-Za-z0-9+=_~*$%-]{48,}|[A-Za-z0-9+/=_~*$%-]{160,}")


def redact(text: str) -> str:
    """The text without anything that could be an address with its path, a token or a code."""
    text = shorten_addresses(text)
    for pattern in (_HEADER, _BEARER, _NAMED, _IN_QUERY):
        text = pattern.sub(rf"\1{LEFT_OUT}", text)
    for pattern in (_JWT, _MICROSOFTS, _SECRET):
        text = pattern.sub(LEFT_OUT, text)
    return _LONG.sub(lambda found: LEFT_OUT if _is_mixed(found[0]) else found[0], text)


LONGEST_SAYING = 300


def quote_service(words: object) -> str:
    """What a service said of itself, fit for screen, log, report and JSON: no secrets, nothing unseen, not too long."""
    text = words if isinstance(words, str) else ""
    text = printable(redact(" ".join(text[: 10 * LONGEST_SAYING].split())))
    return text if len(text) <= LONGEST_SAYING else f"{text[:LONGEST_SAYING]}…"


def shorten_addresses(text: str) -> str:
    """Each web address as its host alone; what comes after it may be a secret."""
    return _ADDRESS.sub(lambda found: f"{found[2] or 'an address'}{'/...' if found[3] else ''}", text)


def _is_mixed(text: str) -> bool:
    """Capitals, small letters and digits in quick turns, as in tokens; in long names of files they keep together."""
    classes = ["A" if sign.isupper() else "a" if sign.islower() else "9" for sign in text if sign.isalnum()]
    turns = sum(one != other for one, other in pairwise(classes))
    return len({*classes}) == 3 and turns * 4 >= len(text)
