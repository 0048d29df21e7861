"""What a program is told, and what it tells."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pretend_onedrive.person import Person


class Told:
    """The port of the person's browser, the app's ids, the path to walk, and where the bytes go."""

    def __init__(self) -> None:
        self.folder = Path(sys.argv[1])
        told: dict[str, Any] = json.loads((self.folder / "told.json").read_text(encoding="utf-8"))
        self.public_app_id, self.app_id, self.secret = told["public_app_id"], told["app_id"], told["client_secret"]
        self.person = Person(told["port"])
        self.path: list[str] = told["path"]
        self.target = self.folder / "downloaded.jpg"

    @staticmethod
    def tell(version: str, names: list[str]) -> None:
        """Print the client's version and the names that it listed at the root of the drive."""
        print(json.dumps({"version": version, "names": names}))
