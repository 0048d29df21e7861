"""VerificationTally: how many files and bytes are in each class, and the first names of those that need a word."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from onedrive.verification import BAD, GOOD, ItemClass, VerifiedItem

MOST_NAMED = 10


@dataclass
class VerificationTally:
    """What was found so far, beside what the drive is said to have.

    `not_listed` counts folders that could not be listed. `listed` counts the files of the list that were judged,
    `not_covered` files here of folders that were not listed. `reached_by_4` counts the bad ones that option 4 fetches.
    `named` has the first of each class that is worth a name, `worth_a_name` says how many those are.
    """

    drive_files: int = 0
    drive_bytes: int = 0
    not_listed: int = 0
    listed: int = 0
    listed_bytes: int = 0
    not_covered: int = 0

    files: dict[ItemClass, int] = field(default_factory=lambda: defaultdict(int))
    size_bytes: dict[ItemClass, int] = field(default_factory=lambda: defaultdict(int))
    named: dict[ItemClass, list[VerifiedItem]] = field(default_factory=lambda: defaultdict(list))
    worth_a_name: dict[ItemClass, int] = field(default_factory=lambda: defaultdict(int))
    reached_by_4: int = 0

    def add(self, item: VerifiedItem, *, is_left_out: bool) -> None:
        """Count one item."""
        self.files[item.item_class] += 1
        self.size_bytes[item.item_class] += item.size_bytes
        self.reached_by_4 += item.item_class in BAD and not is_left_out
        if item.item_class not in GOOD or item.reason:
            self.worth_a_name[item.item_class] += 1
            if len(self.named[item.item_class]) < MOST_NAMED:
                self.named[item.item_class].append(item)

    def total(self, *classes: ItemClass) -> tuple[int, int]:
        """Files and bytes of some classes together."""
        return sum(self.files[name] for name in classes), sum(self.size_bytes[name] for name in classes)

    @property
    def good(self) -> tuple[int, int]:
        """Files and bytes that are here as they should be."""
        return self.total(*GOOD)

    @property
    def bad(self) -> int:
        """Files that are missing, damaged or outdated."""
        return self.total(*BAD)[0]

    @property
    def sums_agree(self) -> bool:
        """Whether as many files and bytes were judged as the drive was counted to have."""
        return (self.listed, self.listed_bytes) == (self.drive_files, self.drive_bytes)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Files and bytes by class, as verification.json has them."""
        return {name.value: (self.files[name], self.size_bytes[name]) for name in ItemClass}
