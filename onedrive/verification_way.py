"""VerificationWay: how much of what is here is read, and how much is trusted by its size and time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_ALL = 2**64


@dataclass(frozen=True)
class VerificationWay:
    """`share` of the files are read, 0.0 to 1.0; which of them, differs from `day` to day and not within one."""

    share: float = 1.0
    day: str = ""

    def reads(self, item_id: str) -> bool:
        """Whether this file is read, however good it looks."""
        if self.share >= 1.0:
            return True
        drawn = hashlib.sha256(f"{self.day}/{item_id}".encode("utf-8", "surrogatepass")).digest()[:8]
        return int.from_bytes(drawn, "big") < self.share * _ALL

    def describe(self) -> str:
        """The way as verification.json names it: 'read', 'quick', 'sample 5 %'."""
        if self.share >= 1.0:
            return "read"
        return f"sample {self.share * 100:g} %" if self.share > 0 else "quick"


def choose_way(*, quick: bool, sample_percent: float | None, day: str) -> VerificationWay:
    """The way that the flags ask for; a sample wins."""
    if sample_percent is not None:
        return VerificationWay(min(max(sample_percent / 100, 0.0), 1.0), day)
    return VerificationWay(0.0 if quick else 1.0, day)
