"""The door by which `python -m onedrive.demo change` reaches a running server: one POST on loopback, with a key."""

from __future__ import annotations

import hmac
import json

from onedrive.demo.changes import ChangeRefusedError, make_change
from onedrive.demo.drive import DemoDrive
from onedrive.demo.state import DemoHome
from onedrive.demo.wire import Reply, Request, json_reply


def answer_control(request: Request, drive: DemoDrive, home: DemoHome | None) -> Reply:
    """Make the change that was asked for; only with the key that is in the demo's home."""
    key = request.headers.get("X-Demo-Key", "")
    if home is None or request.method != "POST" or not hmac.compare_digest(key, home.key):
        return json_reply({"refused": "Only programs that can read the demo's home may change the drive."}, 403)
    try:
        done = make_change(drive, json.loads(request.body))
    except (ChangeRefusedError, KeyError, ValueError) as error:
        return json_reply({"refused": str(error)}, 409)
    home.save_if_changed()
    return json_reply({"done": done})
