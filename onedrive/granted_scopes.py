"""What a sign-in was allowed: too little to read files, or more than this program asks for (trap 18)."""

from __future__ import annotations

from collections.abc import Collection

from onedrive.signing_out import WITHDRAW
from onedrive.terminal import Terminal


def show_unexpected_scopes(terminal: Terminal, scopes: Collection[str]) -> None:
    """Say when a reading sign-in got no permission to read, or one to write; nothing when it is as asked."""
    if scopes and not any(scope.lower().startswith("files.") for scope in scopes):
        terminal.say(
            "Microsoft did not give the permission to read files. Add Files.Read at your app's API permissions "
            "(README, 'Getting your own app id'), then choose 1 again.",
            style="warning",
        )
    wide = sorted(scope for scope in scopes if "write" in scope.lower())
    if wide:
        terminal.say(
            f"Microsoft gave more than was asked for ({', '.join(wide)}): an earlier, wider consent of yours is still "
            f"alive. This program only reads, except in option 7. To withdraw it: {WITHDRAW}, then choose 1 again.",
            style="warning",
        )
