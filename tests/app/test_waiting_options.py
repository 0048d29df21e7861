"""Options that wait for another one."""

from __future__ import annotations

from onedrive.app.program import WaitingOptions


def test_an_option_waits_for_a_sign_in_once_and_not_in_circles() -> None:
    now = [0.0]
    waiting = WaitingOptions(lambda: now[0])

    assert waiting.go_on(1) is None
    assert waiting.wait(4, until=1)
    assert waiting.go_on(1) == 4
    assert waiting.go_on(1) is None
    now[0] = 30.0
    assert not waiting.wait(4, until=1)
    assert waiting.go_on(1) is None
    now[0] = 100.0
    assert waiting.wait(4, until=1)


def test_the_download_waits_for_the_list_and_the_list_for_the_sign_in() -> None:
    waiting = WaitingOptions()
    assert waiting.wait(4, until=3)
    assert waiting.wait(3, until=1)

    assert waiting.go_on(2) is None
    assert waiting.go_on(1) == 3
    assert waiting.go_on(3) == 4
    assert waiting.go_on(4) is None


def test_an_option_that_needs_itself_does_not_wait() -> None:
    assert not WaitingOptions().wait(3, until=3)


def test_an_option_whose_sign_in_was_given_up_does_not_go_on() -> None:
    waiting = WaitingOptions()
    waiting.wait(4, until=1)

    waiting.forget()

    assert waiting.go_on(1) is None


def test_what_waits_is_told_down_to_the_option_that_the_person_chose() -> None:
    waiting = WaitingOptions()

    waiting.wait(6, until=4)
    assert waiting.describe() == "option 6 then goes on by itself"
    waiting.wait(4, until=3)
    assert waiting.describe() == "options 4 and 6 then go on by themselves"
    waiting.wait(3, until=1)
    assert waiting.describe() == "options 3, 4 and 6 then go on by themselves"
