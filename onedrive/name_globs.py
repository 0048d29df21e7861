"""NameGlobs: which paths a person's globs let in, in gitignore's manner.

The later pattern wins over the earlier one, `!` takes back, a trailing slash means folders only, and what is below a
matched folder is matched with it. Case does not count, as it does not on OneDrive.
"""

from __future__ import annotations

from collections.abc import Sequence

from pathspec import GitIgnoreSpec


class NameGlobs:
    """Compiled once, asked for each file; paths are OneDrive's, '/Pictures/a.jpg'."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._include = GitIgnoreSpec.from_lines(line.lower() for line in include) if include else None
        self._exclude = GitIgnoreSpec.from_lines(line.lower() for line in exclude) if exclude else None

    def admits(self, path: str) -> bool:
        """True when a file is matched by what is included (or nothing is named), and not by what is excluded."""
        inside = path.lstrip("/").lower()
        if self._include is not None and not self._include.match_file(inside):
            return False
        return self._exclude is None or not self._exclude.match_file(inside)
