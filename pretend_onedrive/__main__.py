"""`python -m pretend_onedrive`: runs the pretend OneDrive alone, for other programs; `change` edits its drive."""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from pretend_onedrive.model.changes import ChangeRefusedError, make_change
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.live_photos import half_of
from pretend_onedrive.model.sample import BIG_FILE_PACE, build_sample_drive
from pretend_onedrive.server import DemoServer
from pretend_onedrive.state import DemoHome, read_kept_drive, read_server_file


def _read_change(words: list[str]) -> tuple[Path, dict[str, Any]]:
    """The demo's home, and the change in the form of `make_change`."""
    parser = argparse.ArgumentParser(
        prog="python -m pretend_onedrive change",
        description="Edits the pretend drive of a demo home, also while a server runs on it.",
    )
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="home of the demo whose drive changes")
    encrypt_help = "random bytes in so many files, half of them under other names: what ransomware does"
    parser.add_argument("--encrypt", type=int, metavar="N", help=encrypt_help)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    add = actions.add_parser("add", help="a new file (or a folder, when PATH ends with /); folders on the way are made")
    edit = actions.add_parser("edit", help="other bytes for a file; without --text or --from a line is added")
    rename = actions.add_parser("rename", help="another name in the same folder")
    move = actions.add_parser("move", help="into another folder")
    delete = actions.add_parser("delete", help="into the recycle bin, with all that is below")
    path_help = "where it is on the pretend drive, as /Pictures/2023/a.jpg; for rename and delete also an album's name"
    for action in (add, edit, rename, move, delete):
        action.add_argument("path", metavar="PATH", help=path_help)
        untold_help = "never named among what has changed; only a whole listing shows it"
        action.add_argument("--untold", action="store_true", help=untold_help)
    for action in (add, edit):
        source = action.add_mutually_exclusive_group()
        source.add_argument("--text", metavar="T", help="the content, as text")
        source.add_argument("--from", dest="source", type=Path, metavar="FILE", help="the content, from a file")
        live_help = "half of a Live Photo: a still, or its film where PATH ends in .mov; both have the same ID"
        source.add_argument("--live", metavar="ID", help=live_help)
    rename.add_argument("name", metavar="NAME")
    move.add_argument("folder", metavar="FOLDER", help="the folder's path on the pretend drive")
    wish = vars(parser.parse_args(words))
    home, text, source = wish.pop("home"), wish.pop("text", None), wish.pop("source", None)
    live, number = wish.pop("live", None), wish.pop("encrypt")
    if (number is None) == (wish["action"] is None):
        parser.error("either an ACTION or --encrypt is needed")
    if number is not None:
        return home, {"action": "encrypt", "number": number}
    if source or live or text is not None:
        content = source.read_bytes() if source else half_of(live, wish["path"]) if live else text.encode("utf-8")
        wish["base64"] = base64.b64encode(content).decode("ascii")
    return home, wish


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


SERVE_HELP = """\
Runs the pretend OneDrive on a port of this computer until Ctrl-C, and prints one line of JSON: port, app ids, secret,
drive id. It answers by the Host header for login.microsoftonline.com, graph.microsoft.com and the download hosts.
What it does not pretend (uploads, copies, search, …) it refuses with 501: docs/development.md.

To change the drive from outside: python -m pretend_onedrive change --help
"""


def main(words: list[str]) -> int:
    """Run what the command line says; returns the exit code."""
    if words[:1] == ["change"]:
        return _change(words[1:])
    return _serve(words)


def _change(words: list[str]) -> int:
    try:
        home, wish = _read_change(words)
        _say(_ask_server(home, wish) or _edit_state(home, wish))
    except (ChangeRefusedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(words: list[str]) -> int:
    arguments = _parser().parse_args(words)
    drive = _drive(arguments)
    try:
        server = DemoServer(drive, arguments.home, port=arguments.port, auto_consent=arguments.auto_consent)
    except OSError as error:
        sys.stderr.write(
            f"Port {arguments.port} cannot be used ({error.strerror}). Choose another with --port, or 0 for any.\n"
        )
        return 1
    server.grants.access_lifetime_seconds = arguments.token_lifetime
    server.delay_seconds = arguments.delay
    server.files.refuses_bearer = not arguments.bearer_harmless
    done = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda _number, _frame: done.set())
    with server:
        _say(json.dumps(describe(server)))
        while not done.wait(0.5):
            pass
    return 0


def describe(server: DemoServer) -> dict[str, str | int]:
    """What another program must know to use the server."""
    names = ("port", "app_id", "client_secret", "public_app_id", "personal_app_id", "work_app_id")
    return {name: getattr(server, name) for name in names} | {
        "drive_id": server.drive.id,
        "drive_type": server.drive.drive_type,
        "account": server.drive.owner_email,
    }


def _drive(arguments: argparse.Namespace) -> DemoDrive:
    dialect, drive_type = "old" if arguments.old else "new", "business" if arguments.business else "personal"
    if arguments.empty:
        return DemoDrive(dialect, drive_type=drive_type)
    return build_sample_drive(arguments.pace or None, dialect=dialect, drive_type=drive_type)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pretend_onedrive", description=SERVE_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--port", type=_port, default=0, metavar="N", help="the port to listen on; 0, the default, is any free one")
    add("--home", type=Path, metavar="DIR", help="keep what the pretend OneDrive knows here, for the next start")
    add("--auto-consent", action="store_true", help="accept every sign-in at once, for programs without a person")
    add("--empty", action="store_true", help="begin with an empty drive instead of the sample one")
    add("--old", action="store_true", help="a drive as personal OneDrive was up to 2024")
    add("--business", action="store_true", help="a work drive")
    pace_help = "bytes a second of the 80 MB file; 0 for no limit"
    add("--pace", type=int, default=BIG_FILE_PACE, metavar="BYTES", help=pace_help)
    bearer_help = "download hosts overlook a bearer token, as before 2024 (rclone before 1.67 sends one)"
    add("--bearer-harmless", action="store_true", help=bearer_help)
    add("--delay", type=float, default=0.0, metavar="SECONDS", help="wait so long before each answer")
    lifetime_help = "access tokens live so long instead of an hour"
    add("--token-lifetime", type=float, default=3600.0, metavar="SECONDS", help=lifetime_help)
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port number (0 to 65535)")
    return int(text)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
