"""A real Chromium without a window, driven over its debugging pipe; no library is needed for that.

    with Chromium(profile) as browser:
        page = browser.open(address)
        page.value("document.title")

Messages are JSON, ended by a zero byte: commands to the browser's file 3, answers and events from its file 4.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

Json = dict[str, Any]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless",
    "--no-sandbox",  # a build machine runs as root, for which there is no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-prefers-reduced-motion",
    "--remote-debugging-pipe",
)
_ANSWER_SECONDS = 30.0


def find_chromium() -> str | None:
    """The browser's program; None when there is none here."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Chromium:
    """One browser process with a profile of its own."""

    def __init__(self, program: str, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._numbers = itertools.count(1)
        self._received = b""
        self._pages: dict[str, Page] = {}

        def hand_over() -> None:
            # Copies first, so that neither pipe is written over when it already is file 3 or 4.
            ends = os.dup(to_browser), os.dup(from_browser)
            for end, wanted in zip(ends, (3, 4), strict=True):
                os.dup2(end, wanted)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=hand_over,
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.send("Browser.close")
        except (OSError, TimeoutError):
            self._process.kill()
        self._process.wait(timeout=10)
        os.close(self._write)
        os.close(self._read)

    def open(self, address: str, *, width: int = 1280, height: int = 900, **media: str) -> Page:
        """A new page of that size that has loaded the address; `media` are features such as prefers_color_scheme."""
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Accessibility"):
            page.send(f"{domain}.enable")
        page.resize(width, height)
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        page.send("Emulation.setEmulatedMedia", {"features": features})
        page.go_to(address)
        return page

    def send(self, method: str, parameters: Json | None = None, session: str = "") -> Json:
        """The browser's answer to a command; events that come before it go to their pages."""
        number = next(self._numbers)
        message: Json = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive(_ANSWER_SECONDS)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: Json = answer["result"]
                return result

    def receive(self, seconds: float) -> Json:
        """The next message. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise OSError("the browser has ended")
            self._received += chunk
        text, _, self._received = self._received.partition(b"\0")
        message: Json = json.loads(text)
        page = self._pages.get(message.get("sessionId", ""))
        if page is not None and "method" in message:
            page.take_event(message["method"], message["params"])
        return message


class Page:
    """One tab: what it shows, and what it complained about."""

    def __init__(self, browser: Chromium, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target
        self._loaded = False
        self.complaints: list[str] = []

    def send(self, method: str, parameters: Json | None = None) -> Json:
        """The answer to a command for this tab."""
        return self._browser.send(method, parameters, self._session)

    def take_event(self, method: str, parameters: Json) -> None:
        """Remember what the page complains about, and that it has loaded."""
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}".strip())
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(parameters["args"]))

    def go_to(self, address: str) -> None:
        """Load an address, to the end."""
        self._loaded = False
        self.send("Page.navigate", {"url": address})
        while not self._loaded:
            self._browser.receive(_ANSWER_SECONDS)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def value(self, expression: str) -> Any:  # noqa: ANN401  # whatever the page answers
        """What a JavaScript expression is, awaited. Raises AssertionError when it throws."""
        answer = self.send("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_until(self, expression: str, seconds: float = 5) -> None:
        """Wait until the expression is true, looking once a frame. Raises AssertionError after so many seconds."""
        look = f"""new Promise((done) => {{
            const end = performance.now() + {seconds * 1000};
            const look = () => {{ if ({expression}) done(true); else if (performance.now() > end) done(false);
                                  else setTimeout(look, 16); }};
            look();
        }})"""
        assert self.value(look), f"not within {seconds} s: {expression}"

    def key(self, name: str, *, ctrl: bool = False) -> None:
        """Press and release a key, as `ArrowDown`, `Tab`, `Enter`."""
        codes = {"Tab": 9, "Enter": 13, "End": 35, "Home": 36, "PageUp": 33, "PageDown": 34}
        codes |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        pressed = {"key": name, "code": name, "windowsVirtualKeyCode": codes[name], "modifiers": 2 if ctrl else 0}
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", {"type": kind, **pressed})

    def type_text(self, text: str) -> None:
        """Type into what has the focus."""
        self.send("Input.insertText", {"text": text})

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that the selector finds, with the mouse."""
        place = self.value(
            f"""(() => {{ const element = document.querySelector({json.dumps(selector)});
                element.scrollIntoView({{block: "center"}});
                const box = element.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
        )
        at = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", {"type": kind, **at})

    def accessible(self) -> list[tuple[str, str, Json]]:
        """What a screen reader is told: role, name and properties of every node that is not ignored."""
        nodes = self.send("Accessibility.getFullAXTree")["nodes"]
        return [
            (
                node["role"]["value"],
                str(node.get("name", {}).get("value", "")),
                {item["name"]: item["value"].get("value") for item in node.get("properties", [])},
            )
            for node in nodes
            if not node["ignored"]
        ]

    def pdf(self, **paper: float) -> bytes:
        """The page as it prints; `paper` as Page.printToPDF takes it, in inches."""
        return base64.b64decode(self.send("Page.printToPDF", {"printBackground": False, **paper})["data"])

    def close(self) -> None:
        """Close the tab."""
        self._browser.send("Target.closeTarget", {"targetId": self._target})
