"""What a verification came to: its counts, what is wrong by reason, and the verdict that a person can act on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onedrive.home.lists import ListException
from onedrive.home.never_given import describe_never_given, lines_by_reason, tell_never_given
from onedrive.home.verification import BAD, GOOD, NAMED_IN_REPORT, ItemClass, VerifiedItem
from onedrive.terminal.terminal import Column, Terminal
from onedrive.verify.judgement import FORBIDDEN
from onedrive.verify.strangers import FolderCheck
from onedrive.words import format_bytes, format_count, join_words, plural, printable

MOST_OF_A_CLASS = 10
_GIVEN = "Everything that OneDrive gives out"
_GROUPED = BAD | {ItemClass.AWAY}
_WANTED = GOOD | {ItemClass.PUT_BACK, ItemClass.ELSEWHERE, ItemClass.AWAY}


@dataclass
class VerificationTally:
    """What was found so far, beside what the drive is said to have.

    `not_listed` counts folders that could not be listed. `listed` counts the files of the list that were judged,
    `not_covered` files here of folders that were not listed. `unavailable` is what OneDrive does not hand out of what
    is wanted. `named` has the first of each class that is worth a name, `worth_a_name` says how many those are;
    `reasons` has, for what is wrong, the number and the first one of each class and reason.
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
    reasons: dict[tuple[ItemClass, str], tuple[int, VerifiedItem]] = field(default_factory=dict)
    unavailable: list[ListException] = field(default_factory=list)
    trusted_elsewhere: int = 0  # of those in known folders: not read this time, but as they were when they were read
    proven_by: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # files, by the checksum that decided

    def add(self, item: VerifiedItem) -> None:
        """Count one item."""
        self.files[item.item_class] += 1
        self.size_bytes[item.item_class] += item.size_bytes
        if item.proven_by:
            self.proven_by[item.proven_by] += 1
        if item.item_class in _GROUPED:
            group = item.item_class, item.reason.partition(": ")[0]
            number, first = self.reasons.get(group, (0, item))
            self.reasons[group] = number + 1, first
        if item.item_class not in GOOD or item.reason:
            self.worth_a_name[item.item_class] += 1
            if len(self.named[item.item_class]) < MOST_OF_A_CLASS:
                self.named[item.item_class].append(item)

    def total(self, *classes: ItemClass) -> tuple[int, int]:
        """Files and bytes of some classes."""
        return sum(self.files[name] for name in classes), sum(self.size_bytes[name] for name in classes)

    @property
    def bad(self) -> int:
        """Files that are missing, damaged or outdated."""
        return self.total(*BAD)[0]

    @property
    def forbidden(self) -> int:
        """How many of those the person may not read; option 4 fetches the others."""
        return sum(number for (_, reason), (number, _) in self.reasons.items() if reason == FORBIDDEN)

    @property
    def sums_agree(self) -> bool:
        """Whether as many files and bytes were judged as the drive was counted to have."""
        return (self.listed, self.listed_bytes) == (self.drive_files, self.drive_bytes)

    @property
    def never_given(self) -> list[ListException]:
        """What OneDrive gives to no program, ever."""
        return [entry for entry in self.unavailable if entry.by_nature]

    def counts(self) -> dict[str, tuple[int, int]]:
        """Files and bytes by class, as verification.json has them."""
        return {name.value: (self.files[name], self.size_bytes[name]) for name in ItemClass}


@dataclass(frozen=True)
class Verdict:
    """`words` is the one sentence (or few); `is_good`: whoever deletes what is on OneDrive loses nothing of it.

    `is_wrong`: something is to be mended. What is only on a disk that is not connected is neither good nor wrong.
    """

    words: str
    is_good: bool
    is_wrong: bool = False


def judge_tally(tally: VerificationTally, folder: str = "") -> Verdict:
    """What the tally comes to, when all items have passed; `folder` is what alone was listed, '' for everything."""
    doubts = _doubts(tally)
    if not tally.bad and not doubts:
        sentences = [*_good_sentences(tally, printable(folder)), *_elsewhere_sentences(tally)]
        left_out = tally.files[ItemClass.LEFT_OUT]
        if left_out and tally.total(*_WANTED)[0]:
            sentences.append(f"{plural('other file', left_out)} {_are(left_out)} left out by choice.")
        sentences += _lacking_sentences(tally, "it" if sentences[-1].startswith(_GIVEN) else "that OneDrive")
        sentences += ["The rest of OneDrive was not looked at."] * bool(folder)
        return Verdict(" ".join(sentences), is_good=not tally.files[ItemClass.AWAY])
    forbidden, steps = tally.forbidden, []
    if fetched := tally.bad - forbidden:
        steps.append(f"Choose 4 to fetch {_it(fetched) if not forbidden else format_count(fetched)}.")
    if forbidden:
        what = _it(forbidden) if not fetched else format_count(forbidden)
        steps.append(f"Give yourself the right to read {what}, then choose 6 again.")
    elif doubts:
        steps.append("Choose 6 again.")
    words = f"Do not delete anything yet: {join_words([*_bad_files(tally), *doubts])}. {' '.join(steps)}"
    return Verdict(words, is_good=False, is_wrong=True)


def _bad_files(tally: VerificationTally) -> list[str]:
    words: list[str] = []
    for item_class, is_so, are_so in (
        (ItemClass.MISSING, "is missing", "are missing"),
        (ItemClass.DAMAGED, "is damaged", "are damaged"),
        (ItemClass.CHANGED, "has changed on OneDrive since", "have changed on OneDrive since"),
    ):
        if number := tally.files[item_class]:
            what = format_count(number) if words else plural("file", number)
            words.append(f"{what} {is_so if number == 1 else are_so}")
    return words


def _doubts(tally: VerificationTally) -> list[str]:
    words = []
    if number := tally.not_listed:
        what = f"{plural('folder', number)} could not be listed this time"
        words.append(f"{what}, so nobody knows what is in {_it(number)}")
    if not tally.sums_agree:
        looked_at = f"{plural('file', tally.listed)} looked at, {format_count(tally.drive_files)} on OneDrive"
        words.append(f"the numbers do not agree ({looked_at})")
    return words


def _good_sentences(tally: VerificationTally, folder: str) -> list[str]:
    """What is here, and how that is known."""
    (files, size_bytes), put_back = tally.total(*GOOD), tally.files[ItemClass.PUT_BACK]
    left_out, is_part = tally.files[ItemClass.LEFT_OUT], tally.total(ItemClass.ELSEWHERE, ItemClass.AWAY)[0] > 0
    where = f"in {folder}" if folder else "on OneDrive"
    size = format_bytes(size_bytes) + (f" of {format_bytes(tally.listed_bytes)}" if left_out else "")
    how = _how(files, tally.files[ItemClass.TRUSTED])
    back = (
        f"{plural('file', put_back)} {_has(put_back)} an earlier content that you put back; OneDrive has another one."
    )
    if not files:
        if put_back or is_part:
            return ["Nothing of it is in the downloads folder."] * (not put_back) + [back] * bool(put_back)
        if left_out:
            return [f"Nothing of what is {where} is chosen, so there is nothing to check."]
        given = " that it gives out" if tally.never_given else ""
        return [f"There are no files {where}{given}, so there is nothing to check."]
    if is_part:
        return [f"{plural('file', files)} ({size}) {_are(files)} in the downloads folder{how}."] + [back] * bool(
            put_back
        )
    if put_back:
        chosen = " that you chose" if left_out else ""
        same = f"{format_count(files)} ({size}) as on OneDrive{how}"
        all_files = f"All {plural('file', files + put_back)}{f' {where}' * bool(folder)}{chosen}"
        return [
            f"{all_files} are here: {same}, and {format_count(put_back)} with an earlier content that you put back."
        ]
    what = " that you chose" if left_out else " that OneDrive gives out" if tally.never_given else ""
    place = f" {where}" if folder or not what else ""
    return [f"Everything{place}{what} is here: {plural('file', files)} ({size}){how}."]


def _how(files: int, trusted: int) -> str:
    """How they are known to be right."""
    if not trusted:
        return ", checked" if files == 1 else ", each checked"
    by_size = "by size and time alone, not read"
    if trusted == files:
        return f", {by_size}"
    return f", {format_count(files - trusted)} of them checked, {format_count(trusted)} {by_size}"


def _lacking_sentences(tally: VerificationTally, who: str) -> list[str]:
    """What OneDrive keeps to itself."""
    sentences = []
    if stills := tally.files[ItemClass.LIVE_STILL]:
        lacks = "lacks its short film" if stills == 1 else "lack their short films"
        how = f"the report says how to get {_it(stills)}"
        sentences.append(f"{plural('Live Photo', stills)} {lacks}, which OneDrive gives to no program; {how}.")
    if sent_so := tally.files[ItemClass.AS_SENT]:
        whole = "it is whole" if sent_so == 1 else "they are whole"
        sentences.append(
            f"OneDrive sends {plural('file', sent_so)} with another size and checksum than it lists: "
            f"open {_it(sent_so)} to see that {whole}."
        )
    if number := len(tally.never_given):
        sentences.append(f"{plural('thing', number)} {who} gives to no program {_are(number)} {NAMED_IN_REPORT}.")
    return sentences


def _elsewhere_sentences(tally: VerificationTally) -> list[str]:
    """What is not in downloads and not missing either."""
    sentences = []
    files, size_bytes = tally.total(ItemClass.ELSEWHERE)
    if files:
        words = f"{plural('file', files)} ({format_bytes(size_bytes)}) {_are(files)} proven elsewhere (--known)"
        trusted = tally.trusted_elsewhere
        how = f"by size and time as when {'it was' if trusted == 1 else 'they were'} read"
        sentences.append(words + (f", {format_count(trusted)} of them {how}." if trusted else "."))
    files, size_bytes = tally.total(ItemClass.AWAY)
    if files:
        disk = "its disk" if files == 1 else "their disks"
        sentences += [
            f"{plural('file', files)} ({format_bytes(size_bytes)}) {_are(files)} in known folders that cannot be read "
            f"now: connect {disk} and choose 6 again before you delete {_it(files)} on OneDrive.",
            "If such a folder is gone for good, name it with --forget, then choose 4 to fetch what it had.",
        ]
    return sentences


_EXPLAINED = {
    ItemClass.PROVEN: "proven (every byte compared by checksum)",
    ItemClass.SAME_SIZE: "same size (OneDrive lists no checksum)",
    ItemClass.BY_DESIGN: "differs by design (OneDrive sends other bytes than it lists)",
    ItemClass.TRUSTED: "trusted by size and time, not read",
}


def show_tally(terminal: Terminal, home: Path, tally: VerificationTally, folders: FolderCheck) -> None:
    """The counts by class, and what is wrong, by reason; with --verbose the first names of each class."""
    rows = [
        (_EXPLAINED.get(name, name.value), format_count(tally.files[name]), format_bytes(tally.size_bytes[name]))
        for name in ItemClass
        if tally.files[name]
    ]
    if rows:
        terminal.table([Column("what was found"), Column("files", "right"), Column("size", "right")], rows)
    if tally.proven_by:
        names = [f"{name} of {plural('file', number)}" for name, number in sorted(tally.proven_by.items())]
        terminal.detail(f"Proven by the checksum that OneDrive lists: {join_words(names)}.")
    for item_class, items in tally.named.items() if terminal.is_verbose else ():
        more = tally.worth_a_name[item_class] - len(items)
        _name(terminal, f"{item_class.value}:", [(_path(item), item.reason) for item in items], more)
    for (item_class, _), (number, first) in sorted(tally.reasons.items(), key=lambda group: -group[1][0]):
        such = "such as " if number > 1 else ""
        words = f"{plural('file', number)} {item_class.value}, {such}{_path(first)}: {printable(first.reason)}."
        terminal.say(words, style="problem" if item_class in BAD else "warning")
    if tally.bad or len(describe_never_given(home, tally.never_given)) > 1:  # else the verdict says how many
        tell_never_given(terminal, home, tally.never_given, named_in="the report")
    if failed := [entry for entry in tally.unavailable if not entry.by_nature]:
        terminal.say(f"{plural('thing', len(failed))} could not be listed this time:", style="warning")
        for line in lines_by_reason(failed):
            terminal.say(line)
    if number := tally.not_covered:
        them = "it was" if number == 1 else "they were"
        where = f"{plural('file', number)} here {_are(number)} in folders that the list does not cover"
        terminal.say(f"{where}; {them} not looked at.")
    _show_folders(terminal, folders)


def _show_folders(terminal: Terminal, folders: FolderCheck) -> None:
    missing = len(folders.missing)
    if not missing:
        if folders.number:
            terminal.detail(f"{plural('folder', folders.number)} looked for, and all are here.")
        return
    path, reason = folders.missing[0]
    such = "such as " if missing > 1 else ""
    of_all = f"{plural('folder', missing)} of {format_count(folders.number)} {_are(missing)} not here"
    terminal.say(f"{of_all}, {such}{printable(path)}: {reason}. Choose 4 to make {_it(missing)}.", style="warning")
    shown = folders.missing[:MOST_OF_A_CLASS] if terminal.is_verbose else []
    _name(terminal, "folders not here:", shown, missing - len(shown))


def _name(terminal: Terminal, title: str, items: Sequence[tuple[str, str]], more: int) -> None:
    """With --verbose: a few by name."""
    lines = [f"  {printable(path)}: {printable(reason)}." for path, reason in items]
    for line in [title, *lines, *([f"  and {format_count(more)} more"] if more else [])] if items else []:
        terminal.detail(line)


def _path(item: VerifiedItem) -> str:
    return printable(item.path or item.local_path)


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _has(number: int) -> str:
    return "has" if number == 1 else "have"
