"""Completion, by really asking the shells: flags, numbers, choices, folders and files, for start.py and python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from onedrive.app.completion import completion_script, print_completion
from onedrive.app.flags import SHELLS, make_parser

LABELS = {1: "Sign in", 3: "List: all of it", 4: "Download what's there"}

_ASK_BASH = """
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
for word in $(complete -p "${1##*/}"); do [ "$before" = -F ] && function=$word; before=$word; done
$function
printf '%s\\n' "${COMPREPLY[@]}"
"""
# A terminal in which the person presses Tab twice.
_ASK_ZSH = """
zmodload zsh/zpty
zpty shell "TERM=dumb zsh -f -i"
zpty -w shell "PS1=; autoload -U compinit; compinit -u -D; source $1; setopt nobeep; echo rea''dy"
zpty -m shell $'*ready*'
zpty -w -n shell "$2"$'\\t\\t'
while zpty -r -m shell chunk "$3"; do print -r -- "$chunk"; break; done
zpty -d shell
"""


def _script(folder: Path, shell: str) -> Path:
    path = folder / f"completion.{shell}"
    path.write_text(completion_script(make_parser(LABELS), shell), encoding="utf-8")
    return path


def _ask_bash(folder: Path, *words: str) -> list[str]:
    done = subprocess.run(
        ["bash", "--norc", "-c", _ASK_BASH, "bash", str(_script(folder, "bash")), *words],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=20,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "day.log").touch()
    return tmp_path


CASES = [
    (("start.py", "--on"), ["--only"]),
    (("start.py", "--m"), ["--min-size", "--max-size"]),
    (("python", "start.py", "--du"), ["--duplicates"]),
    (("python3", "there/start.py", "--duplicates", ""), ["all", "link", "once"]),
    (("start.py", "--duplicates", "l"), ["link"]),
    (("start.py", "--only", "ph"), ["photos"]),
    (("start.py", "--only", "photos,v"), ["photos,videos"]),
    (("start.py", "--layout", "d"), ["date"]),
    (("start.py", "--completion", ""), list(SHELLS)),
    (("start.py", "--to", "d"), ["downloads"]),
    (("start.py", "--home", "d"), ["downloads"]),
    (("start.py", "--log-file", "day"), ["day.log"]),
    (("start.py", "--json", ""), ["1", "3", "4"]),
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(("words", "offered"), CASES)
def test_bash_offers_what_fits(folder: Path, words: tuple[str, ...], offered: list[str]) -> None:
    assert _ask_bash(folder, *words) == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("start.py", "--only", "=", "ph"), ["photos"]),
        (("start.py", "--duplicates", "="), ["all", "link", "once"]),
        (("start.py", "--jobs", ""), []),
        (("start.py", "--include", "d"), []),
        (("python", "other.py", "--on"), []),
        (("python", "sta"), []),
    ],
)
def test_bash_takes_equals_signs_apart_and_keeps_to_our_program(
    folder: Path, words: tuple[str, ...], offered: list[str]
) -> None:
    assert _ask_bash(folder, *words) == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(("words", "offered"), CASES)
def test_fish_offers_what_fits(folder: Path, words: tuple[str, ...], offered: list[str]) -> None:
    line = " ".join(words)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {_script(folder, 'fish')}; complete -C '{line}'"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        timeout=20,
    )

    assert done.stderr == ""
    shown = [row.split("\t")[0].rstrip("/") for row in done.stdout.splitlines()]
    assert [row for row in shown if not row.startswith("completion.")] == sorted(offered)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ("start.py --onl", "--only"),
        ("python start.py --only photos,vi", "photos,videos"),
        ("python start.py --duplicates li", "link "),
        ("python start.py --log-file da", "day.log"),
        ("./start.py ", "Download what's there"),
    ],
)
def test_zsh_offers_what_fits(folder: Path, line: str, shows: str) -> None:
    done = subprocess.run(
        ["zsh", "-f", "-c", _ASK_ZSH, "zsh", str(_script(folder, "zsh")), line, f"*{shows}*"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "ZDOTDIR": str(folder)},
        timeout=20,
    )

    assert shows in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_each_flag_of_the_parser_is_in_each_script(shell: str) -> None:
    parser = make_parser(LABELS)
    script = completion_script(parser, shell)

    for action in parser._actions:
        for name in action.option_strings:
            spelled = name if shell != "fish" else f"-l {name[2:]} " if name.startswith("--") else f"-s {name[1:]} "
            assert spelled in script


@pytest.mark.parametrize("shell", SHELLS)
def test_how_to_use_it_is_said_beside_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_completion(make_parser(LABELS), shell)

    shown = capsys.readouterr()
    assert shown.out.startswith("# Completes")
    assert f"--completion {shell} >" in shown.err
