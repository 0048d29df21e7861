"""Before the first import: a Python that is too old, or packages that are missing, become a sentence and a way on.

`start.py` calls `get_ready`. This file and `start.py` are in the syntax of Python 3.6, so that whatever `python` is can
read them; all else of the program needs 3.11. Only the standard library is used here, and imported where it is needed.

    Python new enough? ─► packages here? ─► in the .venv beside the program? it goes on there
                                             └► a person? it is made and filled (Enter)  └► nobody: the exact commands
"""

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import Popen

_NEEDED = (3, 11)
_DOWNLOADS = "https://www.python.org/downloads/"
PACKAGES = {
    "requests": "requests",
    "msal": "msal",
    "dotenv": "python-dotenv",
    "prompt_toolkit": "prompt_toolkit",
    "rich": "rich",
    "urllib3": "urllib3",
    "packaging": "packaging",
}  # as they are imported, and as they are installed
if sys.platform != "linux":
    PACKAGES["truststore"] = "truststore"
_VENV = ".venv"
_RUN_WITHOUT = frozenset({"8", "-h", "--help", "--version"})  # option 8 names what is missing, too
_NOBODY = frozenset({"--no-input", "--quiet", "--json"})
# What another Python says of itself: 'here', its prefix, and which of the packages and pip it lacks.
_LOOK = (
    "import sys; from importlib.util import find_spec as find\n"
    "if sys.version_info >= {}: sys.stdout.write('\\n'.join(['here', sys.prefix] + [p for p in {} if not find(p)]))"
)
_INDEX = "the package index"  # Python's, or the one that this person's pip is told to ask
# What pip or the system says, and what that means.
_REASONS = (
    (
        ("SSLError", "CERTIFICATE_VERIFY"),
        "Python's package index could not prove who it is (a company's proxy, or a wrong clock)",
    ),
    (("ProxyError",), "the proxy of this network did not let it through"),
    (
        ("NewConnectionError", "NameResolution", "ConnectTimeout", "ReadTimeout", "getaddrinfo", "ConnectionReset"),
        _INDEX + " could not be reached: there is no network, or it does not let this computer through",
    ),
    (
        ("Failed building wheel", "metadata-generation-failed"),
        "one of the packages is not made for this Python: get a 64-bit one at " + _DOWNLOADS,
    ),
    (("No space left", "not enough space"), "the disk is full"),
    (("Permission denied", "Access is denied", "Read-only file system"), "this folder may not be written to"),
)


def hear_ctrl_c() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt again, unless whoever started this program wanted it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def get_ready(arguments: "list[str]", folder: Path) -> None:
    """Return where the program can run as it is; else start it where it can, or say what is missing, and end.

    `folder` is the one of `start.py`; `arguments` are those of its command line.
    """
    gc.set_threshold(50000)  # what is loaded is no garbage: not to be looked through again and again
    venv = folder / _VENV
    if sys.version_info < _NEEDED:
        _leave_old_python(arguments, venv)
    missing = _missing_packages()
    if not missing or "_ARGCOMPLETE" in os.environ:
        return
    hear_ctrl_c()
    is_in_venv = Path(sys.prefix).resolve() == venv.resolve()
    lacks = _look_into(venv)
    if is_in_venv and lacks is not None:  # what it says of itself counts, or it would start itself for ever
        lacks = missing
    if lacks == []:
        _go_on(arguments, venv)
    if _RUN_WITHOUT.intersection(arguments):
        return
    _say(arguments, "The program needs these Python packages, which are not here yet:")
    _say(arguments, f"  {', '.join(PACKAGES[name] for name in missing)}")
    is_usable = lacks is not None
    obstacle = "" if is_usable else _find_obstacle(venv)
    if obstacle or not _is_person_there(arguments):
        _end(arguments, venv, obstacle)
    if not is_usable and os.path.lexists(str(venv)):
        _say(
            arguments, f"What is in {venv} does not run here any more (was the folder moved?). It would be made again."
        )
    _say(
        arguments,
        f"They come from {_INDEX} (about 20 MB, a minute) into {venv}; nothing else on this computer changes.",
    )
    if not _agrees():
        sys.exit(0)
    reason = _set_up(venv, is_usable=is_usable)
    if reason:
        _end(arguments, venv, f"That did not work: {reason}.")
    _go_on(arguments, venv)


def _leave_old_python(arguments: "list[str]", venv: Path) -> None:
    """Say that this Python is too old, and go on with a newer one, or name one and end."""
    version = ".".join(map(str, sys.version_info[:2]))
    sentence = f"This program needs Python 3.11 or newer; this is {version}."
    if _look_into(venv) == []:
        _say(arguments, f"{sentence} It goes on with the one in {venv}.")
        _go_on(arguments, venv)
    _say(arguments, f"{sentence} Get it at {_DOWNLOADS}")
    newer = _find_newer()
    if newer:
        _say(arguments, f"or use the newer one that is on this computer. Type: {newer} start.py")
    elif sys.platform == "win32":
        _say(arguments, "(tick 'Add python.exe to PATH' there). Then open a new window and type: py start.py")
    elif sys.platform == "darwin":
        _say(arguments, "Then open a new terminal and type: python3 start.py")
    else:
        _say(arguments, "or from your system (for example: sudo apt install python3.12 python3.12-venv).")
        _say(arguments, "Then start the program with that one: python3.12 start.py")
    sys.exit(1)


def _find_newer() -> str:
    """What a person types for a Python on this computer that is new enough; '' when none was found."""
    from shutil import which

    names = ["py -3"] if sys.platform == "win32" else [f"python3.{minor}" for minor in range(16, 10, -1)]
    names += ["python3", "python"]
    return next((name for name in names if which(name.split()[0]) and _ask(*name.split()) is not None), "")


def _missing_packages() -> "list[str]":
    from importlib.util import find_spec

    return [name for name in PACKAGES if not find_spec(name)]


def _python_of(venv: Path) -> str:
    return str(venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def _look_into(venv: Path) -> "list[str] | None":
    """The packages that a virtual environment lacks; None: there is none that runs here."""
    said = _ask(_python_of(venv))
    if not said or Path(said[0]).resolve() != venv.resolve():
        return None
    lacks = [name for name in said[1:] if name != "pip"]
    return None if lacks and "pip" in said else lacks  # without pip nothing comes into it: it is made again


def _ask(*python: str) -> "list[str] | None":
    """Where another Python is at home, and the packages it lacks; None: it does not run, or is too old."""
    import subprocess

    look = _LOOK.format(_NEEDED, (*PACKAGES, "pip"))
    try:
        said = subprocess.run(  # noqa: S603 - a Python of this computer
            [*python, "-c", look],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=30,
        ).stdout.decode("utf-8", "surrogateescape")
    except (OSError, subprocess.SubprocessError):
        return None
    first, *rest = said.splitlines() or [""]
    return rest if first == "here" else None


def _find_obstacle(venv: Path) -> str:
    """Why the program cannot make the environment by itself; '' when it can."""
    from importlib.util import find_spec

    try:
        is_other = venv.is_symlink() or (venv.exists() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").is_file())
    except OSError as error:
        return f"{venv} cannot be used: {_explain(str(error))}."
    if is_other:
        return f"{venv} is there, and was not made for this program: move it away first."
    if not find_spec("venv") or not find_spec("ensurepip"):
        version = ".".join(map(str, sys.version_info[:2]))
        return f"This Python came without its module venv. Get it first:\n  sudo apt install python{version}-venv"
    return ""


def _is_person_there(arguments: "list[str]") -> bool:
    streams = (sys.stdin, sys.stdout)
    return not _NOBODY.intersection(arguments) and all(stream is not None and stream.isatty() for stream in streams)


def _agrees() -> bool:
    """Ask the person, in the form of all questions."""
    _write("  1  Set them up and go on\n  0  Quit\n")
    while True:
        try:
            typed = input("Your choice: [1] ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return False
        if typed in ("", "1", "0", "q"):
            return typed in ("", "1")
        _write("Type 1 or 0 and Enter.\n")


def _set_up(venv: Path, *, is_usable: bool) -> str:
    """Make the environment and install the packages; returns why that did not work, '' when it did."""
    steps = [] if is_usable else [[sys.executable, "-m", "venv", "--clear", str(venv)]]
    install = [_python_of(venv), "-m", "pip", "install", "--disable-pip-version-check", "--retries", "1"]
    for command in [*steps, [*install, "-r", str(venv.parent / "requirements.txt")]]:
        reason = _run(command, venv.parent)
        if reason:
            return reason
    return ""


def _run(command: "list[str]", folder: Path) -> str:
    """Run a command that takes a while, with a dot each second; returns why it failed, '' when it did not.

    It is shown as seen from `folder`.
    """
    import subprocess
    import tempfile

    _write(f"{' '.join(map(_quoted, command))} ".replace(f"{folder}{os.sep}", ""))
    with tempfile.TemporaryFile() as said:
        try:
            program = subprocess.Popen(  # noqa: S603 - this Python, and the one it has made
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
            while _is_running(program):
                _write(".")
        except OSError as error:
            return _explain(str(error))
        except KeyboardInterrupt:
            _write("\nStopped. Start the program again to go on.\n")
            sys.exit(130)
        _write("\n")
        said.seek(0)
        return _explain(said.read().decode("utf-8", "replace")) if program.returncode else ""


def _is_running(program: "Popen[bytes]") -> bool:
    from subprocess import TimeoutExpired

    try:
        program.wait(1)
    except TimeoutExpired:
        return True
    return False


def _explain(said: str) -> str:
    for signs, reason in _REASONS:
        if any(sign in said for sign in signs):
            return reason
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it gave no reason"])[-1].rstrip(".")


def _go_on(arguments: "list[str]", venv: Path) -> None:
    """Start the program again with the environment's Python; does not return."""
    command = [_python_of(venv), str(venv.parent / "start.py"), *arguments]
    if sys.platform != "win32":
        os.execv(command[0], command)  # noqa: S606 - ourselves once more
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that runs then
    sys.exit(subprocess.call(command))  # noqa: S603


def _end(arguments: "list[str]", venv: Path, problem: str) -> None:
    """Say why it ends here and which commands a person types instead, and end."""
    from shutil import which

    is_windows = sys.platform == "win32"
    python = f"{_VENV}\\Scripts\\python" if is_windows else f"{_VENV}/bin/python"
    for line in problem.splitlines():
        _say(arguments, line)
    _say(arguments, f"{'After that' if problem else 'Set them up'} by hand, in a terminal:")
    _say(
        arguments, f"  {'pushd' if is_windows else 'cd'} {_quoted(str(venv.parent))}"
    )  # both of Windows' shells have it
    if _look_into(venv) is None:
        _say(arguments, f"  {'py' if is_windows and which('py') else _quoted(sys.executable)} -m venv --clear {_VENV}")
    _say(arguments, f"  {python} -m pip install -r requirements.txt")
    _say(arguments, "Then the same command again; it finds them there by itself.")
    sys.exit(1)


def _quoted(word: str) -> str:
    import shlex

    if sys.platform == "win32":
        return f'"{word}"' if " " in word else word
    return shlex.quote(word)


def _say(arguments: "list[str]", line: str) -> None:
    """One line; where programs read our output, and where a good run is silent, on stderr. Commands stay whole."""
    if _is_person_there(arguments) and not line.startswith("  "):
        from shutil import get_terminal_size
        from textwrap import fill

        line = fill(line, get_terminal_size().columns - 1, break_long_words=False, break_on_hyphens=False)
    _write(f"{line}\n", to_stderr=bool({"--json", "--quiet"}.intersection(arguments)))


def _write(text: str, *, to_stderr: bool = False) -> None:
    stream = sys.stderr if to_stderr else sys.stdout
    if stream is not None:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
