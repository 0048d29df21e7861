"""Option 4: download what file_list.json names and the selection wants, into downloads/.

list ─► wanted? ─► what is here, what is needed, is there room? ─► moved here ─► fetched, proven, in place ─► twins
                                                                ─► item_download_errors.json for what failed
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.download.dry_run import PlanTable, show_dry_run
from onedrive.download.needs import Identity, Survey, finish_folders, sweep_partials, take_survey
from onedrive.download.outcome import JobSoFar, Part, Result, Tally
from onedrive.download.run import DownloadRounds
from onedrive.download.summary import (
    Named,
    Rearranging,
    ask_about_layout,
    choose_what_to_leave_out,
    describe_choice,
    describe_need,
    describe_others,
    describe_result,
    describe_twins_ahead,
    name_some,
    tell_plan,
    tell_selection,
    tell_summary,
    tell_what_cannot_come,
)
from onedrive.errors import NoListYet, NotEnoughRoom, SignInNeeded, StateFileBroken
from onedrive.graph.session import GraphSession
from onedrive.home.failed import ERRORS_FILE, FailedItem, read_failed
from onedrive.home.lists import FILE_LIST, ListState, read_list_state
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import MANIFEST, Manifest
from onedrive.local.folder import DownloadFolder, UntouchedFolder
from onedrive.local.times import read_time
from onedrive.net.client import HttpClient
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, plural, printable

OLD_LIST_DAYS = 7
NO_ROOM = StepResult(exit_code=NotEnoughRoom.exit_code)


@dataclass(frozen=True)
class _Job:
    """What one run is about; `failed` are the files that are tried again, when only those are."""

    terminal: Terminal
    settings: Settings
    state: ListState | None
    request: DownloadRequest
    failed: Sequence[FailedItem] = ()


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
    retry_failed: bool = False,
) -> StepResult:
    """Download every wanted file of the list that is not here; the exit code is 3 when some failed, 5 without room.

    `extra_hosts`: file hosts that the person trusts beside Microsoft's. `jobs`: so many connections (None: as many as
    help). `limit_rate`: bytes a second over all of them. `job`: what was done before a sign-in on the way.
    `retry_failed`: only what failed last time. Raises OneDriveError for what stops the run, Stopped after Ctrl-C; what
    is finished then is kept, and the next run goes on from there.
    """
    what = _make_job(terminal, settings, selection, retry_failed=retry_failed)
    if what is None:
        return ALL_DONE
    job = job or JobSoFar()
    earlier = job.take() or Part(Tally(), 0.0)
    rounds = DownloadRounds(
        terminal,
        settings,
        graph,
        http,
        state=what.state,
        earlier=earlier.tally,
        extra_hosts=extra_hosts,
        jobs=jobs,
        limit_rate=limit_rate,
    )
    return _download_alone(what, rounds, earlier, job)


def plan_download(
    terminal: Terminal, settings: Settings, *, selection: Selection = EVERYTHING, retry_failed: bool = False
) -> StepResult:
    """The dry run: say what `download` would do, and why; nothing is changed on this computer, and nothing asked for.

    The exit code is 5 when there would not be room. Raises NoListYet, StateFileBroken and what reading raises.
    """
    what = _make_job(terminal, settings, selection, retry_failed=retry_failed)
    return _show_what_would_be_done(what) if what else ALL_DONE


def _make_job(terminal: Terminal, settings: Settings, selection: Selection, *, retry_failed: bool) -> _Job | None:
    """What the run is about; None when only failed files are asked for, and there are none."""
    what = _Job(terminal, settings, _check_list(terminal, settings), DownloadRequest(selection))
    if retry_failed:
        what = _only_failed(what)
        if not what.failed:
            terminal.say("No file is on record as failed, so there is none to try again. 4 fetches what is new.")
            return None
    return what


def _download_alone(what: _Job, rounds: DownloadRounds, earlier: Part, job: JobSoFar) -> StepResult:
    """Prepare the folder, and download into it while nobody else does."""
    folder = DownloadFolder(what.settings.downloads)
    folder.prepare()
    with DownloadsLock(folder.root, folder.partial, f"option 4 with the home {what.settings.home}"):
        began = time.monotonic() - earlier.seconds
        try:
            return _download_into(folder, what, rounds=rounds, earlier=earlier, began=began)
        except SignInNeeded:
            job.keep(Part(rounds.tally, time.monotonic() - began, [*earlier.kept, *folder.kept]))
            raise


def _only_failed(what: _Job) -> _Job:
    """The same, for what failed last time alone. Raises StateFileBroken."""
    failed = read_failed(what.settings.home)
    return replace(what, request=replace(what.request, only=frozenset(item.id for item in failed)), failed=failed)


def _show_what_would_be_done(what: _Job) -> StepResult:
    """The same look at everything, in a folder that is not touched."""
    terminal = what.terminal
    folder = UntouchedFolder(what.settings.downloads)
    folder.prepare()
    table = PlanTable(terminal)
    survey = take_survey(
        what.settings,
        folder,
        what.state,
        what.request,
        tell_skipped=table.tell_skipped if terminal.has_events else None,
    )
    if _say_choice(what, survey):
        return ALL_DONE
    _say_damage(terminal, survey.manifest)
    return show_dry_run(terminal, survey, folder, table)


def _download_into(
    folder: DownloadFolder, what: _Job, *, rounds: DownloadRounds, earlier: Part, began: float
) -> StepResult:  # fmt: skip
    """Download into a prepared folder in which nobody else is at work."""
    terminal, settings = what.terminal, what.settings
    survey = _look(what, folder)
    if _say_choice(what, survey):
        return ALL_DONE
    answer = ask_about_layout(terminal, survey)
    if answer is Rearranging.STOP:
        terminal.say("Nothing was downloaded or moved.")
        return ALL_DONE
    if answer is Rearranging.LEAVE:
        what = replace(what, request=replace(what.request, leaves_places=True))
        survey = _look(what, folder)
    named = _say_what_is_ahead(terminal, survey, what.state if what.request.only is None else None)
    left_out = choose_what_to_leave_out(terminal, survey)
    if left_out is None:
        terminal.say("Nothing was downloaded.")
        return NO_ROOM
    survey.leave_out(left_out)
    tally = rounds.run(survey, folder, left_out, request=what.request, untried=_untried(what, survey))
    sweep_partials(folder.partial)
    finish_folders(settings, folder, survey, what.state, what.request)
    whole = Part(tally, time.monotonic() - began, [*earlier.kept, *folder.kept])
    _show_summary(terminal, settings, survey, whole, earlier=earlier, named=named)
    return _say_left_out(terminal, survey, left_out) or (SOME_FAILED if tally.failed else ALL_DONE)


def _look(what: _Job, folder: DownloadFolder) -> Survey:
    with what.terminal.progress("Downloading") as progress:
        progress.update("looking at what is here already")
        survey = take_survey(what.settings, folder, what.state, what.request)
        progress.update("")
    return survey


def _say_choice(what: _Job, survey: Survey) -> bool:
    """Say what is in force; True when it leaves nothing to do at all."""
    terminal, plan, selection = what.terminal, survey.plan, what.request.selection
    if what.request.only is not None:
        terminal.say(f"Only what failed last time is tried again: {plural('file', len(what.request.only))}.")
        gone = [item.path for item in what.failed if item.id not in plan.found]
        for path in gone:
            terminal.say(f"  {printable(path)} is no longer on the list, so it is not tried.")
        return False
    tell_selection(terminal, selection, survey)
    if plan.listed and not plan.chosen:
        terminal.say(
            f"Nothing is chosen: none of the {plural('file', plan.listed)} on the list fits "
            f"'{printable(selection.describe())}'. Choose 5 to choose anew.",
            style="warning",
        )
        return True
    for line in describe_choice(selection, plan):
        terminal.say(line)
    return False


def _untried(what: _Job, survey: Survey) -> list[FailedItem]:
    """What failed earlier, is still on the list, and is not found to be here meanwhile."""
    return [item for item in what.failed if item.id in survey.plan.found - survey.plan.settled]


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
    for line in [*describe_need(survey.plan, survey.need, survey.disk), *describe_twins_ahead(survey)]:
        terminal.say(line)
    if terminal.has_events:
        tell_plan(terminal, survey)
        tell_what_cannot_come(terminal, survey)
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
    tell_summary(terminal, survey, tally, whole.seconds)
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
    terminal.say(
        f"Your files are in {settings.downloads}. 6 proves that they are whole; later, 3 and 4 fetch what is new."
    )
