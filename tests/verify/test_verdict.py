"""The verdict in one sentence that a person can act on."""

from __future__ import annotations

import io

import pytest

from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.terminal.terminal import Terminal
from onedrive.verify.strangers import FolderCheck
from onedrive.verify.verdict import MOST_OF_A_CLASS, VerificationTally, judge_tally, show_tally

KB = 1000
PROVEN, MISSING, DAMAGED = ItemClass.PROVEN, ItemClass.MISSING, ItemClass.DAMAGED
LEFT_OUT, UNAVAILABLE = ItemClass.LEFT_OUT, ItemClass.UNAVAILABLE


def _item(item_class: ItemClass, number: int, reason: str = "") -> VerifiedItem:
    return VerifiedItem(f"id{number}", "d", f"/{number:02}.jpg", item_class, "", size_bytes=KB, reason=reason)


def _tally(counts: dict[ItemClass, int], *, not_listed: int = 0, lost: int = 0, left_out: int = 0) -> VerificationTally:
    """`lost` of the drive's files were not judged, `left_out` of each class are left out by choice."""
    files = sum(number for item_class, number in counts.items() if item_class is not ItemClass.ONLY_HERE)
    tally = VerificationTally(drive_files=files, drive_bytes=files * KB, not_listed=not_listed)
    tally.listed, tally.listed_bytes = files - lost, (files - lost) * KB
    for item_class, number in counts.items():
        for i in range(number):
            tally.add(_item(item_class, i, "why"), is_left_out=i < left_out)
    return tally


@pytest.mark.parametrize(
    ("counts", "folder", "words"),
    [
        ({PROVEN: 3}, "", "All 3 files (3.0 kB) are here and proven."),
        ({PROVEN: 1}, "", "The one file on OneDrive (1.0 kB) is here and proven."),
        ({}, "", "There are no files on OneDrive, so there is nothing to prove."),
        ({LEFT_OUT: 4}, "", "Nothing of what is on OneDrive is chosen, so there is nothing to prove."),
        ({UNAVAILABLE: 3}, "",
         "There are no files on OneDrive but 3 items that OneDrive cannot deliver itself (named below)."),
        ({LEFT_OUT: 4, UNAVAILABLE: 1}, "",
         "Nothing of what is on OneDrive is chosen, so there is nothing to prove. "
         "1 item more OneDrive cannot deliver itself (named below)."),
        ({PROVEN: 18, UNAVAILABLE: 3}, "",
         "All 18 files (18.0 kB) are here and proven, except 3 that OneDrive itself cannot deliver (named below)."),
        ({PROVEN: 5, LEFT_OUT: 2, ItemClass.ONLY_HERE: 9}, "",
         "All 5 files that you chose (5.0 kB of 7.0 kB) are here and proven. 2 other files are left out by choice."),
        ({PROVEN: 5, ItemClass.SAME_SIZE: 2, ItemClass.BY_DESIGN: 1}, "",
         "All 8 files (8.0 kB) are here: 5 proven by hash, 2 by size (OneDrive lists no hash) and "
         "1 as OneDrive sends it (other bytes than it lists)."),
        ({ItemClass.TRUSTED: 5}, "", "All 5 files (5.0 kB) are here by size and time, without reading them."),
        ({PROVEN: 1, ItemClass.TRUSTED: 4}, "",
         "All 5 files (5.0 kB) are here: 1 proven by hash and 4 by size and time, without reading."),
        ({PROVEN: 3}, "/Pictures", "All 3 files in /Pictures (3.0 kB) are here and proven."),
        ({PROVEN: 1}, "/Pictures", "The one file in /Pictures (1.0 kB) is here and proven."),
        ({}, "/Pictures", "There are no files in /Pictures, so there is nothing to prove."),
        ({PROVEN: 2, LEFT_OUT: 1}, "/Pictures",
         "All 2 files in /Pictures that you chose (2.0 kB of 3.0 kB) are here and proven. "
         "1 other file is left out by choice."),
    ],
)  # fmt: skip
def test_a_good_verdict_says_how_much_is_here_and_how_that_is_known(
    counts: dict[ItemClass, int], folder: str, words: str
) -> None:
    verdict = judge_tally(_tally(counts), folder)

    rest = " Nothing else of OneDrive was looked at." if folder else ""
    assert (verdict.words, verdict.is_good) == (words + rest, True)


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (_tally({PROVEN: 9, MISSING: 12, DAMAGED: 1}),
         "12 files are missing and 1 is damaged. Choose 4 to fetch them."),
        (_tally({DAMAGED: 1}), "1 file is damaged. Choose 4 to fetch it."),
        (_tally({MISSING: 1, DAMAGED: 2, ItemClass.CHANGED: 1}),
         "1 file is missing, 2 are damaged and 1 has changed on OneDrive since. Choose 4 to fetch them."),
        (_tally({ItemClass.CHANGED: 2}), "2 files have changed on OneDrive since. Choose 4 to fetch them."),
        (_tally({DAMAGED: 1}, left_out=1),
         "1 file is damaged. It is left out by choice, so 4 does not fetch it. "
         "Choose 5 to take it into your choice, then 4."),
        (_tally({DAMAGED: 2}, left_out=2),
         "2 files are damaged. They are left out by choice, so 4 does not fetch them. "
         "Choose 5 to widen your choice, then 4."),
        (_tally({DAMAGED: 3}, left_out=1),
         "3 files are damaged. Choose 4 to fetch 2; 1 of them is left out by choice. "
         "Choose 5 to take it into your choice, then 4."),
        (_tally({DAMAGED: 3}, left_out=2),
         "3 files are damaged. Choose 4 to fetch 1; 2 of them are left out by choice. "
         "Choose 5 to widen your choice, then 4."),
        (_tally({PROVEN: 4}, lost=1),
         "the numbers do not agree (3 files looked at, 4 on the drive). Choose 6 again."),
        (_tally({PROVEN: 4}, not_listed=2),
         "2 folders could not be listed this time, so nobody knows what is in them. Choose 6 again."),
    ],
)  # fmt: skip
def test_a_bad_verdict_says_what_is_wrong_and_what_to_do(tally: VerificationTally, words: str) -> None:
    verdict = judge_tally(tally)

    assert (verdict.words, verdict.is_good) == (f"Do not delete anything yet: {words}", False)


def _shown(tally: VerificationTally, folders: FolderCheck) -> str:
    output = io.StringIO()
    show_tally(Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={}), tally, folders)
    return output.getvalue()


def test_the_first_ten_of_a_class_and_of_the_folders_are_named_with_their_reasons() -> None:
    missing = [(f"/{number}", "it is not here") for number in range(12)]

    shown = _shown(_tally({MISSING: 12}), FolderCheck(20, missing))

    assert "missing here       12  12.0 kB" in shown
    assert "12 items missing here:\n  /00.jpg: why." in shown
    assert "  /09.jpg: why.\n  and 2 more; verification.json names them all." in shown
    assert "12 folders of 20 are not here:\n  /0: it is not here." in shown
    assert "  /9: it is not here.\n  and 2 more.\nChoose 4 to make what is missing." in shown


@pytest.mark.parametrize(
    ("number", "unlisted", "words"),
    [
        (19, 0, "All 19 folders are here too.\n"),
        (1, 0, "The one folder is here too.\n"),
        (0, 0, ""),
        (17, 2, "All 17 other folders are here too.\n"),
        (1, 2, "The one other folder is here too.\n"),
    ],
)
def test_folders_that_are_all_here_are_counted_beside_those_that_nobody_can_list(
    number: int, unlisted: int, words: str
) -> None:
    assert _shown(_tally({}), FolderCheck(number, unlisted=unlisted)) == words


def test_no_more_are_held_than_are_named_and_good_ones_only_with_a_reason() -> None:
    tally = _tally({MISSING: MOST_OF_A_CLASS + 5})

    tally.add(_item(PROVEN, 1), is_left_out=False)
    tally.add(_item(PROVEN, 2, "elsewhere"), is_left_out=False)

    assert len(tally.named[MISSING]) == MOST_OF_A_CLASS
    assert tally.worth_a_name[MISSING] == MOST_OF_A_CLASS + 5
    assert [item.id for item in tally.named[PROVEN]] == ["id2"]
    assert tally.counts()["proven"] == (2, 2 * KB)
    assert tally.counts()["damaged here"] == (0, 0)


def test_the_sums_agree_only_when_both_files_and_bytes_do() -> None:
    tally = _tally({PROVEN: 2})
    assert tally.sums_agree

    tally.listed_bytes -= 1

    assert not tally.sums_agree
