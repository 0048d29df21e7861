"""Option 6: prove what is here, item by item, against the drive as it is now.

the drive now ─► what stands in every place ─► read ─► every item in one class ─► SHA256SUMS, verification.json
              ─► the report ─► a verdict in one sentence, and the offer to fetch what is missing
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.errors import FolderNotUsable, NotPlaceable, OneDriveError, StepNeeded, Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import MANIFEST, read_manifest
from onedrive.home.verification import GOOD, ItemClass, VerificationFacts, VerifiedItem, write_verification
from onedrive.listing.refresh import CurrentList, fetch_current_list, is_whole_drive
from onedrive.listing.summary import show_changes
from onedrive.local.awake import staying_awake
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import SUMS_FILE, Filing, LocalPaths, recorded_folder_places
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.verify.classify import DriveAccount, why_left_out
from onedrive.verify.inventory import FolderCheck, check_folders
from onedrive.verify.reading import LocalReading, ReadingJournal, VerificationWay, choose_way, write_sums
from onedrive.verify.verdict import Verdict, VerificationTally, judge_tally, show_tally
from onedrive.words import format_bytes, plural

NOT_GOOD = 7
DOWNLOAD = 4


def verify(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    *,
    selection: Selection = EVERYTHING,
    quick: bool = False,
    sample_percent: float | None = None,
    offers_fetching: bool = False,
    write_report: Callable[[], Path] | None = None,
) -> StepResult:
    """Put every item of the drive as it is now into one class; the exit code is 7 when files are missing or wrong.

    `quick`: size and time are trusted. `sample_percent`: so many of the files are read, the others trusted.
    `offers_fetching`: the person is asked whether to fetch at once what is missing. `write_report` writes the report
    for people, from verification.json, and says where. Raises OneDriveError, Stopped after Ctrl-C; what was read is
    then kept, and the next verification goes on from there.
    """
    moment = datetime.now(UTC)
    current = fetch_current_list(terminal, settings, graph)
    if current.report is not None and current.report.has_news:
        show_changes(terminal, current.report)
    folder = _open_downloads(settings)
    way = choose_way(quick=quick, sample_percent=sample_percent, day=moment.date().isoformat())
    with DownloadsLock(folder.root, folder.partial, f"option 6 with the home {settings.home}"), staying_awake():
        request = DownloadRequest(selection, today_here(moment))
        found = _Verification(terminal, settings, current, folder, request=request, moment=moment).run(way)
    _show(terminal, settings, found, write_report() if write_report else None)
    return _offer(terminal, found, offers_fetching=offers_fetching)


@dataclass(frozen=True)
class Found:
    """What a verification came to.

    `sums` is how many lines SHA256SUMS has, `sums_problem` why it has none, `without_sum` how many good files it lacks.
    """

    verdict: Verdict
    tally: VerificationTally
    folders: FolderCheck
    sums: int
    sums_problem: str
    without_sum: int


def _open_downloads(settings: Settings) -> DownloadFolder:
    """The folder with what was downloaded. Raises StepNeeded where nothing was, OneDriveError where it is away."""
    if not settings.downloads.exists():
        number = len(read_manifest(settings.home / MANIFEST))
        if not number:
            raise StepNeeded(DOWNLOAD, f"Nothing has been downloaded to {settings.downloads} yet.")
        raise OneDriveError(
            f"The folder {settings.downloads} is not there, though {plural('file', number)} were downloaded.",
            "If it is on another disk, connect that and choose 6 again; if it has moved, name it with --to.",
        )
    folder = DownloadFolder(settings.downloads)
    folder.prepare()
    return folder


class _Verification:
    """One run of option 6."""

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        current: CurrentList,
        folder: DownloadFolder,
        *,
        request: DownloadRequest,
        moment: datetime,
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._current = current
        self._folder = folder
        self._request = request
        self._filing = Filing(request.selection)
        self._moment = moment
        path = settings.home / MANIFEST
        self._manifest_bytes = path.stat().st_size if path.exists() else 0
        self._manifest = read_manifest(path)

    def run(self, way: VerificationWay) -> Found:
        """Look, read, judge, and write down what was found. Raises Stopped."""
        home = self._settings.home
        reading = LocalReading(home, self._folder, self._manifest, self._filing, self._current, way)
        with (
            self._terminal.progress("Verifying") as progress,
            ReadingJournal(home, self._folder.root) as journal,
        ):
            folders = self._look(reading, journal, progress)
            self._read(reading, journal, progress)
            progress.update("writing down what was found")
            account = DriveAccount(
                self._current,
                reading,
                self._folder,
                self._manifest,
                self._filing,
                why_left_out=why_left_out(self._request, self._current.named, self._manifest, reading),
                when=self._moment.isoformat(timespec="seconds"),
            )
            verdicts: list[Verdict] = []

            def make_facts() -> VerificationFacts:
                verdicts.append(judge_tally(account.tally, self._only_folder))
                return self._facts(account.tally, verdicts[0], way)

            write_verification(home, make_facts, self._told(account.items()))
            sums, problem = self._write_sums(reading)
            without = sum(file.is_good and not file.sha256 for file in reading.inventory.found.values())
            found = Found(verdicts[0], account.tally, folders, sums, problem, without)
            journal.discard()
        return found

    @property
    def _only_folder(self) -> str:
        """What alone was listed; '' when it was the whole drive."""
        path = self._current.state.root_path
        return "" if is_whole_drive(path) else path

    def _look(self, reading: LocalReading, journal: ReadingJournal, progress: Progress) -> FolderCheck:
        progress.update("looking at what is here")
        is_onedrives = self._filing.is_onedrives
        folders = recorded_folder_places(self._manifest.folders_in(self._filing.word)) if is_onedrives else {}
        paths = LocalPaths(self._folder.rules, folders)
        reading.look(journal, paths)
        chooser = self._request.folder_chooser() if is_onedrives else None
        return check_folders(self._current, self._folder, paths, chooser.wants if chooser else lambda _: False)

    def _read(self, reading: LocalReading, journal: ReadingJournal, progress: Progress) -> None:
        if reading.recalled:
            were, they = ("was", "it is") if reading.recalled == 1 else ("were", "they are")
            progress.say(f"{plural('file', reading.recalled)} {were} read before the stop; {they} not read again.")
        files, size_bytes = reading.to_read
        progress.update("")
        if files:
            progress.set_total(files=files, size_bytes=size_bytes)
        try:
            reading.read(progress, journal)
        except (KeyboardInterrupt, Stopped):
            done = f"{plural('file', reading.read_files)} ({format_bytes(reading.read_bytes)})"
            raise Stopped(f"{done} read so far; for a day, the next verification goes on from there.") from None

    def _told(self, items: Iterator[VerifiedItem]) -> Iterator[VerifiedItem]:
        """The items as they pass; a program that reads our output hears of each that is not good."""
        for item in items:
            if item.item_class not in GOOD:
                self._terminal.event(
                    "verified_item",
                    **{"class": item.item_class.value},
                    id=item.id,
                    path=item.path,
                    place=item.local_path,
                    size_bytes=item.size_bytes,
                    reason=item.reason,
                )
            yield item

    def _facts(self, tally: VerificationTally, verdict: Verdict, way: VerificationWay) -> VerificationFacts:
        state = self._current.state
        was_read = not tally.files[ItemClass.TRUSTED] and not tally.not_listed
        return VerificationFacts(
            when=self._moment.isoformat(timespec="seconds"),
            account_id=state.account_id,
            drive_id=state.drive_id,
            downloads=str(self._folder.root),
            verdict=verdict.words,
            is_good=verdict.is_good,
            is_whole=was_read and tally.sums_agree and not self._only_folder,
            way=way.describe(),
            drive_files=state.files,
            drive_bytes=state.size_bytes,
            drive_folders=state.folders,
            selection=self._request.selection.describe(),
            counts=tally.counts(),
            manifest_bytes=self._manifest_bytes,
        )

    def _write_sums(self, reading: LocalReading) -> tuple[int, str]:
        """How many lines SHA256SUMS has now, or why it could not be written."""
        if SUMS_FILE in reading.inventory.found:
            return 0, f"a file of that name from OneDrive stands there; option {DOWNLOAD} gives it another place"
        try:
            return write_sums(self._settings.home, self._folder, reading.with_sums()), ""
        except (FolderNotUsable, NotPlaceable) as error:
            return 0, error.sentence


def _show(terminal: Terminal, settings: Settings, found: Found, report: Path | None) -> None:
    """The verdict first, then what it stands on."""
    terminal.say(found.verdict.words, style="good" if found.verdict.is_good else "problem")
    show_tally(terminal, found.tally, found.folders)
    if found.sums:
        terminal.say(
            f"Checksums of {plural('file', found.sums)} are in {settings.downloads / SUMS_FILE}; "
            "sha256sum -c checks them without this program."
        )
    if found.sums_problem:
        terminal.say(f"{SUMS_FILE} was not written: {found.sums_problem.rstrip('.')}.", style="warning")
    elif without := found.without_sum:
        were, are, them = ("was", "is", "it") if without == 1 else ("were", "are", "them")
        adds = f"6 without --quick adds {them}"
        terminal.say(f"{plural('file', without)} {were} not read and {are} not in {SUMS_FILE} yet; {adds}.")
    if report:
        terminal.say(f"The report for any browser is {report}.")
    terminal.event(
        "verdict",
        words=found.verdict.words,
        is_good=found.verdict.is_good,
        counts={name: list(counts) for name, counts in found.tally.counts().items()},
        exit_code=ALL_DONE.exit_code if found.verdict.is_good else NOT_GOOD,
    )


def _offer(terminal: Terminal, found: Found, *, offers_fetching: bool) -> StepResult:
    """Ask whether to fetch at once what option 4 can mend."""
    if found.verdict.is_good:
        return ALL_DONE
    if not (offers_fetching and terminal.can_ask and found.tally.reached_by_4):
        return StepResult(exit_code=NOT_GOOD)
    number = found.tally.reached_by_4
    what = "the file" if number == found.tally.bad == 1 else plural("file", number)
    if found.tally.files[ItemClass.DAMAGED]:
        terminal.say(
            "What you changed here is not lost when it is fetched: it is kept beside, with the day in its name."
        )
    terminal.say(f"  1  Fetch {what} now")
    terminal.say("  0  Not now")
    return StepResult(exit_code=NOT_GOOD, next_option=DOWNLOAD if _says_yes(terminal) else None)


def _says_yes(terminal: Terminal) -> bool:
    """The answer, asked for until it is one."""
    while True:
        try:
            answer = (terminal.ask("Your choice:", default="0") or "").strip()
        except EndOfInput:
            return False
        if answer in ("0", "1"):
            return answer == "1"
        terminal.say("Type 1 to fetch now, or 0 to go back to the menu.", style="problem")
