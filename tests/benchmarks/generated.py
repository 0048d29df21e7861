"""A drive of any size that costs no memory: every item is computed from its number when a page shows it.

    use_generated_drive(server, 1_000_000)
    python -m tests.benchmarks.generated ITEMS DELAY_SECONDS CHANGES LARGEST_PAGE   (prints port and token, as JSON)

The items are a twentieth folders (eight to a folder, so the tree is deep and wide) and else files of many kinds. Delta,
children and single items are answered from them, in the form of the new back end; everything else is the server's own.
A deltaLink shows `changes` changed items the first time it is asked, and nothing after that.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from pretend_onedrive.graph.addresses import read_bearer
from pretend_onedrive.graph.errors import GraphError, not_found
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.server import DemoServer
from pretend_onedrive.wire import Reply, Request

FOLDER_SHARE = 20  # one item in so many is a folder
BRANCHES = 8
DEFAULT_PAGE = 200
_PATH = re.compile(r"/v1\.0/me/drive/(?:root|items/([^/]+))(?:/(children|delta(?:\([^)]*\))?))?")
_KINDS = (
    ("IMG_{0:07}.jpg", "image/jpeg", '"image":{"height":3024,"width":4032},"photo":{"cameraMake":"Apple",'
     '"cameraModel":"iPhone 8","exposureDenominator":60,"exposureNumerator":1,"fNumber":1.8,"focalLength":3.99,'
     '"iso":25,"takenDateTime":"20{1:02}-05-04T12:11:12Z"},'),
    ("VID_{0:07}.mp4", "video/mp4", '"video":{{"duration":8053,"height":1080,"width":1920,"bitrate":17000000}},'),
    ("Notes {0}.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""),
    ("Ünterlagen {0}.pdf", "application/pdf", ""),
    ("track {0}.mp3", "audio/mpeg", '"audio":{"artist":"Someone","title":"Track"},'),
)  # fmt: skip
_OFTEN = (0, 0, 0, 0, 0, 1, 2, 3, 0, 4)  # most files are photos


class GeneratedDrive:
    """`items` items of the drive `drive_id`; pages hold at most `largest_page` of them."""

    def __init__(self, items: int, drive_id: str, *, changes: int = 0, largest_page: int = 1000) -> None:
        self.folders = max(1, items // FOLDER_SHARE)
        self.files = max(0, items - self.folders)
        self.per_folder = -(-self.files // self.folders) or 1
        self.drive_id = drive_id
        self.changes = changes
        self.largest_page = largest_page
        self._prefix = drive_id.upper().lstrip("0")
        self.root_id = f"{self._prefix}!sea8cc6beffdb43d7976fbc7da445c639"

    def answer(self, request: Request) -> str | None:
        """The JSON for a request about generated items; None for one that is not about them. Raises GraphError."""
        found = _PATH.fullmatch(request.path)
        if request.method != "GET" or found is None:
            return None
        item_id = unquote(found.group(1)) if found.group(1) else self.root_id
        if found.group(2) is None:
            return self._show(item_id)
        if found.group(2) == "children":
            return self._children(request, self._number_of(item_id))
        return self._delta(request)

    def _delta(self, request: Request) -> str:
        place = request.options.get("token", "")
        if place.startswith("changes-"):
            rows = self._changed_rows() if place == "changes-0" else []
            return self._page(rows, ("@odata.deltaLink", self._link(request, "token", "changes-1")))
        start, size = int(place or "0"), self._page_size(request)
        total = 1 + self.folders + self.files
        end = min(start + size, total)
        if end < total:
            link = ("@odata.nextLink", self._link(request, "token", str(end)))
        else:
            link = ("@odata.deltaLink", self._link(request, "token", "changes-0"))
        return self._page((self._row(number) for number in range(start, end)), link)

    def _children(self, request: Request, folder: int) -> str:
        inner = range(folder * BRANCHES + 1, min(folder * BRANCHES + BRANCHES, self.folders) + 1)
        first = (folder - 1) * self.per_folder
        files = range(first, min(first + self.per_folder, self.files)) if folder else range(0)
        numbers = [*inner, *(1 + self.folders + file for file in files)]
        start, size = int(request.options.get("$skiptoken", "0")), self._page_size(request)
        link = None
        if start + size < len(numbers):
            link = ("@odata.nextLink", self._link(request, "$skiptoken", str(start + size)))
        return self._page(map(self._row, numbers[start : start + size]), link)

    def _page_size(self, request: Request) -> int:
        return min(int(request.options.get("$top", DEFAULT_PAGE)), self.largest_page)

    def _link(self, request: Request, name: str, value: str) -> str:
        query = re.sub(rf"&?{re.escape(name)}=[^&]*", "", request.query)
        return f"https://graph.microsoft.com{request.path}?{query}&{name}={value}"

    @staticmethod
    def _page(rows: Iterable[str], link: tuple[str, str] | None) -> str:
        head = '"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.driveItem)"'
        if link:
            head += f',"{link[0]}":{json.dumps(link[1])}'
        return "{" + head + ',"value":[' + ",".join(rows) + "]}"

    def _changed_rows(self) -> list[str]:
        """As many changes as wished: renamed, with new content, gone, and a folder that moved, turn by turn."""
        step = max(1, self.files // max(1, self.changes))
        rows = []
        for number in range(self.changes):
            file = 1 + self.folders + number * step
            row: dict[str, Any] = json.loads(self._row(file))
            if number % 4 == 0:
                row["name"] = f"renamed {number}.jpg"
            elif number % 4 == 3:
                row = {"id": row["id"], "deleted": {"state": "deleted"}, "parentReference": row["parentReference"]}
            else:
                row |= {"size": row["size"] + 1, "cTag": f'"c:{{{number}}},9"'}
            rows.append(json.dumps(row, separators=(",", ":")))
        if self.changes:
            folder = json.loads(self._row(self.folders)) | {"name": "a folder with another name"}
            rows[-1] = json.dumps(folder, separators=(",", ":"))
        return rows

    def _show(self, item_id: str) -> str:
        return self._row(self._number_of(item_id))

    def _number_of(self, item_id: str) -> int:
        """0 is the root, then come folders, then files."""
        if item_id == self.root_id:
            return 0
        try:
            number = int(item_id.rpartition("!s")[2][:12], 16)
        except ValueError:
            raise not_found() from None
        if not 0 < number <= self.folders + self.files or item_id != self.id_of(number):
            raise not_found()
        return number

    def id_of(self, number: int) -> str:
        """The id of the root (0), of a folder (from 1 on) or of a file (after the folders)."""
        if number == 0:
            return self.root_id
        return f"{self._prefix}!s{number:012x}{(number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFFFFFF:020x}"

    def _row(self, number: int) -> str:
        if number == 0:
            return (
                f'{{"id":"{self.root_id}","name":"root","size":1,"folder":{{"childCount":{BRANCHES}}},"root":{{}},'
                f'"parentReference":{{"driveType":"personal","driveId":"{self.drive_id}"}}}}'
            )
        if number <= self.folders:
            name, parent = f"Folder {number:06}", (number - 1) // BRANCHES
            rest = '"folder":{"childCount":0,"view":{"sortBy":"name","sortOrder":"ascending","viewType":"thumbnails"}}'
            return self._common(number, name, parent, 0) + rest + "}"
        file = number - self.folders - 1
        name, mime_type, facets = _KINDS[_OFTEN[file % 10]]
        facets = facets.replace("{1:02}", f"{file % 24:02}").replace("{{", "{").replace("}}", "}")
        size = (file * 2654435761) % 9_000_000
        digest = f"{file:027}="
        rest = f'{facets}"cTag":"\\"c:{{3F1D91B5-E0F1-42B6-B4C3-{file:012X}}},2\\"",'
        rest += f'"file":{{"mimeType":"{mime_type}","hashes":{{"quickXorHash":"{digest}"}}}}'
        return self._common(number, name.format(file), 1 + file // self.per_folder, size) + rest + "}"

    def _common(self, number: int, name: str, parent: int, size: int) -> str:
        etag = f'\\"{{3F1D91B5-E0F1-42B6-B4C3-{number:012X}}},2\\"'
        return (
            f'{{"@odata.etag":"{etag}","createdDateTime":"2026-02-16T05:06:27Z","eTag":"{etag}",'
            f'"id":"{self.id_of(number)}","lastModifiedDateTime":"2026-02-19T09:31:08Z","name":"{name}","size":{size},'
            f'"parentReference":{{"driveType":"personal","driveId":"{self.drive_id}","id":"{self.id_of(parent)}",'
            f'"path":"/drive/root:","siteId":"d349b2ca-0000-4f1c-a509-ad8d9138501d"}},"fileSystemInfo":'
            f'{{"createdDateTime":"20{number % 26:02}-02-19T07:35:52Z",'
            f'"lastModifiedDateTime":"20{number % 26:02}-02-19T09:36:21Z"}},'
        )


def use_generated_drive(server: DemoServer, items: int, *, changes: int = 0, largest_page: int = 1000) -> None:
    """Let the server show a generated drive of so many items instead of its own."""
    generated = GeneratedDrive(items, server.drive.id, changes=changes, largest_page=largest_page)
    graph, proper = server.graph, server.graph.answer

    def answer(request: Request) -> Reply:
        try:
            if _PATH.fullmatch(request.path):
                read_bearer(request, graph.grants)
            shown = generated.answer(request)
        except GraphError as refusal:
            return refusal.to_reply(request)
        if shown is None:
            return proper(request)
        return Reply(200, {"Content-Type": "application/json;charset=utf-8"}, shown.encode())

    graph.answer = answer  # type: ignore[method-assign]  # this is the hook


if __name__ == "__main__":
    with DemoServer(DemoDrive()) as demo:
        demo.delay_seconds = float(sys.argv[2])
        use_generated_drive(demo, int(sys.argv[1]), changes=int(sys.argv[3]), largest_page=int(sys.argv[4]))
        print(json.dumps({"port": demo.port, "access_token": demo.issue_token()}), flush=True)
        threading.Event().wait()
