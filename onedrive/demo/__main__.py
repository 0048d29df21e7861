"""`python -m onedrive.demo`: runs the pretend OneDrive alone, for other programs; `change` edits its drive."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from onedrive.demo.change_command import add_change_arguments, run_change
from onedrive.demo.changes import ChangeRefusedError
from onedrive.demo.drive import DemoDrive
from onedrive.demo.generated_drive import use_generated_drive
from onedrive.demo.sample_drive import BIG_FILE_PACE, build_sample_drive
from onedrive.demo.server import DemoServer

SERVE_HELP = """\
Runs the pretend OneDrive on a port of this computer until Ctrl-C, and prints one line of JSON: port, app ids, secret,
drive id. It answers by the Host header for login.microsoftonline.com, graph.microsoft.com and the download hosts.

To change the drive from outside: python -m onedrive.demo change --help
"""


def main(words: list[str]) -> int:
    """Run what the command line says; returns the exit code."""
    if words[:1] == ["change"]:
        return _change(words[1:])
    return _serve(words)


def _change(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m onedrive.demo change",
        description="Edits the pretend drive of a demo home, also while a server runs on it.",
    )
    add_change_arguments(parser)
    try:
        _say(run_change(parser.parse_args(words)))
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
    if arguments.token_lifetime:
        server.token_lifetime(arguments.token_lifetime)
    server.delay_requests(arguments.delay)
    if arguments.generate:
        use_generated_drive(
            server, arguments.generate, changes=arguments.generate_changes, largest_page=arguments.largest_page
        )
    server.graph.page_sizes.largest = arguments.largest_page
    server.files.refuses_bearer = not arguments.bearer_harmless
    done = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda _number, _frame: done.set())
    with server:
        token = {"access_token": server.issue_token()} if arguments.token else {}
        _say(json.dumps(describe(server) | token))
        while not done.wait(0.5):
            pass
    return 0


def describe(server: DemoServer) -> dict[str, str | int]:
    """What another program must know to use the server."""
    return {
        "port": server.port,
        "app_id": server.app_id,
        "client_secret": server.client_secret,
        "public_app_id": server.public_app_id,
        "personal_app_id": server.personal_app_id,
        "work_app_id": server.work_app_id,
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
        prog="python -m onedrive.demo", description=SERVE_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="the port to listen on; 0, the default, is any free one"
    )
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="keep what the pretend OneDrive knows here, for the next start"
    )
    parser.add_argument(
        "--auto-consent", action="store_true", help="accept every sign-in at once, for programs without a person"
    )
    parser.add_argument("--empty", action="store_true", help="begin with an empty drive instead of the sample one")
    parser.add_argument("--old", action="store_true", help="a drive as personal OneDrive was up to 2024")
    parser.add_argument("--business", action="store_true", help="a work drive")
    parser.add_argument(
        "--pace",
        type=int,
        default=BIG_FILE_PACE,
        metavar="BYTES",
        help="bytes a second of the 80 MB file; 0 for no limit",
    )
    parser.add_argument(
        "--bearer-harmless",
        action="store_true",
        help="download hosts overlook a bearer token, as before 2024 (rclone before 1.67 sends one)",
    )
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="wait so long before each answer")
    parser.add_argument(
        "--token-lifetime", type=float, metavar="SECONDS", help="access tokens live so long instead of an hour"
    )
    _add_benchmark_arguments(parser)
    return parser


def _add_benchmark_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--generate", type=int, metavar="N", help="show a generated drive of N items, which costs no memory"
    )
    parser.add_argument(
        "--generate-changes", type=int, default=0, metavar="N", help="so many of them change after the first listing"
    )
    parser.add_argument("--largest-page", type=int, default=1000, metavar="N", help="items on a page at most (1000)")
    parser.add_argument("--token", action="store_true", help="print an access token too, for benchmarks")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port number (0 to 65535)")
    return int(text)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
