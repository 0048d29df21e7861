"""The second sign-in, with the permission to write: for option 7 alone, kept in memory, gone when that ends."""

from __future__ import annotations

from collections.abc import Callable

from onedrive.errors import SettingsError, SignInNeeded, WriteAccessEnded, WriteAccessMissing
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.attempts import Granted
from onedrive.signin.sign_out import WITHDRAW
from onedrive.signin.token_file import SavedSignIn, Unusable, short_scopes, understand_cache
from onedrive.signin.tokens import RenewableTokens, Renewal
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal

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
    """Let the person agree before a browser opens; anything that is neither yes nor no is asked again.

    Raises WriteAccessMissing.
    """
    while True:
        try:
            answer = (terminal.ask("Enter: sign in for this; 0: back:") or "").strip().lower()
        except EndOfInput:
            answer = "0"
        if answer in ("", "y", "yes"):
            return
        if answer in ("0", "n", "no"):
            raise WriteAccessMissing("You gave no permission to change files.", _TRY_AGAIN)
        terminal.say("Press Enter to sign in for this, or type 0 to go back.", style="warning")


def open_write_tokens(
    terminal: Terminal,
    pause: SharedPause,
    sign_in: Callable[[], Granted],
    renew: Callable[[Settings, str], Renewal],
) -> WriteTokens:
    """Sign in, and give out what was granted; `renew` asks Microsoft with the settings that worked and msal's cache.

    Raises WriteAccessMissing, SettingsError, ConnectionLost, ServiceUnusable, Stopped.
    """
    try:
        granted = sign_in()
    except SignInNeeded as error:
        raise WriteAccessMissing(error.sentence, _TRY_AGAIN) from error
    scopes = {scope.lower() for scope in short_scopes(str(granted.answer.get("scope") or ""))}
    if scopes and not scopes & {"files.readwrite", "files.readwrite.all"}:
        raise WriteAccessMissing(
            "Microsoft did not give the permission to change files (Files.ReadWrite).",
            "Add it at your app's API permissions (README, 'Renaming and deleting'), then choose 7 again.",
        )
    memory = TokenMemory(granted.settings.app_id)
    memory.save(granted.cache_text)
    if memory.read_or_set_aside(terminal.say) is None:
        raise WriteAccessMissing("What Microsoft gave cannot be used.", _TRY_AGAIN)
    tokens = RenewableTokens(
        memory,
        lambda saved: renew(granted.settings, saved.text),
        pause,
        scopes=[*WRITE_SCOPES],
        say=terminal.say,
    )
    return WriteTokens(tokens)


class TokenMemory:
    """A sign-in that is written nowhere; shaped like a TokenFile."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._text = ""
        self._saves = 0

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes with each save."""
        return (self._saves, 0, 0) if self._text else None

    def read(self) -> SavedSignIn | None:
        """What is kept; None when it cannot be used."""
        try:
            return understand_cache(self._text.encode(), self._app_id) if self._text else None
        except Unusable:
            return None

    def read_or_set_aside(self, say: Callable[[str], None]) -> SavedSignIn | None:
        """As `read`; there is nothing to put aside, and so nothing to say."""
        del say
        return self.read()

    def save(self, text: str) -> None:
        """Keep this instead."""
        self._text = text
        self._saves += 1


class WriteTokens:
    """A TokenSource for the session that writes; when it ends, option 7 is what helps, not option 1."""

    def __init__(self, tokens: RenewableTokens) -> None:
        self._tokens = tokens

    def access_token(self) -> str:
        """A token that is valid now, renewed from memory. Raises WriteAccessEnded, ConnectionLost, Stopped."""
        return _or_ended(self._tokens.access_token)

    def renew_access_token(self, rejected: str) -> str:
        """Another token than `rejected`. Raises likewise."""
        return _or_ended(lambda: self._tokens.renew_access_token(rejected))


def _or_ended(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (SignInNeeded, SettingsError) as error:
        raise WriteAccessEnded(error.sentence) from error
