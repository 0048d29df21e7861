"""Option 7: rename or delete on OneDrive, only what is proven to be here."""

from __future__ import annotations

from collections.abc import Callable

from onedrive.errors import OneDriveError
from onedrive.graph import GraphSession
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal import Terminal


def manage_items(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    *,
    open_write_graph: Callable[[], GraphSession],
    dry_run: bool = False,
) -> StepResult:
    """Rename or delete on OneDrive, only what is proven to be here."""
    raise OneDriveError("This is being built.")
