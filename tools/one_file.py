"""Build the program as one file that needs no Python: `python tools/one_file.py` leaves it in dist/.

Needs PyInstaller, platformdirs and what requirements.txt names, installed in the Python that runs this. The file runs
on the kind of system it was built on (on Linux: only with the same C library or a newer one). It is the installed
program: see tools/onedrive_downloader/__init__.py for where it keeps its files.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Looked up by name while the program runs, so that no import statement shows them: option 8 tells their versions.
_PACKAGES = (
    *("requests", "msal", "python-dotenv", "prompt_toolkit", "rich", "urllib3", "packaging"),
    *(() if sys.platform == "linux" else ("truststore",)),
)


def build(name: str) -> None:
    """Build dist/NAME (NAME.exe on Windows). Ends the process when PyInstaller cannot."""
    from PyInstaller.__main__ import run

    def with_data(source: str, target: str) -> str:
        return f"--add-data={ROOT / source}{os.pathsep}{target}"

    run(
        [
            "--onefile", "--console", "--noconfirm", "--clean", "--log-level=WARN", f"--name={name}",
            f"--paths={ROOT}", f"--paths={ROOT / 'tools'}",
            f"--distpath={ROOT / 'dist'}", f"--workpath={ROOT / 'build'}", f"--specpath={ROOT / 'build'}",
            with_data("onedrive/report/assets", "onedrive/report/assets"), with_data("requirements.txt", "."),
            "--collect-submodules=onedrive", "--collect-submodules=pretend_onedrive",
            *(f"--copy-metadata={package}" for package in _PACKAGES),
            str(ROOT / "tools" / "onedrive_downloader" / "__main__.py"),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--name", default="onedrive-downloader", help="what the file is called")
    build(parser.parse_args().name)
