"""Option 6: prove what is here, item by item, against the drive as it is now."""

from __future__ import annotations

from onedrive.errors import OneDriveError
from onedrive.graph import GraphSession
from onedrive.selection import EVERYTHING, Selection
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal import Terminal


def verify(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    *,
    selection: Selection = EVERYTHING,
    quick: bool = False,
    sample_percent: float | None = None,
) -> StepResult:
    """Prove what is here, item by item, against the drive as it is now."""
    raise OneDriveError("This is being built.")
