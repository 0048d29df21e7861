"""The verdict in one sentence that a person can act on."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from onedrive.home.lists import ListException
from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.terminal.terminal import Terminal
from onedrive.verify.judgement import FORBIDDEN
from onedrive.verify.strangers import FolderCheck
from onedrive.verify.verdict import MOST_OF_A_CLASS, VerificationTally, judge_tally, show_tally

KB = 1000
PROVEN, MISSING, DAMAGED = ItemClass.PROVEN, ItemClass.MISSING, ItemClass.DAMAGED
LEFT_OUT, UNAVAILABLE = ItemClass.LEFT_OUT, ItemClass.UNAVAILABLE


def _item(item_class: ItemClass, number: int, reason: str = "") -> VerifiedItem:
    return VerifiedItem(f"id{number}", "d", f"/{number:02}.jpg", item_class, "", size_bytes=KB, reason=reason)


def _tally(counts: dict[ItemClass, int], *, not_listed: int = 0, lost: int = 0) -> VerificationTally:
    """`lost` of the drive's files were not judged."""
    files = sum(number for item_class, number in counts.items() if item_class is not ItemClass.ONLY_HERE)
    tally = VerificationTally(drive_files=files, drive_bytes=files * KB, not_listed=not_listed)
    tally.listed, tally.listed_bytes = files - lost, (files - lost) * KB
    for item_class, number in counts.items():
        for i in range(number):
            tally.add(_item(item_class, i, "why"))
            if item_class is UNAVAILABLE:
                tally.unavailable.append(ListException(f"/{i}", f"id{i}", "why", by_nature=True))
    return tally


BACK, AWAY, ELSEWHERE = ItemClass.PUT_BACK, ItemClass.AWAY, ItemClass.ELSEWHERE
TRUSTED = ItemClass.TRUSTED


@pytest.mark.parametrize(
    ("counts", "folder", "words"),
    [
        ({PROVEN: 3}, "", "Everything on OneDrive is here: 3 files (3.0 kB), each checked."),
        ({PROVEN: 1}, "", "Everything on OneDrive is here: 1 file (1.0 kB), checked."),
        ({}, "", "There are no files on OneDrive, so there is nothing to check."),
        ({LEFT_OUT: 4}, "",
         "Nothing of what is on OneDrive is chosen, so there is nothing to check."),
        ({UNAVAILABLE: 3}, "",
         "There are no files on OneDrive that it gives out, so there is nothing to check. "
         "3 things that OneDrive gives to no program are named in the report."),
        ({PROVEN: 45, UNAVAILABLE: 3}, "",
         "Everything that OneDrive gives out is here: 45 files (45.0 kB), each checked. "
         "3 things it gives to no program are named in the report."),
        ({PROVEN: 5, LEFT_OUT: 2, UNAVAILABLE: 1, ItemClass.ONLY_HERE: 9}, "",
         "Everything that you chose is here: 5 files (5.0 kB of 8.0 kB), each checked. "
         "2 other files are left out by choice. "
         "1 thing that OneDrive gives to no program is named in the report."),
        ({PROVEN: 5, ItemClass.SAME_SIZE: 2, ItemClass.BY_DESIGN: 1}, "",
         "Everything on OneDrive is here: 8 files (8.0 kB), each checked."),
        ({PROVEN: 5, ItemClass.LIVE_STILL: 2}, "",
         "Everything on OneDrive is here: 7 files (7.0 kB), each checked. "
         "2 Live Photos lack their short films, which OneDrive gives to no program; the report says how to get them."),
        ({PROVEN: 5, ItemClass.AS_SENT: 2}, "",
         "Everything on OneDrive is here: 7 files (7.0 kB), each checked. "
         "OneDrive sends 2 files with another size and checksum than it lists: open them to see that they are whole."),
        ({TRUSTED: 5}, "", "Everything on OneDrive is here: 5 files (5.0 kB), by size and time alone, not read."),
        ({PROVEN: 1, TRUSTED: 4}, "",
         "Everything on OneDrive is here: 5 files (5.0 kB), 1 of them checked, 4 by size and time alone, not read."),
        ({PROVEN: 3}, "/Pictures",
         "Everything in /Pictures is here: 3 files (3.0 kB), each checked. The rest of OneDrive was not looked at."),
        ({}, "/Pictures",
         "There are no files in /Pictures, so there is nothing to check. The rest of OneDrive was not looked at."),
        ({PROVEN: 20, BACK: 25}, "",
         "All 45 files are here: 20 (20.0 kB) as on OneDrive, each checked, and 25 with an earlier content that you "
         "put back."),
        ({BACK: 1}, "", "1 file has an earlier content that you put back; OneDrive has another one."),
        ({PROVEN: 2, ELSEWHERE: 1}, "",
         "2 files (2.0 kB) are in the downloads folder, each checked. 1 file (1.0 kB) is proven elsewhere (--known)."),
        ({ELSEWHERE: 2}, "",
         "Nothing of it is in the downloads folder. 2 files (2.0 kB) are proven elsewhere (--known)."),
    ],
)  # fmt: skip
def test_a_good_verdict_says_how_much_is_here_and_how_that_is_known(
    counts: dict[ItemClass, int], folder: str, words: str
) -> None:
    verdict = judge_tally(_tally(counts), folder)

    assert (verdict.words, verdict.is_good) == (words, True)


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (_tally({PROVEN: 9, MISSING: 12, DAMAGED: 1}),
         "12 files are missing and 1 is damaged. Choose 4 to fetch them."),
        (_tally({DAMAGED: 1, LEFT_OUT: 2}), "1 file is damaged. Choose 4 to fetch it."),
        (_tally({MISSING: 1, DAMAGED: 2, ItemClass.CHANGED: 1}),
         "1 file is missing, 2 are damaged and 1 has changed on OneDrive since. Choose 4 to fetch them."),
        (_tally({ItemClass.CHANGED: 2}), "2 files have changed on OneDrive since. Choose 4 to fetch them."),
        (_tally({PROVEN: 4}, lost=1),
         "the numbers do not agree (3 files looked at, 4 on OneDrive). Choose 6 again."),
        (_tally({PROVEN: 4}, not_listed=2),
         "2 folders could not be listed this time, so nobody knows what is in them. Choose 6 again."),
    ],
)  # fmt: skip
def test_a_bad_verdict_says_what_is_wrong_and_what_to_do(tally: VerificationTally, words: str) -> None:
    verdict = judge_tally(tally)

    assert (verdict.words, verdict.is_good) == (f"Do not delete anything yet: {words}", False)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (0, "2 files are damaged. Give yourself the right to read them, then choose 6 again."),
        (1, "1 file is missing and 2 are damaged. Choose 4 to fetch 1. "
            "Give yourself the right to read 2, then choose 6 again."),
    ],
)  # fmt: skip
def test_what_the_person_may_not_read_is_nothing_that_4_could_fetch(missing: int, words: str) -> None:
    tally = _tally({PROVEN: 1, MISSING: missing})
    for number in range(2):
        tally.add(_item(DAMAGED, number, FORBIDDEN))

    assert judge_tally(tally).words == f"Do not delete anything yet: {words}"


def test_what_is_on_a_disk_that_is_away_is_neither_good_nor_wrong() -> None:
    verdict = judge_tally(_tally({PROVEN: 2, AWAY: 1}))

    assert "connect its disk and choose 6 again before you delete it on OneDrive." in verdict.words
    assert (verdict.is_good, verdict.is_wrong) == (False, False)


def _shown(tally: VerificationTally, folders: FolderCheck, home: Path, *, verbose: bool = False) -> str:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={}, verbose=verbose)
    show_tally(terminal, home, tally, folders)
    return output.getvalue()


def test_what_is_wrong_is_said_by_reason_with_an_example_and_by_name_only_with_verbose(home: Path) -> None:
    tally = _tally({MISSING: MOST_OF_A_CLASS + 2, PROVEN: 1})
    tally.add(_item(DAMAGED, 1, "it is shorter than what was downloaded: 1 of 9 bytes"))
    tally.add(_item(DAMAGED, 2, "it is shorter than what was downloaded: 2 of 9 bytes"))
    folders = FolderCheck(20, [(f"/{number}", "it is not here") for number in range(12)])

    shown, all_of_it = (_shown(tally, folders, home, verbose=verbose) for verbose in (False, True))

    assert "missing here                                 12  12.0 kB" in shown
    assert (
        "\n12 files missing here, such as /00.jpg: why.\n2 files damaged here, such as /01.jpg: it is shorter than "
        "what was downloaded: 1 of 9 bytes.\n12 folders of 20 are not here, such as /0: it is not here. "
        "Choose 4 to make them.\n" in shown
    )
    assert "missing here:\n  /00.jpg: why." in all_of_it
    assert "  /09.jpg: why.\n  and 2 more" in all_of_it
    assert "folders not here:\n  /0: it is not here.\n" in all_of_it


def test_folders_that_are_all_here_are_no_news(home: Path) -> None:
    assert _shown(_tally({}), FolderCheck(17, unlisted=2), home) == ""
    assert "17 folders looked for, and all are here." in _shown(_tally({}), FolderCheck(17), home, verbose=True)
