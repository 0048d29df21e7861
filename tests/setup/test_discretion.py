"""What may stand in a bug report: no name, no address, no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.setup.findings import PROGRAM, Discretion, proxy_secrets, proxy_words, shorten_id


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/anna/copy", "~/copy"),
        ("Read: /home/anna/.env and /home/anna", "Read: ~/.env and ~"),
        ("in /home/anna.", "in ~."),
        ("'/home/anna/x'", "'~/x'"),
        ("/home/annabel/copy", "/home/annabel/copy"),
        ("/mnt/home/anna/copy", "/mnt/home/.../copy"),
        ("/media/anna/Disk", "/media/.../Disk"),
        ("/media/anna", "/media/..."),
        ("anna is a word", "anna is a word"),
        ("Signed in as anna.b+c@mail.example.org now", "Signed in as a...@mail.example.org now"),
        ("through http://user:word@proxy:80", "through http://proxy:80"),
        ("the secret s3cret-value, and s3cret-value-two", "the secret (hidden), and (hidden)"),
        ("unseen \x1b[31m", "unseen \\x1b[31m"),
    ],
)
def test_a_text_tells_nothing_about_the_person(text: str, shown: str) -> None:
    discretion = Discretion(Path("/home/anna"), ["s3cret-value", "s3cret-value-two", "", "is"])

    assert discretion.clean_text(text) == shown


def test_both_texts_of_a_finding_are_cleaned() -> None:
    found = Discretion(Path("/home/anna")).clean(PROGRAM.wrong("x", "in /home/anna/a", "chmod /home/anna/a"))

    assert (found.words, found.cure) == ("in ~/a", "chmod ~/a")


def test_without_a_home_folder_of_its_own_paths_stay() -> None:
    assert Discretion(Path("/")).clean_text("/srv/copy") == "/srv/copy"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://proxy.example:8080", "http://proxy.example:8080"),
        ("proxy.example:8080", "http://proxy.example:8080"),
        ("http://u:p@proxy.example:8080/", "http://proxy.example:8080 (with a name and password, not shown)"),
        ("http://[bad", "an address that can be none"),
        ("http://", "an address that can be none"),
    ],
)
def test_a_proxy_is_shown_without_its_password(address: str, shown: str) -> None:
    assert proxy_words(address) == shown


@pytest.mark.parametrize(
    ("address", "secrets"),
    [("http://u:pass@h:1", ["pass"]), ("http://h", []), ("http://[bad", ["http://[bad"]), ("", [])],
)
def test_the_password_of_a_proxy_is_known(address: str, secrets: list[str]) -> None:
    assert proxy_secrets(address) == secrets


@pytest.mark.parametrize(("identity", "shown"), [("0f092ba1c3d4e5f6", "0f09..."), ("b!x", "..."), ("", "...")])
def test_an_id_is_shortened(identity: str, shown: str) -> None:
    assert shorten_id(identity) == shown
