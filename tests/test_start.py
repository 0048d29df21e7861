"""The whole program, as a person or a script starts it: menu, numbers, exit codes, and sentences for all trouble."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

import generate_list
import start
from onedrive.home.lock import RunLock
from onedrive.step_result import StepResult
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.person import Person, wait_for
from tests.starting import START, in_terminal, run, run_alone

# --- the menu ---------------------------------------------------------------------------------------------------------


def test_the_menu_shows_the_options_and_the_state_without_the_heavy_libraries(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(START.parent)!r})\nimport start\nstart.main([])\n"
        "heavy = {'requests', 'msal', 'rich', 'urllib3', 'packaging', 'argcomplete', 'pretend_onedrive'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
        "import onedrive_authorization\nprint('msal' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, input="0\n", capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
    for line in ("> 1  Sign in to OneDrive", "  3  List all folders and files", "  4  Download", "  0  Quit"):
        assert line in done.stdout
    assert "No list yet" in done.stdout
    assert "Nothing downloaded yet" in done.stdout
    assert done.stdout.endswith("heavy: []\nFalse\n")  # nor does a renewal that is not needed load msal


def test_a_deletion_that_was_cut_off_is_told_at_the_start(tmp_path: Path) -> None:
    row = {"state": "deleting", "id": "1", "driveId": "d", "path": "/a"}
    (tmp_path / "deleted_items.jsonl").write_text(json.dumps(row) + "\n")

    done = run(tmp_path, typed="0\n")

    assert done.stdout.startswith("The program stopped while it was deleting on OneDrive: for 1 item")
    assert "Choose 7" in done.stdout


@pytest.mark.parametrize("typed", ["", "0\r", " 0 \n", "q"])
def test_zero_or_the_end_of_the_input_quits(tmp_path: Path, typed: str) -> None:
    assert run(tmp_path, typed=typed).returncode == 0


def test_what_is_no_option_gets_a_sentence_and_the_question_again(tmp_path: Path) -> None:
    wrong = ["x", "12", "3 x", "-1", "3.5", "\x1b[A", "\u0661"]

    done = run(tmp_path, typed="\n".join([*wrong, "0", ""]))

    assert done.returncode == 0
    assert done.stdout.count("here. Type 1, 2, 3, 4, 5, 6, 7, 8, 9 or 0 and Enter.") == len(wrong)
    assert done.stdout.count("Your choice:") == len(wrong) + 1


def test_an_error_in_a_step_returns_to_the_menu(tmp_path: Path) -> None:
    done = run(tmp_path, typed="3\n0\n")

    assert done.returncode == 0
    assert "MS_OPENGRAPH_APP_ID" in done.stdout
    assert done.stdout.count("  0  Quit") == 2


def test_a_first_visitor_who_picks_4_is_led_through_3_and_1_and_back(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", typed="4\n/Videos\n0\n")

    said = done.stdout
    steps = ("Option 3 comes first", "Signing in comes first", "Signed in as", "Which folder?", "is listed: 2 files")
    assert [said.index(text) for text in steps] == sorted(said.index(text) for text in steps), said
    assert "Option 3 comes first; option 4 then goes on by itself." in said
    assert "Signing in comes first; options 3 and 4 then go on by themselves." in said
    assert said.count("Which folder?") == 1
    assert "2 files downloaded" in said
    assert [number for number in "346" if f"Choose {number} " in said] == ["6"]  # nothing to choose in between


def test_numbers_that_follow_are_not_named_as_what_to_run_next(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "--root", "/Videos", "1", "3", "4")

    assert re.findall(r"un python start.py --demo (\d)", done.stdout) == ["6"]


@pytest.mark.parametrize("number", ["2", "3", "4", "6"])
def test_whoever_has_no_app_id_is_asked_for_it(tmp_path: Path, number: str) -> None:
    done = run(tmp_path, typed=f"{number}\n")

    assert "the program needs an app id" in done.stdout
    assert f"Signing in comes first; option {number} then goes on by itself." in done.stdout
    assert "The program made a mistake" not in done.stdout


def test_whoever_signs_out_is_led_to_the_sign_in_the_second_time_too(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "--root", "/Videos", typed="3\n\n9\n1\n3\n\n0\n")

    assert done.stdout.count("Signing in comes first; option 3 then goes on by itself.") == 2
    assert done.stdout.count("is listed: 2 files") == 2


def test_a_near_miss_in_the_settings_file_is_named_at_the_start_and_by_8(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONEDRIVE_DOWNLOAD=/mnt/disk\n")

    done = run(tmp_path, "--no-input", "8", environ={"HTTPS_PROXY": "http://127.0.0.1:9"})

    assert done.stdout.count("line 1: ONEDRIVE_DOWNLOAD is no setting of this program. Did you mean ONEDRIVE_") == 2


@pytest.mark.posix("shell of POSIX")
def test_enter_opens_the_page_that_an_option_left(tmp_path: Path) -> None:
    page = tmp_path / "report of 6.html"
    (tmp_path / "browser").write_text('#!/bin/sh\necho "$1" >"$(dirname "$0")/opened"\n')
    (tmp_path / "browser").chmod(0o755)
    with_browser = {"BROWSER": f"{tmp_path / 'browser'} %s"}

    with patch.dict(start.STEPS, {6: lambda _: StepResult(page=page)}):
        done = run(tmp_path, "--demo", typed="6\n\n0\n", environ=with_browser)
        without = run(tmp_path, "--demo", typed="6\no\n0\n", environ={"BROWSER": "", "DISPLAY": ""})

    assert (tmp_path / "opened").read_text().strip() == page.as_uri()
    assert done.stdout.count("> o  Open report of 6.html") == 1
    assert done.stdout.count("  o  Open report of 6.html") == 1
    assert done.stdout.count("Your choice: [o]") == 1
    assert f"Your browser opens {page}." in done.stdout
    assert (
        f"There is no browser here. Copy this file to a computer that has one, and open it there: {page}"
        in without.stdout
    )


def test_ctrl_d_ends_a_step_and_at_the_menu_the_program(tmp_path: Path) -> None:
    run(tmp_path, "--demo", "--root", "/Videos", "1", "3")

    with Person() as person:
        program = person.start(in_terminal(tmp_path, "--demo"))
        person.sees("Your choice:")
        person.type("5\r")
        person.sees("What do you want to change?")

        person.type("\x04")

        person.sees("No answer came, so option 5 ended.")
        wait_for(lambda: person.rows()[-1].startswith("Your choice:"), "the menu again")
        person.type("\x04")
        assert person.sees_end(program) == 0
        assert "Traceback" not in person.written


def test_the_end_of_the_input_in_a_step_is_no_mistake_of_the_program(tmp_path: Path) -> None:
    run(tmp_path, "--demo", "--no-input", "1")

    for typed in ("3\n", "4\n"):
        done = run(tmp_path, "--demo", typed=typed)

        assert done.returncode == 0
        assert "No answer came, so option 3 ended. Choose it again to go on." in done.stdout


# --- a download that is interrupted -----------------------------------------------------------------------------------


def _waiting_drive(paced: int | None = None) -> DemoDrive:
    """A drive with a big file, which with `paced` takes some seconds."""
    drive = DemoDrive()
    drive.add_file("/small.txt", b"s")
    drive.add_generated_file("/big.bin", 9_000_000, paced_bytes_per_second=paced)
    return drive


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_sign_in_that_ends_on_the_way_is_asked_for_and_the_download_goes_on_at_its_byte(
    tmp_path: Path, *, is_asked: bool
) -> None:
    with FaultyServer(_waiting_drive(), home=None, auto_consent=True) as demo:
        run(tmp_path, "--demo-port", str(demo.port), "1", "3")

        def sign_out() -> None:
            demo.revoke_refresh_tokens()
            demo.revoke_access_tokens()
            demo.expire_download_urls()

        demo.when_bytes_served(3_000_000, sign_out)
        demo.cut_body_next(4_000_000, path="/big.bin")
        manner = [] if is_asked else ["--no-input", "4"]
        done = run(tmp_path, "--demo-port", str(demo.port), *manner, typed="4\n" if is_asked else "")

    if not is_asked:
        assert done.returncode == 4, done.stdout
        assert done.stdout.count("no longer valid") == done.stdout.count(" 1 to sign in again") == 1
        return
    assert done.returncode == 0, done.stdout
    assert "Signing in comes first; option 4 then goes on by itself." in done.stdout
    assert "Signed in as" in done.stdout
    assert (tmp_path / "demo-home/downloads/big.bin").stat().st_size == 9_000_000, done.stdout
    # Either file may be the first to meet the end of the sign-in: the large one goes on wherever it was then.
    ranges = [header for seen in demo.requests if (header := seen.headers.get("Range"))]
    assert ranges
    assert all(0 < int(header.removeprefix("bytes=").rstrip("-")) <= 4_000_000 for header in ranges)
    assert "2 downloaded and checked (9.0 MB in" in done.stdout
    assert "there already" not in done.stdout


@pytest.mark.parametrize("numbers", [(), ("4",)])
def test_ctrl_c_in_a_download_says_once_how_far_it_came(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    with FaultyServer(_waiting_drive(paced=1_000_000), home=None, auto_consent=True) as demo, Person() as person:
        run(tmp_path, "--demo-port", str(demo.port), "1", "3")
        program = person.start(in_terminal(tmp_path, "--demo-port", str(demo.port), *numbers))
        if not numbers:
            person.sees("Your choice:")
            person.type("4\r")
        person.sees(" % of 9.0 MB")

        person.type("\x03\r")  # an Enter on the way out does not begin it again

        if not numbers:
            person.sees("Choose 4 to go on.")
            wait_for(lambda: person.rows()[-1].startswith("Your choice:"), "the menu again")
            person.type("\x03")
        assert person.sees_end(program) == 130
        shown = " ".join(row.strip() for row in person.rows())
        assert "downloaded in this run; unfinished files go on where they stopped." in shown
        assert shown.count("in this run") == 1
        assert shown.count("Stopped") == (1 if numbers else 2)
        assert "Traceback" not in person.written


REAL_HOMES = [
    {"token.json": '{"AppMetadata": {"x": {"client_id": "00000000-1111-2222-3333-444444444444"}}}'},
    {"file_list.json": "[]"},
    {"download_manifest.jsonl": "{}"},
    {"token.json": '{"AccessToken": {"x": {"client_id": "another"}}}', "pretend_onedrive.json": "{}"},
]


@pytest.mark.parametrize(("files", "typed"), [*((files, "") for files in REAL_HOMES), (REAL_HOMES[0], "3\n0\n")])
def test_the_demo_never_touches_a_home_of_the_real_onedrive(tmp_path: Path, files: dict[str, str], typed: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = run(tmp_path, "--demo", "--home", str(tmp_path), *([] if typed else ["1", "3"]), typed=typed)

    assert done.returncode == 78
    assert "of a real OneDrive, which the demo would overwrite" in done.stdout
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize("left", ["token.json", "pretend_onedrive.json"])
def test_the_demo_goes_on_in_a_home_of_its_own(tmp_path: Path, left: str) -> None:
    run(tmp_path, "--demo", "--root", "/Videos", "1", "3")
    (tmp_path / "demo-home" / left).unlink()

    assert run(tmp_path, "--demo", "--root", "/Videos", "1", "3").returncode == 0


# --- numbers on the command line --------------------------------------------------------------------------------------


@pytest.mark.posix("shell of POSIX")
def test_the_demo_signs_in_and_lists_also_as_a_service_without_input_and_output(tmp_path: Path) -> None:
    done = run_alone(tmp_path, "--demo", "1", "3", redirect="<&- >&-")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(json.loads((tmp_path / "demo-home/file_list.json").read_text(encoding="utf-8"))) > 30


def test_output_that_nobody_reads_any_more_is_no_traceback(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(START), "--demo", "--root", "/Videos", "1", "3"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        shown = program.stderr.read()

    assert (program.returncode, shown) == (0, "")


def test_without_any_package_the_setup_is_checked_and_the_missing_one_is_named_with_its_cure(tmp_path: Path) -> None:
    names = ("requests", "urllib3", "msal", "packaging", "rich", "prompt_toolkit")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nfor name in {names}:\n    sys.modules[name] = None\n")

    done = run_alone(tmp_path, "--demo", "8", "3", environ={"PYTHONPATH": str(tmp_path)})

    assert (done.returncode, done.stderr) == (1, "")
    check, _, listing = done.stdout.rpartition("marked WRONG above.")
    assert "The network cannot be asked without the package requests" in check
    assert "The package packaging" in check
    assert "pip install -r requirements.txt" in check
    assert "package requests is not installed" in listing
    assert "pip install -r requirements.txt" in listing


def test_the_sign_in_of_the_demo_is_remembered_until_the_person_signs_out(tmp_path: Path) -> None:
    first, again, out = (run(tmp_path, "--demo", "--no-input", *more) for more in (["1"], ["2", "4"], ["9", "9"]))

    assert "Signed in as" in first.stdout
    assert "Signed in as" not in again.stdout
    assert again.returncode == 1
    assert "Run python start.py --demo 3 first." in again.stdout
    assert out.returncode == 0
    assert "You are signed out here. Removed: token.json." in out.stdout
    assert "You are not signed in here" in out.stdout
    assert not (tmp_path / "demo-home/token.json").exists()


def test_signing_out_in_the_menu_asks_first(tmp_path: Path) -> None:
    (tmp_path / "demo-home").mkdir()
    (tmp_path / "demo-home/token.json").write_text("{}")

    done = run(tmp_path, "--demo", typed="9\n0\n9\n1\n0\n")

    assert done.returncode == 0
    assert "Nothing was removed." in done.stdout
    assert "You are signed out here." in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["12"], 2, "There is no option '12'"),
        (["--nonsense"], 2, "python start.py --help"),
        *((["--no-input", number], 78, "MS_OPENGRAPH_APP_ID") for number in "123"),
        (["--demo", "--no-input", "3"], 4, "Run python start.py --demo 1 to sign in."),
        (["--demo", "--home", "a b", "--no-input", "3"], 4, "Run python start.py --home 'a b' --demo 1 to sign in."),
        (["--demo", "--root", "/nowhere", "1", "3", "4"], 1, "There is no folder /nowhere"),
        (["--demo", "--no-input", "--dry-run", "4"], 1, "There is no list of your files yet"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_its_exit_code(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    done = run(tmp_path, *words)

    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
    assert "The program made a mistake" not in done.stdout
    assert not (tmp_path / "demo-home/downloads").exists()
    if "--dry-run" in words:
        assert list(tmp_path.iterdir()) == []


def test_a_mistake_of_the_program_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate_list, "generate_list", lambda *_, **__: 1 / 0)

    done = run(tmp_path, "--demo", "3")

    assert (done.returncode, done.stderr) == (1, "")
    assert "The program made a mistake (ZeroDivisionError" in done.stdout


# --- the home ---------------------------------------------------------------------------------------------------------


def test_a_home_that_is_a_file_is_a_sentence_also_above_the_menu(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done, menu = run(tmp_path, "--demo", "--home", "file", "1"), run(tmp_path, "--demo", "--home", "file", typed="0\n")

    assert done.returncode == 1
    assert "cannot be used" in done.stdout
    assert "--home" in done.stdout
    assert "is no folder" in menu.stdout


@pytest.mark.posix("modes", as_root=False)
def test_a_home_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o500)

    done = run(tmp_path, "--demo", "--home", "home", "1")

    assert done.returncode == 1
    assert "cannot be used: permission denied" in done.stdout


def test_a_locale_that_cannot_spell_names_is_no_obstacle(tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}

    odd = "/Documents/Odd names"
    done = run_alone(tmp_path, "--demo", "--no-input", "--include", odd, "1", "3", "4", environ=plain)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert not all(path.name.isascii() for path in (tmp_path / "demo-home" / "downloads").rglob("*"))


def test_a_second_run_in_one_home_is_6_and_the_menu_says_it_too(tmp_path: Path) -> None:
    (tmp_path / "demo-home").mkdir()

    with RunLock(tmp_path / "demo-home", "option 4"):
        number, menu = run_alone(tmp_path, "--demo", "3"), run(tmp_path, "--demo", typed="3\n0\n")
        check = run(tmp_path, "--demo", "8")  # only looks

    assert (number.returncode, menu.returncode) == (6, 0)
    who = f"Another run of this program is at work in {tmp_path / 'demo-home'} (process {os.getpid()}, option 4, since "
    assert who in number.stdout
    assert who in menu.stdout
    assert menu.stdout.count("  0  Quit") == 2
    assert (check.returncode, f"NOTE   {who}" in check.stdout) == (0, True)


def test_a_damaged_state_of_the_list_does_not_keep_files_from_coming(tmp_path: Path) -> None:
    run(tmp_path, "--demo", "--root", "/Pictures/2020", "1", "3")
    (tmp_path / "demo-home" / "list_state.json").write_text("x")

    done = run(tmp_path, "--demo", "4")

    assert done.returncode == 0, done.stdout
    assert "The list itself is used all the same" in done.stdout
    assert "2 downloaded and checked" in done.stdout


def _everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in [folder, *folder.rglob("*")]}


def test_a_dry_run_leaves_all_as_it_is_also_in_option_5_and_respects_another_run(tmp_path: Path) -> None:
    run(tmp_path, "--demo", "--no-input", "1", "3")
    before = _everything_in(tmp_path)

    done = run(tmp_path, "--demo", "--no-input", "--dry-run", "4")

    assert done.returncode == 0
    types = [row["file"]["mimeType"] for row in json.loads((tmp_path / "demo-home/file_list.json").read_text("utf-8"))]
    assert f"download: {len(types)} files" in done.stdout
    assert _everything_in(tmp_path) == before
    with RunLock(tmp_path / "demo-home", "option 3"):
        assert run(tmp_path, "--demo", "--no-input", "--dry-run", "4").returncode == 6

    chosen = run(tmp_path, "--demo", typed="5\n1\n2\nd\n0\n0\n")
    films = sum(kind.startswith("video/") for kind in types)
    others = len(types) - films
    assert f"download: {films} files" in chosen.stdout
    assert re.search(rf"{others} files \(.*\) left out by your choice: {others} of another kind\.", chosen.stdout)
    assert not (tmp_path / "demo-home" / "downloads").exists()
    assert not (tmp_path / "demo-home" / "selection.json").exists()


def test_a_pretend_onedrive_with_a_work_account_signs_in_too(tmp_path: Path) -> None:
    drive = DemoDrive(drive_type="business")
    drive.add_file("/report.docx", b"words")
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        done = run(tmp_path, "--demo", "--demo-port", str(demo.port), "--no-input", "1", "3")

    assert done.returncode == 0, done.stdout
    assert "is listed: 1 file" in done.stdout
