"""Whose OneDrive it is that we have signed in to: name, kind of drive, space; and which scopes were granted."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from onedrive.errors import ServiceRefused
from onedrive.graph.drive import DriveFacts, fetch_drive_facts, is_same_drive
from onedrive.graph.session import GraphSession, JsonObject
from onedrive.home.lists import LIST_STATE
from onedrive.signin.sign_out import WITHDRAW
from onedrive.terminal.terminal import Terminal
from onedrive.words import as_text, format_bytes, printable

DRIVE_KINDS = {
    "personal": "personal OneDrive",
    "business": "OneDrive for work or school",
    "documentLibrary": "SharePoint",
}
_NO_DRIVE = (400, 403, 404)  # which one depends on what is missing: the site, the licence (graph-facts §2.1)


def show_account(terminal: Terminal, graph: GraphSession, home: Path) -> None:
    """Ask Graph who this is and what their drive holds, and say it: the verdict last. Raises as GraphSession.get."""
    person = graph.get("/me")
    who = f"Signed in as {_describe_person(person)}"
    try:
        drive = fetch_drive_facts(graph)
    except ServiceRefused as refusal:
        if refusal.status not in _NO_DRIVE:
            raise
        _tell_program(terminal, person, None)
        terminal.say(
            f"{who}. But this account has no OneDrive that can be read: {refusal.why} ({printable(refusal.raw)}). "
            f"{refusal.hint}",
            style="warning",
        )
        return
    _tell_program(terminal, person, drive)
    terminal.say(_describe_drive(drive))
    if is_list_of_another(home, as_text(person.get("id")), drive.drive_id):
        terminal.say(
            "The list in file_list.json was made with another account; what has been downloaded stays.",
            style="warning",
        )
    terminal.say_verdict(f"{who}. The sign-in is kept and renews itself.", "Choose 3 to list your files.", style="good")


def _tell_program(terminal: Terminal, person: JsonObject, drive: DriveFacts | None) -> None:
    terminal.event(
        "signed_in",
        name=as_text(person.get("displayName")),
        address=_address(person),
        drive=drive.kind if drive else "",
        used_bytes=drive.quota_used if drive else None,
        total_bytes=drive.quota_total if drive else None,
    )


def _address(person: JsonObject) -> str:
    return as_text(person.get("mail")) or as_text(person.get("userPrincipalName"))


def _describe_person(person: JsonObject) -> str:
    name, address = as_text(person.get("displayName")), _address(person)
    if name and address and name != address:
        return f"{printable(name)} ({printable(address)})"
    return printable(name or address) or "somebody without a name"


def _describe_drive(drive: DriveFacts) -> str:
    kind = DRIVE_KINDS.get(drive.kind, "OneDrive")
    if drive.quota_used is None:
        return f"Drive: {kind}."
    of_total = f" of {format_bytes(drive.quota_total)}" if drive.quota_total else ""
    return f"Drive: {kind}, {format_bytes(drive.quota_used)} used{of_total}."


def is_list_of_another(home: Path, account_id: str, drive_id: str) -> bool:
    """True when there is a list, and it says that it is of another drive (or, where it does not say, account)."""
    try:
        state = json.loads((home / LIST_STATE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(state, dict):
        return False
    listed = DriveFacts(as_text(state.get("drive_id")), as_text(state.get("account_id")))
    return is_same_drive(listed, DriveFacts(drive_id, account_id)) is False


def show_unexpected_scopes(terminal: Terminal, scopes: Collection[str]) -> None:
    """Say when a reading sign-in got no permission to read, or one to write; nothing when it is as asked."""
    if scopes and not any(scope.lower().startswith("files.") for scope in scopes):
        terminal.say(
            "Microsoft did not give the permission to read files. Add Files.Read at your app's API permissions "
            "(docs/app-registration.md, step 7), then choose 1 again.",
            style="warning",
        )
    wide = sorted(scope for scope in scopes if "write" in scope.lower())
    if wide:
        terminal.say(
            f"Microsoft allows more than was asked for ({', '.join(wide)}), because you once agreed to that. This "
            f"program only reads, except in option 7. To withdraw it: {WITHDRAW}, then choose 1 again.",
            style="warning",
        )
