"""Option 4: download what file_list.json names, into downloads/.

list ─► what is here already? ─► fresh addresses, a folder page at a time ─► four files at once ─► proven, in place
                                                                  ─► item_download_errors.json for what failed
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from onedrive.download_folder import DownloadFolder
from onedrive.download_job import DownloadTools, Result
from onedrive.download_plan import DownloadPlan, make_plan
from onedrive.download_run import DownloadRun, Tally
from onedrive.errors import OneDriveError, Stopped
from onedrive.file_list import FILE_LIST, FOLDER_LIST, ListState, read_items, read_list_state
from onedrive.fresh_urls import FreshUrls
from onedrive.graph import GraphSession
from onedrive.http import HttpClient
from onedrive.item_errors import NotPlaceable
from onedrive.local_path import LocalPaths, recorded_folder_places
from onedrive.manifest import MANIFEST, Manifest, ManifestWriter, read_manifest
from onedrive.modified_time import read_time
from onedrive.partial_file import sweep_partials
from onedrive.settings import Settings
from onedrive.state_files import write_whole
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal import Terminal
from onedrive.transfer import Transfer
from onedrive.words import format_bytes, format_count, format_duration, plural, printable

ERRORS_FILE = "item_download_errors.json"
OLD_LIST_DAYS = 7
MOST_NAMED = 10


class NoListYet(OneDriveError):
    """Option 3 has not been chosen yet."""

    def __init__(self) -> None:
        super().__init__(f"There is no {FILE_LIST} yet, so it is not known what to download.", "Choose 3 first.")


def download(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    http: HttpClient,
    *,
    extra_hosts: Sequence[str] = (),
    jobs: int | None = None,
    limit_rate: float | None = None,
) -> StepResult:
    """Download every file of the list that is not here already; the exit code is 3 when some failed.

    `extra_hosts`: file hosts that the person trusts beside Microsoft's. Raises OneDriveError for what stops the run,
    KeyboardInterrupt or Stopped after Ctrl-C; what is finished then is kept, and the next run goes on from there.
    """
    began = time.monotonic()
    state = _check_list(terminal, settings)
    manifest = _read_manifest(terminal, settings)
    folder = DownloadFolder(settings.downloads)
    paths = LocalPaths(folder.prepare(), recorded_folder_places(_recorded_folders(manifest)))
    with terminal.progress("Downloading") as progress, ManifestWriter(settings.home / MANIFEST) as writer:
        progress.update("looking at what is here already")
        unmade_folders = _make_folders(settings, folder, paths)
        plan = make_plan(read_items(settings.home / FILE_LIST), manifest, paths, folder.look)
        progress.update("")
        transfer = Transfer(http, graph.pause, extra_hosts=extra_hosts)
        tools = DownloadTools(folder, paths, manifest, writer, transfer, graph.pause, progress)
        run = DownloadRun(plan, tools, FreshUrls(graph, state.drive_id if state else ""), progress)
        run.tally.failed += unmade_folders
        _go_through(terminal, settings, run)
    sweep_partials(folder.partial)
    _show_summary(terminal, settings, plan, run.tally, state=state, seconds=time.monotonic() - began)
    return SOME_FAILED if run.tally.failed else ALL_DONE


def _check_list(terminal: Terminal, settings: Settings) -> ListState | None:
    """What is known about the list; says so when it is old. Raises NoListYet, StateFileBroken."""
    if not (settings.home / FILE_LIST).exists():
        raise NoListYet
    state = read_list_state(settings.home)
    listed_at = read_time(state.listed_at) if state else None
    days = int(time.time() - listed_at) // 86400 if listed_at else 0
    if days >= OLD_LIST_DAYS:
        terminal.say(
            f"The list is {plural('day', days)} old. What was added to OneDrive since is not in it; "
            "choose 3 to make a new one.",
            style="warning",
        )
    return state


def _read_manifest(terminal: Terminal, settings: Settings) -> Manifest:
    manifest = read_manifest(settings.home / MANIFEST)
    if manifest.damaged_lines:
        terminal.say(
            f"{plural('line', manifest.damaged_lines)} of {MANIFEST} cannot be read. Files that they were about are "
            "recognised by their content if they are here.",
            style="warning",
        )
    return manifest


def _recorded_folders(manifest: Manifest) -> Iterator[tuple[str, str]]:
    return ((entry.folder, entry.local_path.rpartition("/")[0]) for entry in manifest.entries())


def _make_folders(settings: Settings, folder: DownloadFolder, paths: LocalPaths) -> list[tuple[str, str, str]]:
    """Make all folders of the list, empty ones too; those that cannot be made are returned with the reason."""
    failed = []
    if (settings.home / FOLDER_LIST).exists():
        for item in read_items(settings.home / FOLDER_LIST):
            try:
                folder.make_folder(paths.folder_place(item.path))
            except NotPlaceable as error:
                failed.append((item.path, item.id, error.sentence))
    return failed


def _go_through(terminal: Terminal, settings: Settings, run: DownloadRun) -> None:
    """Download; whatever ends the run, what is finished is said and what failed is written down."""
    try:
        run.download()
    except (KeyboardInterrupt, Stopped, OneDriveError):
        done = run.tally.results[Result.FETCHED]
        terminal.say(
            f"{plural('file', done)} ({format_bytes(run.tally.fetched_bytes)}) downloaded so far. "
            "Files that were begun continue where they stopped.",
            style="warning",
        )
        raise
    finally:
        _write_errors(settings.home / ERRORS_FILE, run.tally)


def _write_errors(path: Path, tally: Tally) -> None:
    """What failed this time; when nothing did, no old file stays to be mistaken for news."""
    if not tally.failed:
        path.unlink(missing_ok=True)
        return
    rows = [{"id": item_id, "path": item_path, "reason": reason} for item_path, item_id, reason in sorted(tally.failed)]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = json.dumps(rows, indent=1)  # half a surrogate pair cannot stand in UTF-8; as an escape it can
    write_whole(path, text + "\n")


def _show_summary(
    terminal: Terminal,
    settings: Settings,
    plan: DownloadPlan,
    tally: Tally,
    *,
    state: ListState | None,
    seconds: float,
) -> None:
    fetched = tally.results[Result.FETCHED]
    if fetched or tally.failed:
        amount = f"{plural('file', fetched)} downloaded ({format_bytes(tally.fetched_bytes)})"
        terminal.say(f"{amount} in {format_duration(seconds)}.", style="problem" if tally.failed else "good")
    else:
        terminal.say("Nothing had to be downloaded.", style="good")
    for text in _describe_others(plan, tally):
        terminal.say(text)
    _name_some(terminal, "could not be downloaded", tally.failed)
    if tally.failed:
        terminal.say(f"All of them are in {settings.home / ERRORS_FILE}. Choose 4 to try them again.")
    by_nature = [
        (entry.path, entry.id, entry.reason) for entry in (state.exceptions if state else ()) if entry.by_nature
    ]
    never = {
        item_id: (path, item_id, why) for path, item_id, why in [*plan.unavailable, *tally.unavailable, *by_nature]
    }
    _name_some(terminal, "cannot be downloaded, by OneDrive's nature", list(never.values()))
    terminal.say(f"Your files are in {settings.downloads}.")


def _describe_others(plan: DownloadPlan, tally: Tally) -> Iterator[str]:
    """What else there is to say of files that did not fail."""
    there = plan.there + tally.results[Result.THERE]
    adopted, moved = tally.results[Result.ADOPTED], tally.results[Result.MOVED]
    if there:
        yield f"{plural('file', there)} were there already." if there > 1 else "1 file was there already."
    if adopted:
        yield f"{plural('file', adopted)} of this computer recognised by the content, not fetched again."
    if moved:
        yield f"{plural('file', moved)} renamed or moved on OneDrive: moved here too, not fetched again."
    if tally.changed:
        yield f"{plural('file', tally.changed)} changed on OneDrive since the list was made: fetched as they are now."
    if tally.differing:
        yield (
            f"{plural('file', len(tally.differing))} came with other bytes than OneDrive lists, twice the same. "
            "OneDrive is known to do so with Live Photos and Office files; kept as they came: "
            f"{_some_names(tally.differing)}."
        )


def _some_names(paths: list[str]) -> str:
    more = f" and {format_count(len(paths) - 3)} more" if len(paths) > 3 else ""
    return ", ".join(printable(path) for path in sorted(paths)[:3]) + more


def _name_some(terminal: Terminal, title: str, entries: list[tuple[str, str, str]]) -> None:
    if entries:
        terminal.say(f"{plural('item', len(entries))} {title}:", style="warning")
    for path, _, reason in sorted(entries)[:MOST_NAMED]:
        terminal.say(f"  {printable(path)}: {printable(reason)}.")
    if len(entries) > MOST_NAMED:
        terminal.say(f"  and {format_count(len(entries) - MOST_NAMED)} more.")
