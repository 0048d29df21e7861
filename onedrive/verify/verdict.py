"""The verdict of a verification in one sentence that a person can act on, and what stands below it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from onedrive.home.verification import BAD, GOOD, ItemClass, VerifiedItem
from onedrive.terminal.screen import Style
from onedrive.terminal.terminal import Column, Terminal
from onedrive.verify.strangers import FolderCheck
from onedrive.words import format_bytes, format_count, join_words, plural, printable

MOST_OF_A_CLASS = 10


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
    trusted_elsewhere: int = 0  # of those in known folders: not read this time, but as they were when they were read
    proven_by: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # files, by the hash that decided

    def add(self, item: VerifiedItem, *, is_left_out: bool) -> None:
        """Count one item."""
        self.files[item.item_class] += 1
        self.size_bytes[item.item_class] += item.size_bytes
        if item.proven_by:
            self.proven_by[item.proven_by] += 1
        self.reached_by_4 += item.item_class in BAD and not is_left_out
        if item.item_class not in GOOD or item.reason:
            self.worth_a_name[item.item_class] += 1
            if len(self.named[item.item_class]) < MOST_OF_A_CLASS:
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


_TITLES = {
    ItemClass.MISSING: "missing here",
    ItemClass.DAMAGED: "damaged here",
    ItemClass.CHANGED: "changed on OneDrive since it was downloaded",
    ItemClass.UNAVAILABLE: "that OneDrive itself cannot deliver",
    ItemClass.ONLY_HERE: "only here",
    ItemClass.PUT_BACK: "put back by you, and left so until OneDrive's content changes",
    ItemClass.BY_DESIGN: "with other bytes than OneDrive lists, by its design",
    ItemClass.AS_SENT: "of which OneDrive lists another size and hash than it sends",
    ItemClass.LIVE_STILL: "that may be stills of Live Photos",
    ItemClass.SAME_SIZE: "of which OneDrive lists no hash",
    ItemClass.PROVEN: "proven, and not in the place where they belong by now",
    ItemClass.TRUSTED: "trusted by size and time",
    ItemClass.ELSEWHERE: "not here, and proven in a folder that you named with --known",
    ItemClass.AWAY: "in a known folder that cannot be read now",
}
_MOST_FOLDERS = 10
_ON_ONEDRIVE = "on OneDrive"


@dataclass(frozen=True)
class Verdict:
    """`words` is the one sentence (or two); `is_good`: whoever deletes what is on OneDrive loses nothing of it.

    `is_wrong`: something is to be mended. What is only on a disk that is not connected is neither good nor wrong.
    """

    words: str
    is_good: bool
    is_wrong: bool = False


def judge_tally(tally: VerificationTally, folder: str = "") -> Verdict:
    """What the tally comes to, when all items have passed; `folder` is what alone was listed, '' for everything."""
    troubles = [*_bad_files(tally), *_doubts(tally)]
    if not troubles:
        rest = " Nothing else of OneDrive was looked at." if folder else ""
        words = _good_words(tally, f"in {printable(folder)}" if folder else _ON_ONEDRIVE)
        return Verdict(words + _elsewhere_words(tally) + rest, is_good=not tally.files[ItemClass.AWAY])
    steps = []
    if tally.bad:
        steps.append(_how_to_mend(tally.bad, tally.reached_by_4))
    if _doubts(tally):
        steps.append("Choose 6 again.")
    return Verdict(
        f"Do not delete anything yet: {join_words(troubles)}. {' '.join(steps)}".rstrip(), is_good=False, is_wrong=True
    )


def show_tally(terminal: Terminal, tally: VerificationTally, folders: FolderCheck) -> None:
    """The counts by class, and the first of each class that is worth a name, with its reason."""
    rows = [
        (item_class.value, format_count(tally.files[item_class]), format_bytes(tally.size_bytes[item_class]))
        for item_class in ItemClass
        if tally.files[item_class]
    ]
    if rows:
        terminal.table([Column("what was found"), Column("files", "right"), Column("size", "right")], rows)
    for item_class, title in _TITLES.items():
        style: Style = (
            "problem" if item_class in BAD else "warning" if item_class is ItemClass.UNAVAILABLE else "normal"
        )
        _name(terminal, title, tally.named[item_class], tally.worth_a_name[item_class], style=style)
    if tally.proven_by:
        names = [f"{name} of {plural('file', number)}" for name, number in sorted(tally.proven_by.items())]
        terminal.say(f"Proven by the hash that OneDrive lists: {join_words(names)}.")
    if stills := tally.files[ItemClass.LIVE_STILL]:
        terminal.say(_without_film(stills), style="warning")
    if tally.not_covered:
        terminal.say(
            f"{plural('file', tally.not_covered)} here belong to folders that the list does not cover; "
            "they were not looked at."
        )
    _show_folders(terminal, folders)


def _without_film(stills: int) -> str:
    """What a Live Photo is here without, and how to get it."""
    what, them = ("is the still of a Live Photo" if stills == 1 else "are stills of Live Photos"), _it(stills)
    return (
        f"{plural('photo', stills)} {what}. The short film that moves {them} stays on OneDrive, which hands it out to "
        f"no program: copy {them} from the iPhone, or open {them} on the web and choose Download there. "
        f"Option 7 does not delete {them}."
    )


def _bad_files(tally: VerificationTally) -> list[str]:
    files = tally.files
    missing, damaged, changed = (files[name] for name in (ItemClass.MISSING, ItemClass.DAMAGED, ItemClass.CHANGED))
    words = []
    if missing:
        words.append(f"{plural('file', missing)} {_are(missing)} missing")
    if damaged:
        words.append(f"{format_count(damaged) if words else plural('file', damaged)} {_are(damaged)} damaged")
    if changed:
        has = "has" if changed == 1 else "have"
        words.append(f"{format_count(changed) if words else plural('file', changed)} {has} changed on OneDrive since")
    return words


def _how_to_mend(bad: int, reached_by_4: int) -> str:
    """What to do about bad files; option 4 does not fetch what the person's choice leaves out."""
    if reached_by_4 == bad:
        return "Choose 4 to fetch them." if bad > 1 else "Choose 4 to fetch it."
    rest = bad - reached_by_4
    widen = "Choose 5 to take it into your choice, then 4." if rest == 1 else "Choose 5 to widen your choice, then 4."
    left_out = f"{format_count(rest)} of them {_are(rest)} left out by choice"
    if reached_by_4:
        return f"Choose 4 to fetch {format_count(reached_by_4)}; {left_out}. {widen}"
    return f"{'It is' if bad == 1 else 'They are'} left out by choice, so 4 does not fetch {_it(bad)}. {widen}"


def _doubts(tally: VerificationTally) -> list[str]:
    words = []
    if number := tally.not_listed:
        what = "it" if number == 1 else "them"
        words.append(f"{plural('folder', number)} could not be listed this time, so nobody knows what is in {what}")
    if not tally.sums_agree:
        words.append(
            f"the numbers do not agree ({plural('file', tally.listed)} looked at, "
            f"{format_count(tally.drive_files)} on the drive)"
        )
    return words


def _good_words(tally: VerificationTally, where: str) -> str:
    files, size_bytes = tally.good
    left_out = tally.files[ItemClass.LEFT_OUT]
    put_back = _put_back_words(tally.files[ItemClass.PUT_BACK])
    is_part = tally.total(ItemClass.ELSEWHERE, ItemClass.AWAY)[0] > 0
    if not files and is_part:
        return f"Nothing of it is in the downloads folder.{put_back}"
    if not files and put_back and not left_out:
        return put_back.strip()
    if not files:
        return _words_for_none(left_out, tally.files[ItemClass.UNAVAILABLE], where) + put_back
    chosen = " that you chose" if left_out else ""
    of_all = f" of {format_bytes(tally.listed_bytes)}" if left_out else ""
    there = f" {where}" if where != _ON_ONEDRIVE or (files == 1 and not chosen) else ""
    all_files = f"{'' if is_part else 'All '}{plural('file', files)}" if files > 1 or is_part else "The one file"
    rest = f" {plural('other file', left_out)} {_are(left_out)} left out by choice." if left_out else ""
    rest += put_back
    how = _how(tally, files)
    return f"{all_files}{there}{chosen} ({format_bytes(size_bytes)}{of_all}) {_are(files)} here{how}.{rest}"


def _elsewhere_words(tally: VerificationTally) -> str:
    """What is not in downloads and not missing either, in sentences that follow."""
    words = ""
    files, size_bytes = tally.total(ItemClass.ELSEWHERE)
    if files:
        words = f" {plural('file', files)} ({format_bytes(size_bytes)}) {_are(files)} proven elsewhere (--known)"
        trusted = tally.trusted_elsewhere
        how = "by size and time as when it was read" if trusted == 1 else "by size and time as when they were read"
        words += f", {format_count(trusted)} of them {how}." if trusted else "."
    files, size_bytes = tally.total(ItemClass.AWAY)
    if files:
        disk, it = ("its disk", "it") if files == 1 else ("their disks", "them")
        words += (
            f" {plural('file', files)} ({format_bytes(size_bytes)}) {_are(files)} in known folders that cannot be read "
            f"now: connect {disk} and choose 6 again before you delete {it} on OneDrive. If a folder is there no more, "
            "--forget names it, and 4 fetches what it had."
        )
    return words


def _put_back_words(number: int) -> str:
    if not number:
        return ""
    have, they = ("has", "it is") if number == 1 else ("have", "they are")
    return f" {plural('file', number)} {have} an earlier content that you put back, so {they} not the same on OneDrive."


def _words_for_none(left_out: int, unavailable: int, where: str) -> str:
    delivered = "cannot deliver itself (named below)"
    if left_out:
        rest = f" {plural('item', unavailable)} more OneDrive {delivered}." if unavailable else ""
        return f"Nothing of what is {where} is chosen, so there is nothing to prove.{rest}"
    if unavailable:
        return f"There are no files {where} but {plural('item', unavailable)} that OneDrive {delivered}."
    return f"There are no files {where}, so there is nothing to prove."


def _how(tally: VerificationTally, files: int) -> str:
    """How they are known to be right, in words that follow 'are here'."""
    counted = tally.files
    unavailable = counted[ItemClass.UNAVAILABLE]
    refused = f", except {format_count(unavailable)} that OneDrive itself cannot deliver (named below)"
    refused = refused if unavailable else ""
    if counted[ItemClass.PROVEN] == files:
        return f" and proven{refused}"
    if counted[ItemClass.TRUSTED] == files:
        return f" by size and time, without reading them{refused}"
    parts = (
        (ItemClass.PROVEN, "proven by hash"),
        (ItemClass.SAME_SIZE, "by size (OneDrive lists no hash)"),
        (ItemClass.BY_DESIGN, "as OneDrive sends it (other bytes than it lists)"),
        (ItemClass.AS_SENT, "as OneDrive sends it, with another size and hash than it lists"),
        (ItemClass.LIVE_STILL, "without the film of a Live Photo (below)"),
        (ItemClass.TRUSTED, "by size and time, without reading"),
    )
    words = join_words([f"{format_count(counted[name])} {how}" for name, how in parts if counted[name]])
    return f": {words}{refused}"


def _name(terminal: Terminal, title: str, items: Sequence[VerifiedItem], number: int, *, style: Style) -> None:
    if items:
        terminal.say(f"{plural('item', number)} {title}:", style=style)
    for item in items:
        terminal.say(f"  {printable(item.path or item.local_path)}: {printable(item.reason)}.")
    if number > len(items):
        terminal.say(f"  and {format_count(number - len(items))} more; verification.json names them all.")


def _show_folders(terminal: Terminal, folders: FolderCheck) -> None:
    missing = len(folders.missing)
    if not missing:
        other = "other " if folders.unlisted else ""
        all_folders = (
            f"The one {other}folder is"
            if folders.number == 1
            else f"All {plural(f'{other}folder', folders.number)} are"
        )
        terminal.say(f"{all_folders} here too.") if folders.number else None
        return
    terminal.say(f"{plural('folder', missing)} of {format_count(folders.number)} {_are(missing)} not here:")
    for path, reason in folders.missing[:_MOST_FOLDERS]:
        terminal.say(f"  {printable(path)}: {reason}.")
    if missing > _MOST_FOLDERS:
        terminal.say(f"  and {format_count(missing - _MOST_FOLDERS)} more.")
    terminal.say("Choose 4 to make what is missing.")


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
