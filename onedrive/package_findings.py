"""What the program runs on: its version, Python, the system, and the packages that requirements.txt asks for."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from onedrive import VERSION
from onedrive.finding import PROGRAM, Finding

LEAST_PYTHON = (3, 11)
_INSTALL = "Run: python -m pip install -r requirements.txt (or start the program as the README's first line does)."
_LINE = re.compile(r"\s*([A-Za-z0-9._-]+)\s*([<>=!~0-9.,\s]*)(?:[;#].*)?")
_LIMIT = re.compile(r"(>=|<)\s*(\d+(?:\.\d+)*)")


def look_at_program(requirements: Path, *, installed: Callable[[str], str] = version) -> Iterator[Finding]:
    """Findings about the program itself; `installed` says which version of a package is here."""
    system = f"{platform.system() or 'an unknown system'} {platform.release()} ({platform.machine()})"
    yield PROGRAM.ok("program", f"OneDrive downloader {VERSION} on {system}")
    python = platform.python_version()
    if sys.version_info >= LEAST_PYTHON:
        yield PROGRAM.ok("python", f"Python {python}")
    else:
        yield PROGRAM.wrong("python", f"Python {python} is too old", "Install Python 3.11 or later from python.org.")
    yield from _look_at_packages(requirements, installed)


def is_in_range(found: str, limits: str) -> bool:
    """Whether a version fits limits such as `>=2.32,<3`; only >= and < are known, and what follows the numbers of a
    version (rc1, .post2) does not count.
    """  # fmt: skip
    number = _numbers(found)
    return all((number >= _numbers(limit)) == (sign == ">=") for sign, limit in _LIMIT.findall(limits))


def _look_at_packages(requirements: Path, installed: Callable[[str], str]) -> Iterator[Finding]:
    try:
        lines = requirements.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        yield PROGRAM.note("packages", "requirements.txt is not beside start.py, so the packages were not checked")
        return
    good = []
    for line in lines:
        written = _LINE.fullmatch(line)
        if not written:
            continue
        name, limits = written[1], written[2].replace(" ", "").rstrip(",")
        try:
            found = installed(name)
        except PackageNotFoundError:
            yield PROGRAM.wrong(f"package {name}", f"The package {name} is not installed", _INSTALL)
            continue
        if is_in_range(found, limits):
            good.append(f"{name} {found}")
        else:
            yield PROGRAM.wrong(f"package {name}", f"The package {name} {found} is not in the range {limits}", _INSTALL)
    if good:
        yield PROGRAM.ok("packages", f"Packages: {', '.join(good)}")


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with, without zeros at their end: 2.0 is 2."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in found[0].split(".")] if found else [0]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
