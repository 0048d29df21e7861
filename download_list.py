"""Option 4: download what file_list.json names and the selection wants, into downloads/. The menu calls `download`.

list ─► wanted? ─► what is here, what is needed, is there room? ─► moved here ─► fetched, proven, in place ─► twins
                                                                ─► item_download_errors.json for what failed
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from onedrive.albums.record import read_albums
from onedrive.choosing.chooser import DownloadRequest, needed_albums
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.companions.record import COMPANIONS
from onedrive.download.ahead import (
    LEAVE,
    STOP,
    PlanTable,
    ask_about_layout,
    choose_what_to_leave_out,
    show_trial_run,
    tell_plan,
    tell_selection,
)
from onedrive.download.brake import (
    HELD_BACK,
    LEAST_OF_A_SHARE,
    Alarm,
    Brake,
    Decision,
    count_here,
    count_newly_gone,
    decide,
    describe_held,
    note_gone,
    without_deleted,
)
from onedrive.download.copy_update import CopiesOfDownloads
from onedrive.download.earlier import move_gone_aside, put_back, remove_old
from onedrive.download.outcome import JobSoFar, Tally
from onedrive.download.plan import DownloadPlan
from onedrive.download.prepare import Identity, PreparedDownload, finish_folders, prepare_download, sweep_partials
from onedrive.download.run import DownloadRounds
from onedrive.download.summary import count_files, name_reasons, show_summary, tell_what_cannot_come
from onedrive.errors import DownloadsAway, NoListYet, NotEnoughRoom, SignInNeeded, StateFileBroken
from onedrive.graph.session import GraphSession
from onedrive.home.failed import FailedItem, read_failed
from onedrive.home.files import is_there
from onedrive.home.further import NO_FOLDERS, NamedFolders, remember_further
from onedrive.home.lists import FILE_LIST, ListException, ListState, read_list_state
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import MANIFEST, PUT_BACK
from onedrive.home.never_given import describe_never_given, tell_never_given
from onedrive.local.earlier import KEEP_EARLIER, KeepEarlier
from onedrive.local.folder import DownloadFolder, UntouchedFolder
from onedrive.local.known_files import name_further
from onedrive.local.marker import check_downloads, mark_downloads, require_downloads, warn_of_sync
from onedrive.local.times import read_time
from onedrive.net.client import HttpClient
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal.progress import DISK
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.connections import MOST
from onedrive.transfer.fetch import Transfer
from onedrive.words import plural, printable

__all__ = ["DownloadWishes", "download", "plan_download", "put_back"]

OLD_LIST_DAYS = 7
NO_ROOM = StepResult(exit_code=NotEnoughRoom.exit_code)
AWAY = StepResult(exit_code=DownloadsAway.exit_code)
DOWNLOAD = 4


@dataclass(frozen=True)
class DownloadWishes:
    """How a run treats what is here: what becomes of contents that are replaced, and of what OneDrive has no longer.

    `replaces_many`: also so many that a person should look first. `named`: folders besides downloads.
    """

    replaces_many: bool = False
    earlier: KeepEarlier = KEEP_EARLIER
    puts_gone_aside: bool = False
    named: NamedFolders = NO_FOLDERS


USUAL_WISHES = DownloadWishes()


@dataclass(frozen=True)
class _Task:
    """What one run is about; `failed` are the files that are tried again, when only those are."""

    terminal: Terminal
    settings: Settings
    state: ListState | None
    request: DownloadRequest
    wishes: DownloadWishes
    brake: Brake
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
    wishes: DownloadWishes = USUAL_WISHES,
) -> StepResult:
    """Download every wanted file of the list that is not here; the exit code is 3 when some failed, 5 without room.

    It is 8 when many files here have new content, and stay as they are.

    `extra_hosts`: file hosts that the person trusts beside Microsoft's. `jobs`: so many connections (None: as many as
    help). `limit_rate`: bytes a second over all of them. `job`: what was done before a sign-in on the way.
    `retry_failed`: only what failed last time. `wishes.named`: further folders, which are remembered. Copies of the
    downloads (--also) are brought up to date from here afterwards, and what is missing here comes from them if it can;
    what a known folder has is not fetched.

    Raises OneDriveError for what stops the run, Stopped after Ctrl-C; what is finished then is kept, and the next run
    goes on from there. It is 9 (DownloadsAway) when the downloads folder is not the one that the record speaks of.
    """
    task = _make_task(terminal, settings, selection, wishes, retry_failed=retry_failed)
    if task is None:
        return ALL_DONE
    copies = CopiesOfDownloads(terminal, settings, wishes.named.also)
    remember_further(settings.home, task.request.further)
    if not require_downloads(terminal, settings, DOWNLOAD):
        return AWAY
    warn_of_sync(terminal, settings.downloads, os.environ)
    job = job or JobSoFar()
    earlier = job.take()
    make_transfer = partial(
        Transfer, http, graph.pause, extra_hosts=extra_hosts, jobs=jobs or MOST, limit_rate=limit_rate
    )
    rounds = DownloadRounds(
        terminal,
        settings,
        graph,
        http,
        state=task.state,
        brake=task.brake,
        earlier=earlier,
        make_transfer=make_transfer,
    )
    folder = DownloadFolder(
        settings.downloads, keeps_earlier=wishes.earlier.keeps, windows_names=settings.windows_names
    )
    folder.prepare()
    with DownloadsLock(folder.root, folder.partial, f"option 4 with the home {settings.home}"):
        began = time.monotonic() - earlier.seconds

        def so_far() -> Tally:
            return replace(
                rounds.tally,
                kept=[*earlier.kept, *folder.kept],
                earlier=[*earlier.earlier, *folder.earlier.values()],
                replaced=[*earlier.replaced, *folder.replaced],
                seconds=time.monotonic() - began,
            )

        try:
            beside = partial(_make_companions, folder, graph, make_transfer)
            result = _download_into(folder, task, rounds, earlier=earlier, so_far=so_far, beside=beside)
            return copies.update(folder, graph.pause.check, result)
        except SignInNeeded:
            job.keep(so_far())
            raise


def plan_download(
    terminal: Terminal,
    settings: Settings,
    *,
    selection: Selection = EVERYTHING,
    retry_failed: bool = False,
    wishes: DownloadWishes = USUAL_WISHES,
    how: str = "Leave out --dry-run to do it.",
) -> StepResult:
    """The trial run: say what `download` would do, why, and `how` to do it; nothing is changed here, nothing asked for.

    The exit code is 5 when there would not be room, 8 when a person would have to look first. Raises NoListYet,
    StateFileBroken and what reading raises.
    """
    task = _make_task(terminal, settings, selection, wishes, retry_failed=retry_failed)
    if task is None:
        return ALL_DONE
    copies = CopiesOfDownloads(terminal, settings, wishes.named.also)
    check_downloads(settings, DOWNLOAD)
    warn_of_sync(terminal, settings.downloads, os.environ)
    folder = UntouchedFolder(settings.downloads, windows_names=settings.windows_names)
    folder.prepare()
    table = PlanTable(terminal)
    tell_skipped = table.tell_skipped if terminal.has_events else None
    prepared = prepare_download(settings, folder, task.state, task.request, brake=task.brake, tell_skipped=tell_skipped)
    if not _say_choice(task, prepared.plan):
        return ALL_DONE
    _say_damage(task, prepared)
    for line in describe_never_given(settings.home, _find_never_given(task, prepared.plan)):
        terminal.say(line)
    copies.show_lacking(folder, prepared.manifest)
    alarm = _weigh(task, prepared, folder)
    if alarm is not None:
        decide(terminal, alarm, keeps_earlier=wishes.earlier.keeps, is_rehearsal=True)
    _remove_old(task, prepared, is_rehearsal=True)
    result = show_trial_run(terminal, prepared, folder, table, how)
    return StepResult(exit_code=HELD_BACK, failure=describe_held(alarm, "would be")) if alarm else result


def _make_task(
    terminal: Terminal, settings: Settings, selection: Selection, wishes: DownloadWishes, *, retry_failed: bool
) -> _Task | None:
    """What the run is about; None when only failed files are asked for, and there are none."""
    further = name_further(settings.home, settings.downloads, wishes.named)
    albums = needed_albums(settings.home, selection) or (read_albums(settings.home) if selection.needs_albums else ())
    request = DownloadRequest(selection, further=further, albums=albums)
    brake = Brake(is_released=wishes.replaces_many)
    task = _Task(terminal, settings, _check_list(terminal, settings), request, wishes, brake)
    if not retry_failed:
        return task
    failed = read_failed(settings.home)
    if not failed:
        terminal.say("No file is on record as failed, so there is none to try again. Choose 4 for what is new.")
        return None
    return replace(task, request=replace(request, only=frozenset(item.id for item in failed)), failed=failed)


def _download_into(
    folder: DownloadFolder,
    task: _Task,
    rounds: DownloadRounds,
    *,
    earlier: Tally,
    so_far: Callable[[], Tally],
    beside: Callable[[_Task, PreparedDownload], list[FailedItem]],
) -> StepResult:
    """Download into a prepared folder in which nobody else is at work; `beside` makes what goes beside the files."""
    terminal = task.terminal
    sweep_partials(folder.partial)  # what nothing can go on with is not to take the room of this run
    settled = _settle(folder, task)
    if isinstance(settled, StepResult):
        return settled
    task, prepared = settled
    _say_what_is_ahead(task, prepared)
    left_out = choose_what_to_leave_out(terminal, prepared)
    if left_out is None:
        terminal.say("Nothing was downloaded.")
        return NO_ROOM
    mark_downloads(terminal, task.settings.home, folder)
    made_before = is_there(task.settings.home / COMPANIONS)
    if made_before:
        from onedrive.companions.make import make_way

        make_way(task.settings.home, folder, prepared.paths, prepared.manifest)
    first = prepared.plan
    no_room = prepared.leave_out(left_out)
    prepared = _run_all(folder, task, rounds, prepared, left_out)
    moved = _put_gone_aside(task, folder, prepared, first)
    goes_beside = made_before or task.request.selection.wants_companions
    unmade = beside(task, prepared) if goes_beside and not task.brake.is_closed else []
    sweep_partials(folder.partial)
    finish_folders(task.settings, folder, prepared, task.state, task.request)
    if not task.brake.is_closed:
        if prepared.plan.gone is not None:
            note_gone(task.settings.home, prepared.plan.gone_lines)
        _remove_old(task, prepared)
    first.gone = prepared.plan.gone
    tally = replace(so_far(), aside=moved)
    if tally.unavailable:  # that came to light only now
        tell_never_given(terminal, task.settings.home, map(_as_never_given, tally.unavailable))
    name_reasons(terminal, unmade, "could not get what was to go beside")
    counts = count_files(first, tally, earlier, held=len(task.brake.held), no_room=no_room)
    show_summary(terminal, task.settings, first, tally, counts=counts, manifest=prepared.manifest)
    if task.brake.is_closed:
        return _held(task)
    return NO_ROOM if left_out else SOME_FAILED if tally.failed or unmade else ALL_DONE


def _make_companions(
    folder: DownloadFolder,
    graph: GraphSession,
    make_transfer: Callable[[], Transfer],
    task: _Task,
    prepared: PreparedDownload,
) -> list[FailedItem]:
    """Make what is wished beside the files; what failed, with the reason."""
    from onedrive.companions.make import make_companions

    drive_id = task.state.drive_id if task.state else ""
    return make_companions(
        task.terminal,
        task.settings.home,
        graph,
        make_transfer,
        folder,
        request=task.request,
        paths=prepared.paths,
        drive_id=drive_id,
    )


def _settle(folder: DownloadFolder, task: _Task) -> tuple[_Task, PreparedDownload] | StepResult:
    """Ask what there is to ask of what is here already; a result where nothing is to be done at all."""
    terminal, prepared = task.terminal, _look(task, folder)
    if not _say_choice(task, prepared.plan):
        return ALL_DONE
    answer = ask_about_layout(terminal, prepared)
    if answer == STOP:
        terminal.say("Nothing was downloaded or moved.")
        return ALL_DONE
    if answer == LEAVE:
        task = replace(task, request=replace(task.request, leaves_places=True))
        prepared = _look(task, folder)
    decision = _heed(task, _weigh(task, prepared, folder))
    if decision is Decision.STOP:
        terminal.say("Nothing was downloaded, and nothing here was changed.")
        return _held(task)
    return task, _look(task, folder) if decision is Decision.ONLY_NEW else prepared


def _held(task: _Task) -> StepResult:
    """What a run ends with in which a person had to look first."""
    return StepResult(exit_code=HELD_BACK, failure=describe_held(task.brake.alarm) if task.brake.alarm else "")


def _run_all(
    folder: DownloadFolder, task: _Task, rounds: DownloadRounds, prepared: PreparedDownload, left_out: set[Identity]
) -> PreparedDownload:
    """Bring all of it; what the brake held on the way is weighed when the rest has come, and then brought or not."""
    while True:
        still_to_try = prepared.plan.found - prepared.plan.settled
        untried = [item for item in task.failed if item.id in still_to_try]
        rounds.run(prepared, folder, left_out, request=task.request, untried=untried)
        if task.brake.is_closed or not task.brake.held:
            return prepared
        _heed(task, task.brake.weigh_held(here=count_here(prepared.manifest, folder.look)))
        if task.brake.is_closed:
            return prepared
        prepared = _look(task, folder)
        prepared.leave_out(left_out)


def _put_gone_aside(task: _Task, folder: DownloadFolder, prepared: PreparedDownload, first: DownloadPlan) -> list[str]:
    """Put aside what is to be, unless the brake is closed: where it was; says what stays where it is and why."""
    if task.brake.is_closed or not first.aside:
        return []
    with task.terminal.progress("Putting aside what is gone", waits_for=DISK):
        moved, stayed = move_gone_aside(task.settings.home, folder, first.aside, prepared.paths.folder_places())
    plan = prepared.plan
    plan.gone = [line for line in plan.gone or () if line.local_path not in moved]
    name_reasons(task.terminal, stayed, "left here though no longer on OneDrive")
    return sorted(moved)


def _remove_old(task: _Task, prepared: PreparedDownload, *, is_rehearsal: bool = False) -> None:
    """Remove earlier contents that are as old as the person says."""
    if task.wishes.earlier.days is not None:
        remove_old(
            task.terminal,
            task.settings.downloads,
            prepared.manifest,
            days=task.wishes.earlier.days,
            today=today_here(datetime.now(UTC)),
            is_rehearsal=is_rehearsal,
        )


def _look(task: _Task, folder: DownloadFolder) -> PreparedDownload:
    with task.terminal.progress("Downloading", waits_for=DISK) as progress:
        progress.update("looking at what is here already")
        prepared = prepare_download(
            task.settings, folder, task.state, task.request, brake=task.brake, progress=progress
        )
        progress.update("")
    return prepared


def _weigh(task: _Task, prepared: PreparedDownload, folder: DownloadFolder) -> Alarm | None:
    """Why a person must look before anything here is replaced or put aside; None: nothing speaks against it."""
    home, plan = task.settings.home, prepared.plan
    is_for_few = len(plan.at_risk) + len(plan.gone_lines) < LEAST_OF_A_SHARE  # then nobody need look at the disk
    here = len(prepared.manifest) if is_for_few else count_here(prepared.manifest, folder.look)
    if task.wishes.puts_gone_aside:
        plan.aside = [line for line in without_deleted(home, plan.gone or ()) if line.verified != PUT_BACK]
    gone = count_newly_gone(home, plan.gone_lines, here)
    return task.brake.weigh(plan, here=here, gone=gone, aside=len(plan.aside))


def _heed(task: _Task, alarm: Alarm | None) -> Decision | None:
    """Let the person decide, where the brake says that one must look; None: it does not."""
    if alarm is None:
        return None
    decision = decide(task.terminal, alarm, keeps_earlier=task.wishes.earlier.keeps)
    if decision is Decision.GO_ON:
        task.brake.release()
    else:
        task.brake.close(alarm)
    return decision


def _say_choice(task: _Task, plan: DownloadPlan) -> bool:
    """Say what is in force; False when it leaves nothing to do at all."""
    terminal = task.terminal
    if task.request.only is None:
        tell_selection(terminal, task.request.selection, plan)
        return bool(plan.chosen or not plan.listed)
    terminal.say(f"Only what failed last time is tried again: {plural('file', len(task.request.only))}.")
    for item in task.failed:
        if item.id not in plan.found:
            terminal.say(f"  {printable(item.path)} is no longer on the list, so it is not tried.")
    return True


def _check_list(terminal: Terminal, settings: Settings) -> ListState | None:
    """What is known about the list; says so when it is old. Raises NoListYet."""
    if not is_there(settings.home / FILE_LIST):
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
            f"The list is {plural('day', days)} old. To have what is new on OneDrive too, choose 3 first.",
            style="warning",
        )
    return state


def _say_what_is_ahead(task: _Task, prepared: PreparedDownload) -> None:
    """Say before the first byte what the job needs and what cannot come."""
    terminal = task.terminal
    _say_damage(task, prepared)
    if task.request.only is None:
        tell_never_given(terminal, task.settings.home, _find_never_given(task, prepared.plan))
    name_reasons(terminal, prepared.impossible, "cannot be kept on this computer")
    tell_plan(terminal, prepared)
    tell_what_cannot_come(terminal, prepared)


def _find_never_given(task: _Task, plan: DownloadPlan) -> list[ListException]:
    """What OneDrive gives to no program, of what is chosen: what is no file, and files that it found malware in."""
    chooser = task.request.chooser()
    listed = [entry for entry in (task.state.exceptions if task.state else ()) if entry.by_nature]
    chosen = [entry for entry in listed if chooser is None or chooser.concerns(entry.path)]
    return [*{entry.id: entry for entry in [*chosen, *map(_as_never_given, plan.unavailable)]}.values()]


def _as_never_given(item: FailedItem) -> ListException:
    return ListException(path=item.path, id=item.id, reason=item.reason, by_nature=True)


def _say_damage(task: _Task, prepared: PreparedDownload) -> None:
    if number := prepared.manifest.damaged_lines:
        task.terminal.say(
            f"{plural('line', number)} of the record of downloads ({MANIFEST}) cannot be read. Files that they were "
            "about are recognised by checksum if they are here.",
            style="warning",
        )
