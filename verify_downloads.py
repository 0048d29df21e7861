"""Option 6: prove what is here, item by item, against the drive as it is now.

the drive now ─► what stands in every place ─► read ─► every item in one class ─► SHA256SUMS, verification.json
              ─► the report ─► a verdict in one sentence, and the offer to fetch what is missing

`onedrive/verify/local_copy.py` looks and reads, `classify.py` and `judgement.py` decide, `verdict.py` says it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from onedrive.albums.check import AlbumCheck, CheckedAlbum
from onedrive.albums.record import AlbumList, known_albums
from onedrive.choosing.chooser import DownloadRequest, needed_albums
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.companions.record import describe_companions
from onedrive.errors import DownloadsAway, FolderNotUsable, NotPlaceable, StepNeeded, Stopped
from onedrive.graph.item import DriveItem
from onedrive.graph.session import GraphSession
from onedrive.home.files import file_size, is_folder, is_there
from onedrive.home.further import NO_FOLDERS, FolderUse, NamedFolders, remember_further
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import MANIFEST, read_manifest
from onedrive.home.verification import (
    GOOD,
    GOOD_COPIES,
    ItemClass,
    VerificationFacts,
    VerifiedItem,
    read_verification,
    write_verification,
)
from onedrive.listing.refresh import CURRENT_FOLDER, OLDEST_WHOLE_FOR_PROOF, fetch_current_list, is_whole_drive
from onedrive.listing.summary import show_changes
from onedrive.local.awake import staying_awake
from onedrive.local.filing import Filing
from onedrive.local.folder import DownloadFolder, ReadOnlyFolder, takes_nothing
from onedrive.local.known_files import KnownFiles, name_further, those_apart
from onedrive.local.marker import mark_downloads, require_downloads
from onedrive.local.places import SUMS_FILE, LocalPaths, own_names
from onedrive.local.proof import listed_quick_xor
from onedrive.net.client import HttpClient
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.progress import DISK, Progress
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.verify.albums import show_albums
from onedrive.verify.classify import DriveAccount, why_left_out
from onedrive.verify.copies import FurtherCopy, judge_copies, note_copies, show_copies
from onedrive.verify.local_copy import LocalCopy, choose_way
from onedrive.verify.local_hashes import LocalHashes, write_sums
from onedrive.verify.strangers import FolderCheck, check_folders
from onedrive.verify.verdict import Verdict, VerificationTally, judge_tally, show_tally
from onedrive.words import format_bytes, plural, printable, without_marks

NOT_GOOD = 7
DOWNLOAD, VERIFY = 4, 6


def verify(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    *,
    selection: Selection = EVERYTHING,
    quick: bool = False,
    full: bool = False,
    sample_percent: float | None = None,
    offers_fetching: bool = False,
    write_report: Callable[[], Path] | None = None,
    named: NamedFolders = NO_FOLDERS,
    pictures_by: HttpClient | None = None,
) -> StepResult:
    """Put every item of the drive as it is now into one class; the exit code is 7 when files are missing or wrong.

    Unless `quick`, it stands on a whole listing of this hour; with `full` on one that is made now.
    `quick`: size and time are trusted. `sample_percent`: so many of the files are read, the others trusted.
    `offers_fetching`: the person is asked whether to fetch at once what is missing. `write_report` writes the report
    for people, from verification.json, and says where. `named`: further folders; copies of the downloads (--also) are
    verified too, and only read; what is missing here is looked for in known ones. `pictures_by`: small pictures are
    fetched for the report; Ctrl-C ends that alone, and the verification is told before Stopped is raised.

    Raises OneDriveError, Stopped after Ctrl-C; what was read of the downloads is then kept, and the next verification
    goes on from there.
    """
    if not require_downloads(terminal, settings, VERIFY):
        return StepResult(exit_code=DownloadsAway.exit_code)
    moment = datetime.now(UTC)
    further = name_further(settings.home, settings.downloads, named)
    albums = needed_albums(settings.home, selection)
    current = fetch_current_list(terminal, settings, graph, oldest=None if quick else OLDEST_WHOLE_FOR_PROOF, full=full)
    if current.report is not None and current.report.has_news:
        show_changes(terminal, current.report)
    folder = _open_downloads(settings)
    way = choose_way(quick=quick, sample_percent=sample_percent, day=moment.date().isoformat())
    with _lock(folder, settings.home), staying_awake():
        mark_downloads(terminal, settings.home, folder)
        path = settings.home / MANIFEST
        manifest_bytes = file_size(path)
        manifest = read_manifest(path)
        filing = Filing(selection, albums, manifest)
        copy = LocalCopy(settings.home, folder, manifest, filing, current, way)
        request = DownloadRequest(selection, today_here(moment), albums=albums)
        further_copies = [FurtherCopy(root) for root in dict.fromkeys(root.absolute() for root in named.also)]
        known = those_apart(further, folder.root, FolderUse.KNOWN)
        listed_albums = known_albums(
            settings.home,
            current.state.drive_id,
            lambda error: terminal.say(f"{error.sentence} {error.hint}", style="warning"),
        )
        check = AlbumCheck(listed_albums, current.state)
        result = _Verification(terminal, copy, request, moment, manifest_bytes, further_copies, known, check).run()
    away = {copy.root for copy in further_copies if not copy.is_there}
    remember_further(settings.home, [folder for folder in further if folder.path not in away])
    is_stopped = pictures_by is not None and not _fetch_pictures(terminal, settings, graph, pictures_by, current.home)
    report = write_report() if write_report else None
    _show(terminal, settings, result, report, listed_albums)
    if is_stopped:
        raise Stopped("The verification is whole; the small pictures go on next time.")
    return _offer(terminal, result, report, offers_fetching=offers_fetching)


def add_pictures(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    http: HttpClient,
    *,
    write_report: Callable[[], Path],
) -> StepResult:
    """Fetch small pictures for the report of the last verification, and write it anew; nothing is verified.

    Raises StepNeeded when nothing was verified yet, Stopped after Ctrl-C.
    """
    if read_verification(settings.home) is None:
        raise StepNeeded(VERIFY, "Nothing was verified yet, so there is no report.")
    aside = settings.home / CURRENT_FOLDER
    lists = aside if is_folder(aside) else settings.home
    is_whole = _fetch_pictures(terminal, settings, graph, http, lists)
    report = write_report()
    if not is_whole:
        raise Stopped("The small pictures go on next time.")
    return StepResult(page=report)


def _fetch_pictures(terminal: Terminal, settings: Settings, graph: GraphSession, http: HttpClient, lists: Path) -> bool:
    """False when it was stopped with Ctrl-C."""
    from onedrive.companions.small_pictures import fetch_small_pictures  # not needed in most runs

    return fetch_small_pictures(terminal, settings.home, graph, http, lists=lists, extra_hosts=settings.file_hosts)


@dataclass(frozen=True)
class VerificationResult:
    """What a verification came to. `companions` is what was made beside the files, in words.

    `sums` is how many lines SHA256SUMS has, `sums_problem` why it has none, `without_sum` how many good files it lacks.
    """

    verdict: Verdict
    tally: VerificationTally
    folders: FolderCheck
    further_copies: Sequence[FurtherCopy]
    albums: Sequence[CheckedAlbum]
    companions: str
    sums: int
    sums_problem: str
    without_sum: int


def _open_downloads(settings: Settings) -> DownloadFolder:
    """The folder with what was downloaded, also where it can only be read.

    Raises StepNeeded where nothing was downloaded.
    """
    if not is_there(settings.downloads):
        raise StepNeeded(DOWNLOAD, f"Nothing has been downloaded to {settings.downloads} yet.")
    folder = DownloadFolder(settings.downloads, windows_names=settings.windows_names)
    try:
        folder.prepare()
    except FolderNotUsable as error:
        if not (takes_nothing(error) and os.access(settings.downloads, os.R_OK | os.X_OK)):
            raise
        folder = ReadOnlyFolder(settings.downloads, windows_names=settings.windows_names)
        folder.prepare()
    return folder


def _lock(folder: DownloadFolder, home: Path) -> AbstractContextManager[object]:
    """Nobody else at work in the downloads; where nothing can be written, nobody is."""
    if isinstance(folder, ReadOnlyFolder):
        return nullcontext()
    return DownloadsLock(folder.root, folder.partial, f"option 6 with the home {home}")


@dataclass(frozen=True)
class _Verification:
    """One run of option 6. `manifest_bytes`: how long the manifest was when it was read."""

    terminal: Terminal
    copy: LocalCopy
    request: DownloadRequest
    moment: datetime
    manifest_bytes: int
    further_copies: Sequence[FurtherCopy]
    known_folders: Sequence[Path]
    album_check: AlbumCheck

    @property
    def when(self) -> str:
        """The moment as the files say it."""
        return self.moment.isoformat(timespec="seconds")

    def run(self) -> VerificationResult:
        """Look, read, judge, and write down what was found. Raises Stopped."""
        copy = self.copy
        with (
            self.terminal.progress("Verifying", waits_for=DISK) as progress,
            LocalHashes(copy.home, copy.folder.root, progress.say) as hashes,
        ):
            folders = self._look(hashes, progress)
            self._read(hashes, progress)
            self._read_further_copies(progress)
            why = why_left_out(self.request, copy)
            if self.known_folders:
                self._look_elsewhere(why, progress)
            progress.update("writing down what was found")
            chooser = self.request.chooser()
            concerns = chooser.concerns if chooser else lambda _: True
            account = DriveAccount(copy, why_left_out=why, concerns=concerns, when=self.when)
            path = copy.current.state.root_path
            only_folder = "" if is_whole_drive(path) else path
            verdicts: list[Verdict] = []

            def make_facts() -> VerificationFacts:
                verdict = judge_tally(account.tally, only_folder)
                verdicts.append(judge_copies(verdict, self.further_copies))
                return self._facts(account.tally, verdicts[0], folders, is_everything=not only_folder)

            write_verification(copy.home, make_facts, self._told(account.items()))
            sums, problem = self._write_sums(hashes)
        without = sum(file.is_good and not file.sha256 for file in copy.found.values())
        beside, albums = describe_companions(copy.companions), [*self.album_check.checked()]
        further = self.further_copies
        return VerificationResult(verdicts[0], account.tally, folders, further, albums, beside, sums, problem, without)

    def _look(self, hashes: LocalHashes, progress: Progress) -> FolderCheck:
        progress.update("looking at what is here")
        copy = self.copy
        folders, own = copy.filing.recorded_folders(copy.manifest), own_names(copy.home, copy.folder.root)
        paths = LocalPaths(copy.folder.rules, folders, own=own)
        copy.look(hashes, paths)
        chooser = self.request.folder_chooser() if copy.filing.is_onedrives else None
        return check_folders(copy.current, copy.folder, paths, chooser.wants if chooser else lambda _: False)

    def _read(self, hashes: LocalHashes, progress: Progress) -> None:
        copy = self.copy
        if copy.recalled:
            were, they = ("was", "it is") if copy.recalled == 1 else ("were", "they are")
            progress.say(f"{plural('file', copy.recalled)} {were} read before the stop; {they} not read again.")
        files, size_bytes = copy.to_read
        progress.update("")
        if files:
            progress.set_total(files=files, size_bytes=size_bytes)
        try:
            copy.read(progress, hashes)
        except (KeyboardInterrupt, Stopped):
            raise Stopped(self._describe_read()) from None

    def _describe_read(self) -> str:
        """What a stopped reading leaves to the next verification."""
        read, copy = self.copy.read_files, self.copy
        if read:
            done, them = f"{plural('file', read)} ({format_bytes(copy.read_bytes)})", "it" if read == 1 else "them"
            return f"{done} read to the end; for a day, the next verification does not read {them} again."
        if copy.recalled:  # those of the stop before still count
            return "No further file was read to its end."
        return "No file was read to its end, so the next verification begins anew."

    def _read_further_copies(self, progress: Progress) -> None:
        for further in self.further_copies:
            progress.update(f"looking at the copy {printable(str(further.root))}")
            further.look(self.copy)
            files, size_bytes = further.to_read
            progress.update(f"reading the copy {printable(str(further.root))}")
            if files:
                progress.set_total(files=files, size_bytes=size_bytes)
            try:
                further.read(progress)
            except (KeyboardInterrupt, Stopped):
                raise Stopped("The downloads are read; the copies are read from the beginning next time.") from None

    def _look_elsewhere(self, why_left_out: Callable[[DriveItem], str | None], progress: Progress) -> None:
        """Find what is missing here in the known folders."""
        copy = self.copy
        progress.update("looking into the known folders")
        missing = {
            (item.drive_id, item.id): item
            for item in copy.current.files()
            if item.size and listed_quick_xor(item) and not copy.holds_file(item) and why_left_out(item) is None
        }
        contents = {identity: (item.size or 0, listed_quick_xor(item) or "") for identity, item in missing.items()}
        if missing:
            with KnownFiles(copy.home, self.known_folders) as known:
                known.look()
                found = known.find(set(contents.values()), progress, read_again=copy.way.share >= 1.0)
            copy.elsewhere = {
                identity: there
                for identity, item in missing.items()
                if (there := found.get(contents[identity])) and (there.is_away or there.has_all_hashes(item))
            }

    def _told(self, items: Iterator[VerifiedItem]) -> Iterator[VerifiedItem]:
        """The items as they pass, with their state in each copy; who reads our output hears of what is not good."""
        for judged in items:
            item = note_copies(judged, self.further_copies, self.copy.found.get(judged.local_path))
            self._tell_copies(item)
            self.album_check.see(item)
            if item.item_class not in GOOD:
                self.terminal.event(
                    "verified_item",
                    **{"class": item.item_class.value},
                    id=item.id,
                    path=item.path,
                    place=item.local_path,
                    size_bytes=item.size_bytes,
                    reason=item.reason,
                )
            yield item

    def _tell_copies(self, item: VerifiedItem) -> None:
        for further, state in zip(self.further_copies, item.copies, strict=False):  # no states where none was wanted
            if state not in GOOD_COPIES:
                self.terminal.event(
                    "verified_copy",
                    state=state.value,
                    folder=str(further.root),
                    id=item.id,
                    path=item.path,
                    place=item.local_path,
                )

    def _facts(
        self, tally: VerificationTally, verdict: Verdict, folders: FolderCheck, *, is_everything: bool
    ) -> VerificationFacts:
        state = self.copy.current.state
        was_read = not (tally.files[ItemClass.TRUSTED] or tally.trusted_elsewhere or tally.not_listed)
        return VerificationFacts(
            when=self.when,
            account_id=state.account_id,
            drive_id=state.drive_id,
            downloads=str(self.copy.folder.root),
            verdict=without_marks(verdict.words),
            is_good=verdict.is_good,
            is_whole=was_read and tally.sums_agree and is_everything,
            on_whole_list=self.copy.current.is_whole,
            way=self.copy.way.describe(),
            drive_files=state.files,
            drive_bytes=state.size_bytes,
            drive_folders=state.folders,
            selection=self.request.selection.describe(),
            counts=tally.counts(),
            manifest_bytes=self.manifest_bytes,
            copies={
                str(further.root): {state.value: number for state, number in further.states.items()}
                for further in self.further_copies
            },
            folders_unavailable=folders.unlisted,
            companions=describe_companions(self.copy.companions),
        )

    def _write_sums(self, hashes: LocalHashes) -> tuple[int, str]:
        """How many lines SHA256SUMS has now, or why it could not be written."""
        good = self.copy.find_good()
        hashes.keep(good)
        if isinstance(self.copy.folder, ReadOnlyFolder):
            return 0, "the disk with the downloads can only be read"
        if SUMS_FILE in self.copy.found:
            return 0, f"a file of that name from OneDrive stands there; choose {DOWNLOAD} to give it another place"
        try:
            write_sums(hashes, self.copy.folder, good)
        except (FolderNotUsable, NotPlaceable) as error:
            return 0, error.sentence
        return len(good), ""


def _show(
    terminal: Terminal,
    settings: Settings,
    result: VerificationResult,
    report: Path | None,
    listed_albums: AlbumList | None,
) -> None:
    """What the verdict stands on, and then the verdict."""
    show_tally(terminal, settings.home, result.tally, result.folders)
    show_copies(terminal, result.further_copies)
    if result.companions:
        terminal.say(f"Beside your files: {result.companions}. They are not OneDrive's, so nothing proves them.")
    if listed_albums and result.albums:
        show_albums(terminal, result.albums, listed_albums)
    sums = settings.downloads / SUMS_FILE
    if result.sums:
        files = plural("file", result.sums)
        terminal.detail(f"The checksums of {files} are in {sums}; sha256sum -c checks them without this program.")
    if result.sums_problem:
        terminal.say(f"{SUMS_FILE} was not written: {result.sums_problem.rstrip('.')}.", style="warning")
    elif without := result.without_sum:
        were, are, them = ("was", "is", "it") if without == 1 else ("were", "are", "them")
        adds = f"a verification without --quick adds {them}"
        terminal.detail(f"{plural('file', without)} {were} not read and {are} not in {SUMS_FILE} yet; {adds}.")
    if report:
        terminal.say(f"The report, with every item: {report}")
    verdict = result.verdict
    terminal.say(verdict.words, style="problem" if verdict.is_wrong else "good")
    terminal.event(
        "verdict",
        words=verdict.words,
        is_good=verdict.is_good,
        counts={name: list(counts) for name, counts in result.tally.counts().items()},
        copies={str(further.root): dict(further.states) for further in result.further_copies},
        exit_code=NOT_GOOD if verdict.is_wrong else ALL_DONE.exit_code,
    )


def _offer(terminal: Terminal, result: VerificationResult, report: Path | None, *, offers_fetching: bool) -> StepResult:
    """Ask whether to fetch at once what option 4 can mend."""
    ended = StepResult(NOT_GOOD if result.verdict.is_wrong else ALL_DONE.exit_code, page=report)
    number = result.tally.bad - result.tally.forbidden
    if not (result.verdict.is_wrong and offers_fetching and terminal.can_ask and number):
        return ended
    if result.tally.files[ItemClass.DAMAGED]:
        terminal.say("A file that you changed here is not lost when it is fetched: it is kept beside the new one.")
    what = "the file" if number == 1 else plural("file", number)
    try:
        key = terminal.pick("Your choice:", {"1": f"Fetch {what} now", BACK: "Not now"}, default=BACK)
    except EndOfInput:
        key = BACK
    return replace(ended, next_option=DOWNLOAD) if key == "1" else ended
