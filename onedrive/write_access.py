"""WriteAccess: the session that may write, opened when something is really to be sent, and only for the same drive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onedrive.errors import WriteAccessMissing
from onedrive.graph import GraphSession
from onedrive.list_state import ListState
from onedrive.listing_plan import DriveFacts, fetch_drive_facts, is_same_drive


@dataclass(frozen=True)
class Writing:
    """A session that may write to the drive of `facts`."""

    graph: GraphSession
    facts: DriveFacts


class WriteAccess:
    """Opened once in a run of option 7. `graph` is the session that reads, `open_write_graph` asks the person."""

    def __init__(self, graph: GraphSession, open_write_graph: Callable[[], GraphSession]) -> None:
        self._graph = graph
        self._open_write_graph = open_write_graph
        self._writing: Writing | None = None

    def open(self, state: ListState) -> Writing:
        """The session for the drive of this list. Raises WriteAccessMissing (another account, or none was given)."""
        reading = fetch_drive_facts(self._graph)
        if not is_same_drive(state, reading):
            raise WriteAccessMissing(
                "The list is of another account than the one that is signed in.", "Choose 3 to make a new list."
            )
        if self._writing is None:
            graph = self._open_write_graph()
            self._writing = Writing(graph, fetch_drive_facts(graph))
        writing = self._writing
        if (writing.facts.account_id, writing.facts.drive_id) != (reading.account_id, reading.drive_id):
            self.forget()
            raise WriteAccessMissing(
                "You signed in with another account than the one whose files are listed here.",
                "Choose 7 again, and pick the account that option 1 shows.",
            )
        return writing

    def forget(self) -> None:
        """Let the session go; the next time the person is asked anew."""
        self._writing = None
