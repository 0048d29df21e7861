"""One question, one answer: are these two records about the same drive?"""

from __future__ import annotations

import pytest

from onedrive.graph.drive import DriveFacts, is_same_drive

ID, WORK = "0f09000000cfea42", "b!aBcDeF-_0123456789"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((ID, "ada"), ("0F09000000CFEA42", "ADA"), True),
        ((ID, "ada"), ("F09000000CFEA42", ""), True),  # 15 digits, and nobody is named
        ((ID, "ada"), ("f09000000cfea42", "somebody else"), True),  # the weaker field does not decide
        ((ID, "ada"), ("1f09000000cfea42", "ada"), False),
        ((WORK, "ada"), (WORK, "bob"), True),
        ((WORK, "ada"), (WORK.lower(), "ada"), False),  # the ids of work drives tell case apart
        ((WORK, "ada"), (ID, "ada"), False),
        (("", ID), ("", "F09000000CFEA42"), True),
        ((ID, "ada"), ("", "Ada"), True),
        ((ID, "ada"), ("", "bob"), False),
        (("", "ada"), ("", ""), None),
        (("", ""), ("", ""), None),
        ((ID, ""), ("", "ada"), None),
    ],
)
def test_the_id_of_the_drive_decides_and_the_account_only_where_there_is_none(
    one: tuple[str, str], other: tuple[str, str], same: bool | None
) -> None:
    assert is_same_drive(DriveFacts(*one), DriveFacts(*other)) is same
    assert is_same_drive(DriveFacts(*other), DriveFacts(*one)) is same
