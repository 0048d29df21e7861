"""The container's health: exit code 1 when the last run of --every failed (`last_run.json`); 0 before the first."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

LAST_RUN = Path(os.environ.get("ONEDRIVE_HOME", ".")) / "last_run.json"

if __name__ == "__main__" and LAST_RUN.exists():
    last = json.loads(LAST_RUN.read_text(encoding="utf-8"))
    sys.stdout.write(f"{last.get('words') or 'The last run went well.'}\n")
    sys.exit(1 if last["exit_code"] else 0)
