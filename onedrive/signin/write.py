"""The second sign-in, with the permission to write: what option 7 says and asks before it, and what it makes of it.

The attempts and the tokens are those of every sign-in (`attempts`, `tokens`), with other scopes and in memory only.
"""

from __future__ import annotations

from collections.abc import Callable

from onedrive.errors import SignInNeeded, WriteAccessMissing
from onedrive.net.patience import SharedPause
from onedrive.signin.sign_out import WITHDRAW
from onedrive.signin.tokens import Granted, WriteTokens
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import BACK, Terminal

WRITE_SCOPES = ("Files.ReadWrite", "User.Read")
_TRY_AGAIN = "Choose the same again to try once more. Everything else works without this permission."


def explain_write_access(terminal: Terminal) -> None:
    """Say what the permission is for, what it needs, and how it is taken back; before anything is opened."""
    terminal.say(
        "To do this, Microsoft will ask you to sign in once more, now with the permission to change files "
        "(Files.ReadWrite). This lets the program change, rename and delete files in your OneDrive, for as long as "
        "this option runs. It is kept in memory only, and gone when you leave the option."
    )
    terminal.say(
        "Everything else works without it. Your app registration must list it: API permissions, Add a permission, "
        "Microsoft Graph, Delegated permissions, Files.ReadWrite."
    )
    terminal.say(f"Microsoft remembers that you agreed. To withdraw that afterwards: {WITHDRAW}.")


def ask_for_write_access(terminal: Terminal) -> None:
    """Let the person agree before a browser opens. Raises WriteAccessMissing."""
    try:
        answer = terminal.pick("Your choice:", {"1": "Sign in for this", BACK: "Back"}, default="1")
    except EndOfInput:
        answer = BACK
    if answer == BACK:
        raise WriteAccessMissing("You gave no permission to change files.", _TRY_AGAIN)


def open_write_tokens(
    pause: SharedPause, sign_in: Callable[[], Granted], renew: Callable[[Granted, str], Granted]
) -> WriteTokens:  # fmt: skip
    """Sign in, and give out what was granted; `renew` is given that and msal's cache as it is then.

    Raises WriteAccessMissing, SettingsError, ConnectionLost, ServiceUnusable, Stopped.
    """
    try:
        granted = sign_in()
    except SignInNeeded as error:
        raise WriteAccessMissing(error.sentence, _TRY_AGAIN) from error
    scopes = {scope.lower() for scope in granted.scopes}
    if scopes and not scopes & {"files.readwrite", "files.readwrite.all"}:
        raise WriteAccessMissing(
            "Microsoft did not give the permission to change files (Files.ReadWrite).",
            "Add it at your app's API permissions (docs/rename-delete.md), then choose 7 again.",
        )
    saved = granted.understood()
    return WriteTokens(saved, lambda cache_text: renew(granted, cache_text), pause, scopes=[*WRITE_SCOPES])
