"""Flags that contradict each other, or mean nothing to the numbers: each gets a sentence and a next step."""

from __future__ import annotations

import pytest

from onedrive.app.command_line import read_command_line
from onedrive.errors import UsageError

LABELS = dict.fromkeys((1, 2, 3, 4, 5, 6, 7, 8, 9, 0), "Something")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--quiet --verbose 3", "--quiet and --verbose do not go together"),
        ("--quick --sample 5 6", "--quick and --sample do not go together"),
        ("--dates 2019 --from 2018 4", "--dates and --from do not go together"),
        ("--dates 2019 --to 2018 4", "--dates and --until do not go together"),
        ("--from 2020 --until 2019 4", "--from 2020 is later than --until 2019"),
        ("--from 2020-02-02 --to 2020-02-01 4", "--from 2020-02-02 is later than --until 2020-02-01"),
        ("--min-size 10M --max-size 5M 4", "10,000,000 bytes or larger and 5,000,000 bytes or smaller"),
        ("--to 2019 --until 2020 4", "The last day is given twice"),
        ("--to 2019 --to 2020 4", "The last day is given twice"),
        ("--to a --to b 4", "The folder is given twice"),
        ("--to a --downloads b 4", "The folder is given twice"),
        ("--only photos --only everything 4", "--only everything stands alone"),
        ("--completion bash 3", "--completion only prints"),
        ("--completion bash --json", "--completion only prints"),
        ("--completion bash --tree", "--completion only prints"),
        ("--tree 3", "--tree shows the list that is here"),
        ("--tree --json", "knows no --json"),
        ("--tree --quiet", "knows no --quiet"),
        ("--tree --dry-run", "knows no --dry-run"),
        ("--tree --retry-failed", "knows no --retry-failed"),
        ("--tree --sample 5", "knows no --sample"),
        ("--json", "--json needs the numbers"),
        ("--quiet", "--quiet needs the numbers"),
        ("--no-input", "--no-input needs the numbers"),
        ("--dry-run 3", "--dry-run means nothing to option 3; it is for options 4 and 7"),
        ("--dry-run 4 9", "option 9 removes the saved sign-in"),
        ("--dry-run 5 4", "option 5 changes selection.json"),
        ("--retry-failed 3 6", "--retry-failed means nothing to option 3 or 6"),
        ("--root /x 4", "--root means nothing to option 4"),
        ("--quick 4", "--quick means nothing to option 4"),
        ("--sample 5 4", "--sample means nothing to option 4"),
        ("--only photos 3", "--only means nothing to option 3; it is for options 4 and 6 and --tree"),
        ("--include *.jpg 1", "--include means nothing"),
        ("--exclude *.jpg 1", "--exclude means nothing"),
        ("--from 2019 3", "--from means nothing"),
        ("--until 2019 3", "--until means nothing"),
        ("--to 2019 3", "--to 2019 (the last day) means nothing"),
        ("--dates 2019 3", "--dates means nothing"),
        ("--min-size 1 3", "--min-size means nothing"),
        ("--max-size 1 3", "--max-size means nothing"),
        ("--layout date 3", "--layout means nothing"),
        ("--duplicates once 3", "--duplicates means nothing"),
    ],
)
def test_a_contradiction_is_a_sentence_with_the_next_step(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_command_line(line.split(), LABELS)

    assert says in caught.value.sentence
    assert caught.value.sentence.endswith(".")
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "line",
    [
        "--quiet --json 3 4",
        "--only photos",
        "--only photos 3 4",
        "--only photos 1 3 4 --json",
        "3 --json 4",
        "--only photos 6",
        "--tree --only photos --plain --no-input",
        "--retry-failed --only photos --dry-run 4",
        "--dry-run",
        "--dry-run 3 7",
        "--min-size 5M --max-size 5M 4",
        "--from 2019 --until 2019 4",
        "--to 2019 --to here 4",
        "--verbose --json --log-file x.log 3",
        "--root /x 3 4",
        "--root /x 1",
        "--full 4",
        "--jobs 4 3",
        "--limit-rate 2M 3",
        "--home h 4",
    ],
)
def test_what_goes_together_is_understood(line: str) -> None:
    read_command_line(line.split(), LABELS)


def test_the_hint_of_a_flag_names_the_numbers_in_their_order() -> None:
    with pytest.raises(UsageError) as caught:
        read_command_line(["--root", "/x", "4"], LABELS)

    assert caught.value.hint.endswith("python start.py --root ... 3 4")
