"""Where folders are: known by id, told by path. Holds every folder of a drive in little memory.

Parents may be named before or after their children; paths are made when first asked for. All texts are escaped bytes.
"""

from __future__ import annotations

from collections.abc import Iterator


class FolderPaths:
    """The folders by key. `root_path` is '' when the whole drive is listed, else the path of the chosen folder."""

    def __init__(self, root_key: bytes, root_path: bytes) -> None:
        self._places: dict[bytes, tuple[bytes, bytes]] = {}
        self._paths: dict[bytes, bytes | None] = {root_key: root_path}
        self._root_key = root_key
        self._is_whole = not root_path
        self._drive_root = root_key if self._is_whole else None

    def __contains__(self, key: bytes) -> bool:
        return key in self._places or key in self._paths

    def __iter__(self) -> Iterator[bytes]:
        """Every folder, the one that is listed included; no spelling twice."""
        yield from self._paths
        yield from (key for key, (_, name) in self._places.items() if name)

    def set_drive_root(self, key: bytes) -> None:
        """The drive's own root; what is only below it is not below a chosen folder."""
        self._drive_root = key
        if self._is_whole:
            self._paths[key] = b""

    def put(self, key: bytes, parent_key: bytes, name: bytes) -> None:
        """A folder and its place; the last word counts."""
        if key not in self._paths:
            self._places[key] = (parent_key, name)

    def put_alias(self, key: bytes, true_key: bytes) -> None:
        """Another spelling of a folder's key, as some parent references have it."""
        self.put(key, true_key, b"")

    def remove(self, key: bytes) -> None:
        """A folder that is gone."""
        self._places.pop(key, None)

    def place_of(self, key: bytes) -> tuple[bytes, bytes] | None:
        """The key of its parent and the name of a folder whose path has not been asked for yet."""
        return self._places.get(key)

    def path_of(self, key: bytes) -> bytes | None:
        """The path of a folder ('' is the root of the drive); None when its parents do not lead to what is listed."""
        try:
            return self._paths[key]
        except KeyError:
            return self._resolve(key)

    def is_outside(self, key: bytes) -> bool:
        """True when the folder is on the drive, but not below the chosen folder."""
        if self._is_whole:
            return False
        for _ in range(len(self._places) + len(self._paths) + 1):
            if key == self._drive_root:
                return True
            place = self._places.get(key)
            if place is None:
                return False
            key = place[0]
        return False

    def _resolve(self, key: bytes) -> bytes | None:
        steps: list[bytes] = []
        walked: set[bytes] = set()
        while key not in self._paths:
            place = self._places.get(key)
            if place is None or key in walked:
                return None  # not remembered: a parent may still be found, and outsiders are told by their places
            steps.append(key)
            walked.add(key)
            key = place[0]
        path = self._paths[key]
        while steps and path is not None:
            step = steps.pop()
            name = self._places.pop(step)[1]
            path = path + b"/" + name if name else path  # an alias has no name of its own
            self._paths[step] = path
        return path
