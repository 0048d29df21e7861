"""download_report.html: one file that tells, and shows, what option 6 found. It needs nothing but a browser.

verification.json ─► figures and exceptions (first pass) ─► the page's head
                  ─► all items as rows (second pass, streamed) ─► the page's script draws them when they are looked at
"""

from __future__ import annotations

import base64
import hashlib
from datetime import tzinfo
from importlib.resources import files
from pathlib import Path
from string import Template

from onedrive.albums.check import AlbumCheck
from onedrive.albums.record import known_albums
from onedrive.errors import StepNeeded
from onedrive.graph.traits import FileKind
from onedrive.home.files import replace_when_whole
from onedrive.home.lists import known_list_state
from onedrive.home.verification import (
    BAD,
    GOOD,
    REPORT,
    ItemClass,
    VerificationFacts,
    read_verification,
    read_verified_items,
)
from onedrive.report import sections
from onedrive.report.pictures import PICTURES_FOLDER, SHOWN_BY_BROWSERS, find_pictures
from onedrive.report.rows import ReportTally, RowWords, address_base, row_lines, safe_json, tally

_SCRIPTS = ("rows.js", "names.js", "items.js", "table.js", "gallery.js", "page.js")
_ROWS = "$rows"


def write_report(home: Path, downloads: Path, *, zone: tzinfo | None = None, earlier: str = "") -> Path:
    """Replace download_report.html by what verification.json says; `zone` is that of the clock here.

    `earlier`: what is kept of contents that OneDrive replaced, in words without a full stop.

    Raises StepNeeded when nothing was verified yet, StateFileBroken, DiskFull, FolderNotUsable.
    """
    facts = read_verification(home)
    if facts is None:
        raise StepNeeded(6, "Nothing was verified yet, so there is nothing to report.")
    listed = known_albums(home, facts.drive_id)  # where they are damaged, option 6 says it
    check = AlbumCheck(listed, known_list_state(home))
    counted = tally(read_verified_items(home), check.see)
    base = address_base(_whole(home), _whole(downloads))
    head, tail = page_part("page.html").split(_ROWS)
    style, script = page_part("page.css"), "\n".join(map(page_part, _SCRIPTS))
    words = RowWords(picture_of=find_pictures(home))
    target = home / REPORT
    with replace_when_whole(target) as stream:
        frame = {"policy": page_policy(style, script), "style": style, "facts": safe_json(_facts(base))}
        frame["sums"] = sections.sums_remark(downloads) + sections.earlier_remark(earlier)
        checked = [*check.checked()]
        as_of = sections.moment(listed.listed_at, zone) if listed else ""
        frame["albums"] = sections.albums(checked, as_of)
        frame["album_link"] = '<a href="#albums">Albums</a>' if checked else ""
        stream.write(Template(head).substitute(frame | _sections(facts, counted, base, zone)))
        stream.writelines(row_lines(read_verified_items(home), words))
        shared: dict[str, object] = {"moments": list(words.moments), "reasons": list(words.reasons)}
        shared["albums"] = [[one.album.name, one.rows, one.cover] for one in checked]
        stream.write(Template(tail).substitute(words=safe_json(shared), script=script))
    return target


def _sections(facts: VerificationFacts, counted: ReportTally, base: str, zone: tzinfo | None) -> dict[str, str]:
    return {
        **sections.verdict(facts),
        "mark": sections.mark(facts),
        "when": sections.shown(sections.moment(facts.when, zone)),
        "caution": sections.caution(facts),
        "figures": sections.figures(facts, counted),
        "class_bar": sections.class_bar(counted),
        "class_rows": sections.class_rows(counted),
        "copies": sections.copies(facts),
        "year_rows": sections.year_rows(counted),
        "kind_rows": sections.kind_rows(counted),
        "exceptions": sections.exceptions(counted, base),
        "remarks": sections.remark_section(counted, base),
        "ways": sections.ways(facts, counted, zone),
    }


def _whole(folder: Path) -> Path:
    """The absolute path, links not followed: a `downloads` that leads to another disk is linked as it is."""
    return folder.resolve() if ".." in folder.parts else folder.absolute()


def page_part(name: str) -> str:
    """A file of the pages' own: a frame, a style, a script."""
    return files("onedrive.report").joinpath("assets", name).read_text(encoding="utf-8")


def page_policy(style: str, script: str = "") -> str:
    """Nothing may load but the page's own style and script and pictures of this disk; nothing may be sent anywhere."""
    more = f"script-src {_hash(script)}; img-src 'self' file:; " if script else ""
    return f"default-src 'none'; style-src {_hash(style)}; {more}base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _facts(base: str) -> dict[str, object]:
    return {
        "base": base,
        "classes": [
            {"name": name.value, "tone": "good" if name in GOOD else "bad" if name in BAD else "other"}
            for name in ItemClass
        ],
        "kinds": [kind.value for kind in FileKind],
        "pictures": f"./{PICTURES_FOLDER}/",
        "shownByBrowsers": SHOWN_BY_BROWSERS,
    }
