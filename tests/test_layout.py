"""The rules of the house that can be read off the files: who imports whom, and how long things are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
STEPS = (
    "onedrive_authorization",
    "generate_list",
    "download_list",
    "choose_items",
    "verify_downloads",
    "manage_items",
    "check_setup",
)
# Each outside library has one door.
DOORS = {
    "msal": {"onedrive_authorization.py"},
    "dotenv": {"onedrive/settings.py"},
    "requests": {"onedrive/http.py", "onedrive/http_errors.py"},
    "urllib3": {"onedrive/http.py", "onedrive/http_errors.py"},
    "rich": {"onedrive/terminal.py"},
}
# One noun a file; a new one is added here in words.
NOUNS = {
    "account_findings": "whether the saved sign-in opens a OneDrive, and whose",
    "address_pages": "fresh addresses of many files with few requests",
    "app_findings": "whether Microsoft knows the app id and accepts the secret",
    "app_questions": "questions about the app registration",
    "batch_reply": "one reply out of a $batch",
    "begun_files": "what is here of files that were begun earlier",
    "browser": "opening the person's browser without waiting for it",
    "browser_sign_in": "one sign-in with the browser, or by paste",
    "byte_source": "where the bytes of one file are to be had now",
    "change_record": "lines that are on disk before and after a change on OneDrive",
    "change_report": "what is new, changed, moved and gone",
    "choice_preview": "what a choice means, on one page",
    "choice_questions": "the questions of option 5",
    "chooser": "whether a selection wants an item, and why not",
    "command_line": "which options to run, and what they are to know",
    "connections": "how many connections at a time help",
    "content_hash": "the hashes of a file's bytes",
    "created_time": "when a file was created, where the system lets a program say so",
    "current_list": "the drive as it is now",
    "date_range": "days as people write them",
    "delete_plan": "what may be deleted on OneDrive, and what not and why",
    "delete_report": "what a deletion says, and the number a person types",
    "deleting": "deleting on OneDrive what is proven to be here",
    "deletion": "one item to be deleted, looked at just before",
    "deletion_record": "deleted_items.jsonl",
    "delta_listing": "a whole drive by delta",
    "device_code": "one sign-in with a short code on another device",
    "discretion": "what may stand in a bug report",
    "disk_findings": "what the setup check says about folders and disk",
    "disk_room": "what a disk can take",
    "download_events": "what option 4 tells programs that read along",
    "download_folder": "every change on the disk that holds the downloads",
    "download_job": "one file, from wanted to proven and recorded",
    "download_plan": "what is to be done for each file, decided before any request",
    "download_questions": "what option 4 asks before the first byte",
    "download_queue": "threads that take tasks in order",
    "download_report": "what a download says before and after",
    "download_rounds": "one job, and what is left of it after an outage",
    "download_run": "all files of a plan, and how it went",
    "drive_account": "every file of the drive in one class",
    "drive_glance": "the drive at a glance, counted as lines pass",
    "drive_item": "the record that all steps speak",
    "drive_tree": "the tree of a drive",
    "dry_run": "what option 4 would do",
    "effort": "how much trouble one file has made",
    "empty_folders": "folders on OneDrive in which nothing is left",
    "errors": "what can go wrong, as sentences",
    "event_schema": "the events of --json, in one table",
    "event_writer": "events as JSON lines",
    "failed_items": "what could not be downloaded, on file",
    "failure_words": "what a step left undone, in one paragraph",
    "file_address": "the address of a local file",
    "file_host": "which hosts may serve bytes, and what their replies say",
    "file_kind": "photo, video, music, document or other",
    "file_list": "the lists on disk: reading and replacing them",
    "file_parts": "the parts of a large file, and the file that remembers them",
    "file_reader": "many files hashed by several processes",
    "filing": "the folder that a file belongs into",
    "finding": "one thing that the setup check has looked at",
    "finding_screen": "findings on the screen",
    "flag_parser": "the flags, in groups",
    "flag_rules": "flags that contradict each other",
    "flag_values": "what the value of a flag means",
    "folder_check": "whether the folders of the drive are here",
    "folder_paths": "where folders are, by id",
    "folder_picker": "a numbered tree to take folders in and leave them out",
    "folder_tree": "folders with the files and bytes below them",
    "folder_walk": "walking folders, several at a time",
    "footer": "lines at the bottom that change in place",
    "found_file": "what stands in a place, and what was read of it",
    "fresh_urls": "fresh addresses and newest metadata, a folder page at a time",
    "glob_line": "one glob in gitignore's manner",
    "granted_scopes": "what a sign-in was allowed, when that is not what was asked",
    "graph": "requests to Graph; the bearer lives here",
    "graph_batch": "many questions to Graph in one request",
    "hash_worker": "what one process does that hashes",
    "help_text": "examples and exit codes",
    "host_findings": "what the setup check says about hosts, proxy and clock",
    "host_names": "the hosts that we speak to, and what a person calls them",
    "host_probe": "one request to one host, and what it tells",
    "http": "the door to the network",
    "http_errors": "the network libraries' errors as sentences",
    "input_sources": "where input can come from",
    "item_choice": "asking which items are meant",
    "item_date": "the day of a file",
    "item_errors": "why one file could not be downloaded",
    "item_judgement": "is what stands here the file that is listed?",
    "items_by_id": "single items, twenty in a request",
    "job_need": "what a download needs, and what of it fits",
    "job_so_far": "what a job did before a sign-in on the way",
    "known_damage": "damage that a download is to mend",
    "layout_pattern": "the folder of a file in the layout by date",
    "left_out": "why a file is not here by the person's own choice",
    "line_editor": "one line as it is typed",
    "line_reader": "the one reader of input",
    "list_columns": "what choosing needs to know of each file, in columns",
    "list_index": "a list in memory that answers what a choice wants",
    "list_line": "one line of the lists as text",
    "list_refresh": "the lists of a home, brought up to date",
    "list_scan": "reading a list into columns",
    "list_state": "what is known about the lists, and whose work they are",
    "list_update": "merging changes into the lists",
    "listing_gaps": "what is missing though all pages have come",
    "listing_intake": "rows of the service as records of the journal",
    "listing_journal": "spool and checkpoint of a listing under way",
    "listing_plan": "which way a listing goes, and why",
    "listing_reasons": "why something cannot be listed, in words",
    "listing_summary": "what a listing says at its end",
    "listing_survey": "what a journal says, in two passes",
    "local_follow": "the copy here follows a rename",
    "local_inventory": "where each file of the drive is here",
    "local_look": "is the copy here still what was proven?",
    "local_moves": "files whose path on OneDrive is new",
    "local_path": "a safe place on disk for every item",
    "local_reading": "all that is here, looked at and read",
    "log_file": "what was said and what failed, in a file",
    "manifest": "what has been downloaded",
    "manifest_line": "one finished file as the manifest has it",
    "manifest_writer": "appending to the manifest",
    "menu": "the menu on the screen",
    "modified_time": "times of the service, on disks that cannot keep every one",
    "name_globs": "globs in gitignore's manner",
    "name_rules": "which names a folder takes",
    "network_check": "all that the setup check asks the network",
    "onedrive_names": "names as OneDrive takes and compares them",
    "only_here": "what is here and belongs to no file of the drive",
    "open_deletions": "deletions that were begun and have no end on record",
    "option_run": "one option, or those of the command line",
    "outage": "the network that went away in the middle of the work",
    "package_findings": "what the program runs on",
    "page_stream": "pages, with the next one under way",
    "partial_file": "the unfinished bytes of one file",
    "partial_origin": "what unfinished bytes were begun from",
    "pasted_answer": "what a person pastes at the sign-in",
    "pause": "waiting: the clock, and the one pause of a run",
    "plan_maker": "sorting the items of a list into a plan",
    "posix_input": "the keyboard of Linux and macOS",
    "process": "the process that the program runs in",
    "program": "what the steps of one run share",
    "progress": "how far a long step is",
    "progress_figures": "figures of work under way, in words",
    "proof": "are these bytes the file?",
    "question_view": "a question on the screen",
    "quick_update": "the second listing: what changed",
    "quickxorhash": "the checksum of OneDrive, shaped like hashlib",
    "rate_limit": "no more than so many bytes a second",
    "reading_journal": "what a verification has read so far",
    "receiver": "one connection's share of a download",
    "redaction": "what may stand in no log",
    "redirect_listener": "where the browser comes back after the sign-in",
    "rename_choice": "asking for new names, and for the run to undo",
    "rename_pattern": "new names by pattern or replacement",
    "rename_plan": "collisions, and the order of renames",
    "rename_record": "renamed_items.jsonl, from which is undone",
    "rename_report": "what renaming says before and after",
    "rename_task": "one rename, looked at just before",
    "renaming": "renaming on OneDrive, there and here",
    "renewable_tokens": "access tokens, renewed when they end",
    "repeat_guard": "noticing pages that never end",
    "reply": "an answer whose body is read as it comes",
    "report": "download_report.html",
    "report_help": "what each outcome means, and the steps that help",
    "report_rows": "all items inside the report",
    "report_sections": "the report's verdict, figures and exceptions",
    "report_tally": "the report's figures, counted",
    "retry": "asking again, and when to stop",
    "root_folder": "the folder that a listing starts from",
    "run_lock": "one run at a time in a home, and in a downloads folder",
    "run_report": "a run as a whole, for programs and logs",
    "screen": "all that is printed, through one lock",
    "selection": "what a person wants of their list",
    "selection_file": "selection.json, checked",
    "setting_findings": "what the setup check says about the settings",
    "setting_rules": "what settings must look like",
    "settings": "flags, environment and .env",
    "shared_file": "a large file over several connections",
    "shell_completion": "scripts by which shells complete the flags",
    "sign_in_causes": "the table of what the sign-in refuses",
    "sign_in_errors": "a refused sign-in as cause and cure",
    "sign_in_findings": "what the setup check says about token.json",
    "sign_in_http": "the network as msal sees it",
    "signed_in_account": "whose OneDrive it is",
    "signing_in": "sign-in attempts, one after the other",
    "signing_out": "removing the saved sign-in",
    "size_text": "sizes as people write them",
    "sorted_lines": "sorting more lines than memory should hold",
    "sparkline": "years as a row of little bars",
    "speech": "how a run speaks",
    "state_files": "atomic writes",
    "state_findings": "what the setup check says about the files in the home",
    "state_line": "the line above the menu",
    "stay_awake": "keeping the computer awake while bytes flow",
    "step_result": "what a step tells the menu",
    "sums_file": "SHA256SUMS",
    "survey": "what is here and what is to be done",
    "table": "columns, and tables as plain lines",
    "terminal": "say, ask, table, progress",
    "threaded_input": "a pipe on Windows",
    "token_file": "token.json without msal",
    "traffic": "which hosts were asked, and what they answered",
    "transfer": "one file's bytes from the file host",
    "tree_view": "the chosen tree as lines",
    "twin_files": "files with the content of another one",
    "twin_finder": "which files have the same content",
    "untouched_folder": "a downloads folder that is only looked at",
    "verdict": "what a verification comes to, in words",
    "verification": "what option 6 found, on disk",
    "verification_tally": "files and bytes in each class",
    "verification_way": "how much is read, and how much trusted",
    "waiting_options": "options that go on when another is done",
    "windows_console": "the keyboard of Windows",
    "wish": "what one run of option 4 is to bring",
    "words": "figures, times and names as people read them",
    "workers": "a few threads that fetch",
    "write_access": "the session that writes, for the same drive only",
    "write_rounds": "changing items: look, record, send, record",
    "write_sign_in": "the permission to write, in memory",
}
MOST_LINES = 300
MOST_FUNCTION_LINES = 40

FILES = sorted(path.relative_to(TOP).as_posix() for path in [*TOP.glob("*.py"), *(TOP / "onedrive").rglob("*.py")])
SHARED = [name for name in FILES if name.startswith("onedrive/")]
PARTS = [name for name in SHARED if not name.startswith("onedrive/demo/") and name != "onedrive/__init__.py"]


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse((TOP / name).read_text(encoding="utf-8"))


@cache
def _imports(name: str) -> list[str]:
    """Every module that a file imports, also inside functions and for types only."""
    return list(_find_imports(name))


def _find_imports(name: str) -> Iterator[str]:
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _our_parts(name: str) -> set[str]:
    known = {part.removesuffix(".py").replace("/", ".") for part in PARTS}
    return {module for module in _imports(name) if module in known}


def test_the_parts_are_the_ones_that_are_named_here() -> None:
    assert {part.removeprefix("onedrive/").removesuffix(".py") for part in PARTS} == set(NOUNS)


@pytest.mark.parametrize("name", SHARED)
def test_nothing_in_onedrive_imports_the_top(name: str) -> None:
    top = {path.stem for path in TOP.glob("*.py")}

    assert not top & {module.split(".")[0] for module in _imports(name)}


@pytest.mark.parametrize("name", [f"{step}.py" for step in STEPS])
def test_a_step_never_imports_a_step(name: str) -> None:
    assert not {*STEPS, "start"} & set(_imports(name))


@pytest.mark.parametrize("name", ["onedrive/errors.py", "onedrive/quickxorhash.py"])
def test_errors_and_quickxorhash_import_nothing_of_ours(name: str) -> None:
    assert not [module for module in _imports(name) if module.startswith("onedrive")]


@pytest.mark.parametrize("name", [name for name in SHARED if name.startswith("onedrive/demo/")])
def test_the_demo_knows_nothing_of_the_client_but_quickxorhash(name: str) -> None:
    ours = {module for module in _imports(name) if module.split(".")[0] == "onedrive"}

    assert not {m for m in ours if not m.startswith(("onedrive.demo", "onedrive.quickxorhash")) and m != "onedrive"}


@pytest.mark.parametrize("name", [name for name in FILES if name != "start.py" and "demo" not in name])
def test_only_start_imports_the_demo(name: str) -> None:
    assert not [module for module in _imports(name) if module.startswith("onedrive.demo")]


@pytest.mark.parametrize("name", FILES)
def test_each_outside_library_has_one_door(name: str) -> None:
    roots = {module.split(".")[0] for module in _imports(name)}

    assert not {library for library, doors in DOORS.items() if library in roots and name not in doors}


def test_the_parts_import_each_other_without_circles() -> None:
    waiting = {name.removesuffix(".py").replace("/", "."): _our_parts(name) for name in PARTS}
    while ready := [name for name, needs in waiting.items() if not needs & set(waiting)]:
        for name in ready:
            del waiting[name]

    assert not waiting


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_short_and_its_functions_fit_a_screen(name: str) -> None:
    lines = (TOP / name).read_text(encoding="utf-8").count("\n")
    too_long = [
        node.name
        for node in ast.walk(_tree(name))
        if isinstance(node, ast.FunctionDef) and _code_lines(node) > MOST_FUNCTION_LINES
    ]

    assert lines <= MOST_LINES
    assert not too_long


def _code_lines(function: ast.FunctionDef) -> int:
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


@pytest.mark.parametrize("name", FILES)
def test_importing_a_module_does_nothing(name: str) -> None:
    calls = [
        ast.unparse(node)
        for node in _tree(name).body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]

    assert not calls


def _first_commands_of_the_readme() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (TOP / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()][:2]


def test_the_readme_begins_with_one_line_to_try_and_one_to_test() -> None:
    demo, tests = _first_commands_of_the_readme()

    assert demo.startswith("python3 -m venv .venv && ")
    assert demo.endswith("start.py --demo")
    assert tests.endswith("-m pytest")


def test_ci_runs_the_readmes_test_command() -> None:
    assert _first_commands_of_the_readme()[1] in (TOP / ".ci" / "run").read_text(encoding="utf-8")
