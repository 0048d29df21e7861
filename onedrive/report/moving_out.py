"""May this person leave OneDrive? What option 6 found, as lines that add up, and as steps that come first.

verification.json, list_state.json ─► a line for each kind of item, every item on exactly one ─► what is still to do
                                   ─► 'You can leave', or 'Not yet' with the steps in order

`sheet.py` makes the page of it; `app/moving_out.py` asks the person about what no program can know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from onedrive.albums.record import known_albums
from onedrive.errors import StepNeeded
from onedrive.graph.item import PERSONAL_DRIVE_ID_LENGTH
from onedrive.home.lists import ListState, read_list_state
from onedrive.home.verification import (
    ItemClass,
    VerificationFacts,
    VerifiedItem,
    read_verification,
    read_verified_items,
)
from onedrive.report.help import HELP, MEANING, TOPIC_OF_CLASS, Help, Topic
from onedrive.report.rows import ReportTally, Sum, tally
from onedrive.words import plural, printable

FOLDER_ONLY, NOT_WHOLE, LACKING = "folder-only", "not-whole", "lacking"

# Steps in the order in which they help: first what options 3, 4 and 6 can mend, then what only the person can.
_MENDED_BY_OPTIONS = (Topic.AWAY, Topic.MISSING, Topic.CHANGED, Topic.DAMAGED, Topic.TRUSTED)
_BY_THE_PERSON = (
    *(Topic.NOT_DELIVERED, Topic.LEFT_OUT, Topic.VAULT, Topic.NOTEBOOK),
    *(Topic.LIVE_PHOTO, Topic.SHORTCUT, Topic.MALWARE, Topic.PUT_BACK),
)
_WHERE = {
    None: "here",
    Topic.SAME_SIZE: "here",
    Topic.BY_DESIGN: "here",
    Topic.AS_SENT: "here",
    Topic.TRUSTED: "here, not read",
    Topic.LIVE_PHOTO: "here, without the film",
    Topic.PUT_BACK: "here, another content",
    Topic.CHANGED: "here, an older content",
    Topic.DAMAGED: "here, damaged",
    Topic.ELSEWHERE: "in a known folder",
    Topic.AWAY: "on a disk that is away",
}
_NOT_HERE = "not here"
_MEANING = {topic: MEANING[item_class] for item_class, topic in TOPIC_OF_CLASS.items()}


@dataclass(frozen=True)
class SheetLine:
    """One kind of item: how many, how large on OneDrive, where they are now, and what is true of them."""

    title: str
    number: int
    size_bytes: int
    where: str
    meaning: str


@dataclass(frozen=True)
class LeavingStep:
    """Something that comes before leaving; the person may say of it that it is done where `may_be_ticked`.

    `key` is a topic's name, or one of this module's; `number` of items it is about, 0 where that is not known.
    """

    key: str
    help: Help
    number: int = 0
    may_be_ticked: bool = False


@dataclass(frozen=True)
class MovingOut:
    """What is known for leaving. `lines` are of the drive and add up to `items`; `only_here` is not among them.

    `used_bytes` is what OneDrive says is used, with what no list shows, `albums` how many are kept in albums.json;
    None: not known, or not of all.
    """

    facts: VerificationFacts
    counted: ReportTally
    lines: tuple[SheetLine, ...]
    items: int
    only_here: int
    steps: tuple[LeavingStep, ...]
    is_personal: bool
    follows_shortcuts: bool
    used_bytes: int | None
    albums: int | None

    def items_of(self, step: LeavingStep) -> Sequence[VerifiedItem]:
        """The first items that a step is about; () where it is about none by name."""
        return self.counted.shown.get(Topic(step.key), ()) if step.number else ()

    @property
    def to_tick(self) -> tuple[LeavingStep, ...]:
        """The steps about which the person is asked; none as long as something else comes first."""
        return self.steps if all(step.may_be_ticked for step in self.steps) else ()

    def can_leave(self, ticked: Set[str]) -> bool:
        """Whether nothing that the person wants would be lost; `ticked` are the keys of steps they say are done."""
        return is_proven(self.facts, self.counted) and all(
            step.may_be_ticked and step.key in ticked for step in self.steps
        )


def is_proven(facts: VerificationFacts, counted: ReportTally) -> bool:
    """Whether everything was listed and read, nothing was wrong, and the numbers agree."""
    adds_up = counted.agrees_with(facts) and counted.listed == facts.drive_files
    return facts.is_good and facts.is_whole and facts.on_whole_list and adds_up


def read_moving_out(home: Path) -> MovingOut:
    """What the verification in this home means for leaving. Raises StepNeeded when there is none, StateFileBroken."""
    facts, state = read_verification(home), read_list_state(home)
    if facts is None or state is None:
        raise StepNeeded(6, "Nothing was verified yet, so nobody knows whether you can leave.")
    counted = tally(read_verified_items(home))
    lines, listed = tuple(_lines(facts, counted)), known_albums(home, facts.drive_id)
    return MovingOut(
        facts=facts,
        counted=counted,
        lines=lines,
        items=sum(line.number for line in lines),
        only_here=counted.by_topic[Topic.ONLY_HERE],
        steps=tuple(_steps(facts, counted, state)),
        is_personal=len(facts.drive_id) <= PERSONAL_DRIVE_ID_LENGTH,
        follows_shortcuts=state.shared,
        used_bytes=None if state.unlisted_bytes is None else facts.drive_bytes + state.unlisted_bytes,
        albums=None if listed is None or any(album.is_unknown for album in listed.albums) else len(listed.albums),
    )


def _lines(facts: VerificationFacts, counted: ReportTally) -> Iterator[SheetLine]:
    """What is on the drive: each item by its topic, and the folders that are no item of a topic."""
    proven = counted.by_class.get(ItemClass.PROVEN, Sum())
    if proven.files:
        yield SheetLine("Proven here", proven.files, proven.size_bytes, _WHERE[None], MEANING[ItemClass.PROVEN])
    for topic in Topic:
        if topic is not Topic.ONLY_HERE and (number := counted.by_topic[topic]):
            meaning = _MEANING.get(topic, HELP[topic].meaning)
            where = _WHERE.get(topic, _NOT_HERE)
            yield SheetLine(HELP[topic].title, number, counted.topic_bytes[topic], where, meaning)
    if folders := facts.drive_folders - facts.folders_unavailable:
        yield SheetLine("Folders", folders, 0, "", "Only names: what is in them is counted above.")


def _steps(facts: VerificationFacts, counted: ReportTally, state: ListState) -> Iterator[LeavingStep]:
    """What comes before leaving, in order."""
    found = [topic for topic in (*_MENDED_BY_OPTIONS, *_BY_THE_PERSON) if counted.by_topic[topic]]
    if state.root_path != "/":
        yield LeavingStep(FOLDER_ONLY, _folder_only(printable(state.root_path)))
    elif not is_proven(facts, counted) and not any(topic in _MENDED_BY_OPTIONS for topic in found):
        yield LeavingStep(NOT_WHOLE, _not_whole(facts))
    for topic in found:
        yield LeavingStep(topic.value, HELP[topic], counted.by_topic[topic], may_be_ticked=topic in _BY_THE_PERSON)
    if lacking := sum(state.lacking.values()):
        yield LeavingStep(LACKING, _lacking(lacking, len(state.lacking)), may_be_ticked=True)


def _folder_only(path: str) -> Help:
    return Help(
        "Only one folder was listed",
        f"The list is of {path}, so nobody looked at the rest of the OneDrive.",
        ("Move out with --root /, and without ONEDRIVE_ROOT_FOLDER in the settings: then everything is listed.",),
    )


def _not_whole(facts: VerificationFacts) -> Help:
    """Why the verification does not carry a farewell, where none of its files says so."""
    if not facts.is_good:
        return Help("Something is wrong", facts.verdict, ("Mend what is named there.",))
    return Help(
        "Not everything could be looked at",
        "Some folders could not be listed this time, or the numbers do not agree: something may be missing unnoticed.",
        ("Wait an hour, in case OneDrive is busy.",),
    )


def _lacking(items: int, folders: int) -> Help:
    return Help(
        "Counted by OneDrive, and not shown",
        f"OneDrive counts {plural('more item', items)} in {plural('folder', folders)} than it shows; option 3 names "
        "the folders.",
        ("Open these folders on the web, and see whether anything is there that is not here.",),
    )
