"""What a listing gave, for tests that compare one with another."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from generate_list import generate_list
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListState, read_list_state
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal.terminal import Terminal


@dataclass(frozen=True)
class Listed:
    """The lists in a home after option 3, and what was said."""

    result: StepResult
    said: str
    files: bytes
    folders: bytes
    state: ListState

    @property
    def exceptions(self) -> list[tuple[str, str, bool]]:
        """Path, reason, and whether it is by nature."""
        return [(entry.path, entry.reason, entry.by_nature) for entry in self.state.exceptions]


def list_drive(home: Path, graph: GraphSession, *, root: str = "", shared: bool = False, full: bool = False) -> Listed:
    """Choose 3 in this home, and read what it left."""
    home.mkdir(exist_ok=True)
    graph.pause.stop.clear()  # the program makes a new pause for each step
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={})
    settings = Settings(home=home, downloads=home / "downloads", root_folder=root, shared=shared, no_input=True)
    result = generate_list(terminal, settings, graph, ask_folder=False, full=full)
    state = read_list_state(home)
    assert state is not None
    return Listed(result, output.getvalue(), (home / FILE_LIST).read_bytes(), (home / FOLDER_LIST).read_bytes(), state)
