"""What a person pastes: each form of the answer is understood, each wrong thing is told apart."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedrive.signin.answer import PasteKind, read_pasted_answer

STATE = "kYhTqWoEaPcXzNbV"
CODE = "M.C532_BAY.2.U.11111111-2222-3333-4444-555555555555!*$"
ENCODED = "M.C532_BAY.2.U.11111111-2222-3333-4444-555555555555%21%2A%24"
ADDRESS = f"http://localhost:8080/?code={ENCODED}&state={STATE}&session_state=abc"
SIGN_IN = (
    "https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize?client_id=1&response_type=code"
    f"&redirect_uri=http%3A%2F%2Flocalhost%3A8080&state={STATE}&code_challenge=x&code_challenge_method=S256"
)


@pytest.mark.parametrize(
    "pasted",
    [
        CODE,
        ENCODED,
        f"code={ENCODED}",
        f"?code={ENCODED}&state={STATE}",
        ADDRESS,
        ADDRESS + "#",
        ADDRESS + "#_=_",
        ADDRESS.replace("?", "#"),
        ADDRESS.removeprefix("http://"),
        ADDRESS.replace("http:", "https:"),
        f'  "{ADDRESS}"  ',
        f"<{ADDRESS}>",
        f"\u201c{ADDRESS}\u201d,",
        f"'{ADDRESS}",
        ADDRESS.replace("&", "&amp;"),
        "\r\n".join(ADDRESS[i : i + 30] for i in range(0, len(ADDRESS), 30)),
        "   ".join(ADDRESS[i : i + 40] for i in range(0, len(ADDRESS), 40)),
        f"\x1b[200~{ADDRESS}\x1b[201~",
        f"\ufeff{ADDRESS}\u200b",
        f"http://localhost:8080/?state={STATE}&code={ENCODED}>",
    ],
)
def test_every_form_of_the_answer_gives_the_same_code(pasted: str) -> None:
    answer = read_pasted_answer(pasted, STATE)

    assert answer.kind is PasteKind.ANSWER
    assert (answer.fields["code"], answer.fields["state"]) == (CODE, STATE)


@pytest.mark.parametrize("rest", ["", "eyJ1aW", "x"])
def test_an_address_that_was_cut_off_after_its_code_still_signs_in(rest: str) -> None:
    answer = read_pasted_answer(f"http://localhost:8080/?code={ENCODED}&client_info={rest}", STATE)

    assert answer.kind is PasteKind.ANSWER
    assert answer.fields == {"code": CODE, "state": STATE}


@pytest.mark.parametrize(
    ("pasted", "kind"),
    [
        ("", PasteKind.EMPTY),
        ("  \r\n", PasteKind.EMPTY),
        ('""', PasteKind.EMPTY),
        ("d", PasteKind.DEVICE_CODE),
        (" D ", PasteKind.DEVICE_CODE),
        (SIGN_IN, PasteKind.SIGN_IN_ADDRESS),
        (f"'{SIGN_IN}'", PasteKind.SIGN_IN_ADDRESS),
        (SIGN_IN.replace("https://login.microsoftonline.com", "http://localhost:5000"), PasteKind.SIGN_IN_ADDRESS),
        (ADDRESS.replace(STATE, "another"), PasteKind.OLD_ATTEMPT),
        (f"http://localhost:8080/?error=access_denied&state={STATE}x", PasteKind.OLD_ATTEMPT),
        (
            f"http://localhost:8080/?error=access_denied&error_description=AADSTS65004%3a+no&state={STATE}",
            PasteKind.REFUSED,
        ),
        ("AADSTS50011: The redirect URI does not match.\r\nTrace ID: 1", PasteKind.REFUSED),
        (f"http://localhost:8080/?state={STATE}", PasteKind.NO_CODE),
        ("http://localhost:8080/", PasteKind.NO_CODE),
        ("code=", PasteKind.NO_CODE),
        ("help", PasteKind.UNKNOWN),
        ("https://www.example.com/", PasteKind.UNKNOWN),
        ("what is it that I have to write here?", PasteKind.UNKNOWN),
        ("äöüäöüäöüäöüäöüäöüäöü", PasteKind.UNKNOWN),
    ],
)
def test_what_is_no_answer_is_told_apart(pasted: str, kind: PasteKind) -> None:
    assert read_pasted_answer(pasted, STATE).kind is kind


LONG = "M." + "aB3-" * 1500


@pytest.mark.parametrize(
    ("pasted", "field", "value"),
    [
        # decoded once only
        (f"http://localhost/?code=aaaaaaaaaaaaaaaaaaaaa%2521&state={STATE}", "code", "aaaaaaaaaaaaaaaaaaaaa%21"),
        (
            f"localhost/?error=access_denied&error_description=AADSTS65004%3a+User+declined&state={STATE}",
            "error_description",
            "AADSTS65004: User declined",
        ),
        (f"http://localhost:8080/?code={LONG}&state={STATE}", "code", LONG),
        # copied out of another address
        (quote(f"http://localhost:8080/?code=M.C5_BAY.2.U.abc&state={STATE}", safe=""), "code", "M.C5_BAY.2.U.abc"),
    ],
)
def test_codes_and_the_words_of_a_refusal_are_kept_as_they_are(pasted: str, field: str, value: str) -> None:
    answer = read_pasted_answer(pasted, STATE)

    assert answer.kind is (PasteKind.ANSWER if field == "code" else PasteKind.REFUSED)
    assert answer.fields[field] == value


@given(
    st.lists(
        st.sampled_from([*"aZ0 %&=?#+/:;<>'\"()~.\r\n\x1b\ufeff\ud800\xe4", "code=", "state=", "error=", "https://"])
    ).map("".join)
)
def test_nothing_that_is_pasted_breaks_the_reader(pasted: str) -> None:
    assert read_pasted_answer(pasted, STATE).kind in PasteKind
