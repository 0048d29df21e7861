"""Files and bytes by class, and the first of each that is worth a name."""

from __future__ import annotations

from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.verify.verdict import MOST_NAMED, VerificationTally


def _item(item_class: ItemClass, reason: str = "") -> VerifiedItem:
    return VerifiedItem("1", "d", "/a", "a", 10, "", "", "", item_class, "", reason)


def test_files_and_bytes_are_counted_by_class() -> None:
    tally = VerificationTally()

    tally.add(_item(ItemClass.PROVEN), is_left_out=False)
    tally.add(_item(ItemClass.SAME_SIZE), is_left_out=False)
    tally.add(_item(ItemClass.MISSING), is_left_out=False)

    assert tally.good == (2, 20)
    assert tally.bad == 1
    assert tally.counts()["proven"] == (1, 10)
    assert tally.counts()["damaged here"] == (0, 0)


def test_what_is_left_out_is_not_reached_by_option_4() -> None:
    tally = VerificationTally()

    tally.add(_item(ItemClass.DAMAGED), is_left_out=True)
    tally.add(_item(ItemClass.DAMAGED), is_left_out=False)

    assert (tally.bad, tally.reached_by_4) == (2, 1)


def test_no_more_are_held_than_are_named_and_good_ones_only_with_a_reason() -> None:
    tally = VerificationTally()

    for _ in range(MOST_NAMED + 5):
        tally.add(_item(ItemClass.MISSING, "why"), is_left_out=False)
        tally.add(_item(ItemClass.PROVEN), is_left_out=False)
    tally.add(_item(ItemClass.PROVEN, "elsewhere"), is_left_out=False)

    assert len(tally.named[ItemClass.MISSING]) == MOST_NAMED
    assert tally.worth_a_name[ItemClass.MISSING] == MOST_NAMED + 5
    assert len(tally.named[ItemClass.PROVEN]) == 1


def test_the_sums_agree_only_when_both_files_and_bytes_do() -> None:
    tally = VerificationTally(drive_files=2, drive_bytes=20)
    tally.listed, tally.listed_bytes = 2, 20
    assert tally.sums_agree

    tally.listed_bytes = 19

    assert not tally.sums_agree
