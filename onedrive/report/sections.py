"""The parts of a report that need no script: verdict, figures, charts and exceptions, as HTML.

Every text passes through `shown`, which escapes markup and shows what a name hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from html import escape
from pathlib import Path

from onedrive.albums.check import NOT_GIVEN, CheckedAlbum
from onedrive.graph.traits import FileKind
from onedrive.home.verification import GOOD, NAMED_IN_REPORT, CopyState, ItemClass, VerificationFacts, VerifiedItem
from onedrive.report.help import HELP, MEANING, NEEDS_THE_PERSON, Help, Topic
from onedrive.report.rows import NO_YEAR, ReportTally, Sum, file_address, is_here, shown_path, without_addresses
from onedrive.words import format_bytes, format_count, plural, printable, without_marks

SUMS = "SHA256SUMS"
_BAR_WIDTH = 1000
_SHORTEST = 5.0
_NUMBER_OF = {item_class: number for number, item_class in enumerate(ItemClass)}
# The calendar module would name them in the language of the computer.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def shown(text: str) -> str:
    """A text as it may stand anywhere in the page."""
    return escape(without_marks(printable(text)))


def moment(when: str, zone: tzinfo | None = None) -> str:
    """A time of the file as the clock here shows it: 24 November 2026, 06:42."""
    try:
        here = datetime.fromisoformat(when).astimezone(zone)
    except (ValueError, OverflowError, OSError):  # Windows refuses what is before 1970
        return when
    return f"{here.day} {_MONTHS[here.month - 1]} {here.year}, {here:%H:%M}"


def verdict(facts: VerificationFacts) -> dict[str, str]:
    """The verdict's first sentence, and the others below it."""
    first, stop, rest = facts.verdict.replace(NAMED_IN_REPORT, "named below").partition(". ")
    return {"verdict": shown(first + stop.rstrip()), "rest": f'<p class="rest">{shown(rest)}</p>' if rest else ""}


def mark(facts: VerificationFacts) -> str:
    """The sign beside the verdict: a tick or an exclamation mark, drawn."""
    path = "M14 25l7 7 14-16" if facts.is_good else "M24 13v14M24 34v.5"
    tone = "good" if facts.is_good else "bad"
    return f'<svg class="mark {tone}" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="{path}"/></svg>'  # noqa: E501  # one element


def caution(facts: VerificationFacts) -> str:
    """A line below the verdict of a verification that did not look at every file; '' for a whole one."""
    if facts.is_whole:
        return ""
    way = {"quick": "Files were trusted by size and time, not read (--quick)."}
    return f'<p class="caution">{shown(way.get(facts.way, f"Not every file was read: {facts.way}."))}</p>'


def figures(facts: VerificationFacts, counted: ReportTally) -> str:
    """The few numbers that matter most."""
    good = [figure for item_class, figure in counted.by_class.items() if item_class in GOOD]
    needs = sum(number for topic, number in counted.by_topic.items() if topic in NEEDS_THE_PERSON)
    here = sum(figure.size_bytes for figure in good)
    rows = [
        (format_count(facts.drive_files), "files on OneDrive", f"in {plural('folder', facts.drive_folders)}"),
        (format_bytes(facts.drive_bytes), "on OneDrive", f"{format_bytes(here)} of it here and in order"),
        (format_count(sum(figure.files for figure in good)), "here and in order", "each checked by itself"),
        (format_count(needs), "need you" if needs != 1 else "needs you", "named below" if needs else "nothing to do"),
    ]
    return "\n".join(
        f"<div><dt>{shown(what)}</dt><dd><strong>{shown(number)}</strong><span>{shown(more)}</span></dd></div>"
        for number, what, more in rows
    )


def class_bar(counted: ReportTally) -> str:
    """All items as one bar, a piece for each class."""
    pieces, start = [], 0.0
    for item_class in ItemClass:
        files = counted.by_class.get(item_class, Sum()).files
        width = _length(files, counted.all.files)
        pieces.append(f'<rect class="c{_NUMBER_OF[item_class]}" x="{start:.1f}" width="{width:.1f}" height="16"/>')
        start += width
    return _svg("".join(pieces), "whole", height=16)


def class_rows(counted: ReportTally) -> str:
    """The table of classes."""
    return "\n".join(
        f'<tr><th scope="row"><span class="swatch c{_NUMBER_OF[item_class]}" aria-hidden="true"></span>'
        f'<a href="#items" data-class="{_NUMBER_OF[item_class]}">{shown(item_class.value)}</a></th>'
        f"<td>{format_count(figure.files)}</td><td>{format_bytes(figure.size_bytes)}</td>"
        f"<td>{shown(MEANING[item_class])}</td></tr>"
        for item_class in ItemClass
        if (figure := counted.by_class.get(item_class))
    )


def copies(facts: VerificationFacts) -> str:
    """The table of further copies; '' where none was verified."""
    states = [state for state in CopyState if any(state.value in counts for counts in facts.copies.values())]
    if not states:
        return ""
    heads = "".join(f'<th scope="col">{shown(state.value)}</th>' for state in states)
    rows = "\n".join(
        f'<tr><th scope="row">{shown(folder)}</th>'
        + "".join(f"<td>{format_count(counts.get(state.value, 0))}</td>" for state in states)
        + "</tr>"
        for folder, counts in facts.copies.items()
    )
    return (
        '<table class="classes" id="copies">\n<caption>Further copies, verified too</caption>\n'
        f'<thead><tr><th scope="col">Copy</th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>'
    )


def year_rows(counted: ReportTally) -> str:
    """The chart by year, newest last; what has no date at the end."""
    return _chart(((year, year) for year in sorted(counted.by_year, key=_year_order)), counted.by_year, "year")


def kind_rows(counted: ReportTally) -> str:
    """The chart by kind."""
    kinds = ((kind.value, str(number)) for number, kind in enumerate(FileKind))
    return _chart(kinds, counted.by_kind, "kind")


def _chart(names: Iterable[tuple[str, str]], sums: Mapping[str, Sum], filtered: str) -> str:
    most = max((figure.files for figure in sums.values()), default=1) or 1
    return "\n".join(
        f'<tr><th scope="row"><a href="#items" data-{filtered}="{shown(value)}">{shown(name)}</a></th>'
        f'<td class="drawn">{_bar(figure, most)}</td>'
        f"<td>{format_count(figure.files)}</td><td>{format_bytes(figure.size_bytes)}</td></tr>"
        for name, value in names
        if (figure := sums.get(name))
    )


def _bar(figure: Sum, most: int) -> str:
    good = figure.files - figure.exceptions - figure.aside
    pieces, start = [], 0.0
    for name, files in (("fine", good), ("wrong", figure.exceptions), ("aside", figure.aside)):
        width = _length(files, most)
        pieces.append(f'<rect class="{name}" x="{start:.1f}" width="{width:.1f}" height="12"/>' if files else "")
        start += width
    return _svg("".join(pieces), "bar", height=12)


def _length(files: int, most: int) -> float:
    """A bar's length; a single file is still seen."""
    return max(_SHORTEST, files * _BAR_WIDTH / most) if files else 0.0


def _svg(content: str, name: str, *, height: int) -> str:
    return (
        f'<svg class="{name}" viewBox="0 0 {_BAR_WIDTH} {height}" preserveAspectRatio="none" aria-hidden="true">'
        f"{content}</svg>"
    )


def _year_order(year: str) -> tuple[bool, str]:
    return year == NO_YEAR, year


def exceptions(counted: ReportTally, base: str) -> str:
    """What needs the person, each kind of it with its steps."""
    topics = [topic for topic in Topic if topic in NEEDS_THE_PERSON and counted.by_topic[topic]]
    if not topics:
        return '<p class="none">Nothing. No file is missing, damaged or out of date.</p>'
    return "\n".join(
        f'<article class="topic" id="{topic.value}">\n<h3>{_heading(counted, topic)}</h3>\n'
        f"{advice(HELP[topic])}\n{_items(counted, topic, base)}\n</article>"
        for topic in topics
    )


def remark_section(counted: ReportTally, base: str) -> str:
    """What differs and is in order, folded away; no section at all when there is nothing."""
    topics = [topic for topic in Topic if topic not in NEEDS_THE_PERSON and counted.by_topic[topic]]
    if not topics:
        return ""
    folded = "\n".join(
        f'<details class="topic" id="{topic.value}">\n<summary>{_heading(counted, topic)}</summary>\n'
        f"{advice(HELP[topic])}\n{_items(counted, topic, base)}\n</details>"
        for topic in topics
    )
    return (
        '<section class="page" id="remarks" aria-labelledby="remarks-title">\n'
        f'<h2 id="remarks-title">Good to know</h2>\n{folded}\n</section>'
    )


MOST_LACKING = 20  # files of an album that are named


def albums(checked: Sequence[CheckedAlbum], when: str) -> str:
    """Each album, whole or with what it lacks and why; no section at all where none is known.

    `when`: as they were then on OneDrive, as `moment` says it.
    """
    if not checked:
        return ""
    rows = "\n".join(
        f'<tr><th scope="row"><a href="#items" data-album="{number}">{shown(one.album.name)}</a></th>'
        f"<td>{format_count(len(one.album.members))}</td><td>{format_count(one.here)}</td>"
        f"<td>{shown(_album_words(one))}</td></tr>"
        for number, one in enumerate(checked)
    )
    lacking = "\n".join(map(_lacking, (one for one in checked if one.lacking)))
    return (
        '<section class="page" id="albums" aria-labelledby="albums-title">\n<h2 id="albums-title">Albums</h2>\n'
        f'<table class="classes">\n<caption>As OneDrive had them on {shown(when)}, and what is here of each</caption>\n'
        '<thead><tr><th scope="col">Album</th><th scope="col">Files</th><th scope="col">Here</th>'
        '<th scope="col">Whole, or what is lacking</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>\n{lacking}\n</section>"
    )


def _album_words(checked: CheckedAlbum) -> str:
    """Whether an album is whole: 'whole', '2 not chosen, 1 not downloaded'."""
    if checked.album.is_unknown:
        return NOT_GIVEN
    if not checked.album.members:
        return "no files are in it"
    parts = [f"{format_count(number)} {why}" for why, number in checked.reasons.items()] or ["whole"]
    gone = f"; {format_count(checked.only_here)} here and no longer on OneDrive" if checked.only_here else ""
    return ", ".join(parts) + gone


def _lacking(checked: CheckedAlbum) -> str:
    """The files of an album that are not here, folded away."""
    number, more = len(checked.lacking), len(checked.lacking) - MOST_LACKING
    items = "".join(
        f'<li><bdi>{shown(member.name)}</bdi><span class="reason">{shown(why)}</span></li>\n'
        for member, why in checked.lacking[:MOST_LACKING]
    )
    rest = f"<p>… and {format_count(more)} more, among all items below.</p>" if more > 0 else ""
    title = f'{shown(checked.album.name)} <span class="count">lacks {plural("file", number)}</span>'
    return f'<details class="topic">\n<summary>{title}</summary>\n<ul class="named">\n{items}</ul>\n{rest}</details>'


def _heading(counted: ReportTally, topic: Topic) -> str:
    return f'{shown(HELP[topic].title)} <span class="count">{plural("item", counted.by_topic[topic])}</span>'


def advice(words: Help) -> str:
    """What a topic means, and its steps."""
    listed = "".join(f"<li>{shown(step)}</li>" for step in words.steps)
    return f"<p>{shown(words.meaning)}</p>\n" + (
        f'<ol class="steps">{listed}</ol>' if len(words.steps) > 1 else f'<p class="steps">{shown(words.steps[0])}</p>'
    )


def _items(counted: ReportTally, topic: Topic, base: str) -> str:
    items = counted.shown[topic]
    more = counted.by_topic[topic] - len(items)
    rest = ""
    if more:
        number = _NUMBER_OF[items[0].item_class]
        link = f'<a href="#items" data-class="{number}">All of them in the table</a>'
        rest = f"<p>… and {format_count(more)} more. {link}</p>"
    return f'<ul class="named">\n{"".join(_item(item, base) for item in items)}</ul>\n{rest}'


def _item(item: VerifiedItem, base: str) -> str:
    address = file_address(base, item.local_path) if is_here(item) else ""
    name = f"<bdi>{shown(shown_path(item))}</bdi>"
    linked = f'<a href="{escape(address)}" target="_blank" rel="noopener">{name}</a>' if address else name
    size = f' <span class="size">{format_bytes(item.size_bytes)}</span>' if item.size_bytes else ""
    reason = f'<span class="reason">{shown(without_addresses(item.reason))}</span>' if item.reason else ""
    return f"<li>{linked}{size}{reason}</li>\n"


def ways(facts: VerificationFacts, counted: ReportTally, zone: tzinfo | None = None) -> str:
    """How it was proven and when, in sentences; also whether the figures add up."""
    sentences = way_sentences(facts, zone)
    if facts.counts and not counted.agrees_with(facts):
        sentences.append(
            "The items do not add up to the figures of the verification: choose 6 again before you rely on it."
        )
    else:
        sentences.append(f"The report accounts for {plural('item', counted.all.files)}, each in exactly one class.")
    return "\n".join(f"<p>{shown(sentence)}</p>" for sentence in sentences)


def sums_remark(downloads: Path) -> str:
    """How to check the copy without this program; '' when there is no SHA256SUMS to do it with."""
    if not (downloads / SUMS).is_file():
        return ""
    return (
        f"<p>To check the copy again, even in twenty years and without this program: open a terminal in the downloads "
        f"folder and run <code>sha256sum -c {SUMS}</code>.</p>"
    )


def earlier_remark(words: str) -> str:
    """What is kept of contents that OneDrive replaced; '' for nothing."""
    how = "To have one here again: <code>python start.py --put-back PATH 4</code>."
    return f"\n<p>{shown(words)}. {how}</p>" if words else ""


def way_sentences(facts: VerificationFacts, zone: tzinfo | None = None) -> list[str]:
    """How it was proven and when, and what was wanted."""
    whole = "OneDrive was asked what it holds now, and each item was compared with what is on this computer."
    read = {
        "read": "Every file was read from the disk, and its checksum compared with the one that OneDrive lists.",
        "quick": "Files with the size and time as the program left them were trusted and not read (--quick).",
    }
    way = read.get(facts.way, f"Of the files, only some were read from the disk: {facts.way}.")
    wanted = [f"What was wanted: {facts.selection.rstrip('.')}."] if facts.selection else []
    beside = [f"Beside the files: {facts.companions}, not OneDrive's; nothing proves them."] if facts.companions else []
    return [f"Verified on {moment(facts.when, zone)}.", whole, way, *beside, *wanted]
