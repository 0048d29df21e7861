"""What Microsoft refuses, in words: each number that a person can meet has a cause and a cure of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.errors import SettingsError, SignInNeeded
from onedrive.settings import Settings
from onedrive.signin.refusals import BY_CODE, Refusal, Remedy, Situation, explain

NUMBERS = [
    *(7000215, 7000222, 7000218, 700025, 50011, 900971, 500117, 700016, 90002, 9002331, 9002346, 9002332, 90130, 50194),
    *(50020, 9001023, 70000, 54005, 700005, 700003, 501481, 70008, 700082, 50173, 700084, 70011, 28002, 28003, 70003),
    *(700022, 28000, 65001, 65004, 65005, 650057, 650052, 90094, 90095, 900941, 50076, 50079, 50072, 50074, 50158),
    *(53000, 53001, 53002, 53003, 53004, 530035, 50034, 50053, 50055, 50057, 50126, 50196, 900144, 9002313, 7000112),
    *(500201, 90027, 70018, 70019, 90033),
]


def _explain(answer: dict[str, object], situation: Situation = Situation.SIGNING_IN) -> Refusal:
    settings = Settings(Path(), Path(), authority="common", redirect_uri="http://localhost:8080")
    return explain(settings, answer, situation)


def _body(number: int, error: str = "invalid_request", words: str = "Something.") -> dict[str, object]:
    return {
        "error": error,
        "error_description": f"AADSTS{number}: {words}\r\nTrace ID: a\r\nCorrelation ID: b\r\nTimestamp: c",
        "error_codes": [number],
    }


@pytest.mark.parametrize("number", NUMBERS)
def test_each_known_number_has_a_cause_and_a_cure_with_the_number_at_the_end(number: int) -> None:
    refusal = _explain(_body(number))

    assert number in BY_CODE
    assert refusal.sentence.endswith(f" (AADSTS{number}).")
    assert "Something" not in refusal.sentence
    assert refusal.hint.endswith(".")
    assert not {"{", "}", "!"} & {*refusal.sentence + refusal.hint}


NOT_ADMITTED = "The client does not exist or is not enabled for consumers. If you are the application developer, ..."
AUDIENCE = "The request is not valid for the application's 'userAudience' configuration. In order to use /common/ ..."
NOT_VALID = "The provided value for the {} is not valid."


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        ("unauthorized_client", NOT_ADMITTED, "not registered for personal accounts"),
        ("invalid_request", AUDIENCE, "for personal accounts only"),
        ("invalid_grant", NOT_VALID.format("'code' parameter"), "the answer of the sign-in page"),
        ("invalid_client", "The provided client secret is not valid.", "(client secret) is wrong"),
        ("invalid_request", NOT_VALID.format("input parameter 'redirect_uri'"), "not registered"),
        ("access_denied", "The user has denied access to the scope requested by the client.", "was cancelled"),
        ("access_denied", "", "was cancelled"),
        ("temporarily_unavailable", "", "out of order"),
        ("authorization_declined", "", "was cancelled"),
        ("expired_token", "", "not entered in time"),
    ],
)
def test_what_personal_accounts_say_without_a_number_is_explained_too(error: str, description: str, words: str) -> None:
    refusal = _explain({"error": error, "error_description": description})

    assert words in refusal.sentence
    assert "AADSTS" not in refusal.sentence


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_body(999999, words="The moon is wrong. Wait for the next. Trace ID: x"), "The moon is wrong (AADSTS999999)"),
        ({}, "it gave no reason"),
        ({"error": "odd_error"}, "odd_error"),
        ({"error": 5, "error_description": None, "error_codes": "none"}, "it gave no reason"),
        ({"error": "odd", "error_description": "Red \x1b[31m letters!\r\nTrace ID: 1"}, r"Red \x1b[31m letters"),
        ({"error": "odd", "error_description": "x" * 5000}, "x" * 300 + "…"),
    ],
)
def test_unknown_numbers_and_odd_answers_become_a_sentence_too(answer: dict[str, object], reason: str) -> None:
    refusal = _explain(answer)

    assert refusal.sentence == f"Microsoft refused the sign-in: {reason}."
    assert not refusal.number or "https://login.microsoftonline.com/error?code=999999" in refusal.hint


def test_the_number_may_be_in_the_words_only_as_on_the_way_through_the_browser() -> None:
    refusal = _explain({"error": "access_denied", "error_description": "AADSTS65004: User declined to consent."})

    assert refusal.number == 65004


def test_the_redirect_address_to_register_is_shown() -> None:
    assert "exactly this address, letter for letter: http://localhost:8080 " in _explain(_body(50011)).hint


@pytest.mark.parametrize(
    ("number", "situation", "words"),
    [
        (70000, Situation.SIGNING_IN, "the answer of the sign-in page"),
        (70000, Situation.RENEWING, "The saved sign-in is no longer valid"),
        (70008, Situation.SIGNING_IN, "it was too old"),
        (70008, Situation.RENEWING, "The saved sign-in is no longer valid"),
        (70000, Situation.DEVICE_CODE, "The code was not accepted"),
        (7000218, Situation.SIGNING_IN, "needs an app password"),
        (7000218, Situation.DEVICE_CODE, "does not allow signing in with a code"),
    ],
)
def test_the_same_number_means_what_the_situation_makes_of_it(number: int, situation: Situation, words: str) -> None:
    assert words in _explain(_body(number), situation).sentence


@pytest.mark.parametrize(
    ("number", "words", "remedy"),
    [
        (9002331, "", Remedy.USE_CONSUMERS),
        (9002332, "", Remedy.USE_ORGANIZATIONS),
        (700025, "", Remedy.DROP_SECRET),
        (90023, "Public client should not send secret", Remedy.DROP_SECRET),
        (90023, "Invalid value for 'prompt'", Remedy.TRY_AGAIN),
        (7000215, "", Remedy.SECRET),
        (53003, "", Remedy.SOMEONE_ELSE),
    ],
)
def test_each_cause_says_what_helps(number: int, words: str, remedy: Remedy) -> None:
    assert _explain(_body(number, words=words)).remedy is remedy


def test_a_wrong_setting_ends_with_its_own_exit_code() -> None:
    assert isinstance(_explain(_body(7000215)).to_error(), SettingsError)
    assert isinstance(_explain(_body(65004)).to_error(), SignInNeeded)
