"""What Microsoft's sign-in says when it says no, as cause and cure for the person.

`explain` decides by `error_codes` and `error`, by the text only where there is no number, and looks up the table of
`sign_in_causes`. What is not in it shows Microsoft's first sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from onedrive.errors import OneDriveError, SettingsError, SignInNeeded
from onedrive.sign_in_causes import (
    BY_ERROR,
    BY_NUMBER,
    BY_WORDS,
    FOR_BROWSER,
    FOR_DEVICE_CODE,
    FOR_SAVED_SIGN_IN,
    SECRET_UNWANTED,
    Cause,
    Remedy,
)
from onedrive.words import strip_controls

LONGEST_WORDS = 300
_UNUSABLE_WORDS_AFTER = re.compile(r"\r|\n|\s*(Trace ID|Correlation ID|Timestamp):")


@dataclass(frozen=True)
class Refusal:
    """A refusal in words: `sentence` says why and ends with Microsoft's number, `hint` what to do."""

    sentence: str
    hint: str
    remedy: Remedy
    number: int | None = None  # None: Microsoft gave none

    @property
    def may_pass(self) -> bool:
        """True when the same attempt may still succeed: nothing has to be changed first."""
        return self.remedy in (Remedy.TRY_AGAIN, Remedy.SOMEONE_ELSE, Remedy.LATER)

    def to_error(self) -> OneDriveError:
        """The refusal as the error that ends a step."""
        if self.remedy is Remedy.LATER:
            return OneDriveError(self.sentence, self.hint)
        return (SignInNeeded if self.may_pass else SettingsError)(self.sentence, self.hint)


class Situation(Enum):
    """What was being done when Microsoft said no."""

    SIGNING_IN = auto()
    DEVICE_CODE = auto()
    RENEWING = auto()


_IN_SITUATION: Mapping[Situation, Mapping[Cause, Cause]] = {
    Situation.SIGNING_IN: FOR_BROWSER,
    Situation.DEVICE_CODE: FOR_DEVICE_CODE,
    Situation.RENEWING: FOR_SAVED_SIGN_IN,
}


def explain(
    answer: Mapping[str, object],
    *,
    authority: str,
    redirect_uri: str,
    situation: Situation = Situation.SIGNING_IN,
) -> Refusal:
    """Cause and cure for an error that Microsoft sent, to the redirect address or from the token endpoint."""
    words = _text(answer.get("error_description"))
    number = _number(answer, words)
    cause = _find(number, _text(answer.get("error")), words)
    mark = f" (AADSTS{number})" if number is not None else ""
    if cause is None:
        reason = _first_sentence(words) or _text(answer.get("error")) or "it gave no reason"
        sentence = f"Microsoft refused the sign-in: {reason}{mark}."
        return Refusal(sentence, _look_up(number), Remedy.TRY_AGAIN, number)
    cause = _IN_SITUATION[situation].get(cause, cause)
    facts = {"authority": authority, "redirect_uri": redirect_uri}
    return Refusal(f"{cause.sentence.format(**facts)}{mark}.", cause.hint.format(**facts), cause.remedy, number)


def _find(number: int | None, error: str, words: str) -> Cause | None:
    if number is not None and number in BY_NUMBER:
        return BY_NUMBER[number]
    if number == 90023 and "public client" in words.lower():
        return SECRET_UNWANTED
    if number is not None:
        return None
    by_words = next((cause for piece, cause in BY_WORDS if piece in words.lower()), None)
    return by_words or BY_ERROR.get(error)


def _number(answer: Mapping[str, object], words: str) -> int | None:
    """The AADSTS number: from `error_codes`, or, on the way through the browser, from the words."""
    listed = answer.get("error_codes")
    numbers: Iterable[object] = listed if isinstance(listed, list) else ()
    whole = [number for number in numbers if isinstance(number, int)]
    found = re.search(r"AADSTS\s*(\d{4,9})", words)
    return whole[0] if whole else int(found[1]) if found else None


def _first_sentence(words: str) -> str:
    """Microsoft's first sentence, without its number, its traces and its full stop."""
    words = re.sub(r"^\s*AADSTS\d+:\s*", "", words)
    line = _UNUSABLE_WORDS_AFTER.split(words, maxsplit=1)[0]
    sentence = re.split(r"(?<=[.!?])\s", line.strip(), maxsplit=1)[0]
    return strip_controls(sentence)[:LONGEST_WORDS].rstrip(".! ")


def _look_up(number: int | None) -> str:
    if number is None:
        return "Choose 1 to try again."
    return f"Microsoft explains it at https://login.microsoftonline.com/error?code={number}."


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
