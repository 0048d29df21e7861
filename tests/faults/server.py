"""The pretend OneDrive that tests use: it misbehaves as they say, and keeps what it was asked.

    demo.throttle_next(seconds=7)
    demo.corrupt_next("/a.jpg")
    demo.requests

`times=None` means always, until `demo.be_well()`. `path` limits a fault to one item; `on` says at which kind of host:
"graph", "files", "token", "sign_in", or "batch" (requests inside a batch). A fault that has no word here is
`demo.fault_line.add(Fault(effect, on))`; `effects.py` has effects.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

from pretend_onedrive.clock import DemoClock
from pretend_onedrive.file_host import file_host_page, serve
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.server import DemoServer
from pretend_onedrive.wire import Reply, Request
from tests.faults.effects import (
    Answer,
    Effect,
    change_json,
    corrupt,
    cut_body,
    drip,
    empty_page,
    gzip_anyway,
    half_page,
    html_page,
    ignore_range,
    lose_answer,
    no_content_length,
    redirect,
    refuse,
    repeat_next_link,
    reset_before_answer,
    shorter_body,
    stall,
    wrong_content_range,
)
from tests.faults.line import Fault, FaultLine


class FaultyServer(DemoServer):
    """A DemoServer with faults; its drive, clock, grants and the rest are those of the service itself."""

    def __init__(
        self,
        drive: DemoDrive,
        home: Path | None = None,
        *,
        port: int = 0,
        auto_consent: bool = False,
        clock: DemoClock | None = None,
    ) -> None:
        self.fault_line = FaultLine()
        self.requests = self.fault_line.requests
        self.milestones = self.fault_line.milestones
        super().__init__(drive, home, port=port, auto_consent=auto_consent, clock=clock, faults=self.fault_line)

    # --- instead of an answer -------------------------------------------------------------------------------------

    def throttle_next(
        self,
        times: int | None = 1,
        seconds: float | None = None,
        *,
        on: str = "graph",
        as_date: bool = False,
        code: str | None = None,
        status: int = 429,
        path: str | None = None,
    ) -> None:
        """Say 429 (or 503) to the next requests; `seconds=None` leaves Retry-After out, `as_date` writes it as a date.

        `code="accessDenied"` is the variant under a misleading name.
        """
        retry_after = None if seconds is None else f"{seconds:g}"
        if seconds is not None and as_date:
            retry_after = formatdate(self.clock.now() + seconds, usegmt=True)
        effect = refuse(on, status, retry_after=retry_after, html=False, code=code, inner_code=None)
        self._add(effect, on, path, times)

    def fail_next(
        self,
        status: int = 500,
        *,
        on: str = "graph",
        html: bool = False,
        times: int | None = 1,
        path: str | None = None,
        code: str | None = None,
        inner_code: str | None = None,
        retry_after: str | None = None,
    ) -> None:
        """Answer with this status and the words that go with it."""
        effect = refuse(on, status, retry_after=retry_after, html=html, code=code, inner_code=inner_code)
        self._add(effect, on, path, times)

    def reset_next(self, *, on: str = "graph", times: int | None = 1, path: str | None = None) -> None:
        """Reset the connection instead of answering."""
        self._add(reset_before_answer(), on, path, times)

    def html_page_next(self, *, on: str = "graph", times: int | None = 1, path: str | None = None) -> None:
        """A page of HTML with status 200, as of a captive portal."""
        self._add(html_page(), on, path, times)

    # --- a spoiled answer -----------------------------------------------------------------------------------------

    def cut_body_next(
        self,
        after_bytes: int,
        *,
        on: str = "files",
        by_reset: bool = False,
        times: int | None = 1,
        path: str | None = None,
    ) -> None:
        """End the connection after so many bytes of the body, though more were announced."""
        self._add(cut_body(after_bytes, by_reset=by_reset), on, path, times)

    def half_page_next(self, *, on: str = "graph", times: int | None = 1, path: str | None = None) -> None:
        """Half of the JSON in a reply that is whole as HTTP."""
        self._add(half_page(), on, path, times)

    def short_body_next(
        self, bytes_missing: int = 1, *, on: str = "files", times: int | None = 1, path: str | None = None
    ) -> None:
        """Leave the end of the body out, with a Content-Length that agrees."""
        self._add(shorter_body(bytes_missing), on, path, times)

    def stall_next(
        self, seconds: float, *, after_bytes: int = 0, on: str = "files", times: int | None = 1, path: str | None = None
    ) -> None:
        """Say nothing for a while: before the answer, or after so many bytes of the body."""
        self._add(stall(seconds, after_bytes), on, path, times)

    def drip_next(
        self, bytes_per_second: float = 1, *, on: str = "files", times: int | None = 1, path: str | None = None
    ) -> None:
        """Send the body very slowly."""
        self._add(drip(bytes_per_second), on, path, times)

    def corrupt_next(self, path: str | None = None, *, offset: int | None = None, times: int | None = 1) -> None:
        """Change one byte of a file's bytes: at this offset of the file, or in the middle of what is sent."""
        self._add(corrupt(offset), "files", path, times)

    def wrong_content_range_next(self, *, times: int | None = 1, path: str | None = None) -> None:
        """Answer ranges with a Content-Range that does not fit."""
        self._add(wrong_content_range(), "files", path, times)

    def ignore_range_next(self, *, times: int | None = 1, path: str | None = None) -> None:
        """Answer a request for a range with 200 and the whole file."""
        self._add(ignore_range(self._serve_whole), "files", path, times)

    def gzip_despite_identity_next(self, *, on: str = "files", times: int | None = 1, path: str | None = None) -> None:
        """Send a gzip body though identity was asked."""
        self._add(gzip_anyway(), on, path, times)

    def no_content_length_next(self, *, on: str = "files", times: int | None = 1, path: str | None = None) -> None:
        """Leave Content-Length out; the end of the connection is the end of the body."""
        self._add(no_content_length(), on, path, times)

    def redirect_files_to(self, host: str, *, times: int | None = 1, path: str | None = None) -> None:
        """Redirect requests for bytes to another host, with the same path."""
        to = lambda request: f"https://{host}{request.path}?{request.query}"  # noqa: E731  # used once, in place
        self._add(redirect(to), "files", path, times)

    # --- pages that lie -------------------------------------------------------------------------------------------

    def repeat_next_link(self, folder: str | None = None, *, times: int | None = None) -> None:
        """Every page says that the next one is the same again, so that the listing never ends."""
        self._add(repeat_next_link, "graph", folder, times)

    def foreign_next_link(self, host: str, *, folder: str | None = None, times: int | None = 1) -> None:
        """The next page is said to be at another host."""

        def change(shown: dict[str, Any]) -> None:
            shown["@odata.nextLink"] = f"https://{host}/v1.0/me/drive/root/children?$skiptoken=x"

        self._add(change_json(change), "graph", folder, times)

    def duplicate_items(self, folder: str | None = None, *, times: int | None = None) -> None:
        """Pages show each item twice."""

        def change(shown: dict[str, Any]) -> None:
            if "value" in shown:
                shown["value"] = [item for item in shown["value"] for _ in range(2)]

        self._add(change_json(change), "graph", folder, times)

    def empty_pages(self, folder: str | None = None, *, times: int | None = 1) -> None:
        """A page comes empty, with the link to the rest of what it should have shown."""
        self._add(empty_page, "graph", folder, times)

    # --- tokens, URLs, time ---------------------------------------------------------------------------------------

    def expire_download_urls(self) -> None:
        """Let all download URLs given out so far be refused with 401."""
        self.urls.generation += 1

    def refuse_download_urls_next(self, status: int = 404, *, times: int | None = 1, path: str | None = None) -> None:
        """Refuse download URLs with another status than 401, as some hosts do."""
        self._add(lambda _request, _answer: file_host_page(status, f"{status}"), "files", path, times)

    def expire_access_tokens(self) -> None:
        """Let all access tokens given out so far be past their time."""
        self.grants.expire_access_tokens()

    def revoke_access_tokens(self) -> None:
        """Withdraw all access tokens given out so far, early."""
        self.grants.revoke(self.grants.access)

    def revoke_refresh_tokens(self) -> None:
        """Withdraw all refresh tokens given out so far (password changed, consent withdrawn)."""
        self.grants.revoke(self.grants.refresh)

    def token_lifetime(self, seconds: float) -> None:
        """Access tokens given out from now on live so long."""
        self.grants.access_lifetime_seconds = seconds

    def earlier_consent(self, *scopes: str) -> None:
        """The person once consented to more: these scopes come back unasked."""
        self.sign_in.tokens.earlier_consents = list(scopes)

    def forget_delta_tokens(self) -> None:
        """All delta tokens given out so far are answered with 410 resyncRequired."""
        self.graph.change_log.generation += 1

    # --- the drive ------------------------------------------------------------------------------------------------

    def withhold_hashes(self, *, withheld: bool = True) -> None:
        """List no hashes at all."""
        self.drive.lists_hashes = not withheld

    def wrong_listed_size(self, path: str, size: int) -> None:
        """List a size that is not that of the bytes."""
        self.drive.find(path).listed_size = size

    def unreadable_folder(self, path: str, status: int = 403, code: str = "accessDenied") -> None:
        """The folder is listed but cannot be opened; `code="vault"` is how the Personal Vault answers."""
        self.drive.find(path).unreadable = (status, code)

    def lose_facets(self, path: str) -> None:
        """The item comes back without its file or folder facet wherever `$select` asks for it."""
        self.drive.find(path).lists_facets = False

    # --- the whole service ----------------------------------------------------------------------------------------

    def delay_requests(self, seconds: float) -> None:
        """Wait so long before answering each request, as a far-away service does."""
        self.delay_seconds = seconds

    def when_bytes_served(self, number: int, call: Callable[[], object]) -> None:
        """Call when so many bytes of files have gone out from now on."""
        self.milestones.when_bytes(number, call)

    def when_pages_served(self, number: int, call: Callable[[], object]) -> None:
        """Call when so many good Graph replies have been made from now on, before the last goes out."""
        self.milestones.when_pages(number, call)

    def be_well(self) -> None:
        """Forget all faults that wait."""
        self.fault_line.clear()
        self.delay_seconds = 0.0

    def refuse_writes(
        self,
        status: int = 423,
        *,
        path: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        html: bool = False,
    ) -> None:
        """Refuse to change an item (locked, held back by a retention policy, throttled); reading it stays possible.

        With a status of 200 nothing is done either: something in between answers in the service's place.
        """
        retry_after = None if seconds is None else f"{seconds:g}"
        effect = refuse("graph", status, retry_after=retry_after, html=html, code=None, inner_code=None)
        self.fault_line.add(Fault(effect, "writes", path, times))

    def lose_answers(self, status: int | None = None, *, times: int | None = 1) -> None:
        """Carry out what changes the drive, and lose the answer: the connection is reset, or `status` comes instead."""
        self.fault_line.add(Fault(lose_answer(status), "writing", None, times))

    def before_writes(self, call: Callable[[Request], object], *, times: int | None = 1, on: str = "writing") -> None:
        """Call just before the drive is changed; `on="writes"` is before each single change."""

        def effect(request: Request, answer: Answer) -> Reply:
            call(request)
            return answer()

        self.fault_line.add(Fault(effect, on, None, times))

    def _add(self, effect: Effect, on: str, path: str | None, times: int | None) -> None:
        self.fault_line.add(Fault(effect, on, path, times))

    def _serve_whole(self, request: Request) -> Reply:
        item = self.files.item_of(request)
        return serve(item, None) if item else file_host_page(404, "404 FILE NOT FOUND")
