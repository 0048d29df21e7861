"""The pretend OneDrive that tests use: it misbehaves as they say, and keeps what it was asked.

    demo.throttle_next(seconds=7)
    demo.corrupt_next("/a.jpg")
    demo.requests

`times=None` means always, until `demo.be_well()`. `path` limits a fault to one item; `on` says at which kind of host:
"graph", "files", "token", "sign_in", "batch" (requests inside a batch), or "albums" (the list of them, and each). A
fault that has no word here is `demo.fault_line.add(Fault(effect, on))`; `effects.py` has effects.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import TypedDict, Unpack

from pretend_onedrive.clock import DemoClock
from pretend_onedrive.file_host import file_host_page, serve
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.server import DemoServer
from pretend_onedrive.signin.tokens import Grant
from pretend_onedrive.wire import Reply, Request
from tests.faults import effects
from tests.faults.effects import Answer, Effect
from tests.faults.line import Fault, FaultLine


class Met(TypedDict, total=False):
    """Whom a fault meets: at which kind of host, which item (None: any), how often (None: always)."""

    on: str
    path: str | None
    times: int | None


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
        self.fail_next(status, code=code, retry_after=retry_after, on=on, path=path, times=times)

    def fail_next(
        self,
        status: int = 500,
        *,
        html: bool = False,
        code: str | None = None,
        inner_code: str | None = None,
        retry_after: str | None = None,
        **met: Unpack[Met],
    ) -> None:
        """Answer with this status and the words that go with it."""
        on = met.get("on", "graph")
        self._meet(
            effects.refuse(on, status, retry_after=retry_after, html=html, code=code, inner_code=inner_code), on, met
        )

    def reset_next(self, **met: Unpack[Met]) -> None:
        """Reset the connection instead of answering."""
        self._meet(effects.reset_before_answer, "graph", met)

    def html_page_next(self, **met: Unpack[Met]) -> None:
        """A page of HTML with status 200, as of a captive portal."""
        self._meet(effects.html_page, "graph", met)

    # --- a spoiled answer -----------------------------------------------------------------------------------------

    def cut_body_next(self, after_bytes: int, *, by_reset: bool = False, **met: Unpack[Met]) -> None:
        """End the connection after so many bytes of the body, though more were announced."""
        self._meet(effects.cut_body(after_bytes, by_reset=by_reset), "files", met)

    def half_page_next(self, **met: Unpack[Met]) -> None:
        """Half of the JSON in a reply that is whole as HTTP."""
        self._meet(effects.half_page, "graph", met)

    def short_body_next(self, bytes_missing: int = 1, **met: Unpack[Met]) -> None:
        """Leave the end of the body out, with a Content-Length that agrees."""
        self._meet(effects.shorter_body(bytes_missing), "files", met)

    def stall_next(self, seconds: float, *, after_bytes: int = 0, **met: Unpack[Met]) -> None:
        """Say nothing for a while: before the answer, or after so many bytes of the body."""
        self._meet(effects.stall(seconds, after_bytes), "files", met)

    def drip_next(self, bytes_per_second: float = 1, **met: Unpack[Met]) -> None:
        """Send the body very slowly."""
        self._meet(effects.drip(bytes_per_second), "files", met)

    def corrupt_next(self, path: str | None = None, *, offset: int | None = None, times: int | None = 1) -> None:
        """Change one byte of a file's bytes: at this offset of the file, or in the middle of what is sent."""
        self._add(effects.corrupt(offset), "files", path, times)

    def wrong_content_range_next(self, **met: Unpack[Met]) -> None:
        """Answer ranges with a Content-Range that does not fit."""
        self._meet(effects.wrong_content_range, "files", met)

    def ignore_range_next(self, **met: Unpack[Met]) -> None:
        """Answer a request for a range with 200 and the whole file."""
        self._meet(effects.ignore_range(self._serve_whole), "files", met)

    def gzip_despite_identity_next(self, **met: Unpack[Met]) -> None:
        """Send a gzip body though identity was asked."""
        self._meet(effects.gzip_anyway, "files", met)

    def no_content_length_next(self, **met: Unpack[Met]) -> None:
        """Leave Content-Length out; the end of the connection is the end of the body."""
        self._meet(effects.no_content_length, "files", met)

    def redirect_files_to(self, host: str, **met: Unpack[Met]) -> None:
        """Redirect requests for bytes to another host, with the same path."""
        self._meet(effects.redirect(lambda request: f"https://{host}{request.path}?{request.query}"), "files", met)

    # --- what changes the drive -----------------------------------------------------------------------------------

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
        self.fail_next(status, html=html, retry_after=retry_after, on="writes", path=path, times=times)

    def lose_answers(self, status: int | None = None, *, times: int | None = 1) -> None:
        """Carry out what changes the drive, and lose the answer: the connection is reset, or `status` comes instead."""
        self._add(effects.lose_answer(status), "writing", None, times)

    def before_writes(self, call: Callable[[Request], object], *, times: int | None = 1, on: str = "writing") -> None:
        """Call just before the drive is changed; `on="writes"` is before each single change."""

        def effect(request: Request, answer: Answer) -> Reply:
            call(request)
            return answer()

        self._add(effect, on, None, times)

    # --- pages that lie -------------------------------------------------------------------------------------------

    def repeat_next_link(self, folder: str | None = None, *, times: int | None = None) -> None:
        """Every page says that the next one is the same again, so that the listing never ends."""
        self._add(effects.repeat_next_link, "graph", folder, times)

    def foreign_next_link(self, host: str, *, folder: str | None = None, times: int | None = 1) -> None:
        """The next page is said to be at another host."""
        link = {"@odata.nextLink": f"https://{host}/v1.0/me/drive/root/children?$skiptoken=x"}
        self._add(effects.change_json(lambda shown: shown.update(link)), "graph", folder, times)

    def duplicate_items(self, folder: str | None = None, *, times: int | None = None) -> None:
        """Pages show each item twice."""
        self._add(effects.change_json(effects.duplicate_items), "graph", folder, times)

    def empty_pages(self, folder: str | None = None, *, times: int | None = 1) -> None:
        """A page comes empty, with the link to the rest of what it should have shown."""
        self._add(effects.empty_page, "graph", folder, times)

    # --- albums, as others have seen them on migrated accounts ------------------------------------------------------

    def albums_disabled_next(self, *, times: int | None = 1) -> None:
        """503 `itemDisabledDueToUserContentMigration` for the list of albums, and for each of them."""
        self.fail_next(503, code="itemDisabledDueToUserContentMigration", on="albums", times=times)

    def stale_bundles(self) -> None:
        """From now on the list of bundles shows what is there now, unless it is asked for with the filter."""
        names = {bundle.id: bundle.name for bundle in self.drive.bundles.values()}
        self._add(effects.stale_bundles(names), "albums", None, None)

    def empty_bundles(self) -> None:
        """The list of bundles comes empty once, though there are some."""
        self._add(effects.change_json(lambda shown: shown.update(value=[])), "albums", None, 1)

    def members_on_an_internal_drive(self, *, ids: str = "") -> None:
        """Members of albums name the album on a drive of the service's own as their parent, not their folder.

        With `ids` their own ids are of that drive too, and begin so.
        """
        self._add(effects.members_on_an_internal_drive(ids), "albums", None, None)

    # --- tokens, URLs, time ---------------------------------------------------------------------------------------

    def expire_download_urls(self) -> None:
        """Let all download URLs given out so far be refused with 401."""
        self.urls.generation += 1

    def refuse_download_urls_next(self, status: int = 404, **met: Unpack[Met]) -> None:
        """Refuse download URLs with another status than 401, as some hosts do."""
        self._meet(lambda _request, _answer: file_host_page(status, f"{status}"), "files", met)

    def expire_access_tokens(self) -> None:
        """Let all access tokens given out so far be past their time."""
        with self.grants.lock:
            for grant in self.grants.access.values():
                grant.expires_at = self.clock.now() - 1
            self.grants.note_change()

    def revoke_access_tokens(self) -> None:
        """Withdraw all access tokens given out so far, early."""
        self._revoke(self.grants.access)

    def revoke_refresh_tokens(self) -> None:
        """Withdraw all refresh tokens given out so far (password changed, consent withdrawn)."""
        self._revoke(self.grants.refresh)

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

    def never_tell(self, path: str) -> None:
        """What has become of the item, and all below it, is never among the changes: only a whole delta shows it."""
        for item in self.drive.find(path).tree():
            item.told = False

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

    def _meet(self, effect: Effect, usually_on: str, met: Met) -> None:
        self._add(effect, met.get("on", usually_on), met.get("path"), met.get("times", 1))

    def _add(self, effect: Effect, on: str, path: str | None, times: int | None) -> None:
        self.fault_line.add(Fault(effect, on, path, times))

    def _revoke(self, tokens: dict[str, Grant]) -> None:
        with self.grants.lock:
            for grant in tokens.values():
                grant.revoked = True
            self.grants.note_change()

    def _serve_whole(self, request: Request) -> Reply:
        item = self.files.item_of(request)
        return serve(item, None) if item else file_host_page(404, "404 FILE NOT FOUND")
