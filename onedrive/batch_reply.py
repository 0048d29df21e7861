"""One reply out of a $batch; also what a single request that changes something came back with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NO_REPLY = 504  # stands where a batch's answer has none, or none that can be read


@dataclass(frozen=True)
class BatchReply:
    """One reply: HTTP status, headers and the JSON body (empty when there is none)."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, object]

    @property
    def error(self) -> dict[str, object]:
        """Graph's `error` object, empty when the body has none."""
        error = self.body.get("error")
        return error if isinstance(error, dict) else {}

    @property
    def retry_after(self) -> str | None:
        """The Retry-After header, however its name is written; None: there is none."""
        return next((value for name, value in self.headers.items() if name.lower() == "retry-after"), None)


def read_batch_replies(answer: Mapping[str, object], number: int) -> list[BatchReply]:
    """The replies with the ids '0', '1' … in this order; one that is missing is a NO_REPLY."""
    replies: dict[str, BatchReply] = {}
    responses = answer.get("responses")
    for entry in responses if isinstance(responses, list) else []:
        if isinstance(entry, dict):
            replies[str(entry.get("id"))] = _read_reply(entry)
    missing = BatchReply(NO_REPLY, {}, {})
    return [replies.get(str(position), missing) for position in range(number)]


def _read_reply(entry: Mapping[str, object]) -> BatchReply:
    status, headers, body = entry.get("status"), entry.get("headers"), entry.get("body")
    return BatchReply(
        status=status if isinstance(status, int) else NO_REPLY,
        headers={str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
        body=body if isinstance(body, dict) else {},
    )
