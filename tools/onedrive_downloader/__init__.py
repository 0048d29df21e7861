"""The installed program's way in: the command `onedrive-downloader`, and `python -m onedrive_downloader`.

The wheel holds this file as the package `onedrive_downloader`, and the program itself unchanged in its folder
`program`. That folder goes first on the import path, so that `start`, `onedrive` and the step files are ours in this
process, and nothing of ours stands among other people's packages. An installed program keeps its files in the
person's own data folder, as platformdirs names it, unless the current folder has a `.env`, or `--home` or
ONEDRIVE_HOME says otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

COMMAND = "onedrive-downloader"


def main() -> None:
    """Run the program with the arguments of the command line, and end the process with its exit code."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "program"))
    from platformdirs import user_data_path

    import start

    start.run(sys.argv[1:], default_home=user_data_path(COMMAND, appauthor=False), command=COMMAND)
