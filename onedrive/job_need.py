"""JobNeed: what a download needs, known before its first byte; and what of it fits when the disk has less room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from onedrive.disk_room import DiskRoom
from onedrive.download_plan import LocalFile, WantedFile
from onedrive.partial_file import partial_name

Identity = tuple[str, str]  # drive id and item id


@dataclass
class JobNeed:
    """What is to be fetched; `costs` is what each file will still take of the disk, by drive and item id."""

    files: int = 0
    size_bytes: int = 0
    begun_files: int = 0
    begun_bytes: int = 0
    # Something of their size stands in their place: compared before anything is fetched, and not counted as a cost.
    alike_files: int = 0
    alike_bytes: int = 0
    costs: dict[Identity, int] = field(default_factory=dict)

    @property
    def room_bytes(self) -> int:
        """What the disk must have for all of it."""
        return sum(self.costs.values())


def measure_need(
    wanted: Sequence[WantedFile],
    begun: Mapping[str, int],
    look: Callable[[str], LocalFile | None],
    disk: DiskRoom,
) -> JobNeed:
    """Add up what is wanted; `begun` has the bytes that are here of unfinished files, by the name of their partial."""
    need = JobNeed(files=len(wanted), size_bytes=sum(row.size_bytes for row in wanted))
    for row in wanted:
        local = look(row.place)
        here_bytes = min(begun.get(partial_name(row.drive_id, row.id), 0), row.size_bytes) if begun else 0
        if local and local.is_file and row.size_bytes and local.size_bytes == row.size_bytes and not here_bytes:
            need.alike_files += 1
            need.alike_bytes += row.size_bytes
            need.costs[(row.drive_id, row.id)] = 0
            continue
        need.begun_files += here_bytes > 0
        need.begun_bytes += here_bytes
        need.costs[(row.drive_id, row.id)] = disk.occupied_bytes(row.size_bytes - here_bytes)
    return need


def choose_fitting(need: JobNeed, room_bytes: int) -> set[Identity]:
    """The files that fit, as many as possible: those that need least first."""
    chosen: set[Identity] = set()
    left_bytes = room_bytes
    for identity, cost in sorted(need.costs.items(), key=lambda entry: (entry[1], entry[0])):
        if cost > left_bytes:
            break
        left_bytes -= cost
        chosen.add(identity)
    return chosen
