"""Id tokens signed with a key that everybody can read here, so that clients can check them against the published keys.

RS256 by RFC 7518: the SHA-256 of the first two segments, padded by RFC 8017 (EMSA-PKCS1-v1_5), to the power of the
private exponent. It protects nothing: nothing of the pretend OneDrive is worth protecting.
"""

from __future__ import annotations

import base64
import hashlib
import json

from pretend_onedrive.model.dialect import Json

KEY_NAME = "demo-key"
_P = int(
    "f54f4dfc14096aeefea53e79745ec6881c621f87278c945f9edd2d8a49938648f310a6a731dd73c784afb863b4310ec3dff77902be77e0701"
    "cf0b1b00774969b2abff0f0bfb1ce404bcac63d391f4b9adcaee5554089698ece663aa2e57203b8539b7d8bcb322a4b742aff27df41a1255d"
    "695cb3df441ccec57be2a894a38daf",
    16,
)
_Q = int(
    "d0792b1b8549860caa804ab450aa874a1d3624e7482704d63a700a8f0fd97a8bbeceecfd1aa7f3a43485d39e0cc00632580de98a1dc9d153f"
    "9193d33429d394f25d7d2531ac95df2b6287ec45cdd28d63c17f4734564bce657d55a559b48d9080e75cb5571fc853c0c8ccdc9ba581f2d24"
    "50157d90cbe9dca605cdf02d6aebd5",
    16,
)
_MODULUS, _EXPONENT = _P * _Q, 65537
_SIZE = 256  # bytes
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # SHA-256, in ASN.1


def sign(claims: Json) -> str:
    """A JSON web token with these claims."""
    content = f"{segment({'typ': 'JWT', 'alg': 'RS256', 'kid': KEY_NAME})}.{segment(claims)}"
    digest = _DIGEST_INFO + hashlib.sha256(content.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (_SIZE - len(digest) - 3) + b"\x00" + digest
    power = pow(int.from_bytes(padded, "big"), pow(_EXPONENT, -1, (_P - 1) * (_Q - 1)), _MODULUS)
    return f"{content}.{_base64url(power.to_bytes(_SIZE, 'big'))}"


def published_key() -> Json:
    """The public half, as the keys of a discovery document show it (RFC 7517)."""
    numbers = {"n": _base64url(_MODULUS.to_bytes(_SIZE, "big")), "e": _base64url(_EXPONENT.to_bytes(3, "big"))}
    return {"kty": "RSA", "use": "sig", "kid": KEY_NAME} | numbers


def segment(shown: Json) -> str:
    """JSON as base64url without padding."""
    return _base64url(json.dumps(shown).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
