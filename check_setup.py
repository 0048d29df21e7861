"""Option 8: check the setup, each finding OK or with its cure.

    the network is asked, side by side ─► meanwhile program, settings, disk and files are looked at ─► one screen

Nothing is changed and nothing secret is shown. The network's parts are imported last: the check must also work where
a package is missing, a setting cannot be read, the home cannot be written, or there is no network.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive.errors import OneDriveError, SettingsError
from onedrive.home.files import current_folder
from onedrive.settings import Settings
from onedrive.setup.computer import look_at_files, look_at_folders, look_at_program
from onedrive.setup.configuration import look_at_settings, look_at_sign_in, read_token_mode
from onedrive.setup.findings import (
    APP,
    GROUPS,
    NETWORK,
    SETTINGS,
    Finding,
    Mask,
    State,
    find_proxy_secrets,
    show_findings,
)
from onedrive.signin.key_store import KeyStore
from onedrive.signin.sign_out import find_sign_in_files
from onedrive.step_result import StepResult
from onedrive.terminal.terminal import Terminal

if TYPE_CHECKING:
    from onedrive.net.client import HttpClient
    from onedrive.setup.microsoft import OpenTokens

HOST_SECONDS = 4.0  # for a connection, and for silence on it
_NETWORK_SECONDS = 9.0  # for all that is asked of the network
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"


def check_setup(
    terminal: Terminal,
    settings: Settings,
    faults: Sequence[SettingsError],
    *,
    open_http: Callable[[float], HttpClient],
    open_tokens: OpenTokens,
    environ: Mapping[str, str] = os.environ,
    patience_seconds: float = _NETWORK_SECONDS,
) -> StepResult:
    """Show what was found and end with one sentence; the exit code is 0, 78 (a setting is wrong) or 1 (something else).

    `faults` are the settings that could not be read. `open_http` makes connections that are given up after so many
    seconds, `open_tokens` a saved sign-in that can be renewed.
    """
    terminal.say(f"Checking everything; this takes {patience_seconds:.0f} seconds at most.", style="quiet")
    mode_before = read_token_mode(settings.home)  # whoever reads the file next closes it to others
    mask = Mask(_own_folder(), _secrets(settings, environ))
    network_findings = _begin_to_ask(settings, open_http, open_tokens, patience_seconds)
    here = [
        *look_at_program(_REQUIREMENTS, date.today(), is_demo=settings.demo),
        *look_at_settings(settings, faults, current_folder()),
        *look_at_folders(settings),
        *look_at_files(settings.home, settings.downloads, now=time.time()),
    ]
    found = [*here, *network_findings(environ), *look_at_sign_in(settings, mode_before, now=time.time())]
    return _report(terminal, [mask.finding(finding) for finding in _in_order(found)])


def _begin_to_ask(
    settings: Settings, open_http: Callable[[float], HttpClient], open_tokens: OpenTokens, patience_seconds: float
) -> Callable[[Mapping[str, str]], Iterable[Finding]]:
    """Ask what needs the network, and the packages for it; what is returned waits for the findings."""
    try:
        from onedrive.setup.microsoft import NetworkCheck

        return NetworkCheck(settings, open_http(HOST_SECONDS), open_tokens, patience_seconds=patience_seconds).findings
    except ModuleNotFoundError as missing:
        words = f"The network cannot be asked without the package {missing.name}"
        trouble = NETWORK.wrong("network", words, "See above.")
    except OneDriveError as error:  # the demo cannot start
        trouble = NETWORK.failed("network", error)
    return lambda _: [trouble]


def _report(terminal: Terminal, findings: Sequence[Finding]) -> StepResult:
    show_findings(terminal, findings)
    for found in findings:
        terminal.event(
            "finding", group=found.group, name=found.name, state=found.state.value, words=found.words, cure=found.cure
        )  # fmt: skip
    wrong = [finding for finding in findings if finding.state is State.WRONG]
    terminal.say()
    if not wrong:
        terminal.say(_good_verdict([finding for finding in findings if finding.state is State.NOTE]), style="good")
        return StepResult()
    terminal.say(_verdict(wrong), style="problem")
    is_setting = any(finding.group in (SETTINGS.title, APP.title) for finding in wrong)
    code = SettingsError.exit_code if is_setting else OneDriveError.exit_code
    return StepResult(code, failure=_failure(wrong))


def _good_verdict(notes: Sequence[Finding]) -> str:
    if not notes:
        return "Everything is in order."
    if len(notes) == 1:
        return f"Nothing is wrong. Good to know: {notes[0].words}. {notes[0].cure}".rstrip()
    return "Nothing is wrong. What is good to know is marked NOTE."


def _verdict(wrong: Sequence[Finding]) -> str:
    first = f"{wrong[0].words}. {wrong[0].cure}"
    if len(wrong) == 1:
        return f"1 thing is wrong: {first}"
    return f"{len(wrong)} things are wrong; each is marked WRONG above. Begin with the first: {first}"


def _failure(wrong: Sequence[Finding]) -> str:
    """What a quiet run says: one thing with its cure; of several, where the cures are."""
    if len(wrong) == 1:
        return f"{wrong[0].words}. {wrong[0].cure}"
    return f"{len(wrong)} things are wrong: {'; '.join(f.words for f in wrong)}. Choose 8 for the cures."


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    titles = [group.title for group in GROUPS]
    return sorted(findings, key=lambda finding: titles.index(finding.group))


def _own_folder() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        return Path()


def _secrets(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """Everything secret that is known here, to be cut out of every text."""
    yield settings.client_secret
    for name in _PROXIES:
        yield from find_proxy_secrets(environ.get(name, ""))
    store = KeyStore(settings.home)
    for path in find_sign_in_files(settings.home):
        try:
            cache = json.loads((path.read_bytes() if path != store.path else store.read()) or b"")
        except (OSError, ValueError, RecursionError, OneDriveError):
            continue
        yield from _secrets_in(cache)


def _secrets_in(cache: object) -> Iterator[str]:
    sections = cache.values() if isinstance(cache, dict) else ()
    for section in sections:
        for row in section.values() if isinstance(section, dict) else ():
            if isinstance(row, dict) and isinstance(row.get("secret"), str):
                yield row["secret"]
