"""Which names OneDrive takes, and which it holds for the same: as the pretend service does."""

from __future__ import annotations

import unicodedata

import pytest

from onedrive.manage.rename_plan import name_key, why_forbidden
from pretend_onedrive.model.dialect import collation_key, is_allowed

SAMPLES = [
    *("a.jpg", "Ærø.txt", "100% #1.txt", ".hidden", "a b", "con.txt", "forms", "~a", "日本語.txt", "🎉.txt", "a" * 255),
    *("a" * 256, "a:b", "a/b", "a\\b", "a|b", 'a"b', "a*b", "a<b", "a>b", "a?b", "a\x01b", "", " a", "a ", "a.", "."),
    *("CON", "nul", "COM1", "lpt9", "desktop.ini", "Desktop.INI", ".lock", "~$a.docx", "a_vti_b", "🎉" * 128),
]


def test_a_name_that_the_service_refuses_is_found_before_it_is_sent() -> None:
    for name in SAMPLES:
        is_too_long = len(name) + sum(character > "\uffff" for character in name) > 255

        assert (why_forbidden(name, "/Pictures") is None) == (is_allowed(name) and not is_too_long), name


def test_a_path_of_more_than_400_characters_and_half_a_character_are_refused() -> None:
    assert why_forbidden("a" * 99, "/" + "f" * 300) == "the whole path has more than 400 characters"
    assert why_forbidden("a" * 98, "/" + "f" * 300) is None
    assert why_forbidden("a\ud800b", "") == "it has a broken character in it"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A.JPG", "a.jpg", True),
        ("Maersk", "Mærsk", True),
        ("ａ.txt", "a.txt", True),  # noqa: RUF001  # full width
        (unicodedata.normalize("NFD", "Café"), unicodedata.normalize("NFC", "Café"), True),
        ("a.jpg", "b.jpg", False),
        ("Cafe", "Café", False),
    ],
)
def test_names_are_held_for_the_same_as_the_service_does(one: str, other: str, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same
    assert (collation_key(one) == collation_key(other)) is same
