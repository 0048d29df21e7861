"""The program as a person or a script starts it, for tests: inside this process, in one of its own, at a terminal."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import warnings
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import start

START = Path(start.__file__)
Ended = subprocess.CompletedProcess[str]


def run(folder: Path, *arguments: str, typed: str = "", environ: dict[str, str] | None = None) -> Ended:
    """Run the program in a folder without a terminal, inside this process: where that shows the same, and is quick."""
    stdout, stderr, handlers = io.StringIO(), io.StringIO(), logging.getLogger().handlers[:]
    with (
        chdir(folder),
        warnings.catch_warnings(),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        patch.object(sys, "stdin", io.StringIO(typed)),
        patch.object(sys, "unraisablehook", sys.unraisablehook),
        patch.dict(os.environ, {**_clean_environ(), **(environ or {})}, clear=True),
    ):
        code = start.main(arguments)
    logging.getLogger().handlers[:] = handlers
    return Ended(arguments, code, stdout.getvalue(), stderr.getvalue())


def run_alone(
    folder: Path, *arguments: str, typed: str = "", environ: dict[str, str] | None = None, redirect: str = ""
) -> Ended:
    """Run the program in a process of its own, with redirections as a POSIX shell writes them."""
    shell = ["sh", "-c", f'exec "$@" {redirect}', "sh"] if redirect else []
    return subprocess.run(
        [*shell, sys.executable, str(START), *arguments],
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        env={**_clean_environ(), **(environ or {})},
        timeout=60,
    )


def in_terminal(folder: Path, *arguments: str) -> str:
    """Python code that is start.py, started in a folder."""
    return (
        f"import os, runpy, sys\nos.chdir({str(folder)!r})\nsys.path.insert(0, {str(START.parent)!r})\n"
        f"sys.argv = ['start.py', *{list(arguments)!r}]\nrunpy.run_path({str(START)!r}, run_name='__main__')\n"
    )


def _clean_environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("MS_OPENGRAPH", "ONEDRIVE"))}
