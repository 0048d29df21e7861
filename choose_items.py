"""Option 5: choose what to download; the choice is kept in selection.json."""

from __future__ import annotations

from onedrive.errors import OneDriveError
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal import Terminal


def choose_items(terminal: Terminal, settings: Settings) -> StepResult:
    """Choose what to download; the choice is kept in selection.json."""
    raise OneDriveError("This is being built.")
