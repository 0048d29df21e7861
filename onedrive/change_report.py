"""What is new, changed, moved and gone since the last listing, by path."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ChangeReport:
    """Paths by what happened to them; `files_along` counts the files that moved or went with a folder, unnamed."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)  # from, to
    gone: list[str] = field(default_factory=list)
    moved_along: int = 0
    gone_along: int = 0
    touched: int = 0  # folders of which only times or tags differ: rewritten, not worth a word

    @property
    def is_empty(self) -> bool:
        """True when no line of the lists differs."""
        return not (self.has_news or self.touched)

    @property
    def has_news(self) -> bool:
        """True when there is something to say."""
        return bool(self.new or self.changed or self.moved or self.gone or self.moved_along or self.gone_along)

    def sort(self) -> None:
        """Order all by path."""
        for paths in (self.new, self.changed, self.gone):
            paths.sort()
        self.moved.sort()
