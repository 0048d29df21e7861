"""What option 4 says and asks before the first byte; with --dry-run (a trial run) the whole plan as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from onedrive.choosing.preview import tell_choice
from onedrive.choosing.selection import Layout, Selection
from onedrive.download.plan import DownloadPlan, TwinWay
from onedrive.download.prepare import FetchNeed, Identity, PreparedDownload, choose_fitting
from onedrive.errors import NotEnoughRoom
from onedrive.graph.item import DriveItem
from onedrive.graph.traits import Share
from onedrive.home.manifest import MANIFEST
from onedrive.local.filing import ALBUMS_FOLDER, BY_ALBUM
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import TWINS_FOLDER
from onedrive.local.proof import is_untouched
from onedrive.local.room import AFTER_POWER_CUT, NO_FSYNC, RESERVE_BYTES, DiskRoom
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Column, Terminal
from onedrive.transfer.addresses import WantedFile
from onedrive.words import format_bytes, format_count, join_words, plural, printable, shorten_middle

MOST_ROWS = 40  # of each action
WIDEST_CELL = 60  # one long name must not make all lines long
_TWIN_ACTIONS = {TwinWay.LINK: "link", TwinWay.COPY: "copy", TwinWay.NAME: "name"}
PUT_THERE, LEAVE, STOP = "1", "2", "0"
# Where files go in each layout, and new ones.
_WHERE = {
    Layout.ONEDRIVE: ("the folders of OneDrive", "go where OneDrive has them"),
    Layout.DATE: ("folders by date", "go by date"),
    Layout.ALBUM: ("the folders of albums", "go by album"),
}


def tell_selection(terminal: Terminal, selection: Selection, plan: DownloadPlan) -> None:
    """Which selection is in force, and how much of the list it wants; no words where everything is wanted as it is."""
    tell_choice(terminal, selection, Share(plan.chosen, plan.chosen_bytes), Share(plan.listed, plan.listed_bytes))
    if plan.listed and not plan.chosen:
        terminal.say(
            f"Your choice leaves nothing: none of the {plural('file', plan.listed)} on the list fits "
            f"'{printable(selection.describe())}'. Choose 5 to change it.",
            style="warning",
        )
        return
    if not selection.wants_all:
        files = f"{format_count(plan.chosen)} of {plural('file', plan.listed)}"
        sizes = f"{format_bytes(plan.chosen_bytes)} of {format_bytes(plan.listed_bytes)}"
        terminal.say(f"Chosen: {printable(selection.describe())}: {files}, {sizes}.")
    if selection.layout is Layout.DATE:
        terminal.say(f"Into folders by date: {printable(selection.pattern)}.")
    if selection.layout is Layout.ALBUM:
        terminal.say(f"Into folders by album, in {ALBUMS_FOLDER}; what is in no album, as on OneDrive.")
    if selection.name:
        terminal.say(f"Names here: {printable(selection.name)}; a file that lacks what this asks for keeps its own.")
    if selection.sidecar:
        terminal.say(f"Beside each photo and film: what OneDrive knows of it, in a .{selection.sidecar.value} file.")
    if selection.jpeg_twins:
        terminal.say(f"Of each HEIC and RAW picture: a JPEG too, in the folder {TWINS_FOLDER}.")
    if selection.picasa:
        terminal.say("In each folder with pictures of albums: a .picasa.ini, which names their albums.")


def tell_plan(terminal: Terminal, prepared: PreparedDownload) -> None:
    """The whole job in a few lines, before its first byte."""
    plan, need, disk = prepared.plan, prepared.need, prepared.disk
    for line in _describe_plan(prepared):
        terminal.say(line)
    if need.album_bytes:
        more = format_bytes(need.album_bytes)
        terminal.say(f"This disk knows no hard links, so files in several albums are copied: that takes {more} more.")
    if need.files and not disk.survives_power_cut:
        terminal.say(f"{NO_FSYNC}. {AFTER_POWER_CUT}")
    terminal.event(
        "plan",
        files=need.files,
        size_bytes=need.size_bytes,
        here_files=plan.there,
        here_bytes=plan.there_bytes,
        left_out_files=plan.left_out.total(),
        left_out_bytes=plan.left_out_bytes,
        moves=len(plan.moved),
        twins=len(plan.twins),
        elsewhere=len(plan.elsewhere),
        unavailable=len(plan.unavailable),
        impossible=len(prepared.impossible),
        room_bytes=need.room_bytes,
        free_bytes=disk.free_bytes,
    )


def _describe_plan(prepared: PreparedDownload) -> Iterator[str]:
    plan, need, disk = prepared.plan, prepared.need, prepared.disk
    if need.files:
        begun = f", of which {format_bytes(need.begun_bytes)} came earlier" if need.begun_files else ""
        free = f" The disk has {format_bytes(disk.free_bytes)} free." if disk.free_bytes is not None else ""
        yield f"To download: {plural('file', need.files)}, {format_bytes(need.size_bytes)}{begun}.{free}"
        if need.alike_files:
            alike = f"{plural('file', need.alike_files)} of them ({format_bytes(need.alike_bytes)})"
            yield f"For {alike}, a file of that size is already there: compared first, downloaded only if different."
        if plan.there:
            yield f"Already here: {plural('file', plan.there)}, {format_bytes(plan.there_bytes)}."
    for way, become, becomes in (
        (TwinWay.LINK, "become links to it", "becomes a link to it"),
        (TwinWay.COPY, "are copied from it on this disk", "is copied from it on this disk"),
        (TwinWay.NAME, f"are only named in {MANIFEST}", f"is only named in {MANIFEST}"),
    ):
        if sizes := [twin.row.size_bytes for twin in plan.twins if twin.way is way]:
            saved = f"{format_bytes(sum(sizes))} need not be downloaded"
            how = becomes if len(sizes) == 1 else become
            yield f"{plural('file', len(sizes))} with the same content as another one {how}: {saved}."
    for is_away, where, rest in (
        (False, "in known folders (--known)", ""),
        (True, "in known folders that cannot be read now", ". If that disk is lost, --forget DIR downloads them"),
    ):
        if found := [(row, known) for row, known in plan.elsewhere if known.is_away is is_away]:
            files, size = plural("file", len(found)), format_bytes(sum(row.size_bytes for row, _ in found))
            are, names = "is" if len(found) == 1 else "are", name_three([str(known.path) for _, known in found])
            yield f"{files} ({size}) {are} {where} and not downloaded: {names}{rest}."
    if plan.sources:
        size = format_bytes(sum(row.size_bytes for row in plan.wanted if row.identity in plan.sources))
        files = f"{plural('file', len(plan.sources))} ({size})"
        yield f"For {files}, another folder of yours has a file of that size: copied if its checksum is right."
    if prepared.makes_copies:
        yield "This disk knows no hard links, so each of them takes its own space."


def describe_left_out(plan: DownloadPlan) -> str:
    """How many files are left out by choice, and why."""
    reasons = ", ".join(f"{format_count(count)} {reason}" for reason, count in plan.left_out.most_common())
    files = f"{plural('file', plan.left_out.total())} ({format_bytes(plan.left_out_bytes)})"
    return f"{files} left out by your choice: {reasons}."


def name_three(paths: Sequence[str]) -> str:
    """The first three of them, and how many more."""
    return join_words([printable(path) for path in sorted(paths)], most=3)


# --- questions --------------------------------------------------------------------------------------------------------


def ask_about_layout(terminal: Terminal, prepared: PreparedDownload) -> str:
    """Ask before files are moved because of the layout alone; where nobody can be asked, the choice is the answer."""
    filing, moved, renamed, is_chosen = prepared.filing, list[str](), list[str](), False
    for row in prepared.plan.moved:
        recorded = prepared.manifest.find(*row.identity)
        if recorded and row.identity in prepared.plan.relaid:
            is_in_its_folder = row.place.rpartition("/")[0] == recorded.local_path.rpartition("/")[0]
            (renamed if is_in_its_folder else moved).append(row.place)
            # What has left an album, or whose album is called otherwise now, is no other choice of the person's.
            is_by_album = filing.layout is Layout.ALBUM and recorded.layout.startswith(BY_ALBUM)
            is_chosen |= is_in_its_folder or not is_by_album
    where, new_ones = _WHERE[filing.layout]
    renames = ("gets its OneDrive name", "get their OneDrive names", " again")
    if filing.has_names:
        renames = ("gets another name", "get other names", ", as you chose")
    for places, goes, go, what in ((moved, "goes", "go", f" into {where}"), (renamed, *renames)):
        if places:
            are, more = (f"files that are here {go}", ", …") if len(places) > 1 else (f"file that is here {goes}", "")
            terminal.say(f"{format_count(len(places))} {are}{what} ({printable(min(places))}{more}).")
    if not (is_chosen and terminal.can_ask):
        return PUT_THERE
    terminal.say("Nothing is downloaded again for that.")
    put = "Do both" if moved and renamed else "Put them there" if moved else "Give them these names"
    if not moved:
        new_ones = "get such names" if filing.has_names else "are called as there"
    leave = f"Leave those as they are; new ones {new_ones}"
    return terminal.pick("Your choice:", {PUT_THERE: put, LEAVE: leave, STOP: "Stop, and change nothing"})


def choose_what_to_leave_out(terminal: Terminal, prepared: PreparedDownload) -> set[Identity] | None:
    """Nothing when all fits; otherwise what a person leaves out to take the rest, None for leaving it all.

    Raises NotEnoughRoom when there is nobody to ask, or nothing fits.
    """
    need, disk = prepared.need, prepared.disk
    if disk.room_bytes is None or need.room_bytes <= disk.room_bytes:
        return set()
    fitting = choose_fitting(need, disk.room_bytes)
    size = format_bytes(sum(need.costs[identity] for identity in fitting))
    offer = f"{format_count(len(fitting))} of {plural('file', len(need.costs))} ({size})"
    error = NotEnoughRoom(
        _describe_missing_room(need, disk),
        "Make space there, or name another disk with --to; then choose 4 again."
        + (f" Without --no-input, in a terminal, you can take what fits: {offer}." if fitting else ""),
    )
    if not fitting or not terminal.can_ask:
        raise error
    terminal.say(error.sentence, style="problem")
    choices = {"1": f"Download what fits, the smallest first: {offer}", "0": "Download nothing now"}
    try:
        answer = terminal.pick("Your choice:", choices, default="0")
    except EndOfInput:
        raise error from None
    return set(need.costs) - fitting if answer == "1" else None


def _describe_missing_room(need: FetchNeed, disk: DiskRoom) -> str:
    """How much is missing, and how that is counted."""
    room = disk.room_bytes or 0
    return (
        f"There is not enough space on the disk: {format_bytes(need.room_bytes)} needed, {format_bytes(room)} usable "
        f"({format_bytes(RESERVE_BYTES)} is always left free), so {format_bytes(need.room_bytes - room)} is missing."
    )


# --- the trial run ----------------------------------------------------------------------------------------------------


class PlanTable:
    """The rows that are shown, and the count of all; each row is an event for programs too."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._counts: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()
        self._rows: dict[str, list[tuple[str, str, str, str]]] = {}

    def add(self, action: str, item_id: str, path: str, *, place: str = "", size_bytes: int = 0, reason: str) -> None:
        """One thing that would be done, or not."""
        self._counts[action] += 1
        self._sizes[action] += size_bytes
        rows = self._rows.setdefault(action, [])
        if len(rows) < MOST_ROWS:
            shown, why = (shorten_middle(printable(text), WIDEST_CELL) for text in (path, reason))
            rows.append((_in_words(action), format_bytes(size_bytes), shown, why))
        self._tell(action, item_id, path, place, size_bytes, reason)

    def tell_skipped(self, item: DriveItem, action: str, place: str, why: str) -> None:
        """A file for which nothing would be done; for a person those are only counted."""
        self._tell(action, item.id, item.path, place, item.size or 0, why)

    def _tell(self, action: str, item_id: str, path: str, place: str, size_bytes: int, reason: str) -> None:
        fields = {"id": item_id, "path": path, "place": place, "size_bytes": size_bytes, "reason": reason}
        self._terminal.event("plan_item", action=action, **fields)

    def show(self) -> None:
        """The table, and how many there are of each action."""
        rows = [row for rows in self._rows.values() for row in rows]
        if rows:
            columns: list[Column | str] = ["Action", Column("Size", align="right"), "Path", "Why"]
            self._terminal.table(columns, rows)
        for action, count in self._counts.items():
            more = f"; the first {MOST_ROWS} are shown" if count > MOST_ROWS else ""
            size = format_bytes(self._sizes[action])
            self._terminal.say(f"{_in_words(action)}: {plural('file', count)}, {size}{more}.")


def _in_words(action: str) -> str:
    return "download" if action == "fetch" else action.replace("_", " ")


def show_trial_run(
    terminal: Terminal, prepared: PreparedDownload, folder: DownloadFolder, table: PlanTable, how: str
) -> StepResult:
    """Say what would be done, and `how` to do it; the exit code is 5 when there would not be room."""
    plan, need, disk = prepared.plan, prepared.need, prepared.disk
    _fill(table, prepared, folder)
    table.show()
    tell_plan(terminal, prepared)
    if plan.left_out:
        terminal.say(describe_left_out(plan))
    if not need.files:
        here = plural("file", plan.there + len(plan.moved))
        terminal.say(f"Nothing would be downloaded. Already here: {here}.")
    has_room = disk.room_bytes is None or need.room_bytes <= disk.room_bytes
    missing = "" if has_room else _describe_missing_room(need, disk)
    if missing:
        terminal.say(missing, style="problem")
    terminal.say(f"This was a trial run: nothing was changed. {how}")
    if has_room:
        return ALL_DONE
    return StepResult(
        exit_code=NotEnoughRoom.exit_code, failure=f"{missing} Make space there, or name another disk with --to."
    )


def _fill(table: PlanTable, prepared: PreparedDownload, folder: DownloadFolder) -> None:
    plan = prepared.plan
    for row in plan.wanted:
        for action, reason in _of_wanted(row, prepared, folder):
            table.add(action, row.id, row.path, place=row.place, size_bytes=row.size_bytes, reason=reason)
    others: list[tuple[str, WantedFile, str]] = [
        *(("elsewhere", row, f"{'was' if known.is_away else 'is'} in {known.path}") for row, known in plan.elsewhere),
        *(
            (
                "move",
                row,
                f"{'your choice' if row.identity in plan.relaid else 'OneDrive has it elsewhere'}: {row.place}",
            )
            for row in plan.moved
        ),
        *((_TWIN_ACTIONS[twin.way], twin.row, f"the same content as {twin.original.path}") for twin in plan.twins),
    ]
    for action, row, reason in others:
        table.add(action, row.id, row.path, place=row.place, size_bytes=row.size_bytes, reason=reason)
    for line in plan.aside:
        why = "it is no longer on OneDrive"
        table.add("aside", line.id, line.path, place=line.local_path, size_bytes=line.size_bytes, reason=why)
    for action, entries in (("unavailable", plan.unavailable), ("impossible", prepared.impossible)):
        for item in entries:
            table.add(action, item.id, item.path, reason=item.reason)


def _of_wanted(row: WantedFile, prepared: PreparedDownload, folder: DownloadFolder) -> Iterator[tuple[str, str]]:
    """What would be done for a wanted file, and why."""
    local, recorded = folder.look(row.place), prepared.manifest.find(*row.identity)
    if source := prepared.plan.sources.get(row.identity):
        yield "copy", f"from {source.paths[0]}"
    elif local is None:
        reason = "it is no longer here" if recorded else "not here yet"
        yield "fetch", reason if row.place == row.path.lstrip("/") else f"{reason}; to {row.place}"
    elif recorded and recorded.local_path == row.place and is_untouched(local, recorded):
        yield "fetch", "OneDrive has a newer version"
    elif local.is_file and local.size_bytes == row.size_bytes:
        yield "compare", "a file of its size is there; downloaded only if different"
    else:
        yield "fetch", "something else is in its place"
        if local.is_file:
            yield "keep_beside", f"{row.place} is not as it was downloaded: it is kept under another name"
