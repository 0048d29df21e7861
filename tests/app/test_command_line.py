"""The command line: what is understood, and that all else gets a sentence and a next step."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path

import pytest

import start
from onedrive.app.command_line import CommandLine, read_command_line
from onedrive.app.flags import DESCRIPTION, EPILOG, FLAGS
from onedrive.choosing.ranges import DateRange
from onedrive.choosing.selection import Duplicates, Layout, Sidecar
from onedrive.errors import UsageError
from onedrive.graph.traits import FileKind
from onedrive.settings import read_settings
from tests.starting import START

PHOTOS_AND_VIDEOS = frozenset({FileKind.PHOTO, FileKind.VIDEO})


def _read(line: str) -> CommandLine:
    return read_command_line(shlex.split(line))


def test_numbers_are_run_in_their_order_and_flags_stand_anywhere() -> None:
    command = _read("4 --home h 3 --to t --root /P --no-input 0")

    assert command.options == [4, 3, 0]
    assert (command.flags.home, command.flags.downloads, command.flags.root) == (Path("h"), Path("t"), "/P")
    assert command.flags.no_input


def test_without_words_it_is_the_menu_and_nothing_is_limited_or_chosen() -> None:
    command = _read("")

    assert (command.options, command.selection, command.limit_rate, command.jobs) == ([], {}, None, None)
    assert not any(command.has(flag.dest) for flag in FLAGS)


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("--demo-port 4711", "demo_port", 4711),
        ("--demo-port 4711", "demo", True),
        ("--full 3", "full", True),
        ("--move-out --quiet --also x", "options", [3, 4, 6]),
        ("--sample 0.5% 6", "sample", 0.5),
        ("--sample 100 6", "sample", 100.0),
        ("--quick 6", "quick", True),
        ("--tree --only photos --plain --no-input", "tree", True),
        ("--retry-failed --dry-run 4", "dry_run", True),
        ("--retry-failed 4", "retry_failed", True),
        ("--jobs 1 4", "jobs", 1),
        ("--jobs 16", "jobs", 16),
        ("--limit-rate 1.5M 4", "limit_rate", 1.5e6),
        ("--limit-rate 500kB/s 4", "limit_rate", 5e5),
        ("--limit-rate 1000 4", "limit_rate", 1000.0),
        ("--limit-rate 1G 4", "limit_rate", 1e9),
        ("--verbose --json --log-file x.log 3", "log_file", Path("x.log")),
    ],
)
def test_a_flag_means_its_value(line: str, field: str, value: object) -> None:
    assert getattr(_read(line), field) == value


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("--quiet --json 3 4", {"no_input": True}),
        ("--demo", {"demo": True}),
        ("--demo-port 1 3", {"demo": True}),
        ("--to ./2019 4", {"downloads": Path("./2019")}),
        ("--to 2019/ 4", {"downloads": Path("2019")}),
        ("--to 20190630 4", {"downloads": Path("20190630")}),
        ("--downloads 2019 4", {"downloads": Path("2019")}),
        ("--to ~/x 4", {"downloads": Path.home() / "x"}),
    ],
)
def test_flags_of_the_settings(line: str, flags: dict[str, object]) -> None:
    assert {name: value for name, value in vars(_read(line).flags).items() if value} == flags


@pytest.mark.parametrize(
    ("line", "chosen"),
    [
        ("--only photos,video", {"kinds": PHOTOS_AND_VIDEOS}),
        ("--only Photos --only videos 3 4", {"kinds": PHOTOS_AND_VIDEOS}),
        ("--only everything", {"kinds": frozenset()}),
        ("--include *.jpg --include /a/ --exclude b", {"include": ("*.jpg", "/a/"), "exclude": ("b",)}),
        ("--min-size 1k --max-size 1.5M 6", {"min_size": 1000, "max_size": 1_500_000}),
        ("--min-size 5M --max-size 5M 4", {"min_size": 5_000_000, "max_size": 5_000_000}),
        ("--from 2019-06 --until 2020-02", {"dates": DateRange(date(2019, 6, 1), date(2020, 2, 29))}),
        ("--from 2019 --until 2019 1 4", {"dates": DateRange(date(2019, 1, 1), date(2019, 12, 31))}),
        ("--until 2019-06-30 --to here 4", {"dates": DateRange(last=date(2019, 6, 30))}),
        ("--include=-y --exclude== --duplicates all", {"include": ("-y",), "exclude": ("=",),
                                                       "duplicates": Duplicates.ALL}),
        ("--dates 'last 30 days' --layout onedrive", {"dates": DateRange(last_days=30), "layout": Layout.ONEDRIVE}),
        ("--dates 2019", {"dates": DateRange(date(2019, 1, 1), date(2019, 12, 31))}),
        ("--layout Date", {"layout": Layout.DATE}),
        ("--album 'A/ B' --album c --layout album 4", {"albums": ("A/ B", "c"), "layout": Layout.ALBUM}),
        ("--name '{date}_{name}' --sidecar xmp --picasa", {"name": "{date}_{name}", "sidecar": Sidecar.XMP,
                                                          "picasa": True}),
        ("--name onedrive --sidecar none --jpeg-twins 4", {"name": "", "sidecar": None, "jpeg_twins": True}),
        ("--no-jpeg-twins --no-picasa 4", {"jpeg_twins": False, "picasa": False}),
        ("--layout date:{year} --duplicates link", {"layout": Layout.DATE, "pattern": "{year}",
                                                    "duplicates": Duplicates.LINK}),
    ],
)  # fmt: skip
def test_the_flags_of_a_choice_become_one(line: str, chosen: dict[str, object]) -> None:
    assert _read(line).selection == chosen


@pytest.mark.parametrize("line", ["--dry-run", "--dry-run 3 7", "3 --json 4", "--root /x 1", "--root /x 3 4",
                                  "--full 4", "--jobs 4 3", "--limit-rate 2M 3", "--home h 4"])  # fmt: skip
def test_what_does_no_harm_is_understood(line: str) -> None:
    _read(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        *((line, "There is no option") for line in ("10", "x", "3 x", "3.0", "-1", "\u0663")),
        *((line, "not understood") for line in ("--hom x", "--home", "--completion bash")),
        *((f"--demo-port {port}", "is not a number from 1 to 65535") for port in ("x", "65536", "0")),
        *((f"--jobs {jobs} 4", "is not a number from 1 to 16") for jobs in ("0", "17", "x", "1.5")),
        *((f"--limit-rate {rate} 4", "less than 1k") for rate in ("0", "999")),
        *((f"--limit-rate {rate} 4", "not a rate") for rate in ("fast", "2T", "1e6", "nan", "\u0662M", "9" * 40)),
        *((f"--sample {percent} 6", "not a percentage") for percent in ("0", "100.1", "five", "nan")),
        *((f"--only {kinds} 4", "there is no kind") for kinds in ("fotos", "photos,", "2019")),
        ("--only everything,photos 4", "'everything' stands alone"),
        *((f"--include {glob} 4", "--include: ") for glob in ("!", "/", "#a", "[", "a[")),
        *((f"--min-size {size} 4", "--min-size: ") for size in ("10Q", "big", "1e6", "\u0661")),
        *((f"--dates {dates} 4", "--dates: ") for dates in ("..", "June", "2020..2019", "2019-13")),
        *((f"--from {day} 4", "--from: ") for day in ("2019-13", "0000", "2019-02-30", "now")),
        *((f"--until {day} 4", "--until: ") for day in ("2019-13", "0000", "2019-02-30", "now")),
        *((f"--layout {layout} 4", "--layout: ") for layout in ("foo", "date:", "onedrive:x", "date:{x}")),
        ("--duplicates none 4", "invalid choice"),
        ("--home ~nobody-of-this-name/x 3", "no home folder for ~nobody-of-this-name"),
        ("--to 2019 4", "2019 is a date, and the last day is --until 2019; a folder of that name is ./2019"),
        ("--to 2019-06-30 4", "the last day is --until 2019-06-30"),
        ("--to a --to b 4", "The folder for the downloads is given twice: a and b"),
        ("--to a --downloads b 4", "The folder for the downloads is given twice: a and b"),
        ("--quiet --verbose 3", "--quiet and --verbose do not go together"),
        ("--quick --sample 5 6", "--quick and --sample do not go together"),
        ("--dates 2019 --from 2018 4", "--dates and --from do not go together"),
        ("--dates 2019 --until 2018 4", "--dates and --until do not go together"),
        ("--from 2020-02-02 --until 2020-02-01 4", "--from 2020-02-02 is later than --until 2020-02-01"),
        ("--min-size 10M --max-size 5M 4", "10,000,000 bytes or larger and 5,000,000 bytes or smaller"),
        ("--only photos --only everything 4", "--only everything stands alone"),
        *((f"--move-out {more}", f"and --{more[2:].split()[0]} do not go") for more in (
            "--quick", "--sample 5", "--dry-run", "--put-back x", "--retry-failed")),
        ("--move-out 3", "--move-out runs 3, 4 and 6 by itself"),
        ("--move-out --tree", "--tree"),
        ("--move-out --copies 2", "--copies does nothing for option 3"),
        ("--tree 3", "--tree shows the list that is here"),
        *((f"--tree {more}", f"takes no {more.split()[0]}") for more in (
            "--json", "--quiet", "--dry-run", "--retry-failed", "--sample 5", "--quick", "--root /x", "--full",
            "--jobs 2", "--limit-rate 2M")),
        *((flag, f"{flag} needs the numbers") for flag in ("--json", "--quiet", "--no-input")),
        ("--dry-run 3", "--dry-run does nothing for option 3; it is for options 4 and 7"),
        ("--dry-run 4 9", "option 9 removes the saved sign-in"),
        ("--dry-run 5 4", "option 5 changes selection.json"),
        ("--retry-failed 3 6", "--retry-failed does nothing for option 3 or 6; it is for option 4."),
        ("--root /x 4", "--root does nothing for option 4"),
        ("--quick 4", "--quick does nothing for option 4"),
        ("--sample 5 4", "--sample does nothing for option 4"),
        ("--only photos 3", "--only does nothing for option 3; it is for options 4 and 6 and --tree"),
        *((f"{flag} 1", f"{flag.split()[0]} does nothing for option 1") for flag in (
            "--include *.jpg", "--exclude *.jpg", "--from 2019", "--until 2019", "--dates 2019", "--min-size 1",
            "--max-size 1", "--layout date", "--duplicates once")),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_sentence_with_the_next_step(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(line)

    assert says in caught.value.sentence
    assert caught.value.sentence.endswith(".")
    assert not caught.value.sentence.endswith("..")
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("flag", [flag.name for flag in FLAGS if flag.value and flag.name != "--root"])
def test_an_empty_value_means_nothing(flag: str) -> None:
    for empty in ("", " "):
        with pytest.raises(UsageError, match="not understood"):
            read_command_line([flag, empty, "4", "6"])


def test_the_hint_of_a_flag_names_the_numbers_in_their_order() -> None:
    with pytest.raises(UsageError) as caught:
        _read("--root /x 4")

    assert caught.value.hint.endswith("python start.py --root ... 3 4")


def test_an_installed_program_has_its_own_home_and_name(tmp_path: Path) -> None:
    read = partial(read_command_line, start="onedrive-downloader", default_home=Path("/data"))

    assert read_settings(read([]).flags, {}, Path("/here")).home == Path("/data")
    assert read_settings(read(["--demo"]).flags, {}, Path("/here")).home == Path("/data/demo")
    assert read_settings(read([]).flags, {"ONEDRIVE_HOME": "there"}, Path("/here")).home == Path("/here/there")
    (tmp_path / ".env").write_text("ONEDRIVE_ROOT_FOLDER=/Pictures\n")
    assert read_settings(read([]).flags, {}, tmp_path).home == tmp_path  # a home of somebody who starts it there
    assert read(["--home", "h", "3"]).again == "onedrive-downloader --home h"


def test_an_installed_program_is_named_in_hints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start.main(["--demo", "--no-input", "3", "12"], tmp_path, "onedrive-downloader")
    start.main(["--demo", "--no-input", "3"], tmp_path, "onedrive-downloader")

    said = capsys.readouterr().out
    assert "Run onedrive-downloader --demo 1 to sign in." in said
    assert "start.py" not in said


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "most"), [("80", 80), ("200", 80), ("60", 60)])
def test_help_fits_eighty_columns_and_names_each_flag_and_code(
    columns: str, most: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    with pytest.raises(SystemExit) as caught:
        _read("--help")

    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) < most
    for title in ("what to run:", "what to choose:", "where:", "how fast:", "how it speaks:", "examples:"):
        assert f"\n{title}\n" in shown
    assert [flag.name for flag in FLAGS if f"\n  {flag.name}" not in shown] == []
    assert all(f"\n  {code} " in shown for code in (0, 1, 2, 3, 4, 5, 6, 7, 78, 130))
    assert "3 List all folders and files; 4 Download what the list names" in " ".join(shown.split())
    assert columns == "60" or (DESCRIPTION in shown and EPILOG in shown)


def test_the_version_says_what_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        _read("--version")

    assert caught.value.code == 0
    said = capsys.readouterr().out.partition(" It is more than")[0]
    assert re.fullmatch(
        r"OneDrive downloader \d+\.\d+\.\d+ \(2\d{3}-\d\d-\d\d, \d+ days? old\), Python 3\.\d+\.\d+\S*, \w+\.\n", said
    )


# --- completion -------------------------------------------------------------------------------------------------------

# What bash does when Tab is pressed, once argcomplete is switched on for all Python programs.
_ASK_BASH = """
. "$1"; shift
COMP_LINE="$*"; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMPREPLY=()
_python_argcomplete_global "$1"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("--on", ["--only"]),
        ("--only photos,v", ["photos,videos"]),
        ("--to d", ["downloads/"]),
        ("--log-file day", ["day.log"]),
        ("3 ", ["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    ],
)
def test_bash_is_offered_what_fits(tmp_path: Path, words: str, offered: list[str]) -> None:
    argcomplete = pytest.importorskip("argcomplete")
    script = Path(argcomplete.__file__).parent / "bash_completion.d" / "_python-argcomplete"
    python = Path(sys.executable)
    (tmp_path / "downloads").mkdir()
    (tmp_path / "day.log").touch()

    done = subprocess.run(
        ["bash", "--norc", "-c", _ASK_BASH, "bash", str(script), python.name, str(START), *words.split(" ")],
        env={**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True, text=True, cwd=tmp_path, timeout=60,
    )  # fmt: skip

    assert sorted(done.stdout.split()) == offered, done.stderr


def test_a_shell_that_asks_gets_no_menu_where_the_library_is_missing(tmp_path: Path) -> None:
    (tmp_path / "argcomplete.py").write_text("raise ModuleNotFoundError(name='argcomplete')\n")
    environ = {**os.environ, "_ARGCOMPLETE": "1", "PYTHONPATH": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, str(START)], env=environ, cwd=tmp_path, input="0\n", capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
