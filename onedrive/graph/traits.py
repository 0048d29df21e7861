"""What an item is, as a person would say: its kind, its date, its camera, from whom it is shared.

Facets say most, then the MIME type, then the extension: each alone misses many (graph-facts §2.8, trap 48).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from onedrive.graph.item import FIRST_YEAR_MEANT, DriveItem


def camera_of(item: DriveItem) -> str:
    """The camera that took a picture: 'Apple iPhone 8'; '' when it is not known."""
    photo = item.facets.get("photo", {})
    return camera_name(photo.get("cameraMake"), photo.get("cameraModel"))


def camera_name(make: object, model: object) -> str:
    """Make and model as one name; many a model begins with its make ('Canon', 'Canon EOS 80D')."""
    make, model = _tidy(make), _tidy(model)
    brand = make.partition(" ")[0].lower()
    return model if model.lower().startswith(brand) else f"{make} {model}".strip()


def _tidy(text: object) -> str:
    """Cameras fill their names up with spaces and zeros."""
    return " ".join(text.replace("\0", " ").split()) if isinstance(text, str) else ""


@dataclass
class Share:
    """So many files and bytes of the whole."""

    files: int = 0
    size_bytes: int = 0

    def add(self, files: int, size_bytes: int) -> None:
        """So many more files with so many bytes together."""
        self.files += files
        self.size_bytes += size_bytes


class FileKind(StrEnum):
    """The kinds, in the order in which tables show them."""

    PHOTO = "photos"
    VIDEO = "videos"
    MUSIC = "music"
    DOCUMENT = "documents"
    OTHER = "other files"

    @property
    def word(self) -> str:
        """The kind in one word, as it is typed: 'other' for other files."""
        return self.value.partition(" ")[0]

    @classmethod
    def from_word(cls, word: str) -> FileKind:
        """The kind that a typed word means; raises ValueError."""
        typed = word.strip().lower()
        return next((kind for kind in cls if typed in (kind.word, kind.value)), None) or cls(typed)


_EXTENSIONS = {
    FileKind.PHOTO: """jpg jpeg jpe jfif png gif bmp tif tiff webp heic heif avif raw dng cr2 cr3 nef arw orf rw2 raf
        pef srw""",
    FileKind.VIDEO: "mp4 m4v mov avi wmv mkv mts m2ts mpg mpeg 3gp 3g2 webm asf flv vob",
    FileKind.MUSIC: "mp3 m4a aac flac wav wma ogg oga opus aif aiff mid midi",
    FileKind.DOCUMENT: """doc docx docm dot dotx odt rtf txt md tex pdf epub xls xlsx xlsm xlsb ods csv tsv ppt pptx
        pptm pps ppsx odp one onetoc2 pages numbers key vsd vsdx pub xps eml msg html htm svg""",
}
_KIND_BY_EXTENSION = {extension: kind for kind, words in _EXTENSIONS.items() for extension in words.split()}
# Office's own types all begin so; the rest is told by the extension.
_DOCUMENT_TYPES = (
    "text/",
    "application/pdf",
    "application/msword",
    "application/rtf",
    "application/msonenote",
    "application/vnd.ms-",
    "application/vnd.openxmlformats-officedocument",
    "application/vnd.oasis.opendocument",
)


def kind_of(item: DriveItem) -> FileKind:
    """The kind of a file item. SVG counts as a document: it is drawn, not photographed."""
    extension = _extension(item.name.lower())
    mime_type = item.mime_type
    if "video" in item.facets or mime_type.startswith("video/"):
        # TypeScript sources end in .ts as transport streams do, and are sent as video/vnd.dlna.mpeg-tts.
        return FileKind.OTHER if extension == "ts" and "video" not in item.facets else FileKind.VIDEO
    if mime_type.startswith("image/svg"):
        return FileKind.DOCUMENT
    if "image" in item.facets or mime_type.startswith("image/"):
        return FileKind.PHOTO
    if "audio" in item.facets or mime_type.startswith("audio/"):
        return FileKind.MUSIC
    if extension in _KIND_BY_EXTENSION:
        return _KIND_BY_EXTENSION[extension]
    if "photo" in item.facets:
        return FileKind.PHOTO
    return FileKind.DOCUMENT if mime_type.startswith(_DOCUMENT_TYPES) else FileKind.OTHER


def kind_of_name(name: str) -> FileKind:
    """The kind that a name's extension tells, for a file that OneDrive says nothing about."""
    return _KIND_BY_EXTENSION.get(_extension(name.lower()), FileKind.OTHER)


def _extension(name: str) -> str:
    """What follows the last dot of a name; '' when nothing but dots stands before it."""
    stem, _, extension = name.rpartition(".")
    return extension if stem.strip(".") else ""


class DateSource(StrEnum):
    """Which of a file's dates says its day."""

    TAKEN = "taken"
    CREATED = "created"
    MODIFIED = "modified"
    NONE = "no date"


def day_of(item: DriveItem) -> tuple[date | None, DateSource]:
    """The day of a file and what says so; (None, NONE) when no date of it is meant."""
    for text, source in _dates(item):
        if isinstance(text, str) and (day := read_day(text, as_written=source is DateSource.TAKEN)):
            return day, source
    return None, DateSource.NONE


def _dates(item: DriveItem) -> Iterator[tuple[object, DateSource]]:
    """What may say the day, the best first."""
    yield item.facets.get("photo", {}).get("takenDateTime"), DateSource.TAKEN
    yield item.client_created, DateSource.CREATED
    yield item.created, DateSource.CREATED
    yield item.client_modified, DateSource.MODIFIED
    yield item.modified, DateSource.MODIFIED


def read_day(text: str, *, as_written: bool) -> date | None:
    """The day of a time as the service writes it; None when it names none that is meant.

    `as_written`: the day that stands there, whatever the time zone; otherwise the day that it was in UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not as_written and moment.tzinfo is not None:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            return None
    return moment.date() if moment.year >= FIRST_YEAR_MEANT else None
