"""Option 8: check the setup, each finding OK or with its cure."""

from __future__ import annotations

from collections.abc import Callable

from onedrive.errors import OneDriveError
from onedrive.graph import GraphSession
from onedrive.http import HttpClient
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal import Terminal


def check_setup(
    terminal: Terminal, settings: Settings, *, http: Callable[[], HttpClient], open_graph: Callable[[], GraphSession]
) -> StepResult:
    """Check the setup, each finding OK or with its cure."""
    raise OneDriveError("This is being built.")
