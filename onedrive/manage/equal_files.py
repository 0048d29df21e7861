"""Files of equal content on OneDrive: the groups, and which file of each stays.

    the catalogue, asked for equal hash and size ─► of each group one stays, by a rule ─► the others may be deleted

The catalogue sorts them, so that a list of a million items costs a question, and no memory. A group has at least two
files with bytes in them; what OneDrive hands out otherwise than it lists, as Live Photos, is in none.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator
from enum import StrEnum
from itertools import groupby
from operator import itemgetter

from onedrive.graph.item import DriveItem, from_json
from onedrive.home.database import Database
from onedrive.home.verification import ItemClass
from onedrive.listing.catalogue import KEY_SEPARATOR
from onedrive.listing.item_row import make_line

# What has its own bytes on OneDrive besides those that are handed out: equal hashes say nothing of them.
NEVER_EQUAL = frozenset({ItemClass.BY_DESIGN, ItemClass.AS_SENT, ItemClass.LIVE_STILL})
_SAME = """SELECT hash, size FROM file WHERE hash IS NOT NULL AND size > 0 AND instr(id, ?) = 0
    GROUP BY hash, size HAVING count(*) > 1"""
_MEMBERS = f"""SELECT file.hash, file.size, CAST(file.id AS BLOB), CAST(file.name AS BLOB),
    CAST(path || '/' || file.name AS BLOB), CAST(line.text AS BLOB)
    FROM ({_SAME}) AS same JOIN file ON file.hash = same.hash AND file.size = same.size
    JOIN folder ON number = folder JOIN line ON line.place = file.place
    WHERE path IS NOT NULL AND instr(file.id, ?) = 0 ORDER BY file.hash, file.size"""  # noqa: S608 - of our own words


class KeepRule(StrEnum):
    """Which file of a group stays; the words are what a person picks."""

    OLDEST = "The one that came to OneDrive first"
    IN_FOLDER = "The one in a folder that you name"
    SHORTEST = "The one with the shortest path"


def find_members(database: Database) -> set[str]:
    """The ids of all files that have an equal one. Raises as Database."""
    asked = f"""SELECT file.id FROM ({_SAME}) AS same JOIN file ON file.hash = same.hash AND file.size = same.size
        WHERE instr(file.id, ?) = 0"""  # noqa: S608 - of our own words
    return {identity for (identity,) in database.rows(asked, (KEY_SEPARATOR, KEY_SEPARATOR))}


def read_groups(database: Database, without: Container[str]) -> Iterator[list[DriveItem]]:
    """Each group of equal files of the drive itself, one at a time; `without` are ids that are in none."""
    rows = database.rows(_MEMBERS, (KEY_SEPARATOR, KEY_SEPARATOR))
    for _, members in groupby(rows, key=itemgetter(0, 1)):
        group = [from_json(json.loads(make_line(*texts))) for _, _, *texts in members]
        group = [item for item in group if item.id not in without]
        if len(group) > 1:
            yield group


def choose_keeper(group: Iterable[DriveItem], rule: KeepRule, folder: str = "") -> DriveItem | None:
    """The file of a group that stays; None: none of it is in that folder."""
    inside = folder.rstrip("/").lower() + "/"
    may_stay = [item for item in group if rule is not KeepRule.IN_FOLDER or item.path.lower().startswith(inside)]

    def order(item: DriveItem) -> tuple[str, int, str]:
        came = (item.created or "9999") if rule is KeepRule.OLDEST else ""
        return came, len(item.path), item.path

    return min(may_stay, key=order, default=None)
