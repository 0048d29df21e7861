from __future__ import annotations

import pytest

from onedrive.terminal.input import Key, LineEditor


def feed(editor: LineEditor, keys: str) -> list[Key]:
    return [editor.feed(character) for character in keys]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("abc", "abc"),
        ("abc\x7f", "ab"),
        ("abc\x08\x08", "a"),
        ("ü\x7f", ""),
        ("a漢\x7f", "a"),
        ("ae\u0301\x7f", "a"),
        ("\x7f\x7fa", "a"),
        ("one two\x15x", "x"),
        ("one two  \x17x", "one x"),
        ("a\x1b[Ab\x1b[1;5Dc\x1bOPd", "abcd"),
        ("a\x1b[[Ab", "ab"),
        ("a\x1b[3~b", "ab"),
        ("a\x1bb", "ab"),
        ("a\x1b\x1b[Ab", "ab"),
        ("a\x1b[漢", "a漢"),
        ("\x1b[200~pasted\x1b[201~", "pasted"),
        ("a\x0c\x16b", "ab"),
        ("a\tb", "a\tb"),
        ("a\x04b", "ab"),
    ],
)
def test_keys_make_the_line(keys: str, text: str) -> None:
    editor = LineEditor()

    feed(editor, keys)

    assert editor.text == text


@pytest.mark.parametrize("key", ["\r", "\n"])
def test_carriage_return_and_line_feed_are_enter(key: str) -> None:
    assert LineEditor().feed(key) == "enter"


@pytest.mark.parametrize("key", ["\x04", "\x00"])
def test_ctrl_d_ends_at_an_empty_line_only(key: str) -> None:
    editor = LineEditor()

    assert editor.feed(key) == "end"
    assert feed(editor, "a" + key) == ["typed", "typed"]


def test_enter_after_a_lone_escape_is_enter() -> None:
    assert feed(LineEditor(), "\x1b\r") == ["typed", "enter"]


def test_a_bracketed_paste_is_known_while_it_arrives() -> None:
    editor = LineEditor()

    feed(editor, "\x1b[200~half")
    during = editor.in_paste
    last = feed(editor, " rest\x1b[201~")[-1]

    assert during
    assert not editor.in_paste
    assert last == "paste_end"


def test_a_discarded_paste_takes_its_rest_with_it() -> None:
    editor = LineEditor()
    feed(editor, "\x1b[200~half")

    editor.discard()
    keys = feed(editor, " rest\r\x1b[201~3\r")

    assert editor.text == "3"
    assert keys.count("enter") == 1


def test_a_new_line_begins_empty() -> None:
    editor = LineEditor()
    feed(editor, "old")

    editor.start_line()

    assert editor.text == ""
