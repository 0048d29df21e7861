"""`$batch`: up to twenty requests in one, answered in no particular order, each by the rules of its own address."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from pretend_onedrive.graph.errors import GraphError, method_not_allowed
from pretend_onedrive.wire import Headers, Reply, Request, json_reply

LARGEST = 20


def answer_batch(request: Request, answer: Callable[[Request], Reply]) -> Reply:
    """The outer reply is 200 even when inner ones fail; raises GraphError for a batch that is none."""
    if request.method != "POST":
        raise method_not_allowed("POST")
    wishes = _read(request)
    statuses: dict[str, int] = {}
    shown: list[dict[str, Any]] = []
    for wish in wishes:
        failed = [name for name in wish.get("dependsOn", []) if not 200 <= statuses.get(name, 424) < 400]
        if failed:
            inner = GraphError(424, "failedDependency", f"Request {wish['id']} depends on a request that failed.")
            reply = inner.to_reply(request)
        else:
            reply = answer(_inner_request(request, wish))
        statuses[wish["id"]] = reply.status
        shown.append(_show_reply(wish["id"], reply))
    return json_reply({"responses": shown[1::2] + shown[0::2]})  # replies come in no particular order


def _read(request: Request) -> list[dict[str, Any]]:
    try:
        wishes = json.loads(request.body)["requests"]
        names = [wish["id"] for wish in wishes]
        addressed = all(wish["method"] and wish["url"] for wish in wishes)
    except (ValueError, KeyError, TypeError) as error:
        raise _refused("Invalid batch payload format.") from error
    if len(wishes) > LARGEST:
        raise _refused(f"Number of batch request steps exceeds the maximum value of {LARGEST}.")
    if not wishes or not addressed or not all(isinstance(name, str) for name in names):
        raise _refused("Invalid batch payload format.")
    for wish in wishes:
        if names.count(wish["id"]) > 1:
            raise _refused(f"Request Id {wish['id']} has to be unique in a batch.")
        if wish.get("body") is not None and "content-type" not in {name.lower() for name in wish.get("headers") or {}}:
            raise _refused(f"Write request with id '{wish['id']}' does not contain a Content-Type header.")
    return list(wishes)


def _refused(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


def _inner_request(request: Request, wish: dict[str, Any]) -> Request:
    target, _, query = str(wish["url"]).partition("?")
    outer = {name: value for name in ("Authorization", "Host") if (value := request.headers.get(name)) is not None}
    headers = Headers()
    for name, value in (outer | wish.get("headers", {})).items():
        headers[name] = str(value)
    body = wish.get("body")
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    version = request.path.split("/")[1]
    path = f"/{version}/{target.lstrip('/')}"
    return Request(wish["method"].upper(), request.host, path, query, headers, raw, request.id)


def _show_reply(name: str, reply: Reply) -> dict[str, Any]:
    headers = {"Cache-Control": "no-store, no-cache", **reply.headers}
    shown: dict[str, Any] = {"id": name, "status": reply.status, "headers": headers}
    body = reply.whole_body()
    if "json" in reply.headers.get("Content-Type", ""):
        shown["body"] = json.loads(body)
    elif body:
        shown["body"] = base64.b64encode(body).decode("ascii")
    return shown
