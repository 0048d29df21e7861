"""The first start: whatever Python it is, and whichever packages are missing, there is a sentence and a way on."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from onedrive.app import first_start
from tests.starting import START

TOP = START.parent
pytestmark = pytest.mark.posix("shell of POSIX")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program in a folder of its own, which has no .venv."""
    folder = tmp_path / "the program"
    folder.mkdir()
    for name in ("start.py", "requirements.txt"):
        shutil.copy(TOP / name, folder)
    for path in [*TOP.glob("*.py"), TOP / "onedrive", TOP / "pretend_onedrive"]:
        if path.name != "start.py":
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A Python without any package."""
    return _make_python(tmp_path / "bare")


def _make_python(venv: Path) -> str:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    return str(venv / "bin/python")


def _write_script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)


def _start(python: str, program: Path, *arguments: str, version: str = "") -> subprocess.CompletedProcess[str]:
    pretend = f"import runpy, sys; sys.version_info = {version}; sys.argv = sys.argv[1:]\n"
    pretend += (
        f"sys.path.insert(0, {str(program)!r})\nrunpy.run_path({str(program / 'start.py')!r}, run_name='__main__')"
    )
    how = ["-c", pretend, "start.py"] if version else [str(program / "start.py")]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [python, *how, *arguments],
        cwd=program.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**environ, "PATH": ""},
        timeout=60,
    )


@pytest.mark.parametrize("name", ["start.py", "onedrive/__init__.py", "onedrive/app/__init__.py", first_start.__file__])
def test_what_an_old_python_reads_first_is_in_its_syntax(name: str) -> None:
    ast.parse((TOP / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_the_packages_that_are_looked_for_are_those_that_are_installed() -> None:
    lines = (TOP / "requirements.txt").read_text(encoding="utf-8").splitlines()

    wanted = [Requirement(line) for line in lines if line[0].isalpha()]
    assert set(first_start.PACKAGES.values()) == {
        each.name for each in wanted if each.marker is None or each.marker.evaluate()
    }


@pytest.mark.parametrize("version", ["(3, 6, 15, 'final', 0)", "(3, 10, 4, 'final', 0)"])
def test_an_older_python_is_a_sentence_and_a_way_on(program: Path, bare: str, version: str) -> None:
    done = _start(bare, program, "--demo", version=version)

    assert (done.returncode, done.stderr) == (1, "")
    here = ".".join(version.strip("(").split(", ")[:2])
    first, *more = done.stdout.splitlines()
    assert first == (
        f"This program needs Python 3.11 or newer; this is {here}. Get it at https://www.python.org/downloads/"
    )
    assert more[-1].endswith("start.py")


@pytest.mark.parametrize(("platform", "way"), [("win32", "py start.py"), ("darwin", "python3 start.py")])
def test_the_way_on_is_that_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], platform: str, way: str
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(first_start, "_find_newer", str)

    with pytest.raises(SystemExit):
        first_start.get_ready([], tmp_path)

    assert capsys.readouterr().out.endswith(f"type: {way}\n")


@pytest.mark.parametrize("version", ["", "(3, 9, 1)"])
def test_the_environment_beside_the_program_is_used_by_itself(program: Path, bare: str, version: str) -> None:
    it_has_all = f'[ "$1" = -c ] && printf \'here\\n{program}/.venv\' || echo "went on: $*"\n'
    _write_script(program / ".venv/bin/python", it_has_all)

    done = _start(bare, program, "--demo", "3", version=version)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"went on: {program}/start.py --demo 3\n")
    assert done.stdout.startswith("This program needs Python 3.11 or newer; this is 3.9. It goes on") == bool(version)


@pytest.mark.parametrize("venv", [None, "broken", "bare", "lacking", "foreign"])
@pytest.mark.parametrize("arguments", [("3", "4"), ("--quiet", "3")])
def test_without_packages_and_without_a_person_the_commands_are_named(
    program: Path, bare: str, venv: str | None, arguments: tuple[str, ...]
) -> None:
    if venv == "broken":
        (program / ".venv/bin").mkdir(parents=True)
        (program / ".venv/bin/python").symlink_to("/nowhere/python")
        (program / ".venv/pyvenv.cfg").touch()
    elif venv == "bare":
        _make_python(program / ".venv")
    elif venv == "lacking":
        _write_script(program / ".venv/bin/python", f"printf 'here\\n{program}/.venv\\nmsal'\n")
    elif venv == "foreign":  # its packages are those of another folder
        _write_script(program / ".venv/bin/python", "printf 'here\\n/elsewhere/.venv'\n")
        (program / ".venv/pyvenv.cfg").touch()

    done = _start(bare, program, *arguments)

    said, silent = (done.stderr, done.stdout) if "--quiet" in arguments else (done.stdout, done.stderr)
    assert (done.returncode, silent) == (1, "")
    assert "  requests, msal, python-dotenv, prompt_toolkit, rich, urllib3, packaging" in said
    commands = [line for line in said.splitlines()[2:] if line.startswith("  ")]
    make = [] if venv == "lacking" else [f"  {bare} -m venv --clear .venv"]
    assert commands == [f"  cd '{program}'", *make, "  .venv/bin/python -m pip install -r requirements.txt"]
    assert (program / ".venv").exists() == (venv is not None)


def test_help_needs_no_packages(program: Path, bare: str) -> None:
    assert "what to run:" in _start(bare, program, "--help").stdout


@pytest.mark.parametrize(("launcher", "python"), [("C:\\py.exe", "py"), (None, "C:\\Python\\python.exe")])
def test_the_commands_of_windows_work_in_both_of_its_shells(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    launcher: str | None,
    python: str,
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "executable", "C:\\Python\\python.exe")
    monkeypatch.setattr(shutil, "which", lambda _: launcher)
    monkeypatch.setattr(first_start, "_missing_packages", lambda: ["msal"])

    with pytest.raises(SystemExit):
        first_start.get_ready(["3"], tmp_path / "a b")

    assert capsys.readouterr().out.splitlines()[3:6] == [
        f'  pushd "{tmp_path / "a b"}"',
        f"  {python} -m venv --clear .venv",
        "  .venv\\Scripts\\python -m pip install -r requirements.txt",
    ]


# --- with a person ----------------------------------------------------------------------------------------------------

_FAKE = """\
echo "$*" >>"{folder}/typed"
case "$*" in
    "-c "*) printf 'here\\n{folder}/.venv' ;;
    *venv*.venv) mkdir -p "{folder}/.venv/bin"; cp "$0" "{folder}/.venv/bin/python" ;;
    *pip*) echo "{pip}"; exit {code} ;;
esac
"""


class WentOn(Exception):
    """The program was started again."""


def _fill_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *, typed: str, pip: str = "") -> list[list[str]]:
    """A Python that lacks packages and can make environments, and a person; what is started in the end."""
    fake = folder / "python"
    _write_script(fake, _FAKE.format(folder=folder, pip=pip, code=int(bool(pip))))
    started: list[list[str]] = []

    def go_on(_path: str, command: list[str]) -> None:
        started.append(command)
        raise WentOn

    answers = iter(typed.splitlines())
    monkeypatch.setattr(sys, "executable", str(fake))
    monkeypatch.setattr(first_start, "_missing_packages", lambda: ["msal"])
    monkeypatch.setattr(first_start, "_is_person_there", lambda _: True)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    monkeypatch.setattr(os, "execv", go_on)
    return started


def test_enter_makes_the_environment_installs_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = _fill_in(tmp_path, monkeypatch, typed="x\n\n")

    with pytest.raises(WentOn):
        first_start.get_ready(["--demo"], tmp_path)

    assert started == [[f"{tmp_path}/.venv/bin/python", f"{tmp_path}/start.py", "--demo"]]
    typed = [line for line in (tmp_path / "typed").read_text().splitlines() if line.startswith("-m")]
    assert typed[0] == f"-m venv --clear {tmp_path}/.venv"
    assert typed[1].startswith("-m pip install ")
    assert typed[1].endswith(f" -r {tmp_path}/requirements.txt")
    said = capsys.readouterr().out
    assert "Type 1 or 0 and Enter." in said
    assert "python -m venv --clear .venv" in said


@pytest.mark.parametrize(
    ("pip", "reason"),
    [
        ("WARNING: Retrying after NewConnectionError: x\nERROR: No matching distribution", "there is no network"),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "package index could not prove who it is"),
        ("ERROR: Failed building wheel for cryptography", "64-bit one"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("Looking in indexes\nERROR: Nothing fits.\n", "That did not work: ERROR: Nothing fits.\n"),
    ],
)
def test_what_cannot_be_installed_is_a_reason_and_the_command_that_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pip: str, reason: str
) -> None:
    _fill_in(tmp_path, monkeypatch, typed="1\n", pip=pip)

    with pytest.raises(SystemExit) as ended:
        first_start.get_ready([], tmp_path)

    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert reason in said
    assert "  .venv/bin/python -m pip install -r requirements.txt\n" in said


def test_a_person_who_does_not_want_that_leaves_everything_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill_in(tmp_path, monkeypatch, typed="q\n")

    with pytest.raises(SystemExit) as ended:
        first_start.get_ready([], tmp_path)

    assert ended.value.code == 0
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("other", ["link", "folder", "no venv"])
def test_what_is_not_ours_is_not_touched_and_what_python_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    _fill_in(tmp_path, monkeypatch, typed="1\n")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").touch()
    if other == "no venv":
        monkeypatch.setitem(sys.modules, "ensurepip", None)
    elif other == "link":
        (tmp_path / "mine/pyvenv.cfg").touch()
        (tmp_path / ".venv").symlink_to(tmp_path / "mine")
    else:
        (tmp_path / "mine").rename(tmp_path / ".venv")

    with pytest.raises(SystemExit):
        first_start.get_ready([], tmp_path)

    assert list(tmp_path.rglob("letter"))
    said = capsys.readouterr().out
    assert ("sudo apt install python3" if other == "no venv" else "move it away first") in said


def test_ctrl_c_while_the_program_is_still_read_ends_it_without_a_traceback(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", str(START), "--demo", "0"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr
        said = []
        for line in program.stderr:
            said.append(line)
            if "onedrive.choosing" in line:
                program.send_signal(signal.SIGINT)

    assert program.returncode == -signal.SIGINT
    assert "Traceback" not in "".join(said)
