"""The rules of option 8: what a host's answer, a clock, a version or a text means; and how findings are shown."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from onedrive import RELEASED, VERSION
from onedrive.errors import (
    ConnectionLost,
    OneDriveError,
    ServiceUnusable,
    SettingsError,
)  # fmt: skip
from onedrive.settings import Settings
from onedrive.setup.computer import look_at_folders, look_at_program
from onedrive.setup.findings import (
    NETWORK,
    PROGRAM,
    Mask,
    State,
    describe_proxy,
    find_proxy_secrets,
    show_findings,
)  # fmt: skip
from onedrive.setup.hosts import (
    PORTAL_CURE,
    Probe,
    addresses,
    look_at_clock,
    look_at_host,
    look_at_proxy,
)  # fmt: skip
from onedrive.setup.microsoft import judge_app
from onedrive.terminal.terminal import Terminal
from tests.desk import Desk
from tests.person import Person

GRAPH = "graph.microsoft.com"
FILES = "my.microsoftpersonalcontent.com"
TODAY = date.fromisoformat(RELEASED) + timedelta(days=365)
OK, NOTE, WRONG = State.OK, State.NOTE, State.WRONG


# --- hosts, proxy, clock ----------------------------------------------------------------------------------------------


def _lost(error: OneDriveError) -> Probe:
    return Probe(GRAPH, error=error)


@pytest.mark.parametrize(
    ("asked", "state", "words", "cure"),
    [
        (_lost(ConnectionLost(GRAPH, "the proxy said no", "Ask it.")), WRONG, "the proxy said no", "Ask it."),
        (_lost(SettingsError("No bundle.", "Make one.")), WRONG, "(lists): No bundle", "Make one."),
        (_lost(ServiceUnusable(GRAPH, "x")), WRONG, "did not give a usable answer: x", PORTAL_CURE),
        (Probe(FILES, status=302, leads_to="notlive.com"), WRONG, "sends us on to notlive.com", PORTAL_CURE),
        (Probe(GRAPH, status=429, retry_after="soon"), NOTE, "asks us to wait", None),
        (Probe(FILES, status=404, seconds=0.05), OK, "answered in 50 ms, its certificate is trusted", ""),
        (Probe(FILES, status=302, leads_to="onedrive.live.com"), OK, "its certificate is trusted", ""),
        (Probe(FILES, status=302, leads_to=FILES), OK, "its certificate is trusted", ""),
    ],
)
def test_an_answer_says_how_a_host_is_reached(asked: Probe, state: State, words: str, cure: str | None) -> None:
    found = look_at_host(asked)

    assert found.state is state
    assert found.words.endswith(words)
    assert cure is None or found.cure == cure


@pytest.mark.parametrize(
    ("skew", "state", "words"),
    [
        (60, OK, "agrees"),
        (-60, OK, "agrees"),
        (61, NOTE, "1 min 1 s fast"),
        (-300, NOTE, "5 min slow"),
        (301, WRONG, "5 min 1 s fast"),
        (-86_400 * 400, WRONG, "400 days slow"),
    ],
)
def test_the_clock_is_judged_by_the_servers_that_tell_the_time(skew: float, state: State, words: str) -> None:
    (found,) = look_at_clock([Probe(GRAPH), Probe(FILES, skew_seconds=skew)])

    assert found.state is state
    assert words in found.words
    assert list(look_at_clock([Probe(GRAPH)])) == []


def test_proxy_exceptions_and_certificate_files_are_told(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.touch()

    way, good, bad = look_at_proxy(
        "", {"no_proxy": "*", "REQUESTS_CA_BUNDLE": str(bundle), "SSL_CERT_FILE": "/no"}, trusts_system=True
    )

    assert way.words == "Without a proxy (NO_PROXY: *)"
    assert good.words == f"Certificates: {bundle} (REQUESTS_CA_BUNDLE)"
    assert (bad.state, bad.words) == (WRONG, "SSL_CERT_FILE: there is no /no")


@pytest.mark.parametrize(
    ("authority", "hosts"), [("consumers", 3), ("common", 3), ("organizations", 2), ("contoso.com", 2)]
)
def test_the_file_host_of_personal_accounts_is_asked_where_they_may_sign_in(authority: str, hosts: int) -> None:
    assert len(addresses(authority)) == hosts


# --- the app registration ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "number", "secret", "state", "words"),
    [
        *(("invalid_grant", number, "", OK, "Microsoft knows the app id and wants no app password")
          for number in (70000, 54005, 70008, None)),
        ("invalid_grant", 70000, "s", OK, "Microsoft knows the app id and accepts the app password"),
        ("invalid_grant", 9002313, "", OK, "Microsoft knows the app id"),
        ("invalid_grant", 9002313, "s", OK, "shows at the next sign-in"),
        ("invalid_client", 7000215, "", WRONG, "(client secret) is wrong"),
        ("invalid_client", None, "", WRONG, "(client secret) is wrong"),
        ("something_new", None, "", WRONG, "something_new"),
        ("temporarily_unavailable", 90033, "", NOTE, ""),
    ],
)  # fmt: skip
def test_the_answer_to_a_made_up_code_says_whether_app_id_and_secret_are_right(
    error: str, number: int | None, secret: str, state: State, words: str
) -> None:
    settings = Settings(Path("/h"), Path("/d"), "8c2d47aa-19f6-4e0b-b3c5-71a9e4d06f22", secret)

    listed = judge_app(settings, {"error": error, "error_codes": [number] if number else []})
    in_words = judge_app(settings, {"error": error, "error_description": f"AADSTS{number}: x" if number else ""})

    assert (listed.state, in_words.state) == (state, state)
    assert words in listed.words
    assert words in in_words.words


# --- the program and the disk -----------------------------------------------------------------------------------------


def _installed(**versions: str) -> Callable[[str], str]:
    def look_up(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    return look_up


@pytest.mark.parametrize(
    ("version", "fits"),
    [("2.100.1", True), ("2.33rc1", True), ("2.31.9", False), ("3.0rc1", False), ("unknown", False)],
)  # fmt: skip
def test_a_package_that_is_missing_or_out_of_its_range_is_named_with_the_command(
    tmp_path: Path, version: str, *, fits: bool
) -> None:
    path = tmp_path / "requirements.txt"
    nothing_to_judge_by = list(look_at_program(path, TODAY))[-1]
    path.write_text("# a comment\nrequests>=2.32,<3\nmsal >= 1.31, <2  # why\nrich>=1\n-r other.txt\n\n")

    program, *found = look_at_program(path, TODAY, installed=_installed(requests=version, msal="1.39.1"))

    by_name = {finding.name: finding for finding in found}
    assert nothing_to_judge_by.state is NOTE
    assert f"OneDrive downloader {VERSION} ({RELEASED}, 365 days old) on " in program.words
    assert next(iter(look_at_program(path, TODAY + timedelta(days=1)))).cure.startswith("It is more than a year old")
    assert ("package requests" in by_name) is not fits
    assert fits or f"The package requests {version} is not in the range " in by_name["package requests"].words
    assert by_name["package rich"].words == "The package rich is not installed"
    assert "pip install -r requirements.txt" in by_name["package rich"].cure
    assert "package msal" not in by_name


@pytest.mark.parametrize(
    ("free", "state", "words"),
    [
        (150_000_000, WRONG, "The disk has 150 MB free; the last 200 MB are left alone"),
        (None, NOTE, "The system does not say how much of the disk is free"),
    ],
)
def test_a_disk_that_is_nearly_full_is_wrong(
    home: Path, free: int | None, state: State, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_usage(_: object) -> object:
        if free is None:
            raise OSError
        return type("Usage", (), {"free": free, "total": 10 * free})

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)

    found = {finding.name: finding for finding in look_at_folders(Settings(home, home))}

    assert (found["room"].state, found["room"].words) == (state, words)
    assert found["names"].words.startswith("Names: up to ")


@pytest.mark.parametrize("knows_fsync", [True, False])
def test_a_disk_that_does_not_confirm_what_is_written_is_said_once_by_8_and_by_4(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, knows_fsync: bool
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    desk.given({"/a.bin": b"a" * 2_000_000})
    if not knows_fsync:
        monkeypatch.setattr(os, "fsync", refuse)

    found = [finding.state for finding in look_at_folders(desk.settings) if "power cut" in finding.words]
    result = desk.download()

    assert found == ([] if knows_fsync else [NOTE])
    assert (result.exit_code, desk.said.getvalue().count("survive a power cut")) == (0, 0 if knows_fsync else 1)


# --- what may be shown ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Read: /home/anna/.env and /home/anna", "Read: ~/.env and ~"),
        ("in /home/anna.", "in ~."),
        ("'/home/anna/x'", "'~/x'"),
        ("/home/annabel/copy", "/home/annabel/copy"),
        ("/mnt/home/anna/copy", "/mnt/home/.../copy"),
        ("/media/anna", "/media/..."),
        ("anna is a word", "anna is a word"),
        ("Signed in as anna.b+c@mail.example.org now", "Signed in as a...@mail.example.org now"),
        ("through http://user:word@proxy:80", "through http://proxy:80"),
        ("the secret s3cret-value, and s3cret-value-two", "the secret (hidden), and (hidden)"),
        ("unseen \x1b[31m", "unseen \\x1b[31m"),
    ],
)
def test_a_text_tells_nothing_about_the_person(text: str, shown: str) -> None:
    mask = Mask(Path("/home/anna"), ["s3cret-value", "s3cret-value-two", "", "is"])

    found = mask.finding(PROGRAM.wrong("x", text, text))

    assert (found.words, found.cure) == (shown, shown)


@pytest.mark.parametrize(
    ("address", "shown", "secrets"),
    [
        ("http://proxy.example:8080", "http://proxy.example:8080", []),
        ("proxy.example:8080", "http://proxy.example:8080", []),
        ("http://u:pass@h:1/", "http://h:1 (with a name and password, not shown)", ["pass"]),
        ("http://[bad", "an address that can be none", ["http://[bad"]),
        ("http://", "an address that can be none", []),
    ],
)
def test_a_proxy_is_shown_without_its_password(address: str, shown: str, secrets: list[str]) -> None:
    assert describe_proxy(address) == shown
    assert find_proxy_secrets(address) == secrets


# --- on the screen ----------------------------------------------------------------------------------------------------

LONG = "a rather long text about what was found, which does not fit into one line of sixty columns, nor into two"
FOUND = [
    *(PROGRAM.ok("a", "one"), PROGRAM.ok("b", "two"), PROGRAM.note("c", "three"), PROGRAM.note("d", "four")),
    *(PROGRAM.ok("e", LONG[:40]), PROGRAM.ok("f", "five"), NETWORK.ok("g", "six")),
    *(NETWORK.wrong("h", "bad", "Mend it."), NETWORK.wrong("i", LONG, "Mend it.")),
]


def test_outside_of_a_terminal_each_finding_is_a_line_and_a_cure_of_several_stands_below_the_last() -> None:
    shown = io.StringIO()

    show_findings(Terminal(stdout=shown, stdin=io.StringIO(), environ={}), FOUND)

    assert shown.getvalue().splitlines() == [
        *("", "Program", "  OK     one", "  OK     two", "  NOTE   three", "  NOTE   four"),
        *(f"  OK     {LONG[:40]}", "  OK     five"),
        *("", "Network", "  OK     six", "  WRONG  bad", f"  WRONG  {LONG}", "           Mend it."),
    ]


def test_in_a_terminal_what_is_in_order_stands_side_by_side_and_long_texts_are_wrapped_below_their_first_word() -> None:
    with Person(width=60) as person:
        terminal = Terminal(stdin=person.keyboard, stdout=person.screen, environ={"TERM": "xterm"})

        show_findings(terminal, FOUND)

        person.screen.flush()
        person.sees("Mend it.")
        rows = [row.rstrip() for row in person.rows() if row.strip()]
    assert rows == [
        *("Program", "  OK     one \u00b7 two", "  NOTE   three", "  NOTE   four", f"  OK     {LONG[:40]} \u00b7 five"),
        *(
            "Network",
            "  OK     six",
            "  WRONG  bad",
            f"  WRONG  {LONG[:51].rstrip()}",
            f"         {LONG[51:101].strip()}",
        ),
        *(f"         {LONG[101:].strip()}", "           Mend it."),
    ]
