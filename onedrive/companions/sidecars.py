"""Sidecars: beside a photo or film a small file with what OneDrive knows of it; the picture itself is never touched.

the list has most ─► who made it, sharing and description are asked, a folder in one request ─► XMP, or JSON

XMP names stand in Adobe's specification (parts 1 and 2) and in the Exif one; programs find `a.jpg.xmp` beside `a.jpg`.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape

from onedrive.choosing.selection import Sidecar
from onedrive.companions.asking import AskedFile, ask_about, other_drive
from onedrive.companions.keeper import CompanionTask, FileHere
from onedrive.companions.record import Companion, CompanionKind, pack_facts
from onedrive.errors import ConnectionLost
from onedrive.graph.batch import NoAnswer
from onedrive.graph.item import FIRST_YEAR_MEANT, DriveItem
from onedrive.graph.session import JsonObject
from onedrive.graph.traits import FileKind, kind_of
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.terminal.progress import DISK, SERVICE
from onedrive.transfer.addresses import PAGE_FILES
from onedrive.words import as_text, escape_surrogates

# Adobe's and the programs' own names of namespaces; ours is for what none of them has a field for.
_NAMESPACES = {
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "onedrive": "urn:onedrive-downloader:xmp:1.0:",
}
ALBUMS = "Albums"  # the keyword above the names of albums, so that they are told from others
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_APP_ID_ALONE = "i:0i.t|"  # how programs without a name are called (graph-facts §2.9)
_FACETS = ("audio", "fileSystemInfo", "image", "location", "photo", "video")


def make_sidecars(task: CompanionTask) -> None:
    """Write the sidecar of each photo and film that is here. Raises DiskFull, SignInNeeded, Stopped."""
    form = task.request.selection.sidecar or Sidecar.XMP
    kind = CompanionKind(form.value)
    told = _ask_what_is_unknown(task, kind)
    further_places: dict[str, list[Companion]] = {}
    for line in task.keeper.record.entries():
        if line.kind is CompanionKind.ALBUM:
            further_places.setdefault(line.owner.rpartition("/")[0], []).append(line)
    task.progress.update(f"writing {form.value.upper()} sidecars", waits_for=DISK)
    for here in _pictures(task):
        known = task.keeper.record.find(kind, here.owner)
        facts = told.get(here.owner)
        source = here.item.etag if facts is not None or (known and known.source == here.item.etag) else ""
        if facts is None:
            facts = _facts_of(json.loads(known.facts)) if known and known.facts else ""
        further = json.loads(facts) if facts else {}
        names = list(dict.fromkeys(album.name for album in task.albums_of.get(here.item.id, ())))
        text = make_xmp(here.item, names, further) if form is Sidecar.XMP else make_json(here.item, names, further)
        content = text.encode()
        task.keeper.put(kind, here.owner, f"{here.place}.{form.value}", content, source=source, facts=facts)
        for line in further_places.get(here.owner, ()):
            task.keeper.put(kind, line.owner, f"{line.place}.{form.value}", content)
        task.progress.advance(files=1)


def _pictures(task: CompanionTask) -> Iterator[FileHere]:
    return (here for here in task.files() if kind_of(here.item) in (FileKind.PHOTO, FileKind.VIDEO))


def _ask_what_is_unknown(task: CompanionTask, kind: CompanionKind) -> dict[str, str]:
    """What OneDrive tells of files that are new or were changed since their sidecar was made, by owner."""
    unknown, pictures, own = [], 0, task.drive_id
    for here in _pictures(task):
        item, known = here.item, task.keeper.record.find(kind, here.owner)
        pictures += 1
        if known is None or not item.etag or known.source != item.etag:
            unknown.append(AskedFile(here.owner, item.id, other_drive(item.drive_id, own), sys.intern(item.parent_id)))
    told: dict[str, str] = {}
    if unknown:
        task.progress.update("asking OneDrive what it knows of your pictures", waits_for=SERVICE)
        listed = read_items(task.home / FILE_LIST)
        sizes = Counter((other_drive(item.drive_id, own), item.parent_id) for item in listed)
        with contextlib.suppress(ConnectionLost, *NoAnswer):  # what is not told now is asked for in the next run
            of_page, of_item = [f"?$top={PAGE_FILES}&{_SELECT}"], f"?{_SELECT}"
            for file, answer in ask_about(task.graph, unknown, sizes, of_page=of_page, of_item=of_item):
                if isinstance(answer, dict):
                    told[file.key] = _facts_of(answer)
    task.progress.set_total(files=pictures, size_bytes=0)
    return told


def make_json(item: DriveItem, albums: Sequence[str], further: Mapping[str, Any]) -> str:
    """What OneDrive knows of an item, in Graph's words, with `path` and `albums`."""
    row: dict[str, Any] = {"name": item.name, "path": item.path, "id": item.id, "size": item.size}
    row |= {"createdDateTime": item.created, "lastModifiedDateTime": item.modified}
    row |= {facet: item.facets[facet] for facet in _FACETS if item.facets.get(facet)}
    row |= {**further, "albums": albums}
    known = {key: value for key, value in row.items() if value not in (None, "", [])}
    return escape_surrogates(json.dumps(known, ensure_ascii=False, indent=1)) + "\n"


def make_xmp(item: DriveItem, albums: Sequence[str], further: Mapping[str, Any]) -> str:
    """The same as photo programs read it: nothing that the picture's own data should decide, such as how it is turned.

    The date a picture was taken is written without a zone: OneDrive says Z, and often means the camera's own time.
    """
    properties = [*_when_and_where(item), *_how(item), *_in_words(item, albums, further)]
    used = sorted({name.partition(":")[0] for name, _ in properties}, key=list(_NAMESPACES).index)
    spaces = "".join(f'\n    xmlns:{prefix}="{_NAMESPACES[prefix]}"' for prefix in used)
    lines = "".join(f"\n   <{name}>{value}</{name}>" for name, value in properties)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'  <rdf:Description rdf:about=""{spaces}>{lines}\n  </rdf:Description>\n'
        ' </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
    )


def _when_and_where(item: DriveItem) -> Iterator[tuple[str, str]]:
    taken = _taken(item)
    if taken:
        yield "exif:DateTimeOriginal", taken
        yield "photoshop:DateCreated", taken
        yield "xmp:CreateDate", taken
    place = item.facets.get("location", {})
    latitude, longitude = _number(place.get("latitude"), 90), _number(place.get("longitude"), 180)
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):  # no place at all, in the sea
        return
    yield "exif:GPSLatitude", _degrees(latitude, "NS")
    yield "exif:GPSLongitude", _degrees(longitude, "EW")
    if (altitude := _number(place.get("altitude"), 1e6)) is not None:
        yield "exif:GPSAltitude", _ratio(abs(altitude))
        yield "exif:GPSAltitudeRef", str(int(altitude < 0))


def _taken(item: DriveItem) -> str:
    """When a picture was taken; '' where it is not known. Films say it themselves, in UTC, and are left at that."""
    text = as_text(item.facets.get("photo", {}).get("takenDateTime"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if moment.year < FIRST_YEAR_MEANT or kind_of(item) is not FileKind.PHOTO:
        return ""
    is_zone_meant = moment.utcoffset() not in (None, timedelta())
    return (moment if is_zone_meant else moment.replace(tzinfo=None)).isoformat()


def _how(item: DriveItem) -> Iterator[tuple[str, str]]:
    """The camera, and how it was set."""
    photo = item.facets.get("photo", {})
    for name, field in (("tiff:Make", "cameraMake"), ("tiff:Model", "cameraModel")):
        if text := _text(" ".join(as_text(photo.get(field)).replace("\0", " ").split())):
            yield name, text
    above, below = _number(photo.get("exposureNumerator"), 1e9), _number(photo.get("exposureDenominator"), 1e9)
    if above and below and above > 0 and below > 0:
        yield "exif:ExposureTime", _ratio(above, below)
    for name, field in (("exif:FNumber", "fNumber"), ("exif:FocalLength", "focalLength")):
        if (value := _number(photo.get(field), 1e6)) and value > 0:
            yield name, _ratio(value)
    if (iso := _number(photo.get("iso"), 1e9)) and iso >= 1:
        yield "exif:ISOSpeedRatings", _many("Seq", [str(int(iso))])


def _in_words(item: DriveItem, albums: Sequence[str], further: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if description := _text(as_text(further.get("description"))):
        yield "dc:description", f'<rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt>'
    if albums:
        yield "dc:subject", _many("Bag", map(_text, albums))
        yield "lr:hierarchicalSubject", _many("Bag", (_text(f"{ALBUMS}|{name.replace('|', '-')}") for name in albums))
        yield "digiKam:TagsList", _many("Seq", (_text(f"{ALBUMS}/{name.replace('/', '-')}") for name in albums))
    yield "onedrive:Path", _text(item.path)
    for name, field in (("Created", "createdBy"), ("Modified", "lastModifiedBy")):
        said = further.get(field, {})
        user, program = (_text(as_text(said.get(who, {}).get("displayName"))) for who in ("user", "application"))
        if user:
            yield f"onedrive:{name}By", user
        if program and not program.startswith(_APP_ID_ALONE):
            yield f"onedrive:{name}With", program
    if "shared" in further:
        yield "onedrive:Shared", _text(as_text(further["shared"].get("scope"))) or "yes"


def _many(kind: str, texts: Iterable[str]) -> str:
    return f"<rdf:{kind}>{''.join(f'<rdf:li>{text}</rdf:li>' for text in texts)}</rdf:{kind}>"


def _text(text: str) -> str:
    """As XML takes it: what it has no character for is a sign for that."""
    return escape(_NO_XML.sub("\ufffd", text.replace("\r\n", "\n")))


def _number(value: object, most: float) -> float | None:
    """A number that can be meant; None for anything else."""
    return value if isinstance(value, int | float) and type(value) is not bool and abs(value) <= most else None


def _degrees(value: float, signs: str) -> str:
    """As XMP has it: degrees, minutes with decimals, and the side of the equator or of Greenwich."""
    minutes = round(abs(value) * 60, 6)
    return f"{int(minutes // 60)},{minutes % 60:.6f}{signs[value < 0]}"


def _ratio(above: float, below: float = 1) -> str:
    exact = (Fraction(above) / Fraction(below)).limit_denominator(100_000)
    return f"{exact.numerator}/{exact.denominator}"


# --- what the list does not keep: description, who made and changed a file with what program, and sharing -------------

_SELECT = "$select=id,description,createdBy,lastModifiedBy,shared"


def _facts_of(row: JsonObject) -> str:
    """What of it goes into a sidecar, in Graph's words; of people and programs the name alone."""
    facts: dict[str, Any] = {}
    if description := as_text(row.get("description")):
        facts["description"] = description
    for field in ("createdBy", "lastModifiedBy"):
        said = row.get(field)
        names = {who: _name(said.get(who)) for who in ("user", "application")} if isinstance(said, dict) else {}
        if any(names.values()):
            facts[field] = {who: {"displayName": name} for who, name in names.items() if name}
    shared = row.get("shared")
    if isinstance(shared, dict):
        facts["shared"] = {"scope": scope} if (scope := as_text(shared.get("scope"))) else {}
    return pack_facts(facts)


def _name(who: object) -> str:
    return as_text(who.get("displayName")) or as_text(who.get("email")) if isinstance(who, dict) else ""
