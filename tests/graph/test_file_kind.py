"""What kind of file an item is."""

from __future__ import annotations

import pytest

from onedrive.graph.item import from_graph
from onedrive.graph.traits import FileKind, kind_of, kind_of_name


@pytest.mark.parametrize(
    ("name", "mime_type", "facets", "kind"),
    [
        ("a.jpg", "image/jpeg", {"photo": {}}, FileKind.PHOTO),
        ("a.JPG", "application/octet-stream", {}, FileKind.PHOTO),
        ("a.heic", "", {}, FileKind.PHOTO),
        ("screenshot", "image/png", {}, FileKind.PHOTO),
        ("a.cr2", "application/octet-stream", {"image": {}}, FileKind.PHOTO),
        ("a.mp4", "video/mp4", {"photo": {}, "video": {}}, FileKind.VIDEO),
        ("a.mov", "", {}, FileKind.VIDEO),
        ("a.mts", "application/octet-stream", {}, FileKind.VIDEO),
        ("a.ts", "video/vnd.dlna.mpeg-tts", {}, FileKind.OTHER),
        ("a.ts", "video/mp2t", {"video": {}}, FileKind.VIDEO),
        ("a.mp3", "audio/mpeg", {"audio": {}}, FileKind.MUSIC),
        ("a.flac", "", {}, FileKind.MUSIC),
        ("a.svg", "image/svg+xml", {}, FileKind.DOCUMENT),
        ("a.docx", "application/octet-stream", {}, FileKind.DOCUMENT),
        ("a", "application/pdf", {}, FileKind.DOCUMENT),
        ("a.zip", "application/zip", {}, FileKind.OTHER),
        ("strange", "", {"photo": {}}, FileKind.PHOTO),
    ],
)
def test_facets_then_type_then_extension_decide(
    name: str, mime_type: str, facets: dict[str, object], kind: FileKind
) -> None:
    item = from_graph({"id": "1", "name": name, "file": {"mimeType": mime_type}, **facets})

    assert kind_of(item) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.JPG", FileKind.PHOTO), ("b.m2ts", FileKind.VIDEO), ("c", FileKind.OTHER), ("d.zip", FileKind.OTHER)],
)
def test_a_name_alone_tells_the_kind_by_its_extension(name: str, kind: FileKind) -> None:
    assert kind_of_name(name) is kind
