"""What --quiet says of a step that left something undone: what, how many, where, what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.app.run_report import describe_failure
from onedrive.home.lists import ListException, ListState, write_list_state
from onedrive.home.verification import VerificationFacts, write_verification
from onedrive.settings import Settings
from onedrive.step_result import StepResult

FACTS = VerificationFacts(
    when="2026-11-24T05:42:16+00:00",
    account_id="a",
    drive_id="d",
    downloads="downloads",
    verdict="2 files are damaged here.",
    is_good=False,
    is_whole=True,
    way="read",
    drive_files=4,
    drive_bytes=9,
    drive_folders=0,
    selection="everything",
)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, downloads=home / "downloads")


def test_failed_files_are_counted_and_the_first_are_named(settings: Settings) -> None:
    rows = [{"id": str(i), "path": f"/{i}\x1b.txt", "reason": "it changed."} for i in range(5)]
    (settings.home / "item_download_errors.json").write_text(json.dumps(rows))

    said = describe_failure(4, "Download", StepResult(3), settings)

    assert said == (
        "5 files could not be downloaded: "
        "/0\\x1b.txt (it changed); /1\\x1b.txt (it changed); /2\\x1b.txt (it changed); "
        f"and 2 more. The others are here; {settings.home / 'item_download_errors.json'} names them all. "
        "Run 4 again to try once more."
    )


def test_what_could_not_be_listed_is_named_and_what_never_can_is_not(settings: Settings) -> None:
    gaps = (
        ListException("/A", "1", "access denied", by_nature=False),
        ListException("/V", "2", "vault", by_nature=True),
    )
    write_list_state(settings.home, ListState("2026-11-24T05:42:16+00:00", "a", "d", exceptions=gaps))

    said = describe_failure(3, "List", StepResult(3), settings)

    assert said.startswith("1 item could not be listed: /A (access denied). The rest is in the list;")


def test_the_verdict_of_a_verification_is_repeated(settings: Settings) -> None:
    write_verification(settings.home, FACTS, [])

    said = describe_failure(6, "Verify", StepResult(7), settings)

    assert said.startswith("The verification found something wrong: 2 files are damaged here. ")
    assert "Run 4" in said


def test_the_steps_own_words_come_first(settings: Settings) -> None:
    assert describe_failure(4, "Download", StepResult(5, failure="No room."), settings) == "No room."


@pytest.mark.parametrize("content", ["", "{", "[]x", '[{"id": 1}]', "7", None])
@pytest.mark.parametrize(("number", "code"), [(3, 3), (4, 3), (6, 7), (4, 5), (8, 9)])
def test_without_details_there_are_general_words(
    settings: Settings, content: str | None, number: int, code: int
) -> None:
    for name in ("item_download_errors.json", "list_state.json", "verification.json"):
        if content is not None:
            (settings.home / name).write_text(content)

    said = describe_failure(number, "The label", StepResult(code), settings)

    assert said.startswith(f"Option {number} (The label): ")
    assert said.endswith(".")


def test_a_good_verification_is_not_called_wrong(settings: Settings) -> None:
    write_verification(settings.home, replace(FACTS, is_good=True), [])

    assert describe_failure(6, "Verify", StepResult(7), settings).startswith("Option 6 (Verify): the verification")
