"""`python -m onedrive.demo change …`: edits the pretend drive of a demo home, whether or not a server runs on it.

With a server running, the change is sent to it; otherwise the state file is edited (a new home begins with the
sample drive).
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
from pathlib import Path
from typing import Any

from onedrive.demo.changes import ChangeRefusedError, make_change
from onedrive.demo.sample_drive import build_sample_drive
from onedrive.demo.state import DemoHome, read_kept_drive, read_server_file


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `change`."""
    parser.add_argument(
        "--home", type=Path, required=True, metavar="DIR", help="the home of the demo whose drive changes"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="a new file (or a folder, when PATH ends with /); folders on the way are made")
    edit = actions.add_parser("edit", help="other bytes for a file; without --text or --from a line is added")
    rename = actions.add_parser("rename", help="another name in the same folder")
    move = actions.add_parser("move", help="into another folder")
    delete = actions.add_parser("delete", help="into the recycle bin, with all that is below")
    for action in (add, edit, rename, move, delete):
        action.add_argument("path", metavar="PATH", help="where it is on the pretend drive, as /Pictures/2023/a.jpg")
    for action in (add, edit):
        source = action.add_mutually_exclusive_group()
        source.add_argument("--text", metavar="T", help="the content, as text")
        source.add_argument("--from", dest="source", type=Path, metavar="FILE", help="the content, from a file")
    rename.add_argument("name", metavar="NAME")
    move.add_argument("folder", metavar="FOLDER", help="the folder's path on the pretend drive")


def run_change(arguments: argparse.Namespace) -> str:
    """Make the change and say what was done; raises ChangeRefusedError or OSError."""
    wish: dict[str, Any] = {"action": arguments.action, "path": arguments.path}
    for name in ("name", "folder"):
        if hasattr(arguments, name):
            wish[name] = getattr(arguments, name)
    content = _content(arguments)
    if content is not None:
        wish["base64"] = base64.b64encode(content).decode("ascii")
    done = _ask_server(arguments.home, wish)
    return done if done is not None else _edit_state(arguments.home, wish)


def _content(arguments: argparse.Namespace) -> bytes | None:
    if getattr(arguments, "source", None):
        return bytes(arguments.source.read_bytes())
    text = getattr(arguments, "text", None)
    return None if text is None else str(text).encode("utf-8")


def _ask_server(home: Path, wish: dict[str, Any]) -> str | None:
    """Let the running server make the change; None when none runs."""
    running = read_server_file(home)
    if running is None:
        return None
    connection = http.client.HTTPConnection("127.0.0.1", int(running["port"]), timeout=10)
    try:
        headers = {"Host": "localhost", "X-Demo-Key": str(running["key"]), "Content-Type": "application/json"}
        connection.request("POST", "/_demo/change", json.dumps(wish), headers)
        reply = connection.getresponse()
        said = json.loads(reply.read())
    except (OSError, ValueError, http.client.HTTPException):
        return None  # it has ended without taking its sign off the door
    finally:
        connection.close()
    if reply.status == 403:
        return None  # another program has that port now
    if reply.status != 200:
        raise ChangeRefusedError(said["refused"])
    return str(said["done"])


def _edit_state(folder: Path, wish: dict[str, Any]) -> str:
    drive = read_kept_drive(folder) or build_sample_drive()
    home = DemoHome(folder, drive)
    folder.mkdir(parents=True, exist_ok=True)
    home.load()
    done = make_change(drive, wish)
    home.save_if_changed()
    return done
