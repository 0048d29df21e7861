"""Changes to the pretend drive from outside, in words, as a person elsewhere would make them; or as ransomware does."""

from __future__ import annotations

import base64
import random
from typing import Any

from pretend_onedrive.model.drive import DemoDrive, DemoItem

_MOST_ENCRYPTED_BYTES = 1_000_000  # of a file, so that it costs little


class ChangeRefusedError(Exception):
    """The change cannot be made; the text says why."""


def make_change(drive: DemoDrive, wish: dict[str, Any]) -> str:
    """Carry out one change and say what was done; raises ChangeRefusedError.

    `wish` has `action`, `path` (or the name of an album), and by action `name`, `folder`, or `base64` (the new bytes);
    with `untold` delta never names it as changed. "encrypt" has `number` instead of `path`.
    """
    if wish["action"] == "encrypt":
        return _encrypt(drive, wish["number"])
    action, path = wish["action"], wish["path"]
    content = base64.b64decode(wish["base64"]) if wish.get("base64") is not None else None
    with drive.lock:
        if album := next((one for one in drive.bundles.values() if one.name == path), None):
            return _change_album(drive, album, wish)
        try:
            item = None if action == "add" else drive.find(path)
            done = _change(drive, item, wish, content) if item else _add(drive, path, content)
            if wish.get("untold"):
                for step in (item or drive.find(path)).tree():
                    step.told = False
            return done
        except KeyError as error:
            raise ChangeRefusedError(f"There is no {error.args[0]} on the pretend drive.") from error
        except FileExistsError as error:
            raise ChangeRefusedError(f"{error.args[0]} is there already.") from error
        except ValueError as error:
            raise ChangeRefusedError(f"That cannot be done: {error}.") from error


def _encrypt(drive: DemoDrive, most: int) -> str:
    """Random bytes of the same size in so many files; every other one gets another name too."""
    with drive.lock:
        files = [item for item in drive.files() if item.parent and item.parent.kind != "notebook"][:most]
        for number, item in enumerate(files):
            drive.change_content(item, random.Random(number).randbytes(min(item.true_size, _MOST_ENCRYPTED_BYTES)))
            if number % 2:
                drive.rename(item, f"{item.name}.locked")
    return f"Encrypted {len(files)} files."


def _change_album(drive: DemoDrive, album: DemoItem, wish: dict[str, Any]) -> str:
    """Another name, or none: deleting an album leaves its files where they are."""
    before = album.name
    if wish["action"] not in ("rename", "delete"):
        raise ChangeRefusedError("An album can be renamed or deleted here, nothing else.")
    drive.touch(album)
    if wish["action"] == "delete":
        del drive.bundles[album.id]
        return f"Deleted the album {before}; its files stay."
    album.name = wish["name"]
    return f"Renamed the album {before} to {album.name}."


def _add(drive: DemoDrive, path: str, content: bytes | None) -> str:
    if path.endswith("/"):
        folder = drive.add_folder(path)
        return f"Added the folder {folder.path}."
    now = drive.dialect.time(drive.now())
    item = drive.add_file(path, b"Added from outside.\n" if content is None else content, modified=now)
    return f"Added {item.path}, {item.size} bytes."


def _change(drive: DemoDrive, item: DemoItem, wish: dict[str, Any], content: bytes | None) -> str:
    path = item.path
    if wish["action"] == "rename":
        drive.rename(item, wish["name"])
        return f"Renamed {path} to {item.name}."
    if wish["action"] == "move":
        drive.move(item, drive.find(wish["folder"]))
        return f"Moved {path} to {item.path}."
    if wish["action"] == "delete":
        drive.delete(item)
        return f"Deleted {path}."
    if item.kind != "file":
        raise ChangeRefusedError(f"{path} is not a file.")
    before = item.content.read(0, min(item.true_size, 1_000_000)) if item.content else b""
    drive.change_content(item, before + b"Edited from outside.\n" if content is None else content)
    return f"Edited {path}: now {item.size} bytes."
