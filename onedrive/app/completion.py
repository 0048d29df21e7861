"""What lets a shell complete the flags: a script for bash, zsh or fish, made from the parser itself.

Each completes `start.py` and `python start.py`, the values of flags that have choices, and folders and files where a
flag takes one. The script goes to stdout, how to use it to stderr.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import Template

from onedrive.app.flags import KIND_WORDS

PROGRAM = "start.py"
_PYTHONS = ("python", "python3")
_WORDS = {"KINDS": KIND_WORDS, "LAYOUT": ("onedrive", "date")}
_FOLDERS = ("DIR", "DIR|DATE")
_FILES = ("FILE",)

_HOW = {
    "bash": "To use it now and in new terminals:\n"
    "  python start.py --completion bash > ~/.onedrive_downloader.bash\n"
    "  echo '. ~/.onedrive_downloader.bash' >> ~/.bashrc && . ~/.onedrive_downloader.bash",
    "zsh": "To use it in new terminals (compinit must have run before that line in ~/.zshrc):\n"
    "  python start.py --completion zsh > ~/.onedrive_downloader.zsh\n"
    "  echo '. ~/.onedrive_downloader.zsh' >> ~/.zshrc",
    "fish": "To use it now and in new terminals:\n"
    "  mkdir -p ~/.config/fish/conf.d\n"
    "  python start.py --completion fish > ~/.config/fish/conf.d/onedrive_downloader.fish",
}


@dataclass(frozen=True)
class _Flag:
    """One flag: its spellings, what it does, and what follows it."""

    names: tuple[str, ...]
    words: str  # what it does, in one line
    choices: tuple[str, ...] = ()
    kind: str = ""  # of its value: 'folder', 'file', 'list', 'words', 'text'; '' when it takes none


def print_completion(parser: argparse.ArgumentParser, shell: str) -> None:
    """Write the script to stdout, and how to use it to stderr."""
    sys.stdout.write(completion_script(parser, shell))
    sys.stdout.flush()
    sys.stderr.write(_HOW[shell] + "\n")


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script for one of bash, zsh and fish."""
    return _WRITERS[shell](list(_flags(parser)), _numbers(parser))


def _flags(parser: argparse.ArgumentParser) -> Iterator[_Flag]:
    for action in parser._actions:
        if action.option_strings:
            choices = tuple(map(str, action.choices or _WORDS.get(str(action.metavar), ())))
            words = " ".join((action.help or "").split()).replace("%%", "%")
            yield _Flag(tuple(action.option_strings), words, choices, _kind(action))


def _kind(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar in _FOLDERS:
        return "folder"
    if action.metavar in _FILES:
        return "file"
    if action.choices or action.metavar == "LAYOUT":
        return "words"
    return "list" if action.metavar in _WORDS else "text"


def _numbers(parser: argparse.ArgumentParser) -> list[tuple[str, str]]:
    """The menu's numbers with their labels, from the help of the numbers."""
    text = next(action.help or "" for action in parser._actions if action.dest == "options")
    entries = text.partition(": ")[2].split("; ")
    return [(number, label) for number, _, label in (entry.partition(" ") for entry in entries)]


def _write_bash(flags: list[_Flag], numbers: list[tuple[str, str]]) -> str:
    def names(kind: str) -> str:
        return "|".join(name for flag in flags if flag.kind == kind for name in flag.names) or "-"

    cases = "".join(
        f'        {"|".join(flag.names)}) _onedrive_offer "{" ".join(flag.choices)}" "$word"; return ;;\n'
        for flag in flags
        if flag.kind == "words"
    )
    lists = "".join(
        f'        {"|".join(flag.names)}) _onedrive_offer_list "{" ".join(flag.choices)}" "$word"; return ;;\n'
        for flag in flags
        if flag.kind == "list"
    )
    return _BASH.substitute(
        folders=names("folder"),
        files=names("file"),
        texts=names("text"),
        cases=cases + lists,
        flags=" ".join(name for flag in flags for name in flag.names),
        numbers=" ".join(number for number, _ in numbers),
        pythons=" ".join(_PYTHONS),
    )


def _write_zsh(flags: list[_Flag], numbers: list[tuple[str, str]]) -> str:
    def quoted(text: str) -> str:
        return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")

    def value(flag: _Flag) -> str:
        choices = " ".join(flag.choices)
        return {
            "": "",
            "folder": ":folder:_files -/",
            "file": ":file:_files",
            "words": f":value:({choices})",
            "list": f":value:_values -s , value {choices}",
            "text": ":value: ",
        }[flag.kind]

    lines = [f"        '*{name}[{quoted(flag.words)}]{value(flag)}' \\\n" for flag in flags for name in flag.names]
    labels = " ".join(f"'{number}:{quoted(label)}'" for number, label in numbers)
    return _ZSH.substitute(flags="".join(lines), numbers=labels, pythons=" ".join(_PYTHONS))


def _write_fish(flags: list[_Flag], numbers: list[tuple[str, str]]) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def value(flag: _Flag) -> str:
        choices = " ".join(flag.choices)
        return {
            "": "",
            "folder": " -x -a '(__fish_complete_directories)'",
            "file": " -r -F",
            "words": f" -x -a {quoted(choices)}",
            "list": f" -x -a '(__fish_complete_list , \"string split \\' \\' \\'{choices}\\'\")'",
            "text": " -x",
        }[flag.kind]

    lines = []
    for command, condition in ((PROGRAM, ""), *((python, " -n __onedrive_downloader_runs") for python in _PYTHONS)):
        begin = f"complete -c {command}{condition}"
        lines += [f"{begin} -f"]
        lines += [f"{begin} -a {quoted(number)} -d {quoted(label)}" for number, label in numbers]
        for flag in flags:
            spelled = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in flag.names)
            lines.append(f"{begin}{spelled} -d {quoted(flag.words)}{value(flag)}")
    return _FISH.substitute(lines="\n".join(lines))


_WRITERS: dict[str, Callable[[list[_Flag], list[tuple[str, str]]], str]] = {
    "bash": _write_bash,
    "zsh": _write_zsh,
    "fish": _write_fish,
}

_BASH = Template("""\
# Completes the flags of the OneDrive downloader in bash: start.py and python start.py.
_onedrive_offer() {
    local IFS=$$' \\t\\n'
    COMPREPLY=( $$(compgen -W "$$1" -- "$$2") )
}
_onedrive_offer_list() {
    local begin="" IFS=$$' \\t\\n'
    case "$$2" in *,*) begin="$${2%,*}," ;; esac
    COMPREPLY=( $$(compgen -P "$$begin" -W "$$1" -- "$${2##*,}") )
    compopt -o nospace 2>/dev/null
}
_onedrive_downloader() {
    local word="$${COMP_WORDS[COMP_CWORD]}" flag=""
    if [ "$$COMP_CWORD" -gt 0 ]; then flag="$${COMP_WORDS[COMP_CWORD-1]}"; fi
    if [ "$$word" = "=" ]; then
        word=""
    elif [ "$$flag" = "=" ] && [ "$$COMP_CWORD" -gt 1 ]; then
        flag="$${COMP_WORDS[COMP_CWORD-2]}"
    fi
    COMPREPLY=()
    case "$$flag" in
        $folders)
            local IFS=$$'\\n'
            compopt -o filenames 2>/dev/null
            COMPREPLY=( $$(compgen -d -- "$$word") ); return ;;
        $files)
            local IFS=$$'\\n'
            compopt -o filenames 2>/dev/null
            COMPREPLY=( $$(compgen -f -- "$$word") ); return ;;
        $texts) return ;;
$cases    esac
    case "$$word" in
        -*) _onedrive_offer "$flags" "$$word" ;;
        *) _onedrive_offer "$numbers" "$$word" ;;
    esac
}
_onedrive_downloader_python() {
    local script="$${COMP_WORDS[1]##*/}"
    if [ "$$COMP_CWORD" -gt 1 ] && [ "$$script" = "start.py" ]; then
        _onedrive_downloader
    elif [ -n "$$_onedrive_python_before" ]; then
        "$$_onedrive_python_before" "$$@"
    fi
}
case "$$(complete -p python 2>/dev/null)" in
    *_onedrive_downloader_python*) ;;
    *" -F "*)
        _onedrive_python_before="$$(complete -p python)"
        _onedrive_python_before="$${_onedrive_python_before##* -F }"
        _onedrive_python_before="$${_onedrive_python_before%% *}" ;;
esac
complete -F _onedrive_downloader start.py
complete -o bashdefault -o default -F _onedrive_downloader_python $pythons
""")

_ZSH = Template("""\
# Completes the flags of the OneDrive downloader in zsh: start.py and python start.py.
_onedrive_downloader_numbers() {
    local -a numbers=($numbers)
    _describe 'number of the menu' numbers
}
_onedrive_downloader() {
    _arguments \\
$flags        '*:number of the menu:_onedrive_downloader_numbers'
}
_onedrive_downloader_python() {
    if (( CURRENT > 2 )) && [[ $${words[2]:t} == start.py ]]; then
        shift words
        (( CURRENT-- ))
        _onedrive_downloader
    elif (( $$+functions[_python] )); then
        _python
    else
        _files
    fi
}
compdef _onedrive_downloader start.py
compdef _onedrive_downloader_python $pythons
""")

_FISH = Template("""\
# Completes the flags of the OneDrive downloader in fish: start.py and python start.py.
function __onedrive_downloader_runs
    set -l words (commandline -opc)
    test (count $$words) -ge 2; and string match -qr '(^|/)start\\.py$$' -- $$words[2]
end
$lines
""")
