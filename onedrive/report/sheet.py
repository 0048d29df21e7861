"""moving_out.html: on one sheet what is here and proven, what stays behind, and how to close the account.

`moving_out.py` says what is true; here it becomes a page that prints in black and white and needs no script.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import tzinfo
from pathlib import Path
from string import Template

from onedrive.home.files import disk_errors, replace_when_whole
from onedrive.home.verification import REPORT
from onedrive.report.farewell import PERSONAL_LINKS, WORK_LINKS, ClosingLink, StaysBehind, ending_words, stays_behind
from onedrive.report.moving_out import LeavingStep, MovingOut
from onedrive.report.page import page_part, page_policy
from onedrive.report.rows import shown_path
from onedrive.report.sections import advice, moment, shown, way_sentences
from onedrive.words import format_bytes, format_count, plural

SHEET = "moving_out.html"
_MOST_NAMED = 10


def take_away_sheet(home: Path) -> None:
    """Remove an earlier sheet, so that none stands there that was true only then. Raises FolderNotUsable."""
    with disk_errors(home):
        (home / SHEET).unlink(missing_ok=True)


def write_sheet(home: Path, moving_out: MovingOut, ticked: Set[str], *, zone: tzinfo | None = None) -> Path:
    """Write moving_out.html; `ticked` are the keys of the steps of which the person says that they are done.

    Raises DiskFull, FolderNotUsable.
    """
    style = page_part("moving_out.css")
    when = shown(moment(moving_out.facts.when, zone))
    frame = {
        "policy": page_policy(style),
        "style": style,
        "when": when,
        "verdict": verdict_words(moving_out, ticked),
        "why": shown(why_words(moving_out, ticked)),
        "steps": _steps(moving_out, ticked, when),
        "lines": "\n".join(_line(*cells) for cells in _line_cells(moving_out)),
        "items": format_count(moving_out.items),
        "only_here": _only_here(moving_out.only_here),
        "behind": "\n".join(map(_behind_row, stays_behind(moving_out))),
        "ending": "\n".join(f"<li>{shown(sentence)}</li>" for sentence in ending_words(moving_out)),
        "closing": "\n".join(map(_closing_row, PERSONAL_LINKS if moving_out.is_personal else WORK_LINKS)),
        "copies": shown(_copies(moving_out)),
        "ways": shown(" ".join(way_sentences(moving_out.facts, zone))),
    }
    with replace_when_whole(home / SHEET) as stream:
        stream.write(Template(page_part("moving_out.html")).substitute(frame))
    return home / SHEET


def verdict_words(moving_out: MovingOut, ticked: Set[str]) -> str:
    """The verdict in two or three words."""
    return "You can leave" if moving_out.can_leave(ticked) else "Not yet"


def why_words(moving_out: MovingOut, ticked: Set[str]) -> str:
    """The verdict in sentences."""
    each = f"Each of the {plural('item', moving_out.items)} of this OneDrive is accounted for"
    if moving_out.can_leave(ticked):
        said = f" You said of {_things(len(ticked))} that {_it_is(len(ticked))} done." if ticked else ""
        return f"{each}, and nothing that you want would be lost.{said}"
    open_steps = [step for step in moving_out.steps if step.key not in ticked]
    if not moving_out.to_tick:
        return f"{each}, but something is not here, or not proven. Do what is named, in that order, before you leave."
    left, they = ("is left that", "it is") if len(open_steps) == 1 else ("are left that", "they are")
    return (
        f"{each}. Nothing is missing or damaged; {_things(len(open_steps))} {left} only you can see to. "
        f"When {they} done, or you can do without, you can leave."
    )


def _things(number: int) -> str:
    return plural("thing", number)


def _it_is(number: int) -> str:
    return "it is" if number == 1 else "they are"


def _steps(moving_out: MovingOut, ticked: Set[str], when: str) -> str:
    """What comes first, each with a box; what the person said is done has a ticked one."""
    if not moving_out.steps:
        return '<p class="none">Nothing. Everything on OneDrive is here, or where you know it.</p>'
    rows = "\n".join(_step(moving_out, step, is_ticked=step.key in ticked, when=when) for step in moving_out.steps)
    again = "Then move out again (m in the menu, or python start.py --move-out): it makes a new sheet"
    asks = ", and asks you about each of these" if moving_out.to_tick else ""
    last = "" if moving_out.can_leave(ticked) else f"<p>{shown(again + asks)}.</p>"
    return f'<ol class="first">\n{rows}\n</ol>\n{last}'


def _step(moving_out: MovingOut, step: LeavingStep, *, is_ticked: bool, when: str) -> str:
    box = '<span class="box">\u2611</span>' if is_ticked else '<span class="box">\u2610</span>'
    count = f' <span class="count">{plural("item", step.number)}</span>' if step.number else ""
    head = f"<h3>{box} {shown(step.help.title)}{count}</h3>"
    if is_ticked:
        return f"<li>{head}\n<p>You said on {when} that this is done, or that you do without it.</p>\n</li>"
    return f"<li>{head}\n{advice(step.help)}\n{_named(moving_out, step)}</li>"


def _named(moving_out: MovingOut, step: LeavingStep) -> str:
    """The first items of a step; '' where it is about none by name."""
    items = moving_out.items_of(step)[:_MOST_NAMED]
    names = [f"<li><bdi>{shown(shown_path(item))}</bdi></li>\n" for item in items]
    if items and (more := step.number - len(items)):
        names.append(f"<li>\u2026 and {format_count(more)} more; {REPORT} names them all.</li>\n")
    return f'<ul class="named">\n{"".join(names)}</ul>\n' if items else ""


def _line_cells(moving_out: MovingOut) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            line.title,
            format_count(line.number),
            format_bytes(line.size_bytes) if line.size_bytes else "",
            line.where,
            line.meaning,
        )
        for line in moving_out.lines
    ]


def _line(title: str, number: str, size: str, where: str, meaning: str) -> str:
    return (
        f'<tr><th scope="row">{shown(title)}</th><td class="number">{number}</td><td class="number">{size}</td>'
        f"<td>{shown(where)}</td><td>{shown(meaning)}</td></tr>"
    )


def _only_here(number: int) -> str:
    if not number:
        return ""
    are = "is" if number == 1 else "are"
    return f"<p>{plural('more file', number)} {are} only here, and no longer on OneDrive, or never were.</p>"


def _behind_row(row: StaysBehind) -> str:
    return f'<tr><th scope="row">{shown(row.what)}</th><td>{shown(row.found)}</td><td>{shown(row.click)}</td></tr>'


def _closing_row(link: ClosingLink) -> str:
    address = f'<br><a href="{link.address}" rel="noreferrer">{link.address}</a>' if link.address else ""
    return f'<tr><th scope="row">{shown(link.what)}{address}</th><td>{shown(link.words)}</td></tr>'


def _copies(moving_out: MovingOut) -> str:
    """How many places the files are in, as far as it was verified."""
    if further := len(moving_out.facts.copies):
        was = "was" if further == 1 else "were"
        return f"{plural('further copy', further, many='further copies')} of the downloads {was} verified too (--also)."
    return (
        "When OneDrive is closed, these files exist on this one disk. Make a second copy on another disk first, and "
        "have it verified too: python start.py --also DIR --move-out."
    )
