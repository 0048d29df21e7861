"""Changes to the pretend drive from outside, in words: add, edit, rename, move, delete. As a person elsewhere would."""

from __future__ import annotations

import base64
from typing import Any

from pretend_onedrive.model.drive import DemoDrive, DemoItem


class ChangeRefusedError(Exception):
    """The change cannot be made; the text says why."""


def make_change(drive: DemoDrive, wish: dict[str, Any]) -> str:
    """Carry out one change and say what was done; raises ChangeRefusedError.

    `wish` has `action`, `path`, and by action `name`, `folder`, or `base64` (the new bytes); with `untold` delta
    never names it as changed.
    """
    action, path = wish["action"], wish["path"]
    content = base64.b64decode(wish["base64"]) if wish.get("base64") is not None else None
    with drive.lock:
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
