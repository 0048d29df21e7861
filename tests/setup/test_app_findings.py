"""What the token endpoint's answer to a made-up code says about app id and secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.settings import Settings
from onedrive.setup.findings import State
from onedrive.setup.hosts import Probe
from onedrive.setup.microsoft import judge_app


def _settings(secret: str = "") -> Settings:
    return Settings(Path("/h"), Path("/d"), "8c2d47aa-19f6-4e0b-b3c5-71a9e4d06f22", secret)


def _judge(error: str, number: int | None, words: str = "", *, secret: str = "") -> tuple[State, str]:
    codes = {"error_codes": [number]} if number else {}
    answer: dict[str, object] = {"error": error, "error_description": words, **codes}
    found = judge_app(_settings(secret), Probe("h", status=400, answer=answer))
    return found.state, found.words


@pytest.mark.parametrize("number", [70000, 54005, 70008, None])
def test_a_code_that_is_refused_says_that_the_rest_is_right(number: int | None) -> None:
    assert _judge("invalid_grant", number) == (State.OK, "Microsoft knows the app id and wants no secret")
    assert _judge("invalid_grant", number, secret="s") == (
        State.OK,
        "Microsoft knows the app id and accepts the secret",
    )


def test_a_number_in_the_words_alone_is_read() -> None:
    assert _judge("invalid_grant", None, "AADSTS70000: no. Trace ID: x")[0] is State.OK


def test_a_code_refused_for_its_shape_says_nothing_about_the_secret() -> None:
    assert _judge("invalid_grant", 9002313) == (State.OK, "Microsoft knows the app id")
    assert "shows at the next sign-in" in _judge("invalid_grant", 9002313, secret="s")[1]


@pytest.mark.parametrize(
    ("error", "number", "words"),
    [
        ("invalid_client", 7000215, "client secret is wrong"),
        ("invalid_client", 7000222, "secret has expired"),
        ("invalid_client", 7000218, "needs a client secret"),
        ("invalid_client", 700025, "public client"),
        ("unauthorized_client", 700016, "does not know this app id"),
        ("invalid_request", 9002331, "personal accounts only"),
        ("invalid_request", 50194, "one tenant only"),
        ("invalid_client", None, "client secret is wrong"),
        ("something_new", None, "something_new"),
    ],
)
def test_everything_else_is_wrong_and_explained(error: str, number: int | None, words: str) -> None:
    state, shown = _judge(error, number)

    assert state is State.WRONG
    assert words in shown


def test_an_endpoint_that_is_out_of_order_is_a_note() -> None:
    assert _judge("temporarily_unavailable", 90033)[0] is State.NOTE
