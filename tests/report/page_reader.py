"""A report as a browser's parser sees it, without a browser: tags, texts and embedded JSON."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any


class PageReader(HTMLParser):
    """Reads a page; `links` are (address, text), `tags` are all that were opened."""

    def __init__(self, page: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.source = page.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.embedded: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(self.source)
        self.close()

    @property
    def text(self) -> str:
        """All that is read, without styles and scripts."""
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, attributes = self._open[-1] if self._open else ("", {})
        if tag == "script":
            name = attributes.get("id") or "code"
            self.embedded[name] = self.embedded.get(name, "") + data
        elif tag != "style":
            self.texts.append(data)
        for opened, found in self._open:
            if opened == "a" and data.strip():
                self.links.append((found.get("href") or "", data))

    def json(self, name: str) -> Any:  # noqa: ANN401  # whatever is embedded
        """What is embedded under an id."""
        return json.loads(self.embedded[name])
