"""Option 4: download what file_list.json names, into downloads/.

list ─► what is here, what is needed, is there room? ─► moved here ─► fetched, proven, in place ─► folder times
                                                                  ─► item_download_errors.json for what failed
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from onedrive.begun_files import sweep_partials
from onedrive.download_folder import DownloadFolder
from onedrive.download_job import Result
from onedrive.download_report import (
    Named,
    describe_missing_room,
    describe_need,
    describe_others,
    describe_result,
    name_some,
)
from onedrive.download_rounds import ERRORS_FILE, DownloadRounds
from onedrive.download_run import Tally
from onedrive.errors import NoListYet, NotEnoughRoom, SignInNeeded, StateFileBroken
from onedrive.graph import GraphSession
from onedrive.http import HttpClient
from onedrive.job_need import Identity, choose_fitting
from onedrive.job_so_far import JobSoFar, Part
from onedrive.list_state import FILE_LIST, ListState, read_list_state
from onedrive.manifest import MANIFEST, Manifest
from onedrive.modified_time import read_time
from onedrive.run_lock import DownloadsLock
from onedrive.selection import EVERYTHING, Selection
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.survey import Survey, set_folder_times, take_survey
from onedrive.terminal import EndOfInput, Terminal
from onedrive.words import format_bytes, plural

OLD_LIST_DAYS = 7
NO_ROOM = StepResult(exit_code=NotEnoughRoom.exit_code)


def download(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    http: HttpClient,
    *,
    extra_hosts: Sequence[str] = (),
    jobs: int | None = None,
    limit_rate: float | None = None,
    job: JobSoFar | None = None,
    selection: Selection = EVERYTHING,
    dry_run: bool = False,
    retry_failed: bool = False,
) -> StepResult:
    """Download every file of the list that is not here already; the exit code is 3 when some failed, 5 without room.

    `extra_hosts`: file hosts that the person trusts beside Microsoft's. `jobs`: so many connections (None: as many as
    help). `limit_rate`: bytes a second over all of them. `job`: what was done before a sign-in on the way. Raises
    OneDriveError for what stops the run, Stopped after Ctrl-C; what is finished then is kept, and the next run goes on
    from there.
    """
    state = _check_list(terminal, settings)
    folder = DownloadFolder(settings.downloads)
    job = job or JobSoFar()
    earlier = job.take() or Part(Tally(), 0.0)
    rounds = DownloadRounds(
        terminal,
        settings,
        graph,
        http,
        state=state,
        earlier=earlier.tally,
        extra_hosts=extra_hosts,
        jobs=jobs,
        limit_rate=limit_rate,
    )
    folder.prepare()
    with DownloadsLock(folder.root, folder.partial, f"option 4 with the home {settings.home}"):
        began = time.monotonic() - earlier.seconds
        try:
            return _download_into(folder, terminal, settings, state=state, rounds=rounds, earlier=earlier, began=began)
        except SignInNeeded:
            job.keep(Part(rounds.tally, time.monotonic() - began, [*earlier.kept, *folder.kept]))
            raise


def _download_into(
    folder: DownloadFolder,
    terminal: Terminal,
    settings: Settings,
    *,
    state: ListState | None,
    rounds: DownloadRounds,
    earlier: Part,
    began: float,
) -> StepResult:
    """Download into a prepared folder in which nobody else is at work."""
    with terminal.progress("Downloading") as progress:
        progress.update("looking at what is here already")
        survey = take_survey(settings, folder, state)
        progress.update("")
    named = _say_what_is_ahead(terminal, survey, state)
    left_out = _choose_what_to_leave_out(terminal, survey)
    if left_out is None:
        terminal.say("Nothing was downloaded.")
        return NO_ROOM
    survey.leave_out(left_out)
    tally = rounds.run(survey, folder, left_out)
    sweep_partials(folder.partial)
    set_folder_times(settings, folder, survey.paths)
    whole = Part(tally, time.monotonic() - began, [*earlier.kept, *folder.kept])
    _show_summary(terminal, settings, survey, whole, earlier=earlier, named=named)
    return _say_left_out(terminal, survey, left_out) or (SOME_FAILED if tally.failed else ALL_DONE)


def _check_list(terminal: Terminal, settings: Settings) -> ListState | None:
    """What is known about the list; says so when it is old. Raises NoListYet."""
    if not (settings.home / FILE_LIST).exists():
        raise NoListYet
    try:
        state = read_list_state(settings.home)
    except StateFileBroken as error:
        terminal.say(f"{error.sentence} The list itself is used all the same; choose 3 to mend it.", style="warning")
        state = None
    listed_at = read_time(state.listed_at) if state else None
    days = int(time.time() - listed_at) // 86400 if listed_at else 0
    if days >= OLD_LIST_DAYS:
        terminal.say(
            f"The list is {plural('day', days)} old. What was added to OneDrive since is not in it; "
            "choose 3 to make a new one.",
            style="warning",
        )
    return state


def _say_what_is_ahead(terminal: Terminal, survey: Survey, state: ListState | None) -> set[str]:
    """Say before the first byte what the job needs and what cannot come; the ids of what was named so."""
    _say_damage(terminal, survey.manifest)
    for line in describe_need(survey.plan, survey.need, survey.disk):
        terminal.say(line)
    name_some(terminal, "cannot be kept on this computer", survey.impossible)
    by_nature = _by_nature(survey, state)
    name_some(terminal, "cannot be downloaded, by OneDrive's nature", by_nature)
    return {item_id for _, item_id, _ in by_nature}


def _by_nature(survey: Survey, state: ListState | None) -> list[Named]:
    listed = [(entry.path, entry.id, entry.reason) for entry in (state.exceptions if state else ()) if entry.by_nature]
    return list({entry[1]: entry for entry in [*survey.plan.unavailable, *listed]}.values())


def _say_damage(terminal: Terminal, manifest: Manifest) -> None:
    if manifest.damaged_lines:
        terminal.say(
            f"{plural('line', manifest.damaged_lines)} of {MANIFEST} cannot be read. Files that they were about are "
            "recognised by their content if they are here.",
            style="warning",
        )


def _choose_what_to_leave_out(terminal: Terminal, survey: Survey) -> set[Identity] | None:
    """Nothing when all fits; otherwise what a person leaves out to take the rest, None for leaving it all.

    Raises NotEnoughRoom when there is nobody to ask, or nothing fits.
    """
    need, disk = survey.need, survey.disk
    if disk.room_bytes is None or need.room_bytes <= disk.room_bytes:
        return set()
    fitting = choose_fitting(need, disk.room_bytes)
    size = format_bytes(sum(need.costs[identity] for identity in fitting))
    offer = f"{plural('file', len(fitting))} of {plural('file', need.files)} ({size})"
    error = NotEnoughRoom(
        describe_missing_room(need, disk),
        "Make room there, or choose another disk with --to; then choose 4 again."
        + (f" Without --no-input, in a terminal, you can take what fits: {offer}." if fitting else ""),
    )
    if not fitting or not terminal.can_ask:
        raise error
    terminal.say(error.sentence, style="problem")
    terminal.say(f"  1  Download what fits, the smallest first: {offer}")
    terminal.say("  0  Download nothing now")
    try:
        answer = terminal.ask("Your choice:") or ""
    except EndOfInput:
        raise error from None
    return set(need.costs) - fitting if answer.strip() == "1" else None


def _say_left_out(terminal: Terminal, survey: Survey, left_out: Collection[Identity]) -> StepResult | None:
    if not left_out:
        return None
    size = format_bytes(sum(survey.need.costs[identity] for identity in left_out))
    terminal.say(
        f"{plural('file', len(left_out))} ({size}) left out for want of room. Make room, then choose 4 again.",
        style="warning",
    )
    return NO_ROOM


def _show_summary(
    terminal: Terminal, settings: Settings, survey: Survey, whole: Part, *, earlier: Part, named: set[str]
) -> None:
    tally = whole.tally
    terminal.say(describe_result(survey.plan, tally, whole.seconds), style="problem" if tally.failed else "good")
    for text in describe_others(survey.plan, tally, earlier=earlier.tally, kept=whole.kept):
        terminal.say(text)
    name_some(terminal, "could not be downloaded", tally.failed)
    if tally.failed:
        terminal.say(f"All of them are in {settings.home / ERRORS_FILE}. Choose 4 to try them again.")
    news = [entry for entry in tally.unavailable if entry[1] not in named]
    name_some(terminal, "cannot be downloaded, by OneDrive's nature", news)
    if named and tally.results[Result.FETCHED]:
        terminal.say(f"{plural('item', len(named))} that OneDrive never hands out: named at the beginning.")
    terminal.say(f"Your files are in {settings.downloads}. Later, 3 and 4 fetch what is new.")
